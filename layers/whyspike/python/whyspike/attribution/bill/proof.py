"""The proof by counterfactual: the lines of the causes are taken out of the bill, and the service
is judged again. What then still stands out is not explained, and is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np

from whyspike.attribution.bill.cause import BillCause
from whyspike.attribution.bill.lines import MIN_USD, CauseLines, Line
from whyspike.attribution.bill.plan import Case
from whyspike.attribution.bill.shift import Floats, measure
from whyspike.model import RecordClass

SMALL_REST = 0.2  # of the service's excess: what is left below it is noise of many lines


def proven(
    case: Case, found: Sequence[CauseLines], causes: Sequence[BillCause]
) -> tuple[BillCause, ...]:
    """Each cause with its share of its service's excess, and with what is left when all causes are
    taken out of that service."""
    return tuple(
        _proven(case, lines, found, cause) for lines, cause in zip(found, causes, strict=True)
    )


def _proven(
    case: Case, lines: CauseLines, found: Sequence[CauseLines], cause: BillCause
) -> BillCause:
    service = cause.driver.service
    values = _service(case, service)
    hint = case.item.onset - timedelta(days=2)
    shift = measure(values.tolist(), case.costs.dates, hint)
    excess = shift.excess_per_day
    if shift.onset is None or excess * cause.excess_per_day <= 0:
        return cause
    named = [line for one in found for line in (one.leading, *one.companions, *one.opposite)]
    own = [line for line in named if line.service == service]
    rest = values - np.sum([_changed(line) for line in own], axis=0)
    left = measure(rest.tolist(), case.costs.dates, hint)
    small = abs(left.excess_per_day) < max(MIN_USD, SMALL_REST * abs(excess))
    return replace(
        cause,
        share=lines.leading.shift.excess_per_day / excess,
        left=0.0 if left.onset is None else left.excess_per_day,
        as_expected_without=left.onset is None or small,
    )


def _service(case: Case, service: str) -> Floats:
    """The usage of a service a day: the sum of its lines, so that what is left is theirs."""
    lines = [
        [cost or 0.0 for cost in series.costs]
        for series in case.costs.series
        if series.service == service
        and series.usage_type is not None
        and series.record_class == RecordClass.USAGE
    ]
    whole: Floats = np.sum([np.asarray(line) for line in lines], axis=0)
    return whole if lines else np.zeros(len(case.costs.dates))


def _changed(line: Line) -> Floats:
    """What a line cost above (or below) its expectation, from its onset on."""
    excess = np.array(line.shift.excess)
    excess[: line.shift.onset] = 0.0
    return excess
