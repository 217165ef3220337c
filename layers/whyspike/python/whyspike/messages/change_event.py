"""What machines read of a change of an incident: one JSON document, whatever carries it. Pure.

docs/targets.md describes its fields and docs/schemas/incident-change-1.json fixes them: a field is
added within a version, never taken away and never given another meaning.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from whyspike.incidents.incident import Feedback, Incident, NoticeKind, end_of, what_happened
from whyspike.incidents.judgement import Change
from whyspike.incidents.notices import Notice, change_id
from whyspike.messages import phrases
from whyspike.messages.blocks import as_text
from whyspike.model import Explanation, Message, Owner, Scan
from whyspike.words.mrkdwn import to_text
from whyspike.words.safe import one_line

SCHEMA = "whyspike.incident-change/1"
UPDATED = "updated"  # its figures moved, and nobody was told
MAX_TEXT = 4_000  # characters of a document's text
_NOBODY = Owner("unowned", "default")


@dataclass(frozen=True)
class IncidentChange:
    """One change of an incident, and who made it: a scan, or a person (`by` is a Slack user id).
    `after` is as it is stored. `message` is what its owner is told, None where nobody is."""

    after: Incident
    what: str
    at: datetime
    by: str = "whyspike"
    scan: Scan | None = None
    explanation: Explanation | None = None
    message: Message | None = None


def change_by_scan(
    change: Change,
    scan: Scan,
    at: datetime,
    explanation: Explanation | None,
    message: Message | None,
) -> IncidentChange:
    """`change.after` has its owner, and is not stored yet."""
    after, word = change.after, UPDATED
    if change.before is None or change.notice:
        word = what_happened(after, scan.scan_date)
    elif after.is_closed and not change.before.is_closed:
        word = str(end_of(after))
    return IncidentChange(after, word, at, scan=scan, explanation=explanation, message=message)


def change_by_person(after: Incident, given: Feedback, at: datetime) -> IncidentChange:
    return IncidentChange(after, str(given.kind), at, by=given.by)


def change_notice(change: IncidentChange, target: str) -> Notice:
    """The change on its way to a target. `change.after` has the version that it is stored with."""
    after = change.after
    scan_id, day = _from(change)
    name = change_id(after.incident_id, after.version, target)
    return Notice(
        notice_id=name,
        incident_id=after.incident_id,
        account_id=after.account_id,
        kind=NoticeKind.CHANGED,
        scan_id=scan_id,
        scan_date=day,
        owner=after.owner or _NOBODY,
        severity=after.severity,
        message=Message(_headline(after), ()),
        line=phrases.line(after),
        target=target,
        document=json.dumps(_document(change), ensure_ascii=False, separators=(",", ":")),
    )


def as_sent(notice: Notice) -> dict[str, Any]:
    """The document as the target gets it now: marked where an earlier attempt may have arrived."""
    document: dict[str, Any] = json.loads(notice.document)
    return {**document, "possible_duplicate": notice.unclear > 0}


def _from(change: IncidentChange) -> tuple[str, date]:
    if change.scan:
        return change.scan.scan_id, change.scan.scan_date
    return "", change.at.date()


def _document(change: IncidentChange) -> dict[str, Any]:
    after, scan = change.after, change.scan
    return {
        "schema": SCHEMA,
        "id": change_id(after.incident_id, after.version),
        "change": change.what,
        "changed_at": change.at.isoformat(timespec="seconds"),
        "changed_by": change.by,
        "scan_id": scan.scan_id if scan else None,
        "scan_date": scan.scan_date.isoformat() if scan else None,
        "headline": _headline(after),
        "text": _text(change),
        "incident": _incident(after),
        "explanation": _explanation(change.explanation) if change.explanation else None,
    }


def _headline(incident: Incident) -> str:
    said = f"{phrases.headline(incident)}: {phrases.change(incident)} {phrases.when(incident)}"
    return one_line(said, 300)


def _text(change: IncidentChange) -> str:
    """What people read of it, without Slack's marks; never empty."""
    said = ""
    if change.message:
        kept = [b for b in change.message.blocks if b["type"] in {"header", "section", "context"}]
        said = as_text(kept, to_text)
    elif change.explanation:
        said = to_text(change.explanation.text)
    return said.strip()[:MAX_TEXT] or _headline(change.after)


def _incident(incident: Incident) -> dict[str, Any]:
    anomaly, owner = incident.leading, incident.owner or _NOBODY
    return {
        "id": incident.incident_id,
        "version": incident.version,
        "state": str(incident.state),
        "severity": str(incident.severity),
        "alert": incident.alert,
        "kind": str(anomaly.kind),
        "account": {"id": incident.account_id, "name": incident.account_name},
        "owner": {"name": owner.name, "source": owner.source},
        "service": anomaly.service,
        "usage_type": anomaly.usage_type,
        "onset": incident.onset.isoformat(),
        "last_seen": incident.last_seen.isoformat(),
        "ongoing": incident.ongoing,
        "actual_usd_per_day": _usd(incident.actual_spend),
        "expected_usd_per_day": _usd(incident.expected_spend),
        "excess_usd_per_day": _usd(incident.per_day),
        "impact_usd": _usd(incident.impact),
        "monthly_impact_usd": _usd(incident.projected_monthly_impact),
        "planned": incident.planned,
        "common_cause": incident.tie.cause_id if incident.tie else None,
        "ended_on": incident.ended_on.isoformat() if incident.ended_on else None,
        "ending": str(incident.ending) if incident.ending else None,
    }


def _explanation(explanation: Explanation) -> Mapping[str, Any]:
    first = explanation.findings[0] if explanation.findings else None
    return {
        "verdict": explanation.verdict,
        "category": first.category if first else None,
        "confidence": explanation.confidence,
        "written_by": explanation.written_by,
        "driver": {
            "service": first.driver.service,
            "usage_type": first.driver.usage_type,
            "region": first.driver.region,
            "resource_ids": list(first.driver.resource_ids[:20]),
        }
        if first
        else None,
        "actor": {"kind": first.actor.kind, "name": first.actor.name, "event": first.actor.event}
        if first
        else None,
    }


def _usd(amount: Decimal) -> float:
    return round(float(amount), 2)
