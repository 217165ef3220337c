"""Slow growth: what no day shows, over 4, 8 and 26 weeks. A line of the digest, never an alert."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from whyspike.detection.table import Flags, Floats, days_until
from whyspike.detection.windows import WEEK

_MIN_GROWTH = 1.3  # times the level before: half a percent a day over eight weeks
_ONE_STEP = 0.5  # of the rise, at most: more is a step, and steps are told on their day
_LATEST = 2  # steps that must rise together: what has ended is no growth
_MONTH_DAYS = 28
_HALF_YEAR = 26  # weeks, as six months and their level now


@dataclass(frozen=True)
class _Window:
    """`weeks` in as many `steps`, of which so many must be `rising`."""

    weeks: int
    steps: int
    rising: int


# Eight weeks are the rule, since no season of a month is growth in them. Four must be without a
# fall, and above all that was known before by more than that moved.
_EIGHT, _FOUR, _HALF = _Window(8, 8, 6), _Window(4, 4, 4), _Window(_HALF_YEAR, 6, 5)


@dataclass(frozen=True)
class Trend:
    """`since` is the first day of the growth; the levels are dollars a day, `before` it and
    `now`. `weeks`: in which it was seen, 4, 8 or 26."""

    weeks: int
    since: date
    before: float
    now: float

    @property
    def a_month(self) -> float:
        """Dollars by now."""
        return 30 * (self.now - self.before)


def may_grow(values: Floats, least_usd: Floats, newest: int) -> Flags:
    """[series, newest days] of many series [series, days]: where `slow_growth` finds something or
    nearly so in the weeks that end with that day."""
    span = newest + _EIGHT.steps * WEEK
    week = days_until(values, WEEK, span, np.nan).mean(axis=2)
    weeks = np.stack(
        [week[:, at : at + newest] for at in range(0, span - newest + 1, WEEK)], axis=2
    )
    least = least_usd[:, None]
    return _grew(weeks, _EIGHT, least) | _grew(weeks, _FOUR, least)


def may_grow_by_months(values: Floats, months: Floats, least_usd: Floats, complete: bool) -> Flags:
    """Of many services [series, days], with the dollars a day of their earlier months [series,
    months]: those of which `slow_growth` finds something or nearly so in half a year."""
    newest = values.shape[1] if complete else values.shape[1] - 1
    known, blocks = values[:, :newest], newest // _MONTH_DAYS
    if blocks > _HALF.steps:
        levels = known[:, newest - blocks * _MONTH_DAYS :].reshape(len(values), blocks, -1)
        return _grew(levels.mean(axis=2), _HALF, least_usd)
    may = np.zeros(len(values), dtype=bool)
    if months.shape[1] >= _HALF.steps and newest >= _MONTH_DAYS:
        latest, first = known[:, -_MONTH_DAYS:].mean(axis=1), months[:, -_HALF.steps]
        rows = np.flatnonzero((first > 0) & (latest - first >= least_usd))
        may[rows] = _grew(np.column_stack([months[rows], latest[rows]]), _HALF, least_usd[rows])
    return may


def slow_growth(
    values: Floats,
    dates: Sequence[date],
    months: Sequence[tuple[date, float]],
    least_usd: float,
    complete: bool,
) -> Trend | None:
    """Of a service's daily costs `values` [days] without NaN, the newest last; `months` are the
    dollars a day of earlier calendar months, oldest first, without a gap. None where it did not
    grow steadily by `least_usd` a day and by a third or so."""
    newest = len(values) if complete else len(values) - 1
    count = newest // WEEK
    weeks = values[newest - count * WEEK : newest].reshape(count, WEEK).mean(axis=1)
    first = next((at for at in _by_weeks(weeks, least_usd) if at is not None), None)
    if first is not None:
        place, window = first
        since = dates[newest - (count - place - 1) * WEEK]
        return Trend(window.weeks, since, float(weeks[place]), float(weeks[-1]))
    return _by_months(values[:newest], dates[:newest], months, least_usd)


def _by_weeks(weeks: Floats, least_usd: float) -> list[tuple[int, _Window] | None]:
    """The week before the growth, and the window that shows it; the surest first."""
    return [_eight(weeks, least_usd), _four(weeks, least_usd)]


def _eight(weeks: Floats, least_usd: float) -> tuple[int, _Window] | None:
    if not _grew(weeks, _EIGHT, least_usd):
        return None
    first = len(weeks) - _EIGHT.steps - 1
    while first > 0 and 0 < weeks[first - 1] < weeks[first]:
        first -= 1
    return first, _EIGHT


def _four(weeks: Floats, least_usd: float) -> tuple[int, _Window] | None:
    earlier = weeks[: -_FOUR.steps]
    if len(earlier) < _FOUR.steps or not _grew(weeks, _FOUR, least_usd):
        return None
    rise = float(weeks[-1] - weeks[-_FOUR.steps - 1])
    moved = float(np.ptp(earlier))
    if rise <= moved or weeks[-1] <= earlier.max() + moved:
        return None
    return len(weeks) - _FOUR.steps - 1, _FOUR


def _by_months(
    values: Floats, dates: Sequence[date], months: Sequence[tuple[date, float]], least_usd: float
) -> Trend | None:
    """Over half a year: by blocks of four weeks where the days reach so far back, else by calendar
    months and the last four weeks."""
    blocks = len(values) // _MONTH_DAYS
    if blocks > _HALF.steps:
        first = len(values) - (_HALF.steps + 1) * _MONTH_DAYS
        levels = values[first:].reshape(-1, _MONTH_DAYS).mean(axis=1)
        since = dates[first + _MONTH_DAYS]
    elif len(months) >= _HALF.steps and len(values) >= _MONTH_DAYS:
        known = months[-_HALF.steps :]
        levels = np.array([*(usd for _, usd in known), values[-_MONTH_DAYS:].mean()])
        since = (known[0][0] + timedelta(days=32)).replace(day=1)
    else:
        return None
    if not _grew(levels, _HALF, least_usd):
        return None
    return Trend(_HALF.weeks, since, float(levels[0]), float(levels[-1]))


def _grew(levels: Floats, window: _Window, least_usd: Floats | float) -> Flags:
    """The last of `levels` [..., levels] did, step by step."""
    if levels.shape[-1] <= window.steps:
        return np.zeros(levels.shape[:-1], dtype=bool)
    last = levels[..., -window.steps - 1 :]
    steps, first, now = np.diff(last), last[..., 0], last[..., -1]
    rise = now - first
    return np.asarray(
        (first > 0)
        & (rise >= least_usd)
        & (now >= _MIN_GROWTH * first)
        & ((steps > 0).sum(axis=-1) >= window.rising)
        & (steps.max(axis=-1) <= _ONE_STEP * rise)
        & (steps[..., -_LATEST:].sum(axis=-1) > 0)
    )
