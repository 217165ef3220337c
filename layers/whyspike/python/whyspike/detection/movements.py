"""A look at all series of an account in one pass, for each of its newest days: which of them may
have fallen, grown or been charged, so that only these are judged on their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from whyspike.detection.billing import may_be_charged
from whyspike.detection.shape import may_have_fallen
from whyspike.detection.table import Flags, Floats, days_until
from whyspike.detection.trends import may_grow
from whyspike.detection.windows import WEEK, Places

FALL_DAYS = 4  # a fall is in view so much longer than a rise, since it is seen later
_COMPLETE_SHARE = (
    0.6  # of what the account usually costs; below it the last day's bill is not all there yet
)
_STEADY_SHARE = 0.02  # of an account's spend, whose services may not have fallen on such a day


@dataclass(frozen=True)
class Movements:
    """[series, days], and [days] whether the whole account's bill of that day is all there."""

    moved: Flags  # without a day that is unusual: usage that may have fallen, and charges
    grown: Flags  # week after week
    complete: Flags

    def of(self, day: int) -> Movements:
        """Of one day."""
        one = slice(day, day + 1)
        return Movements(self.moved[:, one], self.grown[:, one], self.complete[one])

    @property
    def is_complete(self) -> bool:
        """Of the newest day, as those below."""
        return bool(self.complete[-1])

    @property
    def may_have_moved(self) -> Flags:
        return self.moved[:, -1]

    @property
    def may_have_grown(self) -> Flags:
        return self.grown[:, -1]


def movements(
    values: Floats,
    wholes: Floats,
    charges: Places,
    least: Floats,
    in_view: int,
    *,
    newest: int,
    gapless: bool,
) -> Movements:
    """Of the `newest` days of `values` [series, days] without NaN, each seen as the last;
    `wholes` are what the services cost, `charges` the series that are no usage, and `gapless` says
    that no day is missing."""
    complete = complete_days(wholes, newest)
    moved = may_have_fallen(values, least, in_view + FALL_DAYS, newest, gapless) & complete
    if len(charges):
        moved[charges] = may_be_charged(values[charges], least[charges], in_view, newest)
    grown = may_grow(values, least, newest + 1)
    return Movements(moved, np.where(complete, grown[:, 1:], grown[:, :-1]), complete)


def complete_days(costs: Floats, newest: int) -> Flags:
    """[days]: False where the whole account's day is far below each day of two weeks before, or
    below the same weekday of both with all of its services: its bill is not all there."""
    first = costs.shape[1] - newest
    days = np.arange(first + 1, costs.shape[1] + 1)  # that are known by then
    total = costs.sum(axis=0)[None]
    past = days_until(total[:, :-1], 2 * WEEK, newest, np.inf)[0].min(axis=1)
    low = total[0, first:] < _COMPLETE_SHARE * past
    fell = _fell(costs, newest + 1)
    beside = (days < 2 * WEEK + 2) | fell[:-1] | ~fell[1:]
    return np.asarray((days <= WEEK) | (~low & beside))


def _fell(costs: Floats, newest: int) -> Flags:
    """[days]: all services but a few dollars' worth cost far less than on that weekday in both
    weeks before."""
    latest, week, fortnight = (
        days_until(costs[:, : costs.shape[1] - lag], 1, newest, 0.0)[:, :, 0]
        for lag in (0, WEEK, 2 * WEEK)
    )
    lowest = np.minimum(week, fortnight)
    steady = np.where(latest < _COMPLETE_SHARE * lowest, 0.0, lowest)
    return np.asarray(steady.sum(axis=0) <= _STEADY_SHARE * lowest.sum(axis=0))
