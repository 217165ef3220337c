"""One series around its anomaly: when it began, what was expected since, how far above it is, and
its shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

import numpy as np

from whyspike.detection.months import same_day_of_earlier_months
from whyspike.detection.table import Flags, Floats, days_until
from whyspike.detection.windows import Places
from whyspike.model import Kind

LOOK_BACK_DAYS = 21  # an anomaly that goes on is told as one, with its onset, for so long
_NEW_NORMAL_DAYS = 7  # of a new level that say what stands out of it
_WEEKS = 4
_MAX_RUNS = 5  # days of the week on which a job runs; more is a level, whose fall `drop` sees
_QUIET_DAYS = 3  # as many days within the band end an anomaly
_NOISES = 2.5  # above expectation that count as a day of the anomaly
_FIRST_DAY_SHARE = 0.04  # a change late in the evening shows an hour of its daily excess
_SELDOM = 0.6  # of days with cost, at most: such a job may become more frequent
_RAMP_DAYS = 5  # fewer cannot be told from a shift with a partial first day


@dataclass(frozen=True)
class Baseline:
    """Expected spend of all days as known before one of them. Arrays [days]."""

    expected: Floats
    low: Floats
    high: Floats
    noise: float
    weekly: bool  # the weekday decides

    def until(self, days: int) -> Baseline:
        """Of the first days."""
        if days == len(self.expected):
            return self
        return replace(
            self, expected=self.expected[:days], low=self.low[:days], high=self.high[:days]
        )


@dataclass(frozen=True)
class Shape:
    onset: int
    last: int  # last day above the band
    kind: Kind
    ongoing: bool
    baseline: Baseline


@dataclass(frozen=True)
class Width:
    """Of a band, half of it in dollars: at least `least`; a tenth of what is expected is within it,
    up to `large`."""

    least: float
    large: float = np.inf

    def of(self, expected: Floats, noise: float) -> Floats:
        tenth = np.minimum(0.1 * expected, self.large)
        return np.maximum(max(_NOISES * noise, self.least), tenth)


class Baselines:
    """The baselines of an account's series, each made once. `dates` may go on after the day that is
    judged: no baseline changes with the days after it."""

    def __init__(self, dates: Sequence[date]) -> None:
        self._dates = dates
        self._made: dict[tuple[bytes, int, Width], Baseline] = {}

    def before(self, values: Floats, end: int, width: Width, since: int = 0) -> Baseline:
        """Median of the same weekday, or of all days if that errs less, over the four weeks before
        index `end`.

        `values` [days] without NaN. Where the day's place in an earlier month cost clearly more
        before `end`, that is expected. History begins with index `since`.
        """
        known = values[:end]
        key = known.tobytes(), since, width
        if key not in self._made:
            self._made[key] = _baseline(known, self._dates, width, since)
        return self._made[key].until(len(values))


def _baseline(values: Floats, dates: Sequence[date], width: Width, since: int) -> Baseline:
    """Of all `dates`, of which `values` are the first."""
    end = len(values)
    start = max(since, end - 7 * _WEEKS)
    past = values[start:]
    flat = _median(past) if len(past) else 0.0
    miss = _median(np.abs(past - flat)) if len(past) else 0.0
    expected, weekly = np.full(len(dates), max(flat, 0.0)), False
    if len(past) >= 14:
        weekday = _weekdays(dates)
        by_weekday = _of_weekdays(past, weekday[start:end], flat)[weekday]
        error = _median(np.abs(past - by_weekday[start:end]))
        if error < 0.8 * miss:
            expected, weekly, miss = np.maximum(by_weekday, 0.0), True, error
    noise = 1.4826 * miss
    clearly_more = np.maximum(1.5 * expected, expected + _NOISES * noise)
    if values.max(initial=0.0) > clearly_more.min():
        known = np.zeros(len(dates))
        known[:end] = values
        calendar = same_day_of_earlier_months(known, dates, clearly_more)
        expected = np.where(calendar > clearly_more, calendar, expected)
    half = width.of(expected, noise)
    return Baseline(expected, np.maximum(expected - half, 0.0), expected + half, noise, weekly)


def _median(values: Floats) -> float:
    """Of a few values without NaN, where numpy's own takes ten times as long."""
    ordered, half = np.sort(values), len(values) // 2
    return float(ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2.0)


def _of_weekdays(past: Floats, weekday: Places, unknown: float) -> Floats:
    """The median of each, Monday first; `unknown` for one that has no day among them."""
    ordered = past[np.lexsort((past, weekday))]
    count = np.bincount(weekday, minlength=7)
    end = count.cumsum()
    begin = np.minimum(end - count, len(past) - 1)
    low, high = begin + np.maximum(count - 1, 0) // 2, end - (count + 1) // 2
    middle = (ordered[low] + ordered[np.minimum(high, len(past) - 1)]) / 2.0
    return middle if count.all() else np.where(count > 0, middle, unknown)


def _weekdays(dates: Sequence[date]) -> Places:
    """0 for a Monday."""
    first, last = dates[0], dates[-1]
    if (last - first).days + 1 == len(dates):
        return _weekdays_from(first.weekday(), len(dates))
    return np.array([day.weekday() for day in dates])


@lru_cache(maxsize=512)
def _weekdays_from(first: int, days: int) -> Places:
    return (first + np.arange(days)) % 7


def latest_anomaly(
    values: Floats,
    baselines: Baselines,
    hits: Flags,
    width: Width,
    complete: bool,
    in_view: int,
    history: Floats | None = None,
) -> Shape | None:
    """The anomaly that the newest of `hits` [days] belong to, measured against `history` (`values`
    without what older incidents added). None when it ended more than
    `in_view` days ago, or began more than
    `LOOK_BACK_DAYS` ago: then it is the new normal, and only what stands out of it is told."""
    past = values if history is None else history
    newest = len(values) - 1
    if values[newest - min(in_view, newest) :].max() <= width.least:
        return None  # within any band
    start, end = 0, -1
    baseline = None
    earliest = newest - LOOK_BACK_DAYS
    for hit in np.flatnonzero(hits):
        if hit < earliest or (
            baseline is not None and hit <= end + _QUIET_DAYS and start >= earliest
        ):
            continue
        first = int(hit)
        if baseline is None:
            first = _first_sign(values, past, baselines, first, width)
        fresh = baselines.before(past, first, width)
        begun = _onset(values, fresh, int(hit), int(hit))
        if begun < earliest:
            if hit - begun < _NEW_NORMAL_DAYS:
                continue  # of a level that old: too little of it is known for more above it
            fresh = baselines.before(past, int(hit), width, begun)
        fresh = _more_often(values, past, int(hit), width) or fresh
        if values[hit] > fresh.high[hit] and (baseline is None or hit > end + _QUIET_DAYS):
            start, baseline, end = int(hit), fresh, _end(values, fresh, int(hit))
    if baseline is None or end < newest - in_view:
        return None
    onset = _onset(values, baseline, start, end)
    ongoing = end == newest or (not complete and end == newest - 1)
    return Shape(onset, end, _kind(values, baseline, onset, end, ongoing), ongoing, baseline)


def _more_often(values: Floats, past: Floats, hit: int, width: Width) -> Baseline | None:
    """What a day cost on average, where a job of some days runs more often and costs no more."""
    week = values[max(0, hit - 6) : hit + 1]
    gap = round(7 / max(int((week > 0).sum()), 1))
    begun = _begun(values[: hit + 1], gap)
    before = past[max(0, begun - 7 * _WEEKS) : begun]
    if not 0 < begun < hit or not 0 < (before > 0).mean() <= _SELDOM or values[hit] > before.max():
        return None
    usual = float(before.mean())
    flat = np.full(len(values), usual)
    half = width.of(flat, 0.0)
    return Baseline(flat, np.maximum(flat - half, 0.0), flat + half, 0.0, False)


def _begun(values: Floats, gap: int) -> int:
    """The newest day before which `gap` days cost nothing; 0 for none."""
    runs = np.zeros(len(values) + gap, dtype=np.int64)  # before each day, and before the first
    np.cumsum(values[:-1] > 0, out=runs[gap + 1 :])
    return int(np.flatnonzero(runs[gap:] == runs[:-gap])[-1])


def _first_sign(values: Floats, past: Floats, baselines: Baselines, hit: int, width: Width) -> int:
    """First day of a slow rise that ends in `hit`: from there on nothing is baseline."""
    if hit < 26:
        return hit
    far = baselines.before(past, hit - 12, width)
    first = hit
    while first > 0 and values[first] > far.high[first] and values[first - 1] > far.high[first - 1]:
        first -= 1
    return first if hit - first >= 2 else hit


def _end(values: Floats, baseline: Baseline, start: int) -> int:
    above = np.flatnonzero(values[start:] > baseline.high[start:]) + start
    end = start
    for day in above:
        if day > end + _QUIET_DAYS:
            break
        end = int(day)
    return end


def _onset(values: Floats, baseline: Baseline, start: int, end: int) -> int:
    """Walks back from the first clear day over days that already show a part of the excess."""
    excess = values - baseline.expected
    typical = _median(excess[start : end + 1])
    floor = max(_NOISES * baseline.noise, _FIRST_DAY_SHARE * typical)
    onset = start
    while onset > max(0, start - 13) and excess[onset - 1] > floor:
        onset -= 1
    return onset


def _kind(values: Floats, baseline: Baseline, onset: int, end: int, ongoing: bool) -> Kind:
    excess = (values - baseline.expected)[onset : end + 1]
    third = len(excess) // 3
    if len(excess) >= _RAMP_DAYS and np.median(
        excess[:third] if third > 1 else excess[:2]
    ) < 0.55 * np.median(excess[-max(third, 2) :]):
        steps = (
            np.corrcoef(np.arange(len(excess)), excess)[0, 1] if float(np.ptp(excess)) > 0 else 0.0
        )
        if steps > 0.85:
            return Kind.RAMP
    if ongoing:
        return Kind.LEVEL_SHIFT
    inside = values[onset : end + 1] <= baseline.high[onset : end + 1]
    return Kind.BURST if inside[1:].any() else Kind.SPIKE


def may_have_fallen(
    values: Floats, least: Floats, in_view: int, newest: int, gapless: bool
) -> Flags:
    """[series, newest days] of many series [series, days]: where `drop` or `stop` may find
    something. `gapless`: no day is missing."""
    days, usd = values.shape[1], least[:, None]
    latest = values[:, days - newest :]
    moved = np.ones(latest.shape, dtype=bool)
    if in_view <= 7 * _WEEKS:
        known = values[:, : max(0, days - in_view)]
        of_all = days_until(known, 7 * _WEEKS + 1 - in_view, newest, np.inf)
        moved = latest <= of_all.min(axis=2) - usd
    ran = days_until(values, in_view + 7, newest, 0.0).max(axis=2) >= usd  # before it was due
    stopped = (latest == 0) & ran
    rows = np.flatnonzero(stopped.any(axis=1))
    if gapless and len(rows):
        stopped[rows] &= _ran_by_weekdays(values[rows], usd[rows], in_view, newest)
    moved |= stopped
    moved[:, : max(0, 7 * _WEEKS + newest - days)] = False
    return moved


def _ran_by_weekdays(values: Floats, usd: Floats, in_view: int, newest: int) -> Flags:
    """[series, newest days]: on the same weekdays and on no others in four weeks, and not on the
    next, while a fall is in view."""
    days = values.shape[1]
    weeks = [
        days_until(values[:, : max(0, days - 2 - 7 * back)], 1, newest + in_view + 4, np.nan)
        for back in range(_WEEKS)
    ]
    lowest, highest = (of(weeks)[:, :, 0] for of in (np.minimum.reduce, np.maximum.reduce))
    ran = lowest >= usd
    alike = days_until(ran | (highest <= 0), 7, newest + in_view - 2, 0.0).all(axis=2)
    week = days_until(ran, 7, newest + in_view - 2, 0.0)
    runs, due = week.sum(axis=2), week[:, :, 0]
    missed = days_until(values[:, : days - 1], 1, newest + in_view - 2, np.nan)[:, :, 0] == 0
    stopped = alike & due & missed & (runs <= _MAX_RUNS)
    return np.asarray(days_until(stopped, in_view - 1, newest, 0.0).any(axis=2))


def drop(
    values: Floats, baselines: Baselines, least: float, share: float, in_view: int
) -> Shape | None:
    """A level that fell below everything of the four weeks before, and is still there; only for
    series with cost on most days."""
    days = len(values)
    of_all = values[max(0, days - 29) : max(0, days - in_view)]  # before, whichever day it began
    if len(of_all) and values[-1] > of_all.min() - least:
        return None
    for onset in range(max(29, days - in_view), days):
        past = values[onset - 28 : onset]
        lowest = float(past.min())
        fall = lowest - float(values[onset:].max())
        if (past > 0).sum() >= 26 and fall >= max(least, share * lowest):
            baseline = baselines.before(values, onset, Width(least))
            first = onset
            while first > onset - 2 and values[first - 1] < baseline.expected[first - 1] - max(
                _NOISES * baseline.noise, 0.04 * fall
            ):
                first -= 1
            return Shape(first, days - 1, Kind.DROP, True, baseline)
    return None


def stop(values: Floats, dates: Sequence[date], least: float, in_view: int) -> Shape | None:
    """A job that ran on the same weekdays, and on no others, in each of four weeks and has not run
    since: one day later where it is weekly, at its second day else, so that a run that is late or
    a holiday is none."""
    if values[-1]:
        return None
    weekdays = _weekdays(dates)
    since = len(values) - int(np.argmax(values[::-1] != 0))  # the last of its runs
    for onset in range(max(7 * _WEEKS, len(values) - in_view, since), len(values) - 1):
        past, of_past = values[onset - 7 * _WEEKS : onset], weekdays[onset - 7 * _WEEKS : onset]
        lowest = np.full(7, np.inf)
        np.minimum.at(lowest, of_past, past)
        runs = (lowest >= least) & np.isfinite(lowest)
        if not 0 < runs.sum() <= _MAX_RUNS or past[~runs[of_past]].max(initial=0.0) > 0:
            continue
        missed = np.flatnonzero(runs[weekdays[onset:]]) + onset
        if len(missed) < min(2, runs.sum()) or missed[0] != onset:
            continue
        usual = _of_weekdays(past, of_past, 0.0)
        expected = np.where(runs, usual, 0.0)[weekdays]
        width = np.maximum(0.1 * expected, least)
        baseline = Baseline(
            expected, np.maximum(expected - width, 0.0), expected + width, 0.0, True
        )
        return Shape(onset, int(missed[-1]), Kind.DROP, True, baseline)
    return None
