"""How unusual each day of each series is, judged by the days before it alone (docs/detection.md).

A day is unusual when nothing ordinary explains it. Two distances measure that, each in units of a scale: how far the day lies
above its expected value, and how far above the most that such a series has cost on ordinary days. The score is their
geometric mean, smaller the less history there is; three statistics are judged so (one day, three days, a ramp), and
the largest counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from whyspike.detection.months import same_day_of_earlier_months, turn_of_month
from whyspike.detection.table import Flags, Floats
from whyspike.detection.windows import (
    WEEK,
    before,
    either,
    finite,
    median,
    of_four_weeks,
    sustained,
    trailing,
    trailing_mean,
    trailing_median,
    weekly_maxima,
)


@dataclass(frozen=True)
class Constants:
    """The constants of the score; docs/detection.md gives the reason of each."""

    relative_scale: float = 0.05  # bills round and drift by a few percent without a cause
    absolute_scale: float = 0.3  # of the minimum impact: cents are never unusual
    room: float = 2.0  # surprises above expectation up to which a lower weekday maximum decides
    history_days: float = 28.0  # with as many active days (four weeks) the score is half of what endless history would give
    floor: float = 0.2  # of either distance: one alone cannot carry the score to zero or to the sky
    new_service: float = 2.0  # minimum impacts from nothing that are certainly worth a word
    active_share: float = 0.5  # below it a series is sporadic
    yardstick_weeks: int = 8
    mature_days: int = 21  # before, one old surprise cannot be told from the usual
    threshold: float = 0.91  # one false alert in 100 series-months


@dataclass(frozen=True)
class Statistic:
    """`days` that end today (most of them must be high), judged by what was known `lag` days ago."""

    days: int
    lag: int
    weight: float = 1.0


DAY, STRETCH, RAMP = Statistic(1, 1), Statistic(3, 3), Statistic(5, 12, 0.75)
STATISTICS = (DAY, STRETCH, RAMP)
CONSTANTS = Constants()


@dataclass(frozen=True)
class Activity:
    """What the last eight weeks of a series are like. All [series, days]."""

    history: Floats  # days since the first row, at most 90
    active: Floats  # days with cost in the last eight weeks
    sporadic: Flags
    usual: Floats  # median cost of an active day; 0 unless sporadic
    spread: Floats  # median distance of active days from it, as a standard deviation; 0 unless sporadic
    level: Floats  # median of the last fortnight, days without a row as zero


def known_costs(costs: Floats) -> Floats:
    """A day without a row cost nothing once the service exists; before its first row nothing is known."""
    born = np.maximum.accumulate(~np.isnan(costs), axis=1)
    return np.where(born, np.clip(np.nan_to_num(costs), -1e12, 1e12), np.nan)


def activity(known: Floats, constants: Constants = CONSTANTS) -> Activity:
    span = constants.yardstick_weeks * WEEK
    positive = np.where(np.isnan(known), np.nan, known > 0)
    share = finite(trailing_mean(positive, span, 1))
    history = np.minimum(np.cumsum(~np.isnan(known), axis=1), 90).astype(np.float64)
    active = np.round(share * np.minimum(np.maximum(history - 1, 0), span))
    sporadic = share < constants.active_share
    usual, spread = np.zeros(known.shape), np.zeros(known.shape)
    rows = np.flatnonzero(sporadic.any(axis=1) & (np.nan_to_num(known) > 0).any(axis=1))
    if len(rows):
        paid = trailing(np.where(known[rows] > 0, known[rows], np.nan), span, 1)
        usual[rows] = finite(median(paid))
        spread[rows] = 1.4826 * finite(median(np.abs(paid - usual[rows][..., None])))
    level = finite(trailing_median(np.nan_to_num(known), 2 * WEEK, 1))
    return Activity(history, active, sporadic, np.where(sporadic, usual, 0.0), np.where(sporadic, spread, 0.0), level)


@dataclass(frozen=True)
class Expectation:
    """Expected value of each day from what was known `lag` days before, and the usual size of the error. [series, days]."""

    value: Floats
    noise: Floats
    level: Floats  # median of four weekly medians
    highest_level: Floats  # of the last four weekly medians


def expectation(known: Floats, lag: int) -> Expectation:
    """Of three plain forecasts the one that has erred least over the last four weeks: the last week's median, the median
    of the same weekday, and the same scaled to the current level."""
    week = trailing_median(known, WEEK, lag)
    weekday = of_four_weeks(known, WEEK * -(-lag // WEEK))
    level = np.stack([before(week, i * WEEK) for i in range(4)])
    ratio = finite(trailing_mean(known, WEEK, lag) / np.maximum(trailing_mean(known, 4 * WEEK, lag), 1e-9))
    best, error = week, np.full(known.shape, np.inf)
    for forecast in (week, weekday, weekday * np.clip(np.where(ratio > 0, ratio, 1.0), 0.5, 2.0)):
        miss = of_four_weeks(trailing_mean(np.abs(known - forecast), WEEK, lag))
        better = np.where(np.isnan(forecast), np.inf, np.where(np.isnan(miss), np.inf, miss)) < error
        best, error = np.where(better, forecast, best), np.where(better, miss, error)
    return Expectation(
        np.maximum(finite(best), 0.0),
        1.2533 * finite(error),  # mean absolute error to standard deviation of a normal
        np.maximum(finite(of_four_weeks(week)), 0.0),
        finite(np.fmax.reduce(level)),
    )


def score_days(
    costs: Floats,
    dates: Sequence[date],
    minimum_usd: Floats,
    minimum_share: Floats,
    today: Floats | None = None,
    constants: Constants = CONSTANTS,
    statistics: Sequence[Statistic] = STATISTICS,
) -> Floats:
    """Score [series, days] of every day of `costs` (NaN: no row); above 1 it is an anomaly at sensitivity 1.

    `minimum_usd` and `minimum_share` [series] are the least impact of a day, over the level of the last fortnight.
    `today` replaces the day that is judged (the bill as it stood on that day), not the history of later days.
    """
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        known = known_costs(costs)
        judged = np.nan_to_num(known) if today is None else np.nan_to_num(today)
        about, usual = activity(known, constants), same_day_of_earlier_months(known, dates)
        turn = turn_of_month(dates)
        unit = np.maximum(minimum_usd, 0.01)[:, None]
        scores = [_score(known, judged, about, usual, turn, unit, minimum_share[:, None], s, constants) for s in statistics]
        return np.asarray(np.maximum.reduce(scores) / constants.threshold)


def _score(
    known: Floats, judged: Floats, about: Activity, calendar: Floats, turn: Flags, unit: Floats, share: Floats, s: Statistic, c: Constants
) -> Floats:
    expected = expectation(known, s.lag)
    trend = np.ones(known.shape)
    if s.lag > WEEK:
        week = trailing_median(known, WEEK, s.lag)
        ratio = finite(week / np.maximum(before(week, 2 * WEEK), 1e-9))
        trend = np.clip(np.where(ratio > 0, ratio, 1.0), 1.0, 1.5)
    value = expected.value * trend
    usual = np.maximum(value, calendar)
    stretch = sustained(known, s.days, judged)
    excess = sustained(known - usual, s.days, judged - usual)
    ordinary, surprise = _yardsticks(known, known - expected.value, about, turn, s, c)
    surprise = np.where(about.sporadic, np.minimum(surprise, 0.5 * np.maximum(ordinary - about.usual, 0.0)), surprise)
    excess = np.where(about.sporadic, np.minimum(excess, stretch - np.maximum(about.usual, calendar)), excess)
    level = np.where(about.sporadic, about.usual, expected.level)
    reach = np.where(about.sporadic, ordinary, np.minimum(ordinary, value + c.room * np.maximum(surprise, expected.noise)))
    ordinary = np.maximum.reduce([reach, calendar, expected.highest_level])
    scale = np.maximum.reduce([c.relative_scale * np.maximum(usual, level), expected.noise, about.spread])
    above_expected = excess / (np.maximum(scale, c.absolute_scale * unit) + surprise)
    wide = 2 * c.relative_scale * np.maximum(ordinary, usual) + 0.5 * expected.noise + about.spread
    above_ordinary = (stretch - ordinary) / (wide + c.absolute_scale * unit)
    score = np.sqrt(np.maximum(above_expected, c.floor) * np.maximum(above_ordinary, c.floor))
    score = s.weight * score / (1.0 + c.history_days / np.maximum(about.active, 1.0))
    least, base = judged, about.level
    if s.lag > WEEK:
        least, base = np.minimum(judged, stretch), value
        score = np.where(about.history > s.lag + 2 * WEEK, score, 0.0)
    if s.days == 1:
        score = np.where(about.active == 0, judged / (c.new_service * unit), score)
    material = (least - base >= unit) & (least - base >= share * base) & (excess > 0)
    return np.where(material, score, 0.0)


def _yardsticks(known: Floats, error: Floats, about: Activity, turn: Flags, s: Statistic, c: Constants) -> tuple[Floats, Floats]:
    """The most that ordinary days cost, and the largest ordinary surprise.

    Ordinary is what at least two of the last eight weeks reached: one old anomaly hides no new one. Until a series is old enough to
    tell, and for ramps, it is the maximum. Days at the turn of a month only count for each other.
    """
    mature = (about.history >= c.mature_days) & (~about.sporadic | ((about.active >= 4) & (about.history >= 28)))
    stretches = sustained(known, s.days)
    blocks = sustained(error, s.days)
    result = []
    for values in (stretches, blocks):
        inner = np.where(turn[None, :], np.nan, values)
        weeks = either(turn, weekly_maxima(values, s.lag, c.yardstick_weeks), weekly_maxima(inner, s.lag, c.yardstick_weeks))
        second = np.minimum(weeks[..., 0], weeks[..., 1]) if s.lag <= WEEK else weeks[..., 0]
        result.append(np.maximum(finite(np.where(mature, second, weeks[..., 0])), 0.0))
    return result[0], result[1]
