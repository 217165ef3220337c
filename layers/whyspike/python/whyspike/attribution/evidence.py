"""Evidence items (E1, E2, ...) out of what was found: compact, complete, and the only thing that an
explainer is given."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from whyspike.attribution.bill.cause import BillCause, MovedLine
from whyspike.attribution.trail.candidates import Candidate
from whyspike.attribution.trail.events import Event
from whyspike.attribution.trail.observed import setting_changes
from whyspike.knowledge.identity import named_texts, noun_of
from whyspike.model import Anomaly, CostMetric, CostQuery, EvidenceItem, FlaggedItem, Gap
from whyspike.model.evidence import (
    BillLine,
    CallsByDay,
    Content,
    DayExcess,
    Detection,
    FoundEvent,
    IntrusionSigns,
    MissingEvidence,
    MovingLine,
    RankedEvent,
    RankedEvents,
    RecordTypeMove,
    ResourceMove,
    SeenAnomaly,
    UsagePerDay,
    UsdPerDay,
)

EVENTS_SHOWN = 12
PARAMETERS_SHOWN = 700  # characters of the request parameters of one event
RESOURCES_SHOWN = 20
ANOMALIES_SHOWN = 20
RECORD_TYPES_SHOWN = 8
LONG_TERM_KEY = "AKIA"  # of a user or of root; a session's key is gone in hours
EVENT_RESOURCES_SHOWN = 12
MAX_SHARE = 1.05  # of a service's excess; more, and lines moved against each other
OTHER_REGIONS = "the events of the other Regions"  # stand in for what one Region refuses
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
    ranked: tuple[Candidate, ...] = ()
    seen: tuple[Event, ...] = ()
    calls: tuple[CallsByDay, ...] = ()


def evidence_items(
    item: FlaggedItem,
    causes: Sequence[BillCause],
    asked: Sequence[str],
    events: Sequence[EventsOf],
    gaps: Sequence[GapNote],
    scan_date: date,
    late_share: float = 0.0,
    metric: CostMetric = CostMetric.UNBLENDED,
) -> tuple[EvidenceItem, ...]:
    """`events` follow `causes`; `asked` are the requests to Cost Explorer in words."""
    found: list[tuple[str, str, Content, Gap | None]] = [
        (
            "detection",
            f"anomalies of account {item.account_id} on {scan_date}",
            _detection(item, scan_date, late_share, metric),
            None,
        )
    ]
    requests = "; ".join(dict.fromkeys(asked)) or "daily costs of the scan"
    for cause, seen in zip(causes, events, strict=True):
        found.append(("cost-explorer", requests, _bill(cause), None))
        found.append(("cloudtrail", "; ".join(seen.requests) or "not asked", _events(seen), None))
    found += [("organization", note.request, _missing(note), note.gap) for note in gaps]
    return tuple(
        EvidenceItem(f"E{number}", source, request, content, gap)
        for number, (source, request, content, gap) in enumerate(found, start=1)
    )


def describe_query(query: CostQuery) -> str:
    """ "GetCostAndUsage USAGE_TYPE x TAG:team 2026-01-01..2026-03-12 {filter}"."""
    call = "GetCostAndUsageWithResources" if query.with_resources else "GetCostAndUsage"
    condition = f" {json.dumps(query.filter, separators=(',', ':'))}" if query.filter else ""
    return f"{call} {' x '.join(query.group_by)} {query.start}..{query.end}{condition}"


def _missing(note: GapNote) -> MissingEvidence:
    return MissingEvidence(
        denied_or_missing=note.gap, reason=note.reason, instead=note.instead or None
    )


def _detection(
    item: FlaggedItem, scan_date: date, late_share: float, metric: CostMetric
) -> Detection:
    return Detection(
        account_id=item.account_id,
        scan_date=scan_date,
        onset=item.onset,
        share_of_services_lower_on_the_last_day=round(late_share, 2),
        metric=None if metric is CostMetric.UNBLENDED else metric,
        anomalies=tuple(map(_anomaly, item.anomalies[:ANOMALIES_SHOWN])),
    )


def _anomaly(anomaly: Anomaly) -> SeenAnomaly:
    return SeenAnomaly(
        service=anomaly.service,
        usage_type=anomaly.usage_type,
        kind=anomaly.kind,
        onset=anomaly.onset,
        record_class=anomaly.record_class,
        billing_reason=anomaly.billing_reason,
        actual_usd=round(float(anomaly.actual_spend), 2),
        expected_usd=round(float(anomaly.expected_spend), 2),
        impact_usd=round(float(anomaly.impact), 2),
        ongoing=anomaly.ongoing,
        reason=anomaly.reason,
    )


def _bill(cause: BillCause) -> BillLine:
    return BillLine(
        driver=cause.driver if cause.resources else replace(cause.driver, resource_ids=()),
        family=cause.family,
        kind=cause.kind,
        onset=cause.onset,
        ongoing=cause.ongoing,
        expected_usd_per_day=round(cause.expected, 2),
        actual_usd_per_day=round(cause.actual, 2),
        excess_usd_per_day=round(cause.excess_per_day, 2),
        excess_usd_since_onset=round(cause.excess_total, 2),
        changed_days=cause.changed_days,
        daily_usd=dict(cause.daily),
        moved_with_it=tuple(map(_line, cause.companions)),
        moved_against_it=tuple(map(_line, cause.opposite)),
        new_service=cause.new_service,
        new_line=cause.new_line,
        new_region=cause.new_region,
        new_service_in_region=cause.new_service_in_region,
        untagged=cause.untagged,
        net_of_moved_lines_usd_per_day=None if cause.net is None else round(cause.net, 2),
        usage_per_day=_usage(cause),
        effective_usd_per_day=_effective(cause),
        record_types_usd_per_day=_record_types(cause),
        resources=_resources(cause),
        resources_that_moved=len(cause.resources) or None,
        same_day_last_month=_last_month(cause),
        share_of_service_excess=_share(cause),
        left_of_service_excess_usd_per_day=None if cause.left is None else round(cause.left, 2),
        service_as_expected_without_causes=(
            None if cause.left is None else cause.as_expected_without
        ),
    )


def _share(cause: BillCause) -> float | None:
    """Of its service's excess; None where other lines fell, so that it says nothing."""
    if cause.share is None or cause.share > MAX_SHARE:
        return None
    return round(min(1.0, cause.share), 2)


def _usage(cause: BillCause) -> UsagePerDay | None:
    if not cause.usage:
        return None
    return UsagePerDay(
        unit=cause.usage.unit,
        before=round(cause.usage.before, 2),
        after=round(cause.usage.after, 2),
        flat=cause.usage.flat,
        free_meter=cause.usage.free_meter,
    )


def _effective(cause: BillCause) -> UsdPerDay | None:
    if not cause.effective:
        return None
    return UsdPerDay(before=round(cause.effective.before, 2), after=round(cause.effective.after, 2))


def _record_types(cause: BillCause) -> tuple[RecordTypeMove, ...] | None:
    moves = (
        RecordTypeMove(
            record_type=move.record_type,
            before=round(move.before, 2),
            after=round(move.after, 2),
            quantity_before=round(move.quantity_before, 2),
            quantity_after=round(move.quantity_after, 2),
        )
        for move in cause.records[:RECORD_TYPES_SHOWN]
    )
    return tuple(moves) or None


def _resources(cause: BillCause) -> tuple[ResourceMove, ...] | None:
    moves = (
        ResourceMove(
            id=item.id,
            before_usd=round(item.expected, 2),
            after_usd=round(item.actual, 2),
            new=item.new,
        )
        for item in cause.resources[:RESOURCES_SHOWN]
    )
    return tuple(moves) or None


def _last_month(cause: BillCause) -> DayExcess | None:
    if not cause.same_day_last_month:
        return None
    day, excess = cause.same_day_last_month
    return DayExcess(date=day, excess_usd=round(excess, 2))


def _line(line: MovedLine) -> MovingLine:
    return MovingLine(
        service=line.service,
        usage_type=line.usage_type,
        onset=line.onset,
        expected_usd=round(line.expected, 2),
        actual_usd=round(line.actual, 2),
        excess_usd=round(line.excess, 2),
        ratio=None if line.ratio is None else round(line.ratio, 2),
    )


def _events(seen: EventsOf) -> RankedEvents:
    return RankedEvents(
        available=seen.available,
        complete=seen.complete,
        events_read=seen.read,
        candidates=len(seen.ranked),
        events=tuple(_ranked(one, seen.seen) for one in seen.ranked[:EVENTS_SHOWN]),
        calls_by_day=seen.calls,
    )


def found_event(event: Event) -> FoundEvent:
    """What is told of any event, ranked or not."""
    return FoundEvent(
        event_time=event.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        event=event.name,
        event_source=event.source,
        region=event.region,
        principal_type=event.principal_kind,
        principal=event.principal,
        session=event.session or None,
        resources=(event.resources or _of_the_request(event))[:EVENT_RESOURCES_SHOWN],
        access_key_id=event.access_key if event.access_key.startswith(LONG_TERM_KEY) else None,
        request_parameters=_parameters(event)[:PARAMETERS_SHOWN],
    )


def _parameters(event: Event) -> str:
    if not event.parameters:
        return ""
    return json.dumps(event.parameters, separators=(",", ":"), ensure_ascii=False)


def _of_the_request(event: Event) -> tuple[str, ...]:
    """What the call acts on by its name, where the record lists no resources."""
    noun = noun_of(event.base_name).lower()
    named = named_texts(event.source, event.base_name, event.parameters)
    return tuple(text for text, one in named.items() if noun.startswith(one.kind))


def _ranked(ranked: Candidate, seen: Sequence[Event]) -> RankedEvent:
    event = ranked.event
    points, calls = ranked.signs
    return RankedEvent(
        **vars(found_event(event)),
        event_id=event.id,
        source_ip=event.ip,
        public_address=event.external,
        user_agent=event.agent[:80],
        score=ranked.score,
        speaks_for=ranked.speaks_for,
        speaks_against=ranked.speaks_against,
        category=ranked.category,
        tied_to_driver=ranked.tied,
        only_repeated=ranked.only_repeated,
        unusual_address=ranked.unusual_address,
        changed_address=ranked.changed_address,
        made_on_other_days=ranked.common,
        effect_of_another_call=ranked.effect,
        signs_of_intrusion=IntrusionSigns(points=points, calls=calls),
        same_call_again=ranked.again,
        setting_changes=setting_changes(event, seen),
    )
