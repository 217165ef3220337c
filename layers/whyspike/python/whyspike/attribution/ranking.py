"""Ranks events by how well they explain a cause on the bill. Pure; each score keeps its reasons, so that people can judge it.

A score adds what speaks for an event: that such a call moves this usage type (knowledge tables), that it touched the driver's
resources or carries its names, that its time fits the onset; and takes off what speaks against: settings that cost nothing,
another resource of the same kind, a call that this principal makes all the time, a service acting on its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from whyspike.attribution.cause import BillCause
from whyspike.attribution.events import Event
from whyspike.attribution.magnitude import size_of
from whyspike.attribution.ties import TIED, Names, tie_of
from whyspike.knowledge import CauseEvent, cause, family_of, weight_of
from whyspike.resource_names import names_something, parameter_leaves

BURST = timedelta(hours=6)
_BURST_POINTS = {3: 0.5, 8: 0.5}  # the fourth and the ninth call of a burst: many at once are the larger change
_DEPLOYING = frozenset({"ecs", "lambda", "eks", "codedeploy", "cloudformation", "elasticbeanstalk", "apprunner", "ecr"})
_USAGE_CALL = re.compile(r"^(Invoke|Converse|Retrieve|Get|Decrypt|Query|Scan|Describe|List|Head|Send)")


@dataclass(frozen=True)
class RankedEvent:
    """An event, its score as a cause, why, and how often the same principal made the same call besides."""

    event: Event
    score: float
    reasons: tuple[str, ...]
    category: str
    tied: bool  # touched the driver's resources, carries its names or its type
    unusual_address: bool = False  # from a public address from which this principal never called before
    again: int = 0  # the same call by the same principal within the burst (several targets at once)
    entry: CauseEvent | None = field(default=None, compare=False)


def rank(bill: BillCause, events: Sequence[Event], scan_end: datetime) -> tuple[RankedEvent, ...]:
    """Candidates among the events, best first; an event that cannot be the cause is left out."""
    facts = Names.of(bill)
    found = []
    for event in events:
        if event.error or event.time >= scan_end:
            continue
        entry = best_entry(event, bill)
        if entry is None:
            continue
        ranked = _score(event, entry, bill, facts, events)
        if ranked is not None:
            found.append(ranked)
    return _merged(sorted(found, key=lambda item: (-item.score, item.event.time, item.event.id)))


def best_entry(event: Event, bill: BillCause) -> CauseEvent | None:
    """The line of the cause table by which this call can move the cause's lines, the driver's family first."""
    entries = cause(event.source, event.name)
    direction = "down" if bill.excess_per_day < 0 else "up"
    fitting = [entry for entry in entries if entry.moves(bill.family, direction)]
    return max(fitting, key=lambda entry: (weight_of(entry, _mapping(event)), entry.weight), default=None)


def _score(event: Event, entry: CauseEvent, bill: BillCause, facts: Names, events: Sequence[Event]) -> RankedEvent | None:
    timing = _timing(event, entry, bill)
    if timing is None:
        return None
    weight = weight_of(entry, _mapping(event))
    reasons = [f"{event.base_name} can move {bill.family}"]
    tie, why = tie_of(event, facts)
    tied = tie >= TIED
    score = 0.9 * weight + tie + timing[0]
    reasons += [*why, timing[1]]
    others = (
        _effect(weight, entry),
        _direct(entry, bill, tied),
        _substance(event, tied),
        _routine(event, events, bill),
        _common(event, events, bill, tied),
    )
    for points, reason in (*others, _usage_call(event, bill), _principal(event, events, bill), size_of(event, bill, tied)):
        score += points
        if reason:
            reasons.append(reason)
    return RankedEvent(event, round(score, 2), tuple(reasons), entry.category, tied, unusual_address(event, events), entry=entry)


def _timing(event: Event, entry: CauseEvent, bill: BillCause) -> tuple[float, str] | None:
    """Points and words for the time between call and onset; None where the call came too late or long before."""
    onset = datetime(bill.onset.year, bill.onset.month, bill.onset.day, tzinfo=UTC)
    slack = timedelta(days=3 if bill.kind == "ramp" else 1)
    before = onset - event.time
    if event.time >= onset + slack:
        return None
    if event.time >= onset:
        return 2.0 + _first_day(event, bill), "on the day of the onset"
    hours = before.total_seconds() / 3600
    if hours <= 12:
        return 1.6, "in the evening before the onset"
    days = before.days + 1
    if days <= max(1, min(entry.lag_days, 2)):
        return 0.6, f"{days} days before the onset"
    if days <= entry.lag_days:
        return (0.3 if entry.lag_days >= 5 else -0.5), f"{days} days before the onset; such a change can act later"
    if days <= 4:
        return -1.0, f"{days} days before the onset"
    return None


def _first_day(event: Event, bill: BillCause) -> float:
    """The share of the first day's excess tells the hour at which a level shift began."""
    costs = [cost for day, cost in bill.daily if day >= bill.onset]
    if bill.kind not in ("level-shift", "new-service", "drop") or len(costs) < 2 or not bill.ongoing:
        return 0.0
    full = costs[1] - bill.expected
    if abs(full) < 1:
        return 0.0
    share = max(0.0, min(1.0, (costs[0] - bill.expected) / full))
    hour = event.time.hour + event.time.minute / 60
    apart = abs(24 * (1 - share) - hour)
    return 0.8 if apart <= 2 else 0.3 if apart <= 4 else -0.8 if apart > 8 else 0.0


def _effect(weight: float, entry: CauseEvent) -> tuple[float, str]:
    if entry.telling is not None and weight == entry.weight:
        return 0.8, "its settings are such as move this cost"
    if weight <= entry.weight / 10:
        return -4.0, "changed only settings that cost nothing"
    if weight <= entry.weight / 4:
        return -1.5, "shows no setting that moves this cost"
    return 0.0, ""


def _routine(event: Event, events: Sequence[Event], bill: BillCause) -> tuple[float, str]:
    """Takes off for calls that this principal made likewise on other days before the onset."""
    onset = datetime(bill.onset.year, bill.onset.month, bill.onset.day, tzinfo=UTC)
    days_before = {
        other.time.date()
        for other in events
        if other.base_name == event.base_name
        and other.principal == event.principal
        and other.region == event.region
        and other.time < min(onset, event.time) - timedelta(hours=12)
        and _signature(other) == _signature(event)
    }
    if len(days_before) >= 2:
        return -1.0 - 0.3 * min(4, len(days_before)), f"this principal did the same on {len(days_before)} days before"
    later = {
        other.time.date()
        for other in events
        if other.base_name == event.base_name and other.principal == event.principal and other.time.date() > event.time.date()
    }
    if len(later) >= 3 and not days_before and event.time >= onset - timedelta(days=1):
        return 1.0, "began then, and was repeated since"
    return 0.0, ""


def _signature(event: Event) -> frozenset[str]:
    return frozenset(key for key, _ in event.leaves)


def _direct(entry: CauseEvent, bill: BillCause, tied: bool) -> tuple[float, str]:
    """A call to the service that is billed is a nearer cause than one to another service; deployments happen all the time."""
    sources = family_of(bill.driver.service, bill.driver.usage_type).event_sources
    if not sources or entry.event_source == sources[0]:
        return 0.0, ""
    if entry.event_source in _DEPLOYING and not tied:
        return -1.5, "a deployment that nothing ties to this cost"
    return -0.5, ""


def _substance(event: Event, tied: bool) -> tuple[float, str]:
    """A record of a bare name, of a resource that the bill does not know, says little."""
    if tied or event.resources or not event.parameters:
        return 0.0, ""
    said = [leaf for leaf in parameter_leaves(event.parameters) if not names_something(leaf)]
    return (0.0, "") if said else (-0.7, "its record says nothing of what was set")


def _common(event: Event, events: Sequence[Event], bill: BillCause, tied: bool) -> tuple[float, str]:
    """The same kind of call on other days, by whomever: then one of them on the day of the onset tells little."""
    if tied:
        return 0.0, ""
    near = {bill.onset, bill.onset - timedelta(days=1)}
    alike = [
        other
        for other in events
        if (other.source, other.base_name) == (event.source, event.base_name)
        and other.time.date() not in near
        and _signature(other) == _signature(event)
    ]
    days = {other.time.date() for other in alike if other.time.date() < bill.onset}
    return (-0.6 * min(3, len(days)), f"such calls are common here ({len(days)} other days)") if days else (0.0, "")


def _usage_call(event: Event, bill: BillCause) -> tuple[float, str]:
    """A call that is the billed usage itself tells who uses, not what changed; unless the usage is new."""
    if not (event.read_only or _USAGE_CALL.match(event.base_name)):
        return 0.0, ""
    if bill.new_service or bill.new_region or bill.new_line:
        return 0.8, "is the new usage itself"
    return -2.5, "is the usage itself, which went on before"


def _principal(event: Event, events: Sequence[Event], bill: BillCause) -> tuple[float, str]:
    if event.principal_kind == "aws-service" or event.invoked_by.endswith(".amazonaws.com"):
        return -2.0, "an AWS service acted on a setting made before"
    unheard_of = bill.new_region or bill.new_service
    if unheard_of and event.external and (event.principal_kind in ("iam-user", "root") or unusual_address(event, events)):
        return 2.0, "from a public address, and such usage is new to the account"
    return 0.0, ""


def unusual_address(event: Event, events: Sequence[Event]) -> bool:
    """A public address, while this principal's other calls came from elsewhere or there are none from before."""
    if not event.external:
        return False
    earlier = {other.ip for other in events if other.principal == event.principal and other.time < event.time - timedelta(hours=12)}
    return event.ip not in earlier


def _mapping(event: Event) -> dict[str, object] | None:
    return event.parameters if isinstance(event.parameters, dict) else None


def _merged(ranked: Sequence[RankedEvent]) -> tuple[RankedEvent, ...]:
    """Calls of one burst (same principal and name within six hours) as one candidate: the first of the best."""
    kept: list[RankedEvent] = []
    for item in ranked:
        twin = next((other for other in kept if _same_burst(item.event, other.event)), None)
        if twin is None:
            kept.append(item)
            continue
        at = kept.index(twin)
        first = item if item.event.time < twin.event.time and item.score >= twin.score - 0.5 else twin
        score = round(twin.score + _BURST_POINTS.get(twin.again + 1, 0.0), 2)
        kept[at] = RankedEvent(
            first.event, score, twin.reasons, twin.category, twin.tied or item.tied, twin.unusual_address, twin.again + 1, twin.entry
        )
    return tuple(sorted(kept, key=lambda item: -item.score))


def _same_burst(one: Event, other: Event) -> bool:
    return (
        one.name == other.name
        and one.principal == other.principal
        and one.session == other.session
        and one.region == other.region
        and abs(one.time - other.time) <= BURST
    )
