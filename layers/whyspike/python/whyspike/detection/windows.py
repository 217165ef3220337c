"""Looking back over the days of each series: all functions take [series, days] and keep that shape.

NaN stands for "not known" (before the first row of a series), never for zero.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from whyspike.detection.table import Flags, Floats

WEEK = 7


def last(newest: int | None) -> slice:
    """Of the `newest` columns; None: of all."""
    return slice(None) if newest is None else slice(-newest, None)


def before(values: Floats, days: int, unknown: float = np.nan) -> Floats:
    """The value `days` earlier; `unknown` where there is none."""
    if days == 0:
        return values
    shifted = np.empty(values.shape)
    shifted[:, :days] = unknown
    shifted[:, days:] = values[:, : max(0, values.shape[1] - days)]
    return shifted


def trailing(values: Floats, days: int) -> Floats:
    """[series, days, window]: the `days` days that end with each day; NaN before the first."""
    padded = np.concatenate([np.full((values.shape[0], days - 1), np.nan), values], axis=1)
    return sliding_window_view(padded, days, axis=1)


def median(values: Floats) -> Floats:
    """Median over the last axis, NaN left out; NaN where nothing is known."""
    ordered = np.sort(values, axis=-1)  # NaN last
    count = (~np.isnan(ordered)).sum(axis=-1, keepdims=True)
    low = np.take_along_axis(ordered, np.maximum(count - 1, 0) // 2, axis=-1)
    high = np.take_along_axis(ordered, np.minimum(count // 2, values.shape[-1] - 1), axis=-1)
    return np.asarray((low + high)[..., 0] / 2.0)


def trailing_mean(values: Floats, days: int, lag: int = 0) -> Floats:
    """Mean of what is known of the `days` days that end `lag` days earlier; NaN where nothing is.
    NaN only stands before a first value."""
    unknown = np.isnan(values)
    sums = _padded(np.cumsum(np.where(unknown, 0.0, values), axis=1), days + lag, 0.0)
    width = values.shape[1]
    count = np.minimum(
        np.arange(1 - lag, width + 1 - lag) - unknown.sum(axis=1)[:, None], days
    ).astype(np.float64)
    count[count <= 0] = np.nan
    return np.asarray((sums[:, days : days + width] - sums[:, :width]) / count)


def of_four_weeks(values: Floats, lag: int = 0) -> Floats:
    """Median of the values `lag`, `lag` + 7, + 14 and + 21 days earlier; weeks that are not known
    repeat those that are."""
    pad, width = lag + 3 * WEEK, values.shape[1]
    padded = _padded(values, pad, np.nan)
    first, *earlier = (
        padded[:, pad - lag - week * WEEK : pad - lag - week * WEEK + width] for week in range(4)
    )
    weeks = [first]
    for value, stand_in in zip(earlier, (0, 0, 1), strict=True):
        weeks.append(np.where(np.isnan(value), weeks[stand_in], value))
    one, two = np.minimum(weeks[0], weeks[1]), np.maximum(weeks[0], weeks[1])
    three, four = np.minimum(weeks[2], weeks[3]), np.maximum(weeks[2], weeks[3])
    return np.asarray((np.maximum(one, three) + np.minimum(two, four)) / 2.0)


def _padded(values: Floats, days: int, unknown: float) -> Floats:
    padded = np.empty((values.shape[0], values.shape[1] + days))
    padded[:, :days] = unknown
    padded[:, days:] = values
    return padded


def sustained(values: Floats, days: int, today: Floats | None = None) -> Floats:
    """Median of the 1, 3 or 5 days that end today (`today` instead of the last): what most of them
    reach. Unknown counts as lowest."""
    last = values if today is None else today
    if days == 1:
        return last
    width = values.shape[1]
    known = _padded(np.where(np.isnan(values), -np.inf, values), days - 1, -np.inf)
    earlier = [known[:, days - 1 - i : days - 1 - i + width] for i in range(1, days)]
    a, b, c, *more = [np.where(np.isnan(last), -np.inf, last), *earlier]
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
    values: Floats, lag: int, weeks: int, apart: Flags, newest: int | None = None
) -> tuple[Floats, Floats, Floats]:
    """The three largest of the maxima of the `weeks` weeks that end `lag` days earlier; -inf where
    unknown. Of the `newest` days alone where they are given.

    Days that are `apart` [days] see all days; the others see only days that are not.
    """
    known = np.where(np.isnan(values), -np.inf, values)
    wanted = values.shape[1] if newest is None else min(newest, values.shape[1])
    result = _three_largest(_week_maximum(np.where(apart, -np.inf, known)), lag, weeks, wanted)
    turn = apart[-wanted:]
    if turn.any():
        others = _three_largest(_week_maximum(known), lag, weeks, wanted, turn)
        for one, other in zip(result, others, strict=True):
            one[:, turn] = other
    return result


def _three_largest(
    maximum: Floats, lag: int, weeks: int, newest: int, days: Flags | slice = slice(None)
) -> tuple[Floats, Floats, Floats]:
    """Of each week's `maximum`; only of the `newest` columns, and of these only of `days`."""
    pad = lag + weeks * WEEK
    padded = _padded(maximum, pad, -np.inf)
    end = padded.shape[1]
    first = padded[:, end - lag - newest : end - lag][:, days].copy()
    second = third = np.full(first.shape, -np.inf)
    for week in range(1, weeks):
        until = end - lag - week * WEEK
        value = padded[:, until - newest : until][:, days]
        less = np.minimum(first, value)
        first = np.maximum(first, value)
        third = np.maximum(third, np.minimum(second, less))
        second = np.maximum(second, less)
    return first, second, third


def _week_maximum(known: Floats) -> Floats:
    pair = np.maximum(known, before(known, 1, -np.inf))
    four = np.maximum(pair, before(pair, 2, -np.inf))
    return np.asarray(np.maximum(four, before(four, 3, -np.inf)))


def finite(values: Floats) -> Floats:
    """0 for what is not known."""
    return np.where(np.isfinite(values), values, 0.0)
