"""How unusual each day of each series is, judged by the days before it alone (docs/detection.md).

A day is unusual when nothing ordinary explains it. Two distances measure that, each in units of a
scale: how far the day lies above its expected value, and how far above the most that such a series
has cost on ordinary days. The score is their geometric mean, smaller the less history there is;
three statistics are judged so (one day, three days, a ramp), and the largest counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from whyspike.detection.months import Calendar, Usually, calendar, charges_of_the_month
from whyspike.detection.regular import Regular, regular_days
from whyspike.detection.settings import Limits
from whyspike.detection.table import Flags, Floats
from whyspike.detection.windows import (
    WEEK,
    Places,
    before,
    finite,
    first_known,
    known_days,
    largest_week,
    largest_weeks,
    lowest_where_unknown,
    mean_of_weeks,
    median,
    median_of_week,
    newest_before,
    of_four_weeks,
    side_by_side,
    sum_of_weeks,
    sustained,
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
    one_run: float = 0.5  # the same of one run on another weekday than in three weeks
    one_share: float = 0.1
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
_FAST, _SLOW = slice(0, 3), 3  # the last resembles ordinary drift most
_FINE = slice(1, 2)  # three days in a row; a single day of a few percent is none
_LENGTHS = [s.days for s in STATISTICS]
_BY_DAYS = {  # the statistics of so many days, which stand beside each other
    days: slice(_LENGTHS.index(days), _LENGTHS.index(days) + _LENGTHS.count(days))
    for days in dict.fromkeys(_LENGTHS)
}
_WEIGHTS = np.array([[s.weight] for s in STATISTICS])
_MAX_AT_ONCE = 64  # series: what is computed of them stays in the processor's cache
_TO_SIGMA = 1.4826  # median absolute deviation of a normal distribution to its standard deviation
_SETTLED_WEEKS = 6  # of surprises that are known, so that the third largest means something
_BUSY = 2.0  # times the mean of four weeks, on days whose error is as much larger than the usual
_MEAN_TO_SIGMA = 1.2533  # mean absolute deviation to the same


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

    def of_series(self, rows: Places) -> Minimum:
        """One for all stays one for all."""
        if len(self.usd) == 1:
            return self
        return Minimum(self.usd[rows], self.share[rows], self.large_usd[rows])


def score_days(
    costs: Floats,
    dates: Sequence[date],
    minimum: Minimum,
    today: Floats | None = None,
    history: Floats | None = None,
    constants: Constants = CONSTANTS,
) -> Floats:
    """Score [series, days] of every day of `costs` (NaN: no row); above 1 it is an anomaly at
    sensitivity 1.

    `dates` are contiguous. `minimum` is the least impact of a day, over the level of the last
    fortnight. `today` replaces the day that is judged (the bill as it stood on that day), not the
    history of later days. `history` is `costs` with the days of told incidents as they would have
    been: the yardsticks are taken from it.
    """
    return score_at(costs, dates, (minimum,), today, history, constants)[0]


def score_at(
    costs: Floats,
    dates: Sequence[date],
    minimums: Sequence[Minimum],
    today: Floats | None = None,
    history: Floats | None = None,
    constants: Constants = CONSTANTS,
    newest: int | None = None,
) -> list[Floats]:
    """The same for each of several least impacts, in one pass. Where `newest` days are given, only
    they are scored; others have 0."""
    days = costs.shape[1]
    margin = max(s.days for s in STATISTICS) - 1  # the first days lack those before them
    scored = days if newest is None else min(newest + margin, days)
    places = calendar(dates, scored)
    result = [np.zeros(costs.shape) for _ in minimums]
    first = max(constants.least_days, 0 if newest is None else days - newest)
    worth = _worth_scoring(costs, today, minimums, scored)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        for start in range(0, len(worth), _MAX_AT_ONCE):
            rows = worth[start : start + _MAX_AT_ONCE]
            actual = known_costs(costs[rows])
            known = actual if history is None else known_costs(history[rows])
            judged = _or_zero(actual) if today is None else np.nan_to_num(today[rows]).T
            least_usd = np.min(
                [least.of_series(rows).usd[:, 0] * np.ones(len(rows)) for least in minimums], axis=0
            )
            runs = sum_of_weeks((known > 0).astype(np.float64), constants.yardstick_weeks)
            bill = _BilledDays(known, actual, judged, runs, least_usd, places)
            scored_days = _ScoredDays.of(bill, constants)
            for scores, minimum in zip(result, minimums, strict=True):
                score = scored_days.score(minimum, rows)
                scores[rows, first:] = score[max(0, first - days + scored) :].T
    return result


def _worth_scoring(
    costs: Floats, today: Floats | None, minimums: Sequence[Minimum], scored: int
) -> Places:
    """Series that cost as much as they would have to add: on a day that is scored, or on average of
    the week before it."""
    recent = slice(max(0, costs.shape[1] - scored - WEEK), None)
    highest = np.fmax.reduce(costs[:, recent], axis=1)
    if today is not None:
        highest = np.fmax(highest, np.fmax.reduce(today[:, recent], axis=1))
    least = np.minimum.reduce([minimum.usd[:, 0] * np.ones(len(costs)) for minimum in minimums])
    return np.flatnonzero(highest >= least)


def known_costs(costs: Floats) -> Floats:
    """[days, series] of [series, days]. A day without a row cost nothing once the service exists;
    before its first row nothing is known."""
    values = np.ascontiguousarray(costs.T)
    born = np.maximum.accumulate(~np.isnan(values), axis=0)
    return np.where(born, np.clip(_or_zero(values), -1e12, 1e12), np.nan)


def _or_zero(values: Floats) -> Floats:
    return np.where(np.isnan(values), 0.0, values)


@dataclass(frozen=True)
class _BilledDays:
    """All [days, series]."""

    known: Floats  # history, without what told incidents added
    actual: Floats
    judged: Floats
    runs: Floats  # days with cost in the eight weeks that end with each day
    least_usd: Floats  # [series] what a day must add, and so cost, for any score
    calendar: Calendar

    @cached_property
    def first(self) -> Places:
        """Day of each series that is known."""
        return first_known(self.known)

    @cached_property
    def week(self) -> Floats:
        """Median of the seven days that end with each day."""
        return median_of_week(self.known)

    def and_again(self, regular: Regular) -> _BilledDays:
        """Beside the series those of `regular`, without what these added to history."""
        rows = regular.rows
        known = np.append(self.known, regular.history, axis=1)
        actual = np.append(self.actual, self.actual[:, rows], axis=1)
        judged = np.append(self.judged, self.judged[:, rows], axis=1)
        runs = np.append(self.runs, self.runs[:, rows], axis=1)
        least_usd = np.append(self.least_usd, self.least_usd[rows])
        return _BilledDays(known, actual, judged, runs, least_usd, self.calendar)

    def known_days(self, days: int, lag: int = 0) -> Floats:
        """How many are known of the `days` days that end `lag` days before each that is scored."""
        return self.newest(known_days(self.first, len(self.known), days, lag))

    @property
    def scored(self) -> int:
        """So many of the newest days."""
        return self.calendar.newest

    def newest(self, values: Floats) -> Floats:
        """Of the days that are scored."""
        return values[len(values) - self.scored :]

    def before(self, values: Floats, days: int, unknown: float = np.nan) -> Floats:
        """The same, so many days earlier."""
        return newest_before(values, days, self.scored, unknown)

    def of_each(self, values: Floats, unknown: float = np.nan) -> Floats:
        """[days that are scored, statistics, series]: as known to each statistic."""
        return np.stack([self.before(values, s.lag, unknown) for s in STATISTICS], axis=1)


@dataclass(frozen=True)
class _Activity:
    """What the last eight weeks of a series are like. All [days that are scored, series]."""

    history: Floats  # days since the first row, at most 90
    active: Floats  # days with cost in the last eight weeks
    sporadic: Flags
    usual: Floats  # median cost of an active day; 0 unless sporadic
    spread: (
        Floats  # median distance of active days from it, as a standard deviation; 0 unless sporadic
    )


def _activity(bill: _BilledDays, c: Constants) -> _Activity:
    known, span = bill.known, c.yardstick_weeks * WEEK
    active = bill.before(bill.runs, 1, 0.0)
    history = bill.known_days(90)
    sporadic = active < c.active_share * np.maximum(bill.known_days(span, 1), 1.0)
    usual, spread = np.zeros(active.shape), np.zeros(active.shape)
    # other days score nothing
    days, series = np.nonzero(
        sporadic & (active > 0) & (bill.newest(bill.judged) >= bill.least_usd)
    )
    if len(days):
        past = _paid_before(known, 1, span, days + len(known) - bill.scored, series)
        middle = median(past)
        usual[days, series] = finite(middle)
        spread[days, series] = _TO_SIGMA * finite(median(np.abs(past - middle[:, None])))
    return _Activity(history, active, sporadic, usual, spread)


def _paid_before(known: Floats, lag: int, span: int, days: Places, series: Places) -> Floats:
    """[places, span]: what was paid on each of `span` days that end `lag` days before the places;
    NaN where nothing was."""
    at = days[:, None] - np.arange(lag, lag + span)
    paid = known[np.maximum(at, 0), series[:, None]]
    return np.where((at >= 0) & (paid > 0), paid, np.nan)


@dataclass(frozen=True)
class _Level:
    """How much a series costs, apart from the day that is judged; as known at the end of each day.
    All [days, series]."""

    week: Floats  # median of the seven days that end with each day
    usual: Floats  # median of four weekly medians
    highest: Floats  # of four weekly medians
    ratio: Floats  # of the last week to the last four, 0.5 to 2
    trend: Floats  # growth in a fortnight, 1 to 1.5: a series that grows is expected to go on so
    usually: Usually  # its weekday is that of the day seven days later
    mean: Floats  # of four weeks


def _level(bill: _BilledDays) -> _Level:
    known, first = bill.known, bill.first
    week = bill.week
    highest = np.fmax(week, before(week, WEEK))
    highest = np.fmax(highest, before(highest, 2 * WEEK))
    mean = mean_of_weeks(known, first, 4)
    usually = Usually.of(known)
    ratio = usually.week / np.maximum(mean, 1e-9)
    growth = week / np.maximum(before(week, 2 * WEEK), 1e-9)
    return _Level(
        week=week,
        usual=np.maximum(finite(of_four_weeks(week, first)), 0.0),
        highest=finite(highest),
        ratio=np.where(ratio > 0, np.clip(ratio, 0.5, 2.0), 1.0),
        trend=np.where(growth > 0, np.clip(growth, 1.0, 1.5), 1.0),
        usually=usually,
        mean=mean,
    )


@dataclass(frozen=True)
class _Expectations:
    """Expected value of each day by each statistic, from what was known `lag` days before, and the
    usual size of the error. [days, statistics, series]; `noise` and `weekday_share` of the days
    that are scored."""

    value: Floats
    known: Flags  # [days, series]: the slow one could be made; else `value` is 0
    noise: Floats
    weekday_share: Floats  # of the week's level that this weekday costs; 1 where weekdays are alike


def _expectations(bill: _BilledDays, about: _Level) -> _Expectations:
    """Of three plain forecasts the one that has erred least over the last four weeks: the last
    week's median, the median of the same weekday, and the same scaled to the current level."""
    known, lags = bill.known, [s.lag for s in STATISTICS]
    weekly = [WEEK * -(-lag // WEEK) for lag in lags]
    kinds = sorted(set(weekly))  # the weekday's forecast is the same for several lags
    count, first = len(lags), bill.first + np.array([*lags, *weekly, *kinds])[:, None]
    forecasts = np.empty((len(known), *first.shape))
    latest, scaled, weekdays = np.split(forecasts, [count, 2 * count], axis=1)
    side_by_side([(about.week, lag) for lag in lags], out=latest)
    side_by_side([(about.usually.weekday, lag) for lag in kinds], out=weekdays)
    weekday = weekdays[:, [kinds.index(lag) for lag in weekly]]
    np.multiply(weekday, side_by_side([(about.ratio, lag) for lag in lags], 1.0), out=scaled)
    errors = known[:, None] - forecasts
    errors = mean_of_weeks(np.abs(errors, out=errors), first, in_place=True)
    misses = of_four_weeks(errors, first)

    def miss(places: Iterable[int]) -> Floats:
        return side_by_side([(misses[:, at], lag) for at, lag in zip(places, lags, strict=True)])

    best, error = latest, np.fmin(miss(range(count)), np.inf)
    for forecast, its_miss in (
        (weekday, miss(2 * count + kinds.index(lag) for lag in weekly)),
        (scaled, miss(range(count, 2 * count))),
    ):
        best = np.where(its_miss < error, forecast, best)
        error = np.fmin(error, its_miss)
    last = slice(len(known) - bill.scored, None)
    mean = bill.of_each(about.mean)
    busy = np.maximum(finite(weekday[last] / np.maximum(mean, 1e-9)), 1.0)
    share = weekday[last] / np.maximum(bill.of_each(about.usual, 0.0), 1e-9)
    by_level = best[last] == latest[last]
    return _Expectations(
        value=np.maximum(finite(best), 0.0),
        known=~np.isnan(best[:, _SLOW]),
        noise=_MEAN_TO_SIGMA * finite(error[last]) * np.where(by_level | (busy < _BUSY), 1.0, busy),
        weekday_share=np.where(by_level | np.isnan(share), 1.0, np.clip(share, 0.0, 1.0)),
    )


@dataclass(frozen=True)
class _Rises:
    """How unusual each day is, and how far it lies above the level it had. All [days, statistics,
    series]."""

    unusual: Floats
    usd: Floats
    base: Floats
    sure: Flags  # so far beyond errors and surprises that the share does not matter
    fine: Floats  # `unusual` where no percent of a bill that drifts is granted

    def score(self, minimum: Minimum) -> Floats:
        """Of the statistic that says most. [days, series]."""
        share = self.usd >= minimum.share.T * self.base
        large = self.sure & (self.usd >= minimum.large_usd.T)
        reaches = (self.usd >= minimum.usd.T) & (share | large)
        score = np.where(reaches, np.where(share, self.unusual, self.fine), 0.0)
        return np.asarray(score.max(axis=1))


@dataclass(frozen=True)
class _ScoredDays:
    """By the history of each series; between the runs of a job of every second week or once a month
    by the history without these."""

    rises: _Rises  # of all series, and then of those in `regular`
    more_often: _Rises
    regular: Regular | None

    @classmethod
    def of(cls, bill: _BilledDays, c: Constants) -> _ScoredDays:
        regular = regular_days(bill.known, bill.week, bill.calendar)
        all_of_it = bill if regular is None else bill.and_again(regular)
        return cls(_rises(all_of_it, c), _frequency(bill, c), regular)

    def score(self, minimum: Minimum, rows: Places) -> Floats:
        """[days, series]"""
        more_often = self.more_often.score(minimum.of_series(rows))
        if self.regular is None:
            return np.maximum(self.rises.score(minimum.of_series(rows)), more_often)
        rows = np.append(rows, rows[self.regular.rows])
        score = self.rises.score(minimum.of_series(rows))
        return np.maximum(self.regular.between_runs(score), more_often)


def _rises(bill: _BilledDays, c: Constants) -> _Rises:
    about, level = _activity(bill, c), _level(bill)
    expected, week = _expectations(bill, level), level.week
    judged, actual = bill.newest(bill.judged), bill.newest(bill.actual)
    monthly = charges_of_the_month(bill.known, bill.actual, bill.calendar, level.usually)
    trend = bill.of_each(level.trend, 1.0)
    value = bill.newest(expected.value).copy()
    value[:, _SLOW] *= trend[:, _SLOW]
    usual = np.maximum(value, monthly[:, None])
    stretch, excess = np.empty(usual.shape), np.empty(usual.shape)
    over, over_today = actual[:, None] - usual, judged[:, None] - usual
    for days, at in _BY_DAYS.items():
        stretch[:, at] = sustained(actual, days, judged)[:, None]
        excess[:, at] = sustained(over[:, at], days, over_today[:, at])
    ordinary, surprise = _yardsticks(bill, about, expected, c)
    ordinary[:, _FAST] *= np.minimum(trend[:, _FAST], c.growth)
    sporadic, paid = about.sporadic[:, None], about.usual[:, None]
    surprise = np.where(
        sporadic, np.minimum(surprise, 0.5 * np.maximum(ordinary - paid, 0.0)), surprise
    )
    excess = np.where(
        sporadic, np.minimum(excess, stretch - np.maximum(paid, monthly[:, None])), excess
    )
    usual_level = np.where(sporadic, paid, bill.of_each(level.usual, 0.0))
    within = value + c.room * np.maximum(surprise, expected.noise)
    reach = np.where(sporadic, ordinary, np.minimum(ordinary, within))
    highest = bill.of_each(level.highest, 0.0) * expected.weekday_share
    ordinary = np.maximum(np.maximum(reach, monthly[:, None]), highest)
    spread = about.spread[:, None]
    noise = np.maximum(np.maximum(expected.noise, spread), c.absolute_scale)
    most, wide = np.maximum(ordinary, usual), 0.5 * expected.noise + spread + c.absolute_scale
    known_for = 1.0 + c.history_days / np.maximum(about.active, 1.0)

    def unusual(relative: float, of: slice) -> Floats:
        scale = np.maximum(relative * np.maximum(usual[:, of], usual_level[:, of]), noise[:, of])
        above_expected = excess[:, of] / (scale + surprise[:, of])
        above_ordinary = stretch[:, of] - ordinary[:, of]
        above_ordinary /= 2 * relative * most[:, of] + wide[:, of]
        score = np.sqrt(np.maximum(above_expected, c.floor) * np.maximum(above_ordinary, c.floor))
        return np.where(excess[:, of] > 0, _WEIGHTS[of] * score / known_for[:, None], 0.0)

    score = unusual(c.relative_scale, slice(None))
    fresh = (about.active == 0) | (about.history <= WEEK)
    score[:, 0] = np.where(fresh, np.maximum(score[:, 0], judged / c.new_service), score[:, 0])
    base = np.maximum(finite(bill.before(week, 1) + bill.before(week, 1 + WEEK)) / 2.0, 0.0)
    base = base[:, None] * expected.weekday_share
    least = np.repeat(judged[:, None], len(STATISTICS), axis=1)
    slow = STATISTICS[_SLOW]
    rising = bill.before(week, slow.days) > finite(bill.before(week, slow.lag)) * trend[:, _SLOW]
    rising &= stretch[:, _SLOW] > bill.before(sustained(bill.known, slow.days), slow.days)
    rising &= about.history > 2 * slow.lag + 2 * WEEK
    score[:, _SLOW] = np.where(rising, score[:, _SLOW], 0.0)
    least[:, _SLOW], base[:, _SLOW] = np.minimum(judged, stretch[:, _SLOW]), value[:, _SLOW]
    sure = excess >= c.sure * (expected.noise + surprise)
    fine = score.copy()
    fine[:, _FINE] = unusual(c.fine_scale, _FINE)
    return _Rises(score, least - base, base, sure, fine)


def _frequency(bill: _BilledDays, c: Constants) -> _Rises:
    """A job of some days that runs more often: the cost of a week above that of all weeks of the
    two months before it, in units of a run and of a part of such a week. Where it ran on the same
    weekdays for three weeks, one run on another day is enough."""
    span = c.yardstick_weeks * WEEK
    share = bill.before(bill.runs, WEEK) / np.maximum(bill.known_days(span, WEEK), 1.0)
    seldom = (share <= c.seldom_share) & (share * span >= c.frequent_runs)
    seldom &= bill.newest(bill.judged) > 0
    same = seldom & _same_weekdays(bill)
    seldom &= (bill.known_days(90) >= 5 * WEEK) | same
    score, rise, base = (np.zeros((len(seldom), 1, seldom.shape[1])) for _ in range(3))
    lines = np.flatnonzero(seldom.any(axis=0))
    if len(lines):
        known, least = bill.known[:, lines], bill.least_usd[lines]
        weeks = lowest_where_unknown(WEEK * mean_of_weeks(known, bill.first[lines]))[:, None]
        most = largest_week(weeks, (WEEK,), c.yardstick_weeks, bill.calendar.turn, bill.scored)
        highest = np.maximum(finite(most[:, 0]), 0.0)
        actual, judged = bill.actual[:, lines], bill.newest(bill.judged)[:, lines]
        total = bill.newest(sum_of_weeks(finite(actual)) - finite(actual)) + judged
        excess = np.where(seldom[:, lines], finite(total - highest), 0.0)
        a_day = excess / np.where(same[:, lines], 1.0, WEEK)
        days, line = np.nonzero((excess > 0) & (a_day >= least))
        paid = _paid_before(known, WEEK, span, days + len(known) - bill.scored, line)
        usual = median(paid)
        run = usual + 2 * _TO_SIGMA * median(np.abs(paid - usual[:, None]))
        one = same[days, lines[line]]
        of_run = np.where(one, c.one_run, c.more_runs)
        of_week = np.where(one, c.one_share, c.more_share)
        unit = of_run * run + of_week * highest[days, line] + c.absolute_scale
        at = days, 0, lines[line]
        score[at] = excess[days, line] / unit
        rise[at] = a_day[days, line]
        base[at] = highest[days, line] / WEEK
    return _Rises(score, rise, base, np.zeros(score.shape, dtype=bool), score)


def _same_weekdays(bill: _BilledDays) -> Flags:
    """On each of the two weeks before a day it ran on the weekdays of the week before, and on that
    weekday it did not."""
    runs = (bill.known > 0).astype(np.float64)
    changed = np.abs(runs - before(runs, WEEK, 0.0))
    steady: Flags = bill.before(sum_of_weeks(changed, 2), 1, 1.0) == 0
    steady &= bill.before(runs, WEEK, 1.0) == 0
    return steady & (bill.known_days(90) > 3 * WEEK)


def _yardsticks(
    bill: _BilledDays, about: _Activity, expected: _Expectations, c: Constants
) -> tuple[Floats, Floats]:
    """The most that ordinary days cost, and the largest ordinary surprise.

    Ordinary cost is what at least two of the last eight weeks reached, an ordinary surprise of
    several days what three did (one old anomaly lies in two weeks): one old anomaly hides no new
    one. Until a series is old enough to tell, it is the maximum, and so is the cost for ramps. Days
    at the turn of a month only count for each other.
    """
    mature = (about.history >= c.mature_days) & (
        ~about.sporadic | ((about.active >= 4) & (about.history >= 28))
    )
    count = len(STATISTICS)
    error = bill.known[:, None] - expected.value
    # sooner, the cost itself: caution in the first weeks
    error[:, _SLOW] = np.where(expected.known, error[:, _SLOW], np.nan)
    values = np.empty((len(error), 2 * count, error.shape[2]))
    of_cost, of_error = np.split(values, 2, axis=1)
    for days, of_days in _BY_DAYS.items():
        of_cost[:, of_days] = sustained(bill.known, days)[:, None]
        of_error[:, of_days] = sustained(error[:, of_days], days)
    lags = tuple(s.lag for s in STATISTICS)
    largest, second, third = largest_weeks(
        lowest_where_unknown(values),
        lags + lags,
        c.yardstick_weeks,
        bill.calendar.turn,
        bill.scored,
    )
    result = np.where(mature[:, None], second, largest)
    result[:, _SLOW::count] = largest[:, _SLOW::count]
    for at, s in enumerate(STATISTICS, start=count):
        if s.days > 1:
            settled = mature & (about.history >= 2 * s.lag + _SETTLED_WEEKS * WEEK)
            result[:, at] = np.where(settled, third[:, at], result[:, at])
    result = np.maximum(finite(result), 0.0)
    return result[:, :count], result[:, count:]
