"""Looking back over the days of each series: all functions take arrays whose first axis are the
days, oldest first, and whose last are the series.

NaN stands for "not known", and only before the first value of a series; never for zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from whyspike.detection.table import Flags, Floats

Places = NDArray[np.int64]

WEEK = 7
# Exchanges that leave the median of seven in the middle: of two places, which gets the lower and
# which the higher; None where nothing needs it any more.
_MEDIAN_OF_SEVEN: tuple[tuple[int, int, int | None, int | None], ...] = (
    *((0, 5, 0, 5), (0, 3, 0, 3), (1, 6, 1, 6), (2, 4, 2, 4), (0, 1, None, 1), (3, 5, 3, 5)),
    *((2, 6, 2, 6), (2, 3, None, 3), (3, 6, 3, None), (4, 5, 4, None), (1, 4, 1, 4)),
    *((1, 3, None, 3), (3, 4, 3, None)),
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
    for one, other, low, high in _MEDIAN_OF_SEVEN:
        a, b = week[one], week[other]
        if low is not None:
            week[low] = np.minimum(a, b)
        if high is not None:
            week[high] = np.maximum(a, b)
    result = week[WEEK // 2]
    first = first_known(values)
    young = min(days, int(np.max(first, initial=0)) + WEEK - 1)
    known = known_days(first, young, WEEK)
    day, series = np.nonzero((known > 0) & (known < WEEK))
    if len(day):
        result[day, series] = median(windows(values[:young], WEEK)[day, series])
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
    total = np.empty(values.shape)
    _sum_of_week(_padded(values[: WEEK - 1], WEEK - 1, 0.0), total[: WEEK - 1])
    if len(values) >= WEEK:
        _sum_of_week(values, total[WEEK - 1 :])
    span = WEEK
    while span < weeks * WEEK:
        total = total + before(total, span, 0.0)
        span *= 2
    return total


def _sum_of_week(values: Floats, out: Floats) -> None:
    """Of each that is whole."""
    days = len(out)
    two = values[1:] + values[:-1]
    np.add(two[:days], two[2 : days + 2], out=out)
    out += two[4 : days + 4]
    out += values[WEEK - 1 : days + WEEK - 1]


def mean_of_weeks(
    values: Floats, first: Places, weeks: int = 1, *, in_place: bool = False
) -> Floats:
    """Mean of what is known of the 1, 2, 4 or 8 weeks that end with each day; NaN where nothing is.
    `first` is the first day that is known. `in_place`: nobody needs `values` any more."""
    late = int(np.max(first, initial=0))
    if late and not in_place:
        values = values.copy()
    young = values[:late]
    young[np.isnan(young)] = 0.0
    total = sum_of_weeks(values, weeks)
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
    settled = min(days, int(np.max(first, where=first < days, initial=0)) + 3 * WEEK)
    result = np.empty(values.shape)
    lags = range(0, 4 * WEEK, WEEK)
    if settled < days:
        _middle_of_four([values[settled - lag : days - lag] for lag in lags], result[settled:])
    padded = _padded(values[:settled], 3 * WEEK, np.nan)
    head = [values[:settled]]
    for lag, stand_in in zip(lags[1:], (0, 0, 1), strict=True):
        value = padded[3 * WEEK - lag :][:settled]
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
) -> list[Floats]:
    """The three largest of the maxima of the 4 or 8 `weeks` that end some days earlier, -inf where
    unknown, of the `newest` days, the largest first; `values` [days, lags, series] hold no NaN.

    Days that are `apart` [days] see all days; the others see only days that are not.
    """
    return _of_weeks(values, lags, weeks, apart, newest, _three_largest)


def largest_week(
    values: Floats, lags: tuple[int, ...], weeks: int, apart: Flags, newest: int
) -> Floats:
    """The largest of them."""
    return _of_weeks(values, lags, weeks, apart, newest, _largest)[0]


def _of_weeks(
    values: Floats,
    lags: tuple[int, ...],
    weeks: int,
    apart: Flags,
    newest: int,
    largest: Callable[[list[Floats]], list[Floats]],
) -> list[Floats]:
    wanted = apart[len(apart) - newest :]
    ordinary = values.copy()
    ordinary[apart] = -np.inf
    result = largest(_weeks_before(_week_maximum(ordinary), lags, weeks, newest))
    if wanted.any():
        every = _weeks_before(_week_maximum(values), lags, weeks, newest)
        for one, other in zip(result, largest([week[wanted] for week in every]), strict=True):
            one[wanted] = other
    return result


def _weeks_before(maximum: Floats, lags: tuple[int, ...], weeks: int, newest: int) -> list[Floats]:
    """Each week's `maximum`, of the `newest` days."""
    end, pad = len(maximum), (weeks - 1) * WEEK
    shifted = np.full((pad + newest, *maximum.shape[1:]), -np.inf)
    for place, lag in enumerate(lags):
        first = end - newest - lag - pad
        part = maximum[max(first, 0) : max(end - lag, 0), place]
        if len(part):
            shifted[len(shifted) - len(part) :, place] = part
    return [shifted[pad - back : pad - back + newest] for back in range(0, pad + 1, WEEK)]


def _largest(values: list[Floats]) -> list[Floats]:
    return [np.maximum.reduce(values)]


def _three_largest(values: list[Floats]) -> list[Floats]:
    """Of 4 or 8, by halves: the largest two of two, three of four, three of eight."""
    half = len(values) // 2
    if half == 1:
        return [np.maximum(*values), np.minimum(*values)]
    one, other = _three_largest(values[:half]), _three_largest(values[half:])
    if half > 2:
        candidates = [np.maximum(a, b) for a, b in zip(one, reversed(other), strict=True)]
        first, second, third = candidates
        high, low = np.maximum(first, second), np.minimum(first, second)
        rest = np.minimum(high, third)
        return [np.maximum(high, third), np.maximum(low, rest), np.minimum(low, rest)]
    low, high = np.minimum(one[0], other[0]), np.maximum(one[1], other[1])
    return [np.maximum(one[0], other[0]), np.maximum(low, high), np.minimum(low, high)]


def _week_maximum(values: Floats) -> Floats:
    two, four = np.empty(values.shape), np.empty(values.shape)
    for longest, shorter, step in ((two, values, 1), (four, two, 2), (two, four, 3)):
        longest[:step] = shorter[:step]
        np.maximum(shorter[step:], shorter[:-step], out=longest[step:])
    return two


def lowest_where_unknown(values: Floats) -> Floats:
    """-inf for what is not known."""
    return np.fmax(values, -np.inf)


def finite(values: Floats) -> Floats:
    """0 for what is not known."""
    return np.where(np.isfinite(values), values, 0.0)
