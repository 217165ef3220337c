"""Days of incidents that were told and are over: they are no yardstick for what is normal.

One that stands alone is taken out of the history. What came more than once is a pattern of the
series, and stays: a job of each week is told when it is new, not every time that it runs.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date

import numpy as np

from whyspike.detection.shape import LOOK_BACK_DAYS, Baselines, Width
from whyspike.detection.table import CostTable, Floats
from whyspike.model import ToldDays

_SETTLED_DAYS = 14  # after its end; what returns sooner may be the second run of a weekly job
_PATTERN_DAYS = 70  # in which nothing else may have reached half of it
_NEWEST_DAYS = 3  # are judged now


def without_told(
    table: CostTable, costs: Floats, told: Iterable[ToldDays], baselines: Baselines
) -> Floats:
    """`costs` [series, days], with what each told incident added taken away."""
    return ToldHistory(table, costs, baselines).until(len(table.dates), told)


def may_leave(days: ToldDays, newest: date) -> bool:
    """Told days that are over for so long that they may be no yardstick on `newest`."""
    return (newest - days.last).days > _SETTLED_DAYS


class ToldHistory:
    """`costs` [series, days] of an account as of any of its days, without what was told."""

    def __init__(self, table: CostTable, costs: Floats, baselines: Baselines) -> None:
        self._dates, self._costs, self._values = table.dates, costs, np.nan_to_num(costs)
        self._rows = {
            (s.service, s.usage_type, s.record_class): i for i, s in enumerate(table.series)
        }
        self._baselines = baselines

    def until(self, count: int, told: Iterable[ToldDays]) -> Floats:
        """Of the first `count` days, the last of which is judged."""
        history, dates = self._costs[:, :count].copy(), self._dates[:count]
        for days in told:
            row = self._rows.get((days.service, days.usage_type, days.record_class))
            first = bisect_left(dates, days.first)  # some days are unknown, and are no days
            last = bisect_right(dates, days.last) - 1
            if row is not None and last >= first:
                self._leave_out(history, row, first, last)
        return history

    def _leave_out(self, history: Floats, row: int, first: int, last: int) -> None:
        newest = history.shape[1] - 1
        if first < _SETTLED_DAYS or last - first > LOOK_BACK_DAYS or newest - last <= _SETTLED_DAYS:
            return
        values = self._values[row, : newest + 1]
        expected = self._baselines.before(np.nan_to_num(history[row]), first, Width(0.0)).expected
        excess = values - expected
        half = 0.5 * float(np.median(excess[first : last + 1]))
        until = newest + 1 - _NEWEST_DAYS
        while until > last + _SETTLED_DAYS and (excess[until - _NEWEST_DAYS : until] > half).any():
            until -= 1  # what goes on now is no pattern yet
        others = np.concatenate([excess[:first], excess[last + 1 : until]])
        if half <= 0 or (others[-_PATTERN_DAYS:] > half).any():
            return
        span = slice(first, last + 1)
        history[row, span] = np.minimum(values[span], expected[span])
