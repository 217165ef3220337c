"""Charges that come with the month: which days belong to its turn, and what the same day of earlier
months cost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from whyspike.detection.table import Flags, Floats
from whyspike.detection.windows import WEEK, last, of_four_weeks, trailing_mean

Days = NDArray[np.datetime64]
Indices = NDArray[np.int64]

_FIRST_DAYS = 3  # fees of the month are booked on its first days, and restated on the next
_MONTHS = 2  # as many as a lookback of 90 days holds
_WEEKS = (4, 5, 8, 9)  # between the same weekdays of two or three months
_STANDS_OUT = 1.5  # times its week's mean: more than a busy weekday
_ORDINARY = 1.1  # times what that weekday cost before: less is no charge of its own
_OLDER_THAN_DAYS = 14  # nearer days belong to the recent level


def _parts(dates: Sequence[date]) -> tuple[Days, Days, Indices]:
    return _parts_of(tuple(dates))


@lru_cache(maxsize=8)  # the accounts of a scan have the same days
def _parts_of(dates: tuple[date, ...]) -> tuple[Days, Days, Indices]:
    days = np.array(dates, dtype="datetime64[D]")
    months = days.astype("datetime64[M]")
    return days, months, (days - months.astype("datetime64[D]")).astype(int)


def _length(months: Days) -> Indices:
    return np.asarray((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(
        int
    )


def turn_of_month(dates: Sequence[date]) -> Flags:
    """True on the first three days and the last day of a month."""
    _, months, day = _parts(dates)
    return np.asarray((day < _FIRST_DAYS) | (day == _length(months) - 1))


def same_day_of_earlier_months(
    known: Floats,
    dates: Sequence[date],
    actual: Floats | None = None,
    newest: int | None = None,
) -> Floats:
    """[series, days], or of the `newest` days alone: the most that this place of the last two
    months cost; 0 where none is known.

    At the turn of a month, the place counts from the month's start and from its end, a day more or
    less (weekends); on other days it is the same day of the month exactly, or a day more or less if
    it stood out of its week in both months. The same weekday of the month (the first Saturday)
    counts as well. A day that is missing among `dates` counts as one without a cost. `actual` also
    holds what told incidents added: what came in both months, or at the turn of one, is a charge of
    the month though it was told.
    """
    billed = known if actual is None else actual
    span = (dates[-1] - dates[0]).days + 1
    if span > len(dates):
        at = [(day - dates[0]).days for day in dates]
        whole = np.zeros((2, len(known), span))
        whole[0, :, at], whole[1, :, at] = known.T, billed.T
        every = [dates[0] + timedelta(days=i) for i in range(span)]
        return same_day_of_earlier_months(whole[0], every, whole[1])[:, at][:, last(newest)]
    view = last(newest)
    all_days, all_months, all_places = _parts(dates)
    days, months, day = all_days[view], all_months[view], all_places[view]
    length, turn, index = _length(months), turn_of_month(dates)[view], np.arange(len(dates))[view]
    first = np.datetime64(dates[0])
    outstanding = np.where(billed > _STANDS_OUT * trailing_mean(billed, 7), billed, 0.0)
    # an ordinary day of another weekday is no charge of this day of the month
    ordinary = _ORDINARY * of_four_weeks(known, WEEK)
    own = np.where(known <= ordinary, 0.0, known)
    own_at_turn = np.where(billed <= ordinary, 0.0, billed)
    most, both = np.zeros((len(known), len(days))), np.full((len(known), len(days)), np.inf)
    for back in range(1, _MONTHS + 1):
        earlier = months - back
        near = np.zeros(most.shape)
        start, size = (earlier.astype("datetime64[D]") - first).astype(int), _length(earlier)
        for from_start in (True, False):
            place = (
                np.minimum(day, size - 1) if from_start else np.maximum(size - (length - day), 0)
            )
            for slip in (-1, 0, 1):
                source = start + place + slip
                usable = (source >= 0) & (source < index - _OLDER_THAN_DAYS)
                source = np.clip(source, 0, len(dates) - 1)
                value = np.where(turn, own_at_turn[:, source], own[:, source]) * usable
                if from_start:
                    near = np.maximum(near, np.where(usable, outstanding[:, source], 0.0))
                most = np.fmax(most, np.where(turn | (from_start and slip == 0), value, 0.0))
        both = np.minimum(both, near)
    most = np.fmax(most, both)
    ordinals = _parts(dates)[2] // 7  # a charge of the first Saturday comes 28 or 35 days later
    for weeks in _WEEKS:
        source = index - 7 * weeks
        usable = (source >= 0) & (ordinals[np.maximum(source, 0)] == ordinals[index])
        most = np.fmax(most, np.where(usable, known[:, np.maximum(source, 0)], 0.0))
    return np.asarray(most)
