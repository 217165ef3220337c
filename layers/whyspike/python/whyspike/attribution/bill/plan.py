"""Which Cost Explorer requests a flagged item needs: at most four, each over the whole lookback,
cost and usage quantity together.

    1  usage type x team tag    of the services that moved
    2  region x environment tag of the usage types that lead
    3  usage type x resource    the last days, where resource-level data is enabled
    4  usage type x record type where the account has commitments or credits, or what moved is no
    usage

With several causes, 2 is asked by usage type for both dimensions, so that the causes do not mix. A
bill that detection did not read by usage type costs one request more, and then the resources are
left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, TypeAlias

from whyspike.attribution.bill.cells import Grid, usage_of
from whyspike.attribution.bill.lines import (
    SEPARATE_SHARE,
    CauseLines,
    Line,
    causes_of,
    moved_lines,
)
from whyspike.knowledge.families import strip_region_prefix
from whyspike.knowledge.record_types import record_class_of
from whyspike.model import (
    BillingReason,
    CostAnswer,
    CostMetric,
    CostQuery,
    DailyCosts,
    FlaggedItem,
    RecordClass,
)

MAX_REQUESTS = 4
# Cost Explorer keeps resource ids for 14 days to the hour: of the first day a part is gone.
RESOURCE_DAYS = 13
# a service with thousands of resources has many pages; the first shows the largest ones' names well
# enough
RESOURCE_PAGES = 1
MAX_USAGE_TYPES = 12
NEW_LINE_USD = 0.01  # a day before: less, and the line is new
FREE_DAYS = 14
MAX_FREE_METERS = 6


Judge: TypeAlias = Callable[[DailyCosts], AbstractSet[str]]


@dataclass(frozen=True)
class Case:
    """What attribution knows of one flagged item; `tag_keys` are the cost allocation tags of team
    and environment. `costs` are of the days that are known: the last is the day that was judged.
    `judge` is detection's own: which services of a bill stand out on its last day."""

    item: FlaggedItem
    costs: DailyCosts
    tag_keys: tuple[str, str] = ("team", "env")
    judge: Judge | None = field(default=None, compare=False)

    @property
    def scan_date(self) -> date:
        return self.costs.dates[-1]

    @property
    def has_usage_types(self) -> bool:
        return any(series.usage_type is not None for series in self.costs.series)

    @property
    def usage(self) -> bool:
        """False where what moved is a credit, refund, fee, tax or commitment."""
        return self.item.leading.record_class in (RecordClass.USAGE, RecordClass.OTHER)

    @property
    def services(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(anomaly.service for anomaly in self.item.anomalies))

    def period(self) -> tuple[date, date]:
        return self.costs.dates[0], self.scan_date + timedelta(days=1)


def next_requests(case: Case, answers: Sequence[CostAnswer]) -> tuple[CostQuery, ...]:
    """The requests to make now, given the answers so far (denied ones come back empty); () when
    there is nothing more to ask."""
    room = MAX_REQUESTS - sum(max(1, answer.requests) for answer in answers)
    if not case.has_usage_types and not answers:
        return (_query(case, ("SERVICE", "USAGE_TYPE")),)
    found = causes(case, answers) if case.usage else ()
    wanted = _usage_requests(case, found, answers) if found else _record_requests(case, answers)
    asked = [answer.query for answer in answers]
    open_requests = tuple(query for query in wanted if query not in asked)
    if not open_requests:
        later = (
            [_by_record(case, _narrow(found))]
            if found and _rate_moved(case, found, answers)
            else []
        )
        later += [_tag_check(case)] if _untagged(case, answers) else []
        open_requests = tuple(query for query in later if query not in asked)
    return open_requests[: max(0, room)]


def tags_missing(case: Case, answers: Sequence[CostAnswer]) -> bool:
    """Nothing in the account carries the team tag: not activated, or nobody tags."""
    answer = next((answer for answer in answers if answer.query == _tag_check(case)), None)
    return answer is not None and bool(answer.rows) and not any(row.keys[0] for row in answer.rows)


def late_share(case: Case) -> float:
    """Share of the account's larger services that cost far less on the last day than on the days
    before: data that is late."""
    totals = [
        s for s in case.costs.series if s.usage_type is None and s.record_class == RecordClass.USAGE
    ]
    lower = known = 0
    for series in totals:
        values = [value or 0.0 for value in series.costs]
        past = sorted(values[-15:-1])
        if len(past) < 7 or past[len(past) // 2] < 1.0:
            continue
        known += 1
        lower += values[-1] < 0.8 * past[1]
    return lower / known if known >= 4 else 0.0


def _rate_moved(case: Case, found: Sequence[CauseLines], answers: Sequence[CostAnswer]) -> bool:
    """Cost rose and the quantity did not: then the charge types tell whether a commitment ended or
    a credit did."""
    line = found[0].leading
    by_team = ("USAGE_TYPE", f"TAG:{case.tag_keys[0]}")
    answer = next((answer for answer in answers if answer.query.group_by == by_team), None)
    if answer is None or line.shift.onset is None:
        return False
    grid = Grid.of(answer, case.costs.dates, lambda row: row.keys[0] == line.usage_type)
    usage = usage_of(grid, case.costs.dates[line.shift.onset], line.shift)
    return usage is not None and usage.flat


def _narrow(found: Sequence[CauseLines]) -> Mapping[str, Any]:
    """The filter of the lines that lead."""
    services = tuple(dict.fromkeys(cause.leading.service for cause in found))
    return _filter(services, tuple(dict.fromkeys(cause.leading.usage_type for cause in found)))


def _untagged(case: Case, answers: Sequence[CostAnswer]) -> bool:
    """The answers by team show no tag at all; whether the account has any is worth one small
    request."""
    team = f"TAG:{case.tag_keys[0]}"
    values = {
        row.keys[answer.query.group_by.index(team)]
        for answer in answers
        if team in answer.query.group_by
        for row in answer.rows
    }
    return values == {""}


def _tag_check(case: Case) -> CostQuery:
    _, end = case.period()
    return CostQuery(
        end - timedelta(days=RESOURCE_DAYS),
        end,
        (f"TAG:{case.tag_keys[0]}",),
        metrics=(case.costs.metric,),
    )


def causes(case: Case, answers: Sequence[CostAnswer]) -> tuple[CauseLines, ...]:
    """The causes in the case's lines, apart by team once the teams are known; needs the SERVICE x
    USAGE_TYPE answer where the daily costs know no usage types."""
    return _causes(case, answers, _teams_of_lines(case, answers))


def _causes(
    case: Case, answers: Sequence[CostAnswer], teams: Mapping[tuple[str, str], str]
) -> tuple[CauseLines, ...]:
    first = next(
        (answer for answer in answers if answer.query.group_by == ("SERVICE", "USAGE_TYPE")), None
    )
    lines = moved_lines(case.costs, case.item.onset - timedelta(days=3), first)
    lines = tuple(
        replace(line, team=teams.get((line.service, line.usage_type), "")) for line in lines
    )
    return causes_of(lines, case.item, case.costs.dates)


def _teams_of_lines(case: Case, answers: Sequence[CostAnswer]) -> Mapping[tuple[str, str], str]:
    """The team that carries the excess of each line, out of the answer by usage type and team. One
    usage type is hardly billed by two of the services that moved together."""
    by_team = ("USAGE_TYPE", f"TAG:{case.tag_keys[0]}")
    answer = next((answer for answer in answers if answer.query.group_by == by_team), None)
    if answer is None:
        return {}
    found: dict[tuple[str, str], str] = {}
    hint = case.item.onset - timedelta(days=3)
    largest: dict[str, float] = {}
    for (usage_type, team), shift in Grid.of(answer, case.costs.dates).shifts(hint).items():
        if team and abs(shift.excess_total) > largest.get(usage_type, 0.0):
            largest[usage_type] = abs(shift.excess_total)
            found |= {(service, usage_type): team for service in case.services}
    return found


def free_meters(case: Case, line: Line) -> tuple[str, ...]:
    """Usage types on which the usage of a new line may have been counted before at no charge: those
    of its service that cost nothing and stopped as it began, its name with the words that AWS puts
    in the place of `Paid`, and the hours of the same machine that a reservation covered.

    Cost Explorer leaves out what cost nothing unless it is asked for its quantity.
    """
    if line.shift.before >= NEW_LINE_USD or line.shift.onset is None:
        return ()
    onset = line.shift.onset
    seen = (
        series.usage_type
        for series in case.costs.series
        if series.service == line.service
        and series.usage_type not in (None, line.usage_type)
        and not any(series.costs)
        and any(cost is not None for cost in series.costs[max(0, onset - FREE_DAYS) : onset])
        and all(cost is None for cost in series.costs[onset + 1 :])
    )
    suffix = strip_region_prefix(line.usage_type)
    region = line.usage_type.removesuffix(suffix)
    bare = suffix.replace("Paid", "{}", 1) if "Paid" in suffix else "{}" + suffix
    named = (f"{region}{bare.replace('{}', free)}" for free in ("Free", "FreeTrial", "Trial", ""))
    covered = (f"{region}HeavyUsage:{kind}" for kind in suffix.partition(":")[2:] if kind)
    others = (name for name in (*named, *covered, *seen) if name and name != line.usage_type)
    return tuple(dict.fromkeys(others))[:MAX_FREE_METERS]


def _usage_requests(
    case: Case, found: Sequence[CauseLines], answers: Sequence[CostAnswer]
) -> tuple[CostQuery, ...]:
    team, environment = (f"TAG:{key}" for key in case.tag_keys)
    first = _causes(case, answers, {})  # asked before the teams are known
    of_services = {cause.leading.service for cause in first}
    moved = [
        line.usage_type
        for cause in first
        for line in (cause.leading, *cause.companions, *cause.opposite)
        if line.service in of_services
    ][:MAX_USAGE_TYPES]
    moved += [name for cause in first for name in free_meters(case, cause.leading)]
    wide = _filter(
        tuple(dict.fromkeys(cause.leading.service for cause in first)),
        tuple(dict.fromkeys(moved)),
    )
    if not answers and any(map(_may_be_two, first)):
        return (_query(case, ("USAGE_TYPE", team), wide),)
    leading = [cause.leading for cause in found]
    services = tuple(dict.fromkeys(line.service for line in leading))
    narrow = _narrow(found)
    resources = _resources(case, narrow, min(line.shift.onset or 0 for line in leading))
    by_record = _by_record(case, narrow)
    if len(found) > 1:
        return (
            _query(case, ("USAGE_TYPE", team), wide),
            _query(case, ("USAGE_TYPE", environment), narrow),
            _query(case, ("USAGE_TYPE", "REGION"), narrow),
            resources,
        )
    commitments = any(
        series.record_class != RecordClass.USAGE and series.service in services
        for series in case.costs.series
    )
    queries = (
        _query(case, ("USAGE_TYPE", team), wide),
        _query(case, ("REGION", environment), narrow),
    )
    return (*queries, by_record, resources) if commitments else (*queries, resources)


def _may_be_two(cause: CauseLines) -> bool:
    """Another line of the same family is as large as a cause of its own: the teams tell whether it
    is one, and that decides what is asked next."""
    leading = cause.leading
    return any(
        line.service == leading.service
        and line.family == leading.family
        and line.size >= SEPARATE_SHARE * leading.size
        for line in cause.companions
    )


def _record_requests(case: Case, answers: Sequence[CostAnswer]) -> tuple[CostQuery, ...]:
    """What moved is no usage: first which usage type and record type, then where and whose."""
    first = _by_record(case, _filter(case.services))
    answer = next((answer for answer in answers if answer.query == first), None)
    if answer is None:
        return (first,)
    lead = leading_record(case, answer)
    if lead is None:
        return ()
    narrow = _filter(case.services, (lead[0],), (lead[1],))
    return (first, *(_query(case, ("REGION", f"TAG:{key}"), narrow) for key in case.tag_keys))


def leading_record(case: Case, answer: CostAnswer) -> tuple[str, str] | None:
    """Usage type and record type (of a USAGE_TYPE x RECORD_TYPE answer) that carry a billing
    anomaly, or None.

    Negations mirror what they negate; when a commitment ends, the story is in the usage that is
    billed on demand since.
    """
    grid = Grid.of(answer, case.costs.dates, lambda row: "negation" not in row.keys[1].lower())
    if not grid.costs:
        return None
    wanted = case.item.leading.record_class
    rising = case.item.leading.billing_reason == BillingReason.COMMITMENT_EXPIRED
    of_class = {
        keys: values
        for keys, values in grid.costs.items()
        if rising or record_class_of(keys[1]) == wanted
    }
    grid = Grid(grid.dates, of_class or grid.costs, {}, {})
    moved = {
        keys: shift.excess_per_day
        for keys, shift in grid.shifts(case.item.onset - timedelta(days=2)).items()
    }
    best = max(moved, key=lambda keys: moved[keys] if rising else abs(moved[keys]))
    if not moved[best]:  # nothing moved: the charge is as ever, so the largest on the day is meant
        best = max(
            grid.costs,
            key=lambda keys: abs(grid.costs[keys][case.costs.dates.index(case.item.onset)]),
        )
    return best[0], best[1]


def _resources(case: Case, cost_filter: Mapping[str, Any], onset: int) -> CostQuery:
    first_kept = case.scan_date - timedelta(days=RESOURCE_DAYS - 1)
    start = max(first_kept, case.costs.dates[onset] - timedelta(days=3))
    end = case.scan_date + timedelta(days=1)
    return CostQuery(
        start,
        end,
        ("USAGE_TYPE", "RESOURCE_ID"),
        cost_filter,
        _metrics(case),
        with_resources=True,
        max_pages=RESOURCE_PAGES,
    )


def _query(
    case: Case, group_by: tuple[str, ...], cost_filter: Mapping[str, Any] | None = None
) -> CostQuery:
    start, end = case.period()
    return CostQuery(start, end, group_by, cost_filter, _metrics(case))


def _metrics(case: Case) -> tuple[str, str]:
    """The cost that detection judged by, so that headline and cause cannot differ."""
    return case.costs.metric, "UsageQuantity"


def _by_record(case: Case, cost_filter: Mapping[str, Any]) -> CostQuery:
    """Where a commitment may be behind it, the effective cost is asked in the same request: a fee
    paid at once is small by the day, and covered usage that reads as on-demand cost is paid
    already."""
    start, end = case.period()
    return CostQuery(
        start,
        end,
        ("USAGE_TYPE", "RECORD_TYPE"),
        cost_filter,
        (*_metrics(case), CostMetric.NET_AMORTIZED),
    )


def _filter(
    services: Sequence[str], usage_types: Sequence[str] = (), record_types: Sequence[str] = ()
) -> Mapping[str, Any]:
    values = (("SERVICE", services), ("USAGE_TYPE", usage_types), ("RECORD_TYPE", record_types))
    parts = [
        {"Dimensions": {"Key": key, "Values": list(wanted)}} for key, wanted in values if wanted
    ]
    return parts[0] if len(parts) == 1 else {"And": parts}
