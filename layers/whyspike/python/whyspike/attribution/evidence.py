"""Evidence items (E1, E2, ...) out of what was found: compact, complete, and the only thing that an
explainer is given."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from whyspike.attribution.bill.cause import BillCause, MovedLine
from whyspike.attribution.trail.candidates import RankedEvent
from whyspike.model import Anomaly, CostQuery, EvidenceItem, FlaggedItem, Gap

EVENTS_SHOWN = 12
PARAMETERS_SHOWN = 700  # characters of the request parameters of one event
RESOURCES_SHOWN = 20
PAYER = "the payer's Cost Explorer was asked for this account"


@dataclass(frozen=True)
class GapNote:
    """Evidence that was denied or missing, what was tried, and what was read in its place."""

    gap: Gap
    request: str
    reason: str
    instead: str = ""


@dataclass(frozen=True)
class EventsOf:
    """What CloudTrail gave for one cause."""

    requests: tuple[str, ...]
    read: int  # events read
    complete: bool
    available: bool
    ranked: tuple[RankedEvent, ...] = ()


def evidence_items(
    item: FlaggedItem,
    causes: Sequence[BillCause],
    asked: Sequence[str],
    events: Sequence[EventsOf],
    gaps: Sequence[GapNote],
    scan_date: date,
    late_share: float = 0.0,
) -> tuple[EvidenceItem, ...]:
    """`events` follow `causes`; `asked` are the requests to Cost Explorer in words."""
    found: list[tuple[str, str, Any, Gap | None]] = [
        (
            "detection",
            f"anomalies of account {item.account_id} on {scan_date}",
            _detection(item, scan_date, late_share),
            None,
        )
    ]
    requests = "; ".join(dict.fromkeys(asked)) or "daily costs of the scan"
    for cause, seen in zip(causes, events, strict=True):
        found.append(("cost-explorer", requests, _bill(cause), None))
        found.append(("cloudtrail", "; ".join(seen.requests) or "not asked", _events(seen), None))
    found += [("organization", note.request, _gap(note), note.gap) for note in gaps]
    return tuple(
        EvidenceItem(f"E{number}", source, request, content, gap)
        for number, (source, request, content, gap) in enumerate(found, start=1)
    )


def describe_query(query: CostQuery) -> str:
    """ "GetCostAndUsage USAGE_TYPE x TAG:team 2026-01-01..2026-03-12 {filter}"."""
    call = "GetCostAndUsageWithResources" if query.with_resources else "GetCostAndUsage"
    condition = f" {json.dumps(query.filter, separators=(',', ':'))}" if query.filter else ""
    return f"{call} {' x '.join(query.group_by)} {query.start}..{query.end}{condition}"


def _gap(note: GapNote) -> dict[str, str]:
    instead = {"instead": note.instead} if note.instead else {}
    return {"denied_or_missing": note.gap.value, "reason": note.reason, **instead}


def _detection(item: FlaggedItem, scan_date: date, late_share: float) -> dict[str, Any]:
    return {
        "about": "detection",
        "account_id": item.account_id,
        "scan_date": scan_date.isoformat(),
        "onset": item.onset.isoformat(),
        "share_of_services_lower_on_the_last_day": round(late_share, 2),
        "anomalies": [_anomaly(anomaly) for anomaly in item.anomalies[:20]],
    }


def _anomaly(anomaly: Anomaly) -> dict[str, Any]:
    return {
        "service": anomaly.service,
        "usage_type": anomaly.usage_type,
        "kind": anomaly.kind.value,
        "onset": anomaly.onset.isoformat(),
        "record_class": anomaly.record_class.value,
        "billing_reason": anomaly.billing_reason.value,
        "actual_usd": round(float(anomaly.actual_spend), 2),
        "expected_usd": round(float(anomaly.expected_spend), 2),
        "impact_usd": round(float(anomaly.impact), 2),
        "ongoing": anomaly.ongoing,
        "reason": anomaly.reason,
    }


def _bill(cause: BillCause) -> dict[str, Any]:
    driver = cause.driver
    content: dict[str, Any] = {
        "about": "cause on the bill",
        "driver": {
            "service": driver.service,
            "usage_type": driver.usage_type,
            "region": driver.region,
            "tag_team": driver.tag_team,
            "tag_env": driver.tag_env,
            "record_type": driver.record_type,
        },
        "family": cause.family,
        "kind": cause.kind.value,
        "onset": cause.onset.isoformat(),
        "ongoing": cause.ongoing,
        "expected_usd_per_day": round(cause.expected, 2),
        "actual_usd_per_day": round(cause.actual, 2),
        "excess_usd_per_day": round(cause.excess_per_day, 2),
        "excess_usd_since_onset": round(cause.excess_total, 2),
        "changed_days": cause.changed_days,
        "daily_usd": {day.isoformat(): value for day, value in cause.daily},
        "moved_with_it": [_line(line) for line in cause.companions],
        "moved_against_it": [_line(line) for line in cause.opposite],
        "new_service": cause.new_service,
        "new_line": cause.new_line,
        "new_region": cause.new_region,
        "new_service_in_region": cause.new_service_in_region,
        "untagged": cause.untagged,
    }
    if cause.net is not None:
        content["net_of_moved_lines_usd_per_day"] = round(cause.net, 2)
    if cause.usage:
        content["usage_per_day"] = {
            "unit": cause.usage.unit,
            "before": round(cause.usage.before, 2),
            "after": round(cause.usage.after, 2),
            "flat": cause.usage.flat,
        }
    if cause.effective:
        content["effective_usd_per_day"] = {
            "before": round(cause.effective.before, 2),
            "after": round(cause.effective.after, 2),
        }
    if cause.records:
        content["record_types_usd_per_day"] = [
            {
                "record_type": move.record_type,
                "before": round(move.before, 2),
                "after": round(move.after, 2),
                "quantity_before": round(move.quantity_before, 2),
                "quantity_after": round(move.quantity_after, 2),
            }
            for move in cause.records[:8]
        ]
    if cause.resources:
        content["resources"] = [
            {
                "id": item.id,
                "before_usd": round(item.expected, 2),
                "after_usd": round(item.actual, 2),
                "new": item.new,
            }
            for item in cause.resources[:RESOURCES_SHOWN]
        ]
        content["resources_that_moved"] = len(cause.resources)
        content["resource_ids"] = list(driver.resource_ids)
    if cause.same_day_last_month:
        day, excess = cause.same_day_last_month
        content["same_day_last_month"] = {"date": day.isoformat(), "excess_usd": round(excess, 2)}
    return content


def _line(line: MovedLine) -> dict[str, Any]:
    content = {
        "service": line.service,
        "usage_type": line.usage_type,
        "onset": line.onset.isoformat(),
        "expected_usd": round(line.expected, 2),
        "actual_usd": round(line.actual, 2),
        "excess_usd": round(line.excess, 2),
    }
    return content | ({"ratio": round(line.ratio, 2)} if line.ratio is not None else {})


def _events(seen: EventsOf) -> dict[str, Any]:
    return {
        "about": "events ranked as causes",
        "available": seen.available,
        "complete": seen.complete,
        "events_read": seen.read,
        "candidates": len(seen.ranked),
        "events": [_event(ranked) for ranked in seen.ranked[:EVENTS_SHOWN]],
    }


def _event(ranked: RankedEvent) -> dict[str, Any]:
    event = ranked.event
    parameters = (
        json.dumps(event.parameters, separators=(",", ":"), ensure_ascii=False)
        if event.parameters
        else ""
    )
    return {
        "event_id": event.id,
        "event_time": event.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "event": event.name,
        "event_source": event.source,
        "region": event.region,
        "principal_type": event.principal_kind,
        "principal": event.principal,
        "session": event.session or None,
        "source_ip": event.ip,
        "public_address": event.external,
        "user_agent": event.agent[:80],
        "resources": list(event.resources[:12]),
        "request_parameters": parameters[:PARAMETERS_SHOWN],
        "score": ranked.score,
        "reasons": list(ranked.reasons),
        "category": ranked.category,
        "tied_to_driver": ranked.tied,
        "unusual_address": ranked.unusual_address,
        "changed_address": ranked.changed_address,
        "made_on_other_days": ranked.common,
        "effect_of_another_call": ranked.effect,
        "signs_of_intrusion": {"points": ranked.signs[0], "calls": list(ranked.signs[1])},
        "same_call_again": ranked.again,
    }
