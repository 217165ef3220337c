"""How unusual each day of each series is, judged by the days before it alone (docs/detection.md).

A day is unusual when nothing ordinary explains it. Two distances measure that, each in units of a
scale: how far the day lies above its expected value, and how far above the most that such a series
has cost on ordinary days. The score is their geometric mean, smaller the less history there is;
three statistics are judged so (one day, three days, a ramp), and the largest counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from whyspike.detection.months import same_day_of_earlier_months, turn_of_month
from whyspike.detection.settings import Limits
from whyspike.detection.table import Flags, Floats
from whyspike.detection.windows import (
    WEEK,
    before,
    finite,
    largest_weeks,
    last,
    median,
    of_four_weeks,
    sustained,
    trailing,
    trailing_mean,
)


@dataclass(frozen=True)
class Constants:
    """The constants of the score; docs/detection.md gives the reason of each."""

    relative_scale: float = 0.05  # bills round and drift by a few percent without a cause
    fine_scale: float = 0.02  # of what is sure and large: no more is granted to drift
    sure: float = 3.0  # usual errors and surprises together, beyond which nothing else explains it
    absolute_scale: float = 0.3  # dollars: cents are never unusual, whatever is worth telling
    room: float = 2.0  # surprises above expectation up to which a lower weekday maximum decides
    # with as many active days (three weeks) the score is half of what endless history would give
    history_days: float = 21.0
    floor: float = 0.2  # of either distance: one alone cannot carry the score to zero or to the sky
    new_service: float = 2.0  # dollars from nothing that are certainly no noise
    active_share: float = 0.5  # below it a series is sporadic
    seldom_share: float = 0.6  # of days with cost, up to which a job can become more frequent
    frequent_runs: int = 4  # in two months, before their frequency means anything
    more_runs: float = 1.5  # in a week than in any of the two months before
    more_share: float = 0.25
    yardstick_weeks: int = 8
    least_days: int = 14  # of the bill itself: before, nothing can be called new or unusual
    mature_days: int = 21  # before, one old surprise cannot be told from the usual
    growth: float = 1.15  # in a fortnight (1 % a day) that ordinary days are granted to go on


@dataclass(frozen=True)
class Statistic:
    """`days` that end today (most of them must be high), judged by what was known `lag` days
    ago."""

    days: int
    lag: int
    weight: float = 1.0


# One day; three and five days, whose excess may be smaller; a rise over one or two weeks, which
# ordinary drift resembles most.
STATISTICS = (Statistic(1, 1), Statistic(3, 3), Statistic(5, 5), Statistic(5, 12, 0.9))
CONSTANTS = Constants()
_FINE_DAYS = 3  # in a row; a single day of a few percent is none
_TO_SIGMA = 1.4826  # median absolute deviation of a normal distribution to its standard deviation
_SETTLED_WEEKS = 6  # of surprises that are known, so that the third largest means something
_BUSY = 2.0  # times the mean of four weeks, on days whose error is as much larger than the usual
_MEAN_TO_SIGMA = 1.2533  # mean absolute deviation to the same


@dataclass(frozen=True)
class Activity:
    """What the last eight weeks of a series are like. All [series, days]."""

    history: Floats  # days since the first row, at most 90
    active: Floats  # days with cost in the last eight weeks
    sporadic: Flags
    usual: Floats  # median cost of an active day; 0 unless sporadic
    spread: (
        Floats  # median distance of active days from it, as a standard deviation; 0 unless sporadic
    )


def known_costs(costs: Floats) -> Floats:
    """A day without a row cost nothing once the service exists; before its first row nothing is
    known."""
    born = np.maximum.accumulate(~np.isnan(costs), axis=1)
    return np.where(born, np.clip(np.nan_to_num(costs), -1e12, 1e12), np.nan)


def activity(
    known: Floats,
    judged: Floats,
    constants: Constants = CONSTANTS,
    newest: int | None = None,
) -> Activity:
    """Of the `newest` days; None: of all."""
    span, view = constants.yardstick_weeks * WEEK, last(newest)
    paid = np.where(np.isnan(known), np.nan, known > 0)
    share = finite(trailing_mean(paid, span, 1)[:, view])
    history = np.minimum(np.cumsum(~np.isnan(known), axis=1)[:, view], 90).astype(np.float64)
    active = np.round(share * np.minimum(np.maximum(history - 1, 0), span))
    sporadic = share < constants.active_share
    usual, spread = np.zeros(share.shape), np.zeros(share.shape)
    rows, days = np.nonzero(
        sporadic & (active > 0) & (np.maximum(judged, finite(known))[:, view] > 0)
    )  # days without cost score nothing
    if len(rows):
        all_past = trailing(before(np.where(known > 0, known, np.nan), 1), span)
        past = all_past[:, view][rows, days]
        middle = median(past)
        usual[rows, days] = finite(middle)
        spread[rows, days] = _TO_SIGMA * finite(median(np.abs(past - middle[:, None])))
    return Activity(history, active, sporadic, usual, spread)


@dataclass(frozen=True)
class Level:
    """How much a series costs, apart from the day that is judged; as known at the end of each day.
    All [series, days]."""

    week: Floats  # median of the seven days that end with each day
    usual: Floats  # median of four weekly medians
    highest: Floats  # of four weekly medians
    ratio: Floats  # of the last week to the last four, 0.5 to 2
    trend: Floats  # growth in a fortnight, 1 to 1.5: a series that grows is expected to go on so
    weekday: Floats  # median of four of the weekday that is seven days later
    weekday_miss: Floats  # usual error of `weekday` a week later
    mean: Floats  # of four weeks


def level(known: Floats) -> Level:
    week = median(trailing(known, WEEK))
    highest = np.fmax(
        np.fmax(week, before(week, WEEK)), np.fmax(before(week, 2 * WEEK), before(week, 3 * WEEK))
    )
    mean = trailing_mean(known, 4 * WEEK)
    ratio = trailing_mean(known, WEEK) / np.maximum(mean, 1e-9)
    growth = week / np.maximum(before(week, 2 * WEEK), 1e-9)
    weekday = of_four_weeks(known)
    return Level(
        week=week,
        usual=np.maximum(finite(of_four_weeks(week)), 0.0),
        highest=finite(highest),
        ratio=np.where(ratio > 0, np.clip(ratio, 0.5, 2.0), 1.0),
        trend=np.where(growth > 0, np.clip(growth, 1.0, 1.5), 1.0),
        weekday=weekday,
        weekday_miss=_miss(known, before(weekday, WEEK)),
        mean=mean,
    )


def _miss(known: Floats, forecast: Floats, lag: int = 0) -> Floats:
    """Usual error of a forecast over four weeks that end `lag` days earlier."""
    return of_four_weeks(trailing_mean(np.abs(known - forecast), WEEK), lag)


@dataclass(frozen=True)
class Expectation:
    """Expected value of each day from what was known `lag` days before, and the usual size of the
    error. [series, days]."""

    value: Floats
    known: Flags  # a forecast could be made; else `value` is 0
    noise: Floats
    weekday_share: Floats  # of the week's level that this weekday costs; 1 where weekdays are alike

    def of(self, days: slice) -> Expectation:
        return Expectation(
            self.value[:, days],
            self.known[:, days],
            self.noise[:, days],
            self.weekday_share[:, days],
        )


def expectation(known: Floats, about: Level, lag: int) -> Expectation:
    """Of three plain forecasts the one that has erred least over the last four weeks: the last
    week's median, the median of the same weekday, and the same scaled to the current level."""
    latest = before(about.week, lag)
    weekday = before(about.weekday, WEEK * -(-lag // WEEK))
    scaled = weekday * before(about.ratio, lag, 1.0)
    weekday_miss = before(about.weekday_miss, lag) if lag <= WEEK else _miss(known, weekday, lag)
    best, error = latest, np.full(known.shape, np.inf)
    for forecast, miss in (
        (latest, _miss(known, latest, lag)),
        (weekday, weekday_miss),
        (scaled, _miss(known, scaled, lag)),
    ):
        better = (miss < error) & ~np.isnan(forecast)
        best, error = np.where(better, forecast, best), np.where(better, miss, error)
    busy = np.maximum(finite(weekday / np.maximum(before(about.mean, lag), 1e-9)), 1.0)
    share = weekday / np.maximum(before(about.usual, lag, 0.0), 1e-9)
    return Expectation(
        value=np.maximum(finite(best), 0.0),
        known=~np.isnan(best),
        noise=_MEAN_TO_SIGMA
        * finite(error)
        * np.where((best == latest) | (busy < _BUSY), 1.0, busy),
        weekday_share=np.where(
            best == latest, 1.0, np.clip(np.nan_to_num(share, nan=1.0), 0.0, 1.0)
        ),
    )


@dataclass(frozen=True)
class Minimum:
    """What a day must add to be worth a word, whatever its score. [series, 1]."""

    usd: Floats
    share: Floats
    large_usd: Floats  # where the day is so sure, the share does not matter

    @classmethod
    def of(cls, limits: Sequence[Limits]) -> Minimum:
        """Of one series each."""
        values = [(x.minimum_usd, x.minimum_share, x.large_usd) for x in limits]
        usd, share, large = np.array(values, dtype=np.float64).T[:, :, None]
        return cls(usd, share, large)


def score_days(
    costs: Floats,
    dates: Sequence[date],
    minimum: Minimum,
    today: Floats | None = None,
    history: Floats | None = None,
    constants: Constants = CONSTANTS,
    statistics: Sequence[Statistic] = STATISTICS,
) -> Floats:
    """Score [series, days] of every day of `costs` (NaN: no row); above 1 it is an anomaly at
    sensitivity 1.

    `minimum` is the least impact of a day, over the level of the last fortnight.
    `today` replaces the day that is judged (the bill as it stood on that day), not the history of
    later days. `history` is `costs` with the days of told incidents as they would have been: the
    yardsticks are taken from it.
    """
    return score_at(costs, dates, (minimum,), today, history, constants, statistics)[0]


def score_at(
    costs: Floats,
    dates: Sequence[date],
    minimums: Sequence[Minimum],
    today: Floats | None = None,
    history: Floats | None = None,
    constants: Constants = CONSTANTS,
    statistics: Sequence[Statistic] = STATISTICS,
    newest: int | None = None,
) -> list[Floats]:
    """The same for each of several least impacts, in one pass. Where `newest` days are given, only
    they are scored; others have 0."""
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        actual = known_costs(costs)
        margin = max(s.days for s in statistics) - 1  # the first days lack those before them
        span = None if newest is None or newest + margin >= costs.shape[1] else newest + margin
        known = actual if history is None else known_costs(history)
        judged = np.nan_to_num(actual) if today is None else np.nan_to_num(today)
        bill = _AllSeries(
            known,
            actual,
            judged,
            level(known),
            activity(known, judged, constants, span),
            same_day_of_earlier_months(known, dates, actual, span),
            turn_of_month(dates),
            span,
        )
        scores = [_score(bill, s, constants) for s in statistics]
        scores.append(_frequency(bill, constants))
        result = []
        for minimum in minimums:
            score = np.zeros(known.shape)
            score[:, last(span)] = np.maximum.reduce([rise.score(minimum) for rise in scores])
            score[:, : -newest if newest else 0] = 0.0
            score[:, : constants.least_days] = 0.0
            result.append(np.asarray(score))
        return result


@dataclass(frozen=True)
class _Rise:
    """How unusual each day is, and how far it lies above the level it had. All [series, days]."""

    unusual: Floats
    usd: Floats
    base: Floats
    sure: Flags  # so far beyond errors and surprises that the share does not matter
    fine: Floats | None = None  # `unusual` where no percent of a bill that drifts is granted

    def score(self, minimum: Minimum) -> Floats:
        share = self.usd >= minimum.share * self.base
        large = self.sure & (self.usd >= minimum.large_usd)
        reaches = (self.usd >= minimum.usd) & (share | large)
        score = self.unusual if self.fine is None else np.where(share, self.unusual, self.fine)
        return np.where(reaches, score, 0.0)


@dataclass(frozen=True)
class _AllSeries:
    known: Floats  # history, without what told incidents added
    actual: Floats
    judged: Floats
    level: Level
    about: Activity
    calendar: Floats  # of the newest days alone, as is `about`
    turn: Flags
    newest: int | None  # days that are scored

    @property
    def view(self) -> slice:
        return last(self.newest)

    def before(self, values: Floats, days: int, unknown: float = np.nan) -> Floats:
        """Of the days that are scored."""
        return before(values, days, unknown)[:, self.view]


def _score(bill: _AllSeries, s: Statistic, c: Constants) -> _Rise:
    known, about, slow = bill.known, bill.about, s.lag > WEEK
    actual, judged = bill.actual[:, bill.view], bill.judged[:, bill.view]
    whole = expectation(known, bill.level, s.lag)
    expected = whole.of(bill.view)
    trend, week = bill.before(bill.level.trend, s.lag, 1.0), bill.level.week
    value = expected.value * trend if slow else expected.value
    usual = np.maximum(value, bill.calendar)
    stretch = sustained(actual, s.days, judged)
    excess = sustained(actual - usual, s.days, judged - usual)
    ordinary, surprise = _yardsticks(bill, whole, s, c)
    if not slow:
        ordinary = ordinary * np.minimum(trend, c.growth)
    surprise = np.where(
        about.sporadic,
        np.minimum(surprise, 0.5 * np.maximum(ordinary - about.usual, 0.0)),
        surprise,
    )
    excess = np.where(
        about.sporadic, np.minimum(excess, stretch - np.maximum(about.usual, bill.calendar)), excess
    )
    usual_level = np.where(about.sporadic, about.usual, bill.before(bill.level.usual, s.lag, 0.0))
    reach = np.where(
        about.sporadic,
        ordinary,
        np.minimum(ordinary, value + c.room * np.maximum(surprise, expected.noise)),
    )
    highest = bill.before(bill.level.highest, s.lag, 0.0) * expected.weekday_share
    ordinary = np.maximum(np.maximum(reach, bill.calendar), highest)

    def unusual(relative: float) -> Floats:
        noise = np.maximum(np.maximum(expected.noise, about.spread), c.absolute_scale)
        scale = np.maximum(relative * np.maximum(usual, usual_level), noise)
        above_expected = excess / (scale + surprise)
        wide = 2 * relative * np.maximum(ordinary, usual) + 0.5 * expected.noise + about.spread
        above_ordinary = (stretch - ordinary) / (wide + c.absolute_scale)
        score = np.sqrt(np.maximum(above_expected, c.floor) * np.maximum(above_ordinary, c.floor))
        score = s.weight * score / (1.0 + c.history_days / np.maximum(about.active, 1.0))
        return np.where(excess > 0, score, 0.0)

    score = unusual(c.relative_scale)
    if s.days == 1:
        fresh = (about.active == 0) | (about.history <= WEEK)
        score = np.where(fresh, np.maximum(score, judged / c.new_service), score)
    if slow:
        rising = (stretch > bill.before(sustained(known, s.days), s.days)) & (
            bill.before(week, s.days) > finite(bill.before(week, s.lag)) * trend
        )
        score = np.where(rising & (about.history > 2 * s.lag + 2 * WEEK), score, 0.0)
        least, base = np.minimum(judged, stretch), value
    else:
        least, base = (
            judged,
            np.maximum(finite(bill.before(week, 1) + bill.before(week, 1 + WEEK)) / 2.0, 0.0),
        )
        base = base * expected.weekday_share
    sure = excess >= c.sure * (expected.noise + surprise)
    fine = unusual(c.fine_scale) if s.days == _FINE_DAYS else None
    return _Rise(score, least - base, base, sure, fine)


def _frequency(bill: _AllSeries, c: Constants) -> _Rise:
    """A job of some days that runs more often: the cost of a week above that of all weeks of the
    two months before it, in units of a run and of a part of such a week."""
    span = c.yardstick_weeks * WEEK
    runs = np.where(np.isnan(bill.known), np.nan, bill.known > 0)
    share = finite(trailing_mean(runs, span, WEEK)[:, bill.view])
    seldom = (share <= c.seldom_share) & (share * span >= c.frequent_runs)
    seldom &= (bill.about.history >= 5 * WEEK) & (bill.judged[:, bill.view] > 0)
    score, rise, base = (np.zeros(seldom.shape) for _ in range(3))
    rows = np.flatnonzero(seldom.any(axis=1))
    if len(rows):
        known, week = bill.known[rows], 7.0
        total = week * trailing_mean(bill.actual[rows], WEEK)[:, bill.view]
        weeks = week * trailing_mean(known, WEEK)
        most = largest_weeks(weeks, WEEK, c.yardstick_weeks, bill.turn, bill.newest)
        highest = np.maximum(finite(most[0]), 0.0)
        excess = np.where(seldom[rows], finite(total - highest), 0.0)
        found = np.nonzero(excess > 0)
        past = trailing(before(np.where(known > 0, known, np.nan), WEEK), span)
        paid = past[:, bill.view][found]
        usual = median(paid)
        run = usual + 2 * _TO_SIGMA * median(np.abs(paid - usual[:, None]))
        unit = c.more_runs * run + c.more_share * highest[found] + c.absolute_scale
        at = rows[found[0]], found[1]
        score[at] = excess[found] / unit
        rise[at], base[at] = excess[found] / week, highest[found] / week
    return _Rise(score, rise, base, np.zeros(score.shape, dtype=bool))


def _yardsticks(
    bill: _AllSeries, expected: Expectation, s: Statistic, c: Constants
) -> tuple[Floats, Floats]:
    """The most that ordinary days cost, and the largest ordinary surprise.

    Ordinary cost is what at least two of the last eight weeks reached, an ordinary surprise of
    several days what three did (one old anomaly lies in two weeks): one old anomaly hides no new
    one. Until a series is old enough to tell, it is the maximum, and so is the cost for ramps. Days
    at the turn of a month only count for each other.
    """
    about, slow = bill.about, s.lag > WEEK
    mature = (about.history >= c.mature_days) & (
        ~about.sporadic | ((about.active >= 4) & (about.history >= 28))
    )
    settled = about.history >= 2 * s.lag + _SETTLED_WEEKS * WEEK
    error = bill.known - expected.value
    if slow:
        error = np.where(
            expected.known, error, np.nan
        )  # sooner, the cost itself: caution in the first weeks
    costs, errors = (
        largest_weeks(sustained(values, s.days), s.lag, c.yardstick_weeks, bill.turn, bill.newest)
        for values in (bill.known, error)
    )
    ordinary = costs[0] if slow else np.where(mature, costs[1], costs[0])
    surprise = errors[0] if slow else np.where(mature, errors[1], errors[0])
    if s.days > 1:
        surprise = np.where(mature & settled, errors[2], surprise)
    return np.maximum(finite(ordinary), 0.0), np.maximum(finite(surprise), 0.0)
