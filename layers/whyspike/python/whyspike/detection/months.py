"""Charges that come with the month: which days belong to its turn, and what the same day of earlier months cost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from whyspike.detection.table import Flags, Floats

Days = NDArray[np.datetime64]
Indices = NDArray[np.int64]

_FIRST_DAYS = 3  # fees of the month are booked on its first days, and restated on the next
_MONTHS = 2  # as many as a lookback of 90 days holds
_WEEKS = (4, 5, 8, 9)  # between the same weekdays of two or three months
_OLDER_THAN_DAYS = 14  # nearer days belong to the recent level


def _parts(dates: Sequence[date]) -> tuple[Days, Days, Indices]:
    days = np.array(dates, dtype="datetime64[D]")
    months = days.astype("datetime64[M]")
    return days, months, (days - months.astype("datetime64[D]")).astype(int)


def _length(months: Days) -> Indices:
    return np.asarray((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(int)


def turn_of_month(dates: Sequence[date]) -> Flags:
    """True on the first three days and the last day of a month."""
    _, months, day = _parts(dates)
    return np.asarray((day < _FIRST_DAYS) | (day == _length(months) - 1))


def same_day_of_earlier_months(known: Floats, dates: Sequence[date]) -> Floats:
    """[series, days]: the most that this place of the last two months cost; 0 where none is known.

    At the turn of a month, the place counts from the month's start and from its end, a day more or less (weekends);
    on other days it is the same day of the month exactly. The same weekday of the month (the first Saturday) counts as well.
    """
    days, months, day = _parts(dates)
    length, turn, index = _length(months), turn_of_month(dates), np.arange(len(days))
    most = np.zeros(known.shape)
    for back in range(1, _MONTHS + 1):
        earlier = months - back
        start, size = (earlier.astype("datetime64[D]") - days[0]).astype(int), _length(earlier)
        for from_start in (True, False):
            place = np.minimum(day, size - 1) if from_start else np.maximum(size - (length - day), 0)
            for slip in (-1, 0, 1):
                source = start + place + slip
                usable = (source >= 0) & (source < index - _OLDER_THAN_DAYS) & (turn | (from_start and slip == 0))
                value = known[:, np.clip(source, 0, len(days) - 1)]
                most = np.fmax(most, np.where(usable[None, :], value, 0.0))
    ordinal = day // 7  # a charge of the first Saturday comes 28 or 35 days later
    for weeks in _WEEKS:
        source = index - 7 * weeks
        usable = (source >= 0) & (ordinal[np.maximum(source, 0)] == ordinal)
        most = np.fmax(most, np.where(usable, known[:, np.maximum(source, 0)], 0.0))
    return most
