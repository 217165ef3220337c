"""One incident as a line of the digest, and in which of its lists it stands. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from whyspike.incidents.incident import Ending, Incident
from whyspike.messages.blocks import dollars
from whyspike.messages.phrases import change, headline, what
from whyspike.model import IncidentState

GROUPS = {
    "found": {"new", "reopened"},
    "planned": {"planned"},
    "escalated": {"escalated", "snooze-ended"},
    "ongoing": {"ongoing", "acknowledged", "snoozed", "expected", "corrected", "quiet"},
    "over": set[str](),  # what would be ongoing, and is back within the expected spend
    "resolved": {"resolved"},
    "restated": {"restated"},
    "drops": {"drop"},
    "minor": {"minor"},
}


def group_of(incident: Incident, happened: str, scan_date: date) -> str | None:
    """The list that the incident stands in; None for one that was closed before this scan."""
    group = next((group for group, words in GROUPS.items() if happened in words), None)
    return "over" if group == "ongoing" and not goes_on(incident, scan_date) else group


def word_of(incident: Incident, happened: str, scan_date: date) -> str:
    """The word that people read: what is over is not called ongoing."""
    return "over" if group_of(incident, happened, scan_date) == "over" else happened


def goes_on(incident: Incident, scan_date: date) -> bool:
    """The scan saw it, it is not closed, and its last judged day was still out of the expected
    band."""
    return incident.ongoing and not incident.is_closed and incident.last_seen >= scan_date


def by_size(incident: Incident, scan_date: date) -> tuple[bool, Decimal]:
    """Sort key: what goes on first, by its dollars a day; then the others, by their dollars in
    all."""
    going = goes_on(incident, scan_date)
    return not going, -abs(incident.per_day if going else incident.impact)


def digest_line(incident: Incident, happened: str, scan_date: date) -> dict[str, Any]:
    """The line as a JSON value; money in US dollars, nothing where AWS took it back. `title`,
    `what` and `amount` are the words that the owner reads."""
    going, restated = goes_on(incident, scan_date), incident.state is IncidentState.RESTATED
    return {
        "incident_id": incident.incident_id,
        "happened": word_of(incident, happened, scan_date),
        "account_id": incident.account_id,
        "account_name": incident.account_name,
        "title": headline(incident),
        "what": what(incident),
        "service": incident.leading.service,
        "services": list(dict.fromkeys(member.anomaly.service for member in incident.current)),
        "kind": str(incident.leading.kind),
        "severity": str(incident.severity),
        "state": str(incident.state),
        "onset": incident.onset.isoformat(),
        "when": span(incident, scan_date),
        "goes_on": going,
        "amount": _amount(incident, going),
        "per_day_usd": to_usd(incident.per_day) if going else 0.0,
        "impact_usd": 0.0 if restated else to_usd(incident.impact),
        "monthly_usd": to_usd(incident.projected_monthly_impact) if going else 0.0,
        "owner": incident.owner.name if incident.owner else "unowned",
        "reason": incident.leading.reason,
    }


def span(incident: Incident, scan_date: date) -> str:
    """ "since 2026-11-05" while it goes on, "on 2026-11-05" or "from 2026-11-02 to 2026-11-05" once
    it does not."""
    first, last = incident.onset, incident.last_excess
    if goes_on(incident, scan_date):
        return f"since {first}"
    return f"on {last}" if last <= first else f"from {first} to {last}"


def is_excess(line: Mapping[str, Any]) -> bool:
    """It adds to the dollars a day above expected: it goes on, and nobody called it expected."""
    return float(line["per_day_usd"]) > 0 and line["state"] != IncidentState.EXPECTED


def _amount(incident: Incident, going: bool) -> str:
    """ "+$212 a day (+340 %)", "$541 in all, over", "was $482, now nothing" """
    if going or incident.state is IncidentState.RESTATED:
        return change(incident)
    total = f"{dollars(incident.impact)} in all"
    if incident.ending is Ending.NEW_BASELINE:
        return f"{total}, now counted as normal"
    return total if incident.is_closed else f"{total}, over"


def to_usd(value: Decimal) -> float:
    return round(float(value), 2)
