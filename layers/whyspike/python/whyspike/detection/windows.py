"""Looking back over the days of each series: all functions take arrays whose first axis are the
days, oldest first, and whose last are the series.

NaN stands for "not known", and only before the first value of a series; never for zero.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from whyspike.detection.table import Flags, Floats

Places = NDArray[np.int64]

WEEK = 7
# Exchanges that leave the median of seven in the middle.
_MEDIAN_OF_SEVEN = (
    *((0, 5), (0, 3), (1, 6), (2, 4), (0, 1), (3, 5), (2, 6)),
    *((2, 3), (3, 6), (4, 5), (1, 4), (1, 3), (3, 4)),
)


def before(values: Floats, days: int, unknown: float = np.nan) -> Floats:
    """The value `days` earlier; `unknown` where there is none."""
    if days == 0:
        return values
    shifted = np.empty(values.shape)
    shifted[:days] = unknown
    shifted[days:] = values[: max(0, len(values) - days)]
    return shifted


def newest_before(values: Floats, days: int, newest: int, unknown: float = np.nan) -> Floats:
    """The same of the `newest` days alone."""
    first = len(values) - newest - days
    if first >= 0:
        return values[first : first + newest]
    return before(values, days, unknown)[len(values) - newest :]


def side_by_side(
    parts: Sequence[tuple[Floats, int]], unknown: float = np.nan, out: Floats | None = None
) -> Floats:
    """[days, parts, series]: each part as it was some days before."""
    first = parts[0][0]
    result = np.empty((len(first), len(parts), first.shape[1])) if out is None else out
    for place, (values, days) in enumerate(parts):
        result[:days, place] = unknown
        result[days:, place] = values[: max(0, len(values) - days)]
    return result


def windows(values: Floats, days: int) -> Floats:
    """[days, series, window]: the `days` days that end with each day; NaN before the first."""
    return sliding_window_view(_padded(values, days - 1, np.nan), days, axis=0)


def median(values: Floats) -> Floats:
    """[places] of [places, values]: NaN left out; NaN where nothing is known."""
    ordered = np.sort(values, axis=1)  # NaN last
    count, place = (~np.isnan(ordered)).sum(axis=1), np.arange(len(ordered))
    low = ordered[place, np.maximum(count - 1, 0) // 2]
    high = ordered[place, np.minimum(count // 2, values.shape[1] - 1)]
    return np.asarray((low + high) / 2.0)


def median_of_week(values: Floats) -> Floats:
    """Median of what is known of the seven days that end with each day."""
    padded, days = _padded(values, WEEK - 1, np.nan), len(values)
    week = [padded[day : day + days] for day in range(WEEK)]
    for low, high in _MEDIAN_OF_SEVEN:
        week[low], week[high] = (
            np.minimum(week[low], week[high]),
            np.maximum(week[low], week[high]),
        )
    result = week[WEEK // 2]
    known = known_days(first_known(values), days, WEEK)
    day, series = np.nonzero((known > 0) & (known < WEEK))
    if len(day):
        result[day, series] = median(windows(values, WEEK)[day, series])
    return result


def first_known(values: Floats) -> Places:
    """How many days of each series are not known; after them all are."""
    return np.asarray(np.isnan(values).sum(axis=0))


def known_days(first: Places, total: int, days: int, lag: int = 0) -> Floats:
    """Of `total` days, each: how many are known of the `days` days that end `lag` days earlier,
    where `first` is the first that is known."""
    since = np.arange(1.0 - lag, total + 1.0 - lag).reshape(-1, *[1] * first.ndim) - first
    return np.asarray(np.minimum(np.maximum(since, 0.0, out=since), days, out=since))


def sum_of_weeks(values: Floats, weeks: int = 1) -> Floats:
    """Sum of the 1, 2, 4 or 8 weeks that end with each day; `values` are known, and 0 before."""
    return _sum_of_weeks(_padded(values, WEEK - 1, 0.0), weeks)


def _sum_of_weeks(padded: Floats, weeks: int) -> Floats:
    days = len(padded) - (WEEK - 1)
    two = padded[1:] + padded[:-1]
    total = two[:days] + two[2 : days + 2]
    total += two[4 : days + 4]
    total += padded[WEEK - 1 :]
    span = WEEK
    while span < weeks * WEEK:
        total = total + before(total, span, 0.0)
        span *= 2
    return np.asarray(total)


def mean_of_weeks(values: Floats, first: Places, weeks: int = 1) -> Floats:
    """Mean of what is known of the 1, 2, 4 or 8 weeks that end with each day; NaN where nothing is.
    `first` is the first day that is known."""
    padded, late = _padded(values, WEEK - 1, 0.0), int(np.max(first, initial=0))
    young = padded[: late + WEEK - 1]
    young[np.isnan(young)] = 0.0
    total = _sum_of_weeks(padded, weeks)
    whole = min(late + weeks * WEEK, len(values))
    known = known_days(first, whole, weeks * WEEK)
    known[known == 0] = np.nan
    total[:whole] /= known
    total[whole:] /= weeks * WEEK
    return total


def of_four_weeks(values: Floats, first: Places) -> Floats:
    """Median of each day and the days 7, 14 and 21 days earlier; weeks that are not known repeat
    those that are. `first` is the first day that is known."""
    days = len(values)
    padded = _padded(values, 3 * WEEK, np.nan)
    weeks = [padded[(3 - week) * WEEK : (3 - week) * WEEK + days] for week in range(4)]
    settled = min(days, int(np.max(first, where=first < days, initial=0)) + 3 * WEEK)
    result = np.empty(values.shape)
    _middle_of_four([week[settled:] for week in weeks], result[settled:])
    head = [weeks[0][:settled]]
    for week, stand_in in zip(weeks[1:], (0, 0, 1), strict=True):
        value = week[:settled]
        head.append(np.where(np.isnan(value), head[stand_in], value))
    _middle_of_four(head, result[:settled])
    return result


def _middle_of_four(values: list[Floats], out: Floats) -> None:
    a, b, c, d = values
    np.maximum(np.minimum(a, b, out=out), np.minimum(c, d), out=out)
    upper = np.maximum(a, b)
    out += np.minimum(upper, np.maximum(c, d), out=upper)
    out *= 0.5


def _padded(values: Floats, days: int, unknown: float) -> Floats:
    padded = np.empty((len(values) + days, *values.shape[1:]))
    padded[:days] = unknown
    padded[days:] = values
    return padded


def sustained(values: Floats, days: int, today: Floats | None = None) -> Floats:
    """Median of the 1, 3 or 5 days that end today (`today` instead of the last): what most of them
    reach. Unknown counts as lowest."""
    latest = values if today is None else today
    if days == 1:
        return latest
    width = len(values)
    known = _padded(lowest_where_unknown(values), days - 1, -np.inf)
    a, *earlier = [known[days - 1 - i : days - 1 - i + width] for i in range(days)]
    if today is not None:
        a = lowest_where_unknown(today)
    b, c, *more = earlier
    if not more:
        return _middle(a, b, c)
    d, e = more
    return _middle(
        np.maximum(np.minimum(a, b), np.minimum(c, d)),
        np.minimum(np.maximum(a, b), np.maximum(c, d)),
        e,
    )


def _middle(a: Floats, b: Floats, c: Floats) -> Floats:
    return np.asarray(np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c)))


def largest_weeks(
    values: Floats, lags: tuple[int, ...], weeks: int, apart: Flags, newest: int
) -> tuple[Floats, Floats, Floats]:
    """The three largest of the maxima of the `weeks` weeks that end some days earlier, -inf where
    unknown, of the `newest` days; `values` [days, lags, series] hold no NaN.

    Days that are `apart` [days] see all days; the others see only days that are not.
    """
    wanted = apart[len(apart) - newest :]
    ordinary = values.copy()
    ordinary[apart] = -np.inf
    result = _three_largest(_week_maximum(ordinary), lags, weeks, newest)
    if wanted.any():
        others = _three_largest(_week_maximum(values), lags, weeks, newest, wanted)
        for one, other in zip(result, others, strict=True):
            one[wanted] = other
    return result


def _three_largest(
    maximum: Floats,
    lags: tuple[int, ...],
    weeks: int,
    newest: int,
    days: Flags | slice = slice(None),
) -> tuple[Floats, Floats, Floats]:
    """Of each week's `maximum`; only of the `newest` days, and of these only of `days`."""
    end, pad = len(maximum), weeks * WEEK
    shifted = np.full((pad + newest, *maximum.shape[1:]), -np.inf)
    for place, lag in enumerate(lags):
        first = end - newest - lag - pad
        part = maximum[max(first, 0) : max(end - lag, 0), place]
        if len(part):
            shifted[len(shifted) - len(part) :, place] = part
    largest = shifted[pad:][days].copy()
    second, third = (np.full(largest.shape, -np.inf) for _ in range(2))
    less, least = np.empty(largest.shape), np.empty(largest.shape)
    for week in range(1, weeks):
        value = shifted[pad - week * WEEK : pad - week * WEEK + newest][days]
        np.minimum(largest, value, out=less)
        np.maximum(largest, value, out=largest)
        np.maximum(third, np.minimum(second, less, out=least), out=third)
        np.maximum(second, less, out=second)
    return largest, second, third


def _week_maximum(values: Floats) -> Floats:
    padded, days = _padded(values, WEEK - 1, -np.inf), len(values)
    pair = np.maximum(padded[1:], padded[:-1])
    four = np.maximum(pair[2:], pair[:-2])
    return np.asarray(np.maximum(four[3 : days + 3], four[:days]))


def lowest_where_unknown(values: Floats) -> Floats:
    """-inf for what is not known."""
    return np.fmax(values, -np.inf)


def finite(values: Floats) -> Floats:
    """0 for what is not known."""
    return np.where(np.isfinite(values), values, 0.0)
