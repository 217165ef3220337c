"""One series around its anomaly: when it began, what was expected since, how far above it is, and
its shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from whyspike.detection.months import same_day_of_earlier_months
from whyspike.detection.table import Flags, Floats
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


def baseline_before(
    values: Floats, dates: Sequence[date], end: int, width: Width, since: int = 0
) -> Baseline:
    """Median of the same weekday, or of all days if that errs less, over the four weeks before
    index `end`.

    `values` [days] without NaN. Where the day's place in an earlier month cost clearly more before
    `end`, that is expected.
    History begins with index `since`.
    """
    start = max(since, end - 7 * _WEEKS)
    past = values[start:end]
    flat = _median(past) if len(past) else 0.0
    miss = _median(np.abs(past - flat)) if len(past) else 0.0
    expected, weekly = np.full(len(values), max(flat, 0.0)), False
    if len(past) >= 14:
        weekday = _weekdays(dates)
        by_weekday = np.array(_of_weekdays(past, weekday[start:end]))[weekday]
        error = _median(np.abs(past - by_weekday[start:end]))
        if error < 0.8 * miss:
            expected, weekly, miss = np.maximum(by_weekday, 0.0), True, error
    noise = 1.4826 * miss
    clearly_more = np.maximum(1.5 * expected, expected + _NOISES * noise)
    if values[:end].max(initial=0.0) > clearly_more.min():
        known = np.where(np.arange(len(values)) < end, values, 0.0)
        calendar = same_day_of_earlier_months(known, dates)
        expected = np.where(calendar > clearly_more, calendar, expected)
    half = width.of(expected, noise)
    return Baseline(expected, np.maximum(expected - half, 0.0), expected + half, noise, weekly)


def _median(values: Floats) -> float:
    """Of a few values without NaN, where numpy's own takes ten times as long."""
    ordered, half = np.sort(values), len(values) // 2
    return float(ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2.0)


def _of_weekdays(past: Floats, weekday: Places) -> list[float]:
    """The median of each, Monday first; of at least a fortnight."""
    return [_median(past[weekday == of]) for of in range(7)]


def _weekdays(dates: Sequence[date]) -> Places:
    """0 for a Monday."""
    first, last = dates[0], dates[-1]
    if (last - first).days + 1 == len(dates):
        return (first.weekday() + np.arange(len(dates))) % 7
    return np.array([day.weekday() for day in dates])


def latest_anomaly(
    values: Floats,
    dates: Sequence[date],
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
        first = _first_sign(values, past, dates, int(hit), width) if baseline is None else int(hit)
        fresh = baseline_before(past, dates, first, width)
        begun = _onset(values, fresh, int(hit), int(hit))
        if begun < earliest:
            if hit - begun < _NEW_NORMAL_DAYS:
                continue  # of a level that old: too little of it is known for more above it
            fresh = baseline_before(past, dates, int(hit), width, begun)
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
    begun = hit
    while begun > 0 and (values[max(0, begun - gap) : begun] > 0).any():
        begun -= 1
    before = past[max(0, begun - 7 * _WEEKS) : begun]
    if not 0 < begun < hit or not 0 < (before > 0).mean() <= _SELDOM or values[hit] > before.max():
        return None
    usual = float(before.mean())
    flat = np.full(len(values), usual)
    half = width.of(flat, 0.0)
    return Baseline(flat, np.maximum(flat - half, 0.0), flat + half, 0.0, False)


def _first_sign(values: Floats, past: Floats, dates: Sequence[date], hit: int, width: Width) -> int:
    """First day of a slow rise that ends in `hit`: from there on nothing is baseline."""
    if hit < 26:
        return hit
    far = baseline_before(past, dates, hit - 12, width)
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
    typical = float(np.median(excess[start : end + 1]))
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


def may_have_fallen(values: Floats, least: Floats, in_view: int) -> Flags:
    """Of many series [series, days]: those of which `drop` or `stop` may find something."""
    days, latest = values.shape[1], values[:, -1]
    if days <= 7 * _WEEKS:
        return np.zeros(len(values), dtype=bool)
    of_all = values[:, max(0, days - 29) : max(0, days - in_view)]
    dropped = latest <= of_all.min(axis=1, initial=np.inf) - least
    ran = values[:, -in_view - 7 :].max(axis=1) >= least  # in the week before it was due
    stopped = (latest == 0) & ran
    return np.asarray(dropped | stopped)


def drop(
    values: Floats, dates: Sequence[date], least: float, share: float, in_view: int
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
            baseline = baseline_before(values, dates, onset, Width(least))
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
        usual = np.array(_of_weekdays(past, of_past))
        expected = np.where(runs, usual, 0.0)[weekdays]
        width = np.maximum(0.1 * expected, least)
        baseline = Baseline(
            expected, np.maximum(expected - width, 0.0), expected + width, 0.0, True
        )
        return Shape(onset, int(missed[-1]), Kind.DROP, True, baseline)
    return None
