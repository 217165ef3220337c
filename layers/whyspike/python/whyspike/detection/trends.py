"""Slow growth: what no day shows, week after week. A line of the digest, never an alert."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from whyspike.detection.table import Floats
from whyspike.detection.windows import WEEK

WEEKS = 8  # in which it must have grown, so that no season of a month is growth
_MIN_GROWTH = 1.3  # times the level of eight weeks ago: half a percent a day
_RISING = 6  # of the eight weeks that cost more than the week before
_ONE_WEEK = 0.5  # of the rise, at most: more is a step, and steps are told on their day


@dataclass(frozen=True)
class Trend:
    """`onset` is the index of the first day of the growth; the levels are dollars a day."""

    onset: int
    before: float
    now: float


def slow_growth(values: Floats, least_usd: float, complete: bool) -> Trend | None:
    """`values` [days] without NaN, the newest last; None where the last eight weeks did not grow
    steadily by `least_usd` a day and by a third or so."""
    newest = len(values) if complete else len(values) - 1
    count = newest // WEEK
    if count <= WEEKS:
        return None
    weeks = values[newest - count * WEEK : newest].reshape(count, WEEK).mean(axis=1)
    last = weeks[-WEEKS - 1 :]
    steps = np.diff(last)
    rise = float(last[-1] - last[0])
    if last[0] <= 0 or rise < least_usd or last[-1] < _MIN_GROWTH * last[0]:
        return None
    if (steps > 0).sum() < _RISING or steps.max() > _ONE_WEEK * rise or steps[-2:].sum() <= 0:
        return None
    first = count - WEEKS - 1
    while first > 0 and 0 < weeks[first - 1] < weeks[first]:
        first -= 1
    return Trend(newest - (count - first - 1) * WEEK, float(weeks[first]), float(weeks[-1]))
