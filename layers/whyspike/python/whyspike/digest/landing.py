"""Where a month lands if nothing changes, reckoned from the daily bill of one account. Pure.

A day to come costs what a day of the last week cost, shaped by its weekday: the shape is the median
of what each weekday was of its own week, over up to eight weeks, the level the median of the last
seven known days without that shape. Charges that come once a month count on the day that has them
and on no other. A day without a bill is not zero: it is reckoned as one to come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from statistics import mean, median

from whyspike.words.days import month_start

_WEEK = 7
_WEEKS = 8  # at most, of the shape
MIN_WEEKS = 3  # with fewer, every weekday is like the others
MIN_DAYS = 7  # known, of the last fortnight: from fewer nothing is foretold
_MIN_FACTOR = 0.05  # a weekday on which next to nothing is spent says nothing of the level


def landing(known: Mapping[date, float], until: date) -> float | None:
    """What the month of `until` comes to. `known` are the days of the bill that are known; None
    where they are too few."""
    first, after = month_start(until), month_start(until, -1)
    month = [first + timedelta(days=n) for n in range((after - first).days)]
    missing = [day for day in month if day not in known or day > until]
    so_far = sum(known[day] for day in month if day in known and day <= until)
    if not missing:
        return so_far
    recent = _recent(known, until)
    if len(recent) < MIN_DAYS:
        return None
    shape = _shape(known, until)
    level = _level(known, recent, shape)
    return so_far + sum(level * shape[day.weekday()] for day in missing)


def _recent(known: Mapping[date, float], until: date) -> list[date]:
    """The last seven known days of the fortnight."""
    days = (until - timedelta(days=back) for back in range(2 * _WEEK))
    return [day for day in days if day in known][:_WEEK]


def _level(known: Mapping[date, float], recent: Sequence[date], shape: Sequence[float]) -> float:
    levels = [
        known[day] / shape[day.weekday()] for day in recent if shape[day.weekday()] >= _MIN_FACTOR
    ]
    return median(levels) if levels else mean(known[day] for day in recent)


def _shape(known: Mapping[date, float], until: date) -> list[float]:
    """What each weekday, Monday first, costs of the mean of its week."""
    shares: list[list[float]] = [[] for _ in range(_WEEK)]
    for back in range(_WEEKS):
        week = [until - timedelta(days=back * _WEEK + n) for n in range(_WEEK)]
        costs = [known[day] for day in week if day in known]
        if len(costs) < _WEEK or mean(costs) <= 0:
            continue
        for day in week:
            shares[day.weekday()].append(known[day] / mean(costs))
    if len(shares[0]) < MIN_WEEKS:
        return [1.0] * _WEEK
    medians = [max(median(each), 0.0) for each in shares]
    whole = mean(medians)
    return [each / whole for each in medians] if whole > 0 else [1.0] * _WEEK
