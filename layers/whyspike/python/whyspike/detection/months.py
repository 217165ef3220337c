"""Charges that come with the month: which days belong to its turn, and what the same day of earlier
months cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from whyspike.detection.table import Flags, Floats
from whyspike.detection.windows import (
    WEEK,
    Places,
    before,
    finite,
    first_known,
    mean_of_weeks,
    of_four_weeks,
)

Days = NDArray[np.datetime64]

_FIRST_DAYS = 3  # fees of the month are booked on its first days, and restated on the next
_MONTHS = 2  # as many as a lookback of 90 days holds
_WEEKS = (4, 5, 8, 9)  # between the same weekdays of two or three months
_STANDS_OUT = 1.5  # times its week's mean: more than a busy weekday
_ORDINARY = 1.1  # times what that weekday cost before: less is no charge of its own
_MAX_CARRIED = 2.0  # times what it was, where the level has risen since
_OLDER_THAN_DAYS = 14  # nearer days belong to the recent level


@dataclass(frozen=True)
class Calendar:
    """Contiguous days, and for the newest of them where charges of the same place of a month would
    lie. Places are indices of days; one more than the last where there is none."""

    newest: int
    turn: Flags  # of all days: the first three days and the last day of a month
    same_place: Places  # [places, newest]; at the turn of a month plus the number of days and one
    near: Places  # [months, places, newest] from a month's start, a day more or less
    same_weekday: Places  # [places, newest] of the month
    month_before: Places  # [places, days]: of all days, a day more or less

    @cached_property
    def every_place(self) -> Places:
        """[places, newest], whatever they are."""
        count = len(self.turn)
        near = self.near.reshape(-1, self.newest)
        return np.concatenate([self.same_place % (count + 1), near, self.same_weekday])


def calendar(dates: Sequence[date], newest: int | None = None) -> Calendar:
    """Of contiguous `dates`; where `newest` is given, places are of so many alone."""
    count = len(dates)
    return _calendar(dates[0], count, count if newest is None else min(newest, count))


@lru_cache(maxsize=512)  # the accounts of a scan have the same days, and so have those of a replay
def _calendar(first_day: date, count: int, newest: int) -> Calendar:
    first = np.datetime64(first_day)
    all_days = first + np.arange(count)
    all_months = all_days.astype("datetime64[M]")
    all_places = (all_days - all_months.astype("datetime64[D]")).astype(int)
    all_turn = (all_places < _FIRST_DAYS) | (all_places == _length(all_months) - 1)
    index = np.arange(count - newest, count)
    months, day, turn = all_months[index], all_places[index], all_turn[index]
    length = _length(months)
    same_place, near = [], []
    for back in range(1, _MONTHS + 1):
        earlier = months - back
        start, size = (earlier.astype("datetime64[D]") - first).astype(int), _length(earlier)
        from_start, from_end = np.minimum(day, size - 1), np.maximum(size - (length - day), 0)
        for slip in (-1, 0, 1):
            near.append(_place(start + from_start + slip, index - _OLDER_THAN_DAYS, count))
            own = near[-1] if slip == 0 else np.full(newest, count)
            same_place.append(np.where(turn, count + 1 + near[-1], own))
            at_end = _place(start + from_end + slip, index - _OLDER_THAN_DAYS, count)
            same_place.append(np.where(turn, count + 1 + at_end, count))
    ordinals = all_places // WEEK  # a charge of the first Saturday comes 28 or 35 days later
    same_weekday = []
    for weeks in _WEEKS:
        source = index - WEEK * weeks
        usable = (source >= 0) & (ordinals[np.maximum(source, 0)] == ordinals[index])
        same_weekday.append(np.where(usable, source, count))
    every, month_ago = np.arange(count), (all_months - 1).astype("datetime64[D]")
    place_then = np.minimum(all_places, _length(all_months - 1) - 1)
    then = (month_ago - first).astype(int) + place_then
    month_before = [_place(then + slip, every, count) for slip in (-1, 0, 1)]
    return Calendar(
        newest,
        all_turn,
        np.array(same_place),
        np.array(near).reshape(_MONTHS, 3, newest),
        np.array(same_weekday),
        np.array(month_before),
    )


def _place(source: Places, until: Places, none: int) -> Places:
    return np.where((source >= 0) & (source < until), source, none)


def _length(months: Days) -> Places:
    return np.asarray((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(
        int
    )


def turn_of_month(dates: Sequence[date]) -> Flags:
    """True on the first three days and the last day of a month."""
    days = np.array(dates, dtype="datetime64[D]")
    months = days.astype("datetime64[M]")
    place = (days - months.astype("datetime64[D]")).astype(int)
    return np.asarray((place < _FIRST_DAYS) | (place == _length(months) - 1))


def same_day_of_earlier_months(
    values: Floats, dates: Sequence[date], above: Floats | None = None
) -> Floats:
    """[days] of one series: the most that this place of the last two months cost. A day that is
    missing among `dates` counts as one without a cost. Where nothing can be more than `above`
    [days], nothing is looked for."""
    span = (dates[-1] - dates[0]).days + 1
    every = len(dates) == span
    at = slice(None) if every else [(day - dates[0]).days for day in dates]
    whole = np.zeros((span, 1))
    whole[at, 0] = values
    days = _calendar(dates[0], span, span)
    if above is not None and not (_most(whole[:, 0], days)[at] > above).any():
        return np.zeros(len(dates))
    return charges_of_the_month(whole, whole, days)[at, 0]


def _most(values: Floats, days: Calendar) -> Floats:
    """What `charges_of_the_month` does not exceed."""
    return np.asarray(_MAX_CARRIED * np.append(values, 0.0)[days.every_place].max(axis=0))


@dataclass(frozen=True)
class Usually:
    """What days cost as a rule, as known at the end of each. [days, series]."""

    week: Floats  # mean of its week
    weekday: Floats  # median of four of its weekday

    @classmethod
    def of(cls, known: Floats) -> Usually:
        first = first_known(known)
        return cls(mean_of_weeks(known, first), of_four_weeks(known, first))


def charges_of_the_month(
    known: Floats, billed: Floats, days: Calendar, usually: Usually | None = None
) -> Floats:
    """[newest days, series]: the most that this place of the last two months cost; 0 where none is
    known. `known` and `billed` are [days, series].

    At the turn of a month, the place counts from the month's start and from its end, a day more or
    less (weekends); on other days it is the same day of the month exactly, or a day more or less if
    it stood out of its week in both months. The same weekday of the month (the first Saturday)
    counts as well. What stood out has risen as much as the level since. `usually` is of `known`.
    `billed` also holds what told incidents added: what came in both months, or at the turn of one,
    is a charge of the month though it was told.
    """
    usually = usually or Usually.of(known)
    week = usually.week if billed is known else mean_of_weeks(billed, first_known(billed))
    outstanding = np.where(billed > _STANDS_OUT * week, billed, 0.0)
    level = before(usually.weekday, WEEK)
    # an ordinary day of another weekday is no charge of this day of the month
    ordinary = _ORDINARY * level
    own = finite(np.where(known <= ordinary, 0.0, known))
    own_at_turn = own if billed is known else finite(np.where(billed <= ordinary, 0.0, billed))
    zero = np.zeros((1, known.shape[1]))
    came = np.concatenate([own, zero, own_at_turn, zero])[days.same_place]
    # a share of the spend, or a batch of a day's usage, has risen as the level has
    then = np.where((outstanding > 0) & (level > 0), level, np.inf)
    now = finite(level[len(level) - days.newest :])
    place, day, series = np.nonzero(came)
    source = days.same_place[place, day] % (len(level) + 1)
    came[place, day, series] *= np.clip(now[day, series] / then[source, series], 1.0, _MAX_CARRIED)
    most = came.max(axis=0)
    both = np.concatenate([outstanding, zero])[days.near].max(axis=1).min(axis=0)
    weekday = np.concatenate([finite(known), zero])[days.same_weekday].max(axis=0)
    return np.asarray(np.maximum(np.maximum(most, both), np.maximum(weekday, 0.0)))
