"""Days of a job that runs every second week or once a month: they say how much such a day may cost,
and nothing of the days between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from whyspike.detection.months import Calendar
from whyspike.detection.table import Flags, Floats
from whyspike.detection.windows import WEEK, Places, before, newest_before, sum_of_weeks, sustained

_STANDS_OUT = 2.0  # times the median of its week
_MAY_RUN = 1.3  # the same of a run that is smaller than others, and leaves the next one due
_LIKE = 1.5  # times as much or as little
_FORTNIGHT = 2 * WEEK
_YARDSTICK_WEEKS = 8
_MIN_FORTNIGHTS = 2  # days in two months that came a fortnight before as well
_MAX_OTHERS = 1  # days in two months that stand out and belong to no rhythm


@dataclass(frozen=True)
class Regular:
    """Series that have such days. `history` is [days, series] without what these added; `between`
    [newest days, series]: nothing regular is due."""

    rows: Places
    history: Floats
    between: Flags

    def between_runs(self, score: Floats) -> Floats:
        """[newest days, series] of as many days for all series and then for `rows` by `history`: of
        each series, the latter where it counts."""
        count = score.shape[1] - len(self.rows)
        chosen, alone = score[:, :count].copy(), score[:, count:]
        chosen[:, self.rows] = np.maximum(chosen[:, self.rows], np.where(self.between, alone, 0.0))
        return chosen


def regular_days(known: Floats, week: Floats, days: Calendar) -> Regular | None:
    """`week` is the median of the week that ends with each day; each day is judged by days before
    it alone."""
    out = (known > _STANDS_OUT * week) & (week > 0)
    rows = np.flatnonzero(out.sum(axis=0) >= 2)
    out, cost = out[:, rows], known[:, rows]
    there = np.where(out, cost, 0.0)
    month_ago = np.concatenate([there, np.zeros((1, len(rows)))])[days.month_before]
    month = out & _like(cost, month_ago).any(axis=0)
    fortnight = out & _like(cost, before(there, _FORTNIGHT, 0.0)) & ~_earlier(out, WEEK)
    again = np.flatnonzero(month.any(axis=0) | (fortnight.sum(axis=0) >= _MIN_FORTNIGHTS))
    if not len(again):
        return None
    rows, out, month, fortnight = rows[again], out[:, again], month[:, again], fortnight[:, again]
    months, fortnights, others, of_none = _counts(
        (month, fortnight, out & ~month, out & ~month & ~fortnight), days
    )
    monthly = (months > 0) & (others <= _MAX_OTHERS)
    fortnightly = (fortnights >= _MIN_FORTNIGHTS) & (of_none <= _MAX_OTHERS) & ~monthly
    ran = known[:, rows] > _MAY_RUN * week[:, rows]
    a_month_ago = np.append(ran, np.zeros((1, len(rows)), dtype=bool), axis=0)[days.month_before]
    a_fortnight_ago = np.array([_earlier(ran, _FORTNIGHT + slip) for slip in (-1, 0, 1)])
    between = (monthly & ~_near(a_month_ago, days)) | (fortnightly & ~_near(a_fortnight_ago, days))
    if not between.any():
        return None
    flat = month | fortnight
    history = known[:, rows]
    history[flat] = np.minimum(history, week[:, rows])[flat]
    return Regular(rows, history, between)


def _like(cost: Floats, earlier: Floats) -> Flags:
    """As large as earlier, or nearly."""
    return np.asarray((earlier * _LIKE > cost) & (cost * _LIKE > earlier))


def _near(came: Flags, days: Calendar) -> Flags:
    """Due on that day or, from `came` [a day more or less, days, series], on one beside it; or on
    most of the three or five days that end with it."""
    due, early_or_late = came[1].astype(np.float64), came.max(axis=0)
    near = early_or_late | (sustained(due, 3) > 0) | (sustained(due, 5) > 0) | days.turn[:, None]
    return np.asarray(near[len(near) - days.newest :])


def _counts(flags: Sequence[Flags], days: Calendar) -> Floats:
    """Of each, in the two months before each of the newest days. [flags, days, series]"""
    total = sum_of_weeks(np.concatenate(flags, axis=1).astype(np.float64), _YARDSTICK_WEEKS)
    counted = newest_before(total, 1, days.newest, 0.0)
    return np.array(np.split(counted, len(flags), axis=1))


def _earlier(flags: Flags, days: int) -> Flags:
    return before(flags.astype(np.float64), days, 0.0) > 0
