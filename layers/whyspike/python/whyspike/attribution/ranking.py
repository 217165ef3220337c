"""Ranks events by how well they explain a cause on the bill. Pure; each score keeps its reasons, so that people can judge it.

A score adds what speaks for an event: that such a call moves this usage type (knowledge tables), that it touched the driver's
resources or carries its names, that its time fits the onset; and takes off what speaks against: settings that cost nothing,
another resource of the same kind, a call that this principal makes all the time, a service acting on its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from whyspike.attribution.cause import BillCause
from whyspike.attribution.events import Event
from whyspike.attribution.magnitude import too_small
from whyspike.knowledge import CauseEvent, cause, weight_of
from whyspike.resource_names import aliases_of

THRESHOLD = 5.0  # a named actor needs this much; calibrated on the sample organisations (docs/attribution.md)
PLAUSIBLE = 3.0  # below it an event is no candidate at all
MARGIN = 0.75
_TYPE = re.compile(r"\b((?:ml|db|cache)\.)?([a-z]{1,4}\d{1,2}[a-z0-9-]*\.(?:\d*x?large|metal(?:-\d+xl)?|nano|micro|small|medium))\b")
_ID = re.compile(r"([a-z]+(?:-[a-z]+)*-)(?=[0-9a-f]*\d)[0-9a-f]{8,17}")
_GENERIC = frozenset(
    {"prod", "dev", "test", "stage", "staging", "main", "default", "service", "cluster", "function", "instance", "group", "table", "bucket"}
    | {
        "primary",
        "app",
        "api",
        "the",
        "and",
        "worker",
        "queue",
        "stream",
        "data",
        "log",
        "logs",
        "aws",
        "ec2",
        "rds",
        "lambda",
        "ecs",
        "eks",
    }
    | {"node", "nodes", "general", "arn", "east", "west", "north", "south", "team", "owner"}
)


@dataclass(frozen=True)
class RankedEvent:
    """An event, its score as a cause, why, and how often the same principal made the same call besides."""

    event: Event
    score: float
    reasons: tuple[str, ...]
    category: str
    tied: bool  # touched the driver's resources, carries its names or its type
    again: int = 0  # the same call by the same principal within the burst (several targets at once)
    entry: CauseEvent | None = field(default=None, compare=False)


def rank(bill: BillCause, events: Sequence[Event], scan_end: datetime) -> tuple[RankedEvent, ...]:
    """Candidates among the events, best first; an event that cannot be the cause is left out."""
    facts = _Facts.of(bill)
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


@dataclass(frozen=True)
class _Facts:
    """Names that tie an event to the cause, in lower case."""

    resources: frozenset[str]
    resource_tokens: frozenset[str]
    tokens: frozenset[str]  # of team and companion names
    other_teams: frozenset[str]
    types: frozenset[str]

    @classmethod
    def of(cls, bill: BillCause) -> _Facts:
        resources = {alias for identifier in bill.driver.resource_ids for alias in aliases_of(identifier)}
        names = [name for name in resources if not _ID.fullmatch(name) and ":" not in name]
        team = (bill.driver.tag_team or "").lower()
        teams = frozenset(token for other in bill.teams if other.lower() != team for token in _tokens(other))
        texts = (bill.driver.usage_type or "", *(line.usage_type for line in (*bill.companions, *bill.opposite)))
        types = frozenset(match.group(2) for text in texts for match in _TYPE.finditer(text))
        own = frozenset(_tokens(team)) | frozenset(_tokens(bill.driver.tag_env or ""))
        return cls(frozenset(resources), frozenset(token for name in names for token in _tokens(name)), own, teams - own, types)


def _score(event: Event, entry: CauseEvent, bill: BillCause, facts: _Facts, events: Sequence[Event]) -> RankedEvent | None:
    timing = _timing(event, entry, bill)
    if timing is None:
        return None
    weight = weight_of(entry, _mapping(event))
    reasons = [f"{event.base_name} can move {bill.family}"]
    score = 0.9 * weight
    tie, why = _tie(event, facts)
    score += tie
    reasons += why
    score += timing[0]
    reasons.append(timing[1])
    for points, reason in (_effect(weight, entry), _routine(event, events, bill), _principal(event, bill), _size(event, bill)):
        score += points
        if reason:
            reasons.append(reason)
    return RankedEvent(event, round(score, 2), tuple(reasons), entry.category, tie >= 1.5, entry=entry)


def _tie(event: Event, facts: _Facts) -> tuple[float, list[str]]:
    targets = event.targets
    hit = targets & facts.resources
    if hit:
        return 4.0, ["touched a resource of the driver"]
    points, reasons = 0.0, []
    declared = {match.group(2) for _, value in event.leaves if isinstance(value, str) for match in _TYPE.finditer(value.lower())}
    if declared and facts.types:
        if declared & facts.types:
            points += 2.5
            reasons.append("names the same instance type")
        else:
            return -4.0, ["names another instance type"]
    tokens = frozenset(token for target in targets for token in _tokens(target))
    if tokens & facts.resource_tokens:
        points += 2.0
        reasons.append("its target is named like the driver's resources")
    elif tokens & (facts.tokens - _GENERIC):
        points += 1.5
        reasons.append("its target carries the driver's team")
    elif tokens & facts.other_teams:
        points -= 2.0
        reasons.append("its target belongs to another team")
    if points <= 0 and _same_kind_elsewhere(targets, facts.resources):
        points -= 3.0
        reasons.append("changed another resource of the same kind")
    if event.resources and points >= 0:
        points += 0.5
    return points, reasons


def _same_kind_elsewhere(targets: Iterable[str], resources: frozenset[str]) -> bool:
    """Ids of the driver's own kind ("vol-...") that are not among its resources."""
    prefixes = {match.group(1) for name in resources if (match := _ID.fullmatch(name))}
    return any((match := _ID.fullmatch(target)) and match.group(1) in prefixes for target in targets)


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


def _principal(event: Event, bill: BillCause) -> tuple[float, str]:
    if event.principal_kind == "aws-service" or event.invoked_by.endswith(".amazonaws.com"):
        return -2.0, "an AWS service acted on a setting made before"
    if bill.new_region and event.external and event.principal_kind in ("iam-user", "root"):
        return 2.0, "from a public address, in a region that was not used before"
    return 0.0, ""


def _size(event: Event, bill: BillCause) -> tuple[float, str]:
    return (-2.5, "too small for this rise") if too_small(event, bill) else (0.0, "")


def _tokens(text: str) -> list[str]:
    return [token for token in re.split(r"[^a-z0-9]+", text.lower()) if len(token) > 2 and not token.isdigit() and token not in _GENERIC]


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
        kept[at] = RankedEvent(first.event, twin.score, twin.reasons, twin.category, twin.tied or item.tied, twin.again + 1, twin.entry)
    return tuple(kept)


def _same_burst(one: Event, other: Event) -> bool:
    return (
        one.name == other.name
        and one.principal == other.principal
        and one.session == other.session
        and one.region == other.region
        and abs(one.time - other.time) <= timedelta(hours=6)
    )
