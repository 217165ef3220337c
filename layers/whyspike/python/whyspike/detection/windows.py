"""Looking back over the days of each series: all functions take [series, days] and keep that shape.

NaN stands for "not known" (before the first row of a series), never for zero.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from whyspike.detection.table import Flags, Floats

WEEK = 7


def before(values: Floats, days: int) -> Floats:
    """The value `days` earlier; NaN where there is none."""
    if days == 0:
        return values
    shifted = np.full(values.shape, np.nan)
    shifted[:, days:] = values[:, : max(0, values.shape[1] - days)]
    return shifted


def trailing(values: Floats, days: int, lag: int) -> Floats:
    """[series, days, window]: the window of `days` days that ends `lag` days earlier; NaN before the first."""
    padded = np.pad(values, ((0, 0), (days + lag - 1, 0)), constant_values=np.nan)
    return sliding_window_view(padded, days, axis=1)[:, : values.shape[1]]


def median(values: Floats) -> Floats:
    """Median over the last axis, NaN left out; NaN where nothing is known."""
    ordered = np.sort(values, axis=-1)  # NaN last
    count = (~np.isnan(ordered)).sum(axis=-1, keepdims=True)
    low = np.take_along_axis(ordered, np.maximum(count - 1, 0) // 2, axis=-1)
    high = np.take_along_axis(ordered, np.minimum(count // 2, values.shape[-1] - 1), axis=-1)
    return np.asarray((low + high)[..., 0] / 2.0)


def trailing_median(values: Floats, days: int, lag: int) -> Floats:
    return median(trailing(values, days, lag))


def trailing_mean(values: Floats, days: int, lag: int) -> Floats:
    """Mean of what is known of the `days` days that end `lag` days earlier; NaN where nothing is."""
    known = ~np.isnan(values)
    zeros = np.zeros((values.shape[0], 1))
    sums = np.concatenate([zeros, np.cumsum(np.where(known, values, 0.0), axis=1)], axis=1)
    counts = np.concatenate([zeros, np.cumsum(known, axis=1)], axis=1)
    last = np.maximum(np.arange(values.shape[1]) - lag + 1, 0)
    first = np.maximum(last - days, 0)
    count = counts[:, last] - counts[:, first]
    return np.where(count > 0, (sums[:, last] - sums[:, first]) / np.maximum(count, 1.0), np.nan)


def of_four_weeks(values: Floats, lag: int = 0) -> Floats:
    """Median of the values `lag`, `lag` + 7, + 14 and + 21 days earlier; weeks that are not known repeat those that are."""
    weeks = [before(values, lag)]
    for week, stand_in in ((1, 0), (2, 0), (3, 1)):
        value = before(values, lag + week * WEEK)
        weeks.append(np.where(np.isnan(value), weeks[stand_in], value))
    one, two = np.minimum(weeks[0], weeks[1]), np.maximum(weeks[0], weeks[1])
    three, four = np.minimum(weeks[2], weeks[3]), np.maximum(weeks[2], weeks[3])
    return np.asarray((np.maximum(one, three) + np.minimum(two, four)) / 2.0)


def sustained(values: Floats, days: int, today: Floats | None = None) -> Floats:
    """Median of the `days` (odd) days that end today: what most of them reach. NaN counts as the lowest."""
    last = values if today is None else today
    if days == 1:
        return last
    block = np.stack([last, *(before(values, i) for i in range(1, days))], axis=-1)
    return np.asarray(np.sort(np.where(np.isnan(block), -np.inf, block), axis=-1)[..., days // 2])


def weekly_maxima(values: Floats, lag: int, weeks: int) -> Floats:
    """[series, days, weeks]: the largest value of each of the `weeks` weeks that end `lag` days earlier, largest first;
    -inf for a week of which nothing is known."""
    known = np.where(np.isnan(values), -np.inf, values)
    pair = np.maximum(known, _shift(known, 1))
    four = np.maximum(pair, _shift(pair, 2))
    week = np.maximum(four, _shift(four, 3))  # days 0-3 and 3-6
    each = np.stack([_shift(week, lag + i * WEEK) for i in range(weeks)], axis=-1)
    return -np.sort(-each, axis=-1)


def _shift(values: Floats, days: int) -> Floats:
    shifted = np.full(values.shape, -np.inf)
    shifted[:, days:] = values[:, : max(0, values.shape[1] - days)]
    return shifted


def finite(values: Floats) -> Floats:
    """0 for what is not known."""
    return np.where(np.isfinite(values), values, 0.0)


def either(boundary: Flags, when: Floats, otherwise: Floats) -> Floats:
    """`when` on the days of `boundary` [days], else `otherwise`."""
    return np.where(boundary[None, :, None] if when.ndim == 3 else boundary[None, :], when, otherwise)
