"""The proof by counterfactual: the lines of the causes are taken out of the bill, and the day is
judged again. What then still stands out is not explained, and is said."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import timedelta

import numpy as np

from whyspike.attribution.bill.cause import BillCause
from whyspike.attribution.bill.lines import MIN_USD, CauseLines, Line
from whyspike.attribution.bill.plan import Case
from whyspike.attribution.bill.shift import Floats, Shift, measure
from whyspike.model import CostSeries, DailyCosts, RecordClass

SMALL_REST = 0.2  # of the service's excess: what is left below it is noise of many lines


def proven(
    case: Case, found: Sequence[CauseLines], causes: Sequence[BillCause]
) -> tuple[BillCause, ...]:
    """Each cause with its share of its service's excess, and with what is left when all causes are
    taken out of that service."""
    rest = _without(case, found)
    still = case.judge(rest) if case.judge else None
    return tuple(
        _proven(case, lines, cause, rest, still) for lines, cause in zip(found, causes, strict=True)
    )


def _proven(
    case: Case,
    lines: CauseLines,
    cause: BillCause,
    rest: DailyCosts,
    still: AbstractSet[str] | None,
) -> BillCause:
    service = cause.driver.service
    shift = _measured(case, case.costs, service)
    excess = shift.excess_per_day
    if shift.onset is None or excess * cause.excess_per_day <= 0:
        return cause
    left = _measured(case, rest, service)
    small = abs(left.excess_per_day) < max(MIN_USD, SMALL_REST * abs(excess))
    unexplained = 0.0 if left.onset is None else left.excess_per_day
    return replace(
        cause,
        share=sum(line.shift.excess_per_day for line in _own(lines, service)) / excess,
        left=unexplained,
        as_expected_without=(
            left.onset is None or small if still is None else service not in still
        ),
    )


def _own(lines: CauseLines, service: str) -> list[Line]:
    """The lines of a cause in one service: what rose, and what fell instead."""
    named = (lines.leading, *lines.companions, *lines.opposite)
    return [line for line in named if line.service == service]


def _measured(case: Case, costs: DailyCosts, service: str) -> Shift:
    """How the usage of a service moved: the sum of its lines, so that what is left is theirs."""
    lines = [
        [cost or 0.0 for cost in series.costs]
        for series in costs.series
        if series.service == service
        and series.usage_type is not None
        and series.record_class == RecordClass.USAGE
    ]
    whole: Floats = np.sum([np.asarray(line) for line in lines], axis=0)
    values = whole.tolist() if lines else [0.0] * len(costs.dates)
    return measure(values, costs.dates, case.item.onset - timedelta(days=2))


def _without(case: Case, found: Sequence[CauseLines]) -> DailyCosts:
    """The bill as it would be had the lines of the causes stayed as expected."""
    changed: dict[tuple[str, str | None], Floats] = {}
    services = {one.leading.service for one in found}
    for line in (line for one in found for service in services for line in _own(one, service)):
        for key in ((line.service, line.usage_type), (line.service, None)):
            changed[key] = changed.get(key, np.zeros(len(case.costs.dates))) + _changed(line)
    return replace(
        case.costs,
        series=tuple(
            _less(series, changed[series.service, series.usage_type])
            if series.record_class == RecordClass.USAGE
            and (series.service, series.usage_type) in changed
            else series
            for series in case.costs.series
        ),
    )


def _less(series: CostSeries, change: Floats) -> CostSeries:
    costs = tuple(
        cost if not less else (cost or 0.0) - float(less)  # without a row nothing was used
        for cost, less in zip(series.costs, change, strict=True)
    )
    return replace(series, costs=costs, quantities=None)  # of another cost they say nothing


def _changed(line: Line) -> Floats:
    """What a line cost above (or below) its expectation, from its onset on."""
    excess = np.array(line.shift.excess)
    excess[: line.shift.onset] = 0.0
    return excess
