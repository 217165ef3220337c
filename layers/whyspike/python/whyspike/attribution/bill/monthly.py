"""Monthly jobs and charges: the same rise on the same day of the month before is no news."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from whyspike.attribution.bill.shift import Shift

MAX_DAYS = 4  # a job of the month lasts a few days at most
MIN_SHARE, MAX_SHARE = 0.5, 2.0  # of the rise now, a month ago
_DAYS_AROUND = 14


def same_day_last_month(
    values: Sequence[float], dates: Sequence[date], shift: Shift
) -> tuple[date, float] | None:
    """The day a month before a short rise and its excess, when the series rose likewise then; else
    None."""
    if shift.onset is None or shift.changed_days > MAX_DAYS:
        return None
    series, days = np.asarray(values, dtype=np.float64), max(1, shift.changed_days)
    now = _rise(series, shift.onset, days)
    for day in _month_before(dates[shift.onset]):
        index = bisect_left(dates, day)
        if dates[index] != day or index < 7 or shift.onset - index < 20 or not now:
            continue
        then = _rise(series, index, days)
        if MIN_SHARE <= then / now <= MAX_SHARE and abs(then) > 4 * shift.noise:
            return day, then
    return None


def _rise(series: np.ndarray, index: int, days: int) -> float:
    """Mean of as many days as the rise has now, over the level before: what lasts longer is another
    thing."""
    return float(
        series[index : index + days].mean()
        - np.median(series[max(0, index - _DAYS_AROUND) : index])
    )


def _month_before(day: date) -> tuple[date, ...]:
    """The same day of the month before, then its neighbours; the last day of a month stands for a
    longer one's last days."""
    last = day.replace(day=1) - timedelta(days=1)
    ends_month = (day + timedelta(days=1)).day == 1
    same = last if ends_month else last.replace(day=min(day.day, last.day))
    return (same, same - timedelta(days=1), same + timedelta(days=1))
