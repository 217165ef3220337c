"""Days of incidents that were told and are over: they are no yardstick for what is normal.

One that stands alone is taken out of the history. What came more than once is a pattern of the
series, and stays: a job of each week is told when it is new, not every time that it runs.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np

from whyspike.detection.shape import LOOK_BACK_DAYS, Width, baseline_before
from whyspike.detection.table import CostTable, Floats
from whyspike.model import ToldDays

_SETTLED_DAYS = 14  # after its end; what returns sooner may be the second run of a weekly job
_PATTERN_DAYS = 70  # in which nothing else may have reached half of it
_NEWEST_DAYS = 3  # are judged now


def without_told(table: CostTable, costs: Floats, told: Iterable[ToldDays]) -> Floats:
    """`costs` [series, days], with what each told incident added taken away."""
    rows = {(s.service, s.usage_type, s.record_class): i for i, s in enumerate(table.series)}
    history = costs.copy()
    for days in told:
        row = rows.get((days.service, days.usage_type, days.record_class))
        first = bisect_left(table.dates, days.first)  # some days are unknown, and are no days
        last = bisect_right(table.dates, days.last) - 1
        if row is not None and last >= first:
            history[row] = _without(history[row], costs[row], table.dates, first, last)
    return history


def _without(
    history: Floats, costs: Floats, dates: Sequence[date], first: int, last: int
) -> Floats:
    newest = len(dates) - 1
    if first < _SETTLED_DAYS or last - first > LOOK_BACK_DAYS or newest - last <= _SETTLED_DAYS:
        return history
    values = np.nan_to_num(costs)
    expected = baseline_before(np.nan_to_num(history), dates, first, Width(0.0)).expected
    excess = values - expected
    half = 0.5 * float(np.median(excess[first : last + 1]))
    until = newest + 1 - _NEWEST_DAYS
    while until > last + _SETTLED_DAYS and (excess[until - _NEWEST_DAYS : until] > half).any():
        until -= 1  # what goes on now is no pattern yet
    others = np.concatenate([excess[:first], excess[last + 1 : until]])
    if half <= 0 or (others[-_PATTERN_DAYS:] > half).any():
        return history
    result = history.copy()
    span = slice(first, last + 1)
    result[span] = np.minimum(values[span], expected[span])
    return result
