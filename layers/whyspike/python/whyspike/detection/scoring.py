"""How unusual each day of each series is, from the days before it alone."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from whyspike.detection.table import Floats

_MAD_TO_SIGMA = 1.4826  # Rousseeuw and Croux 1993


def trailing(values: Floats, days: int, lag: int = 1) -> Floats:
    """[n, T, days]: the `days` days that end `lag` days before each day; NaN before the first."""
    padded = np.pad(values, ((0, 0), (days + lag - 1, 0)), constant_values=np.nan)
    return sliding_window_view(padded, days, axis=1)[:, : values.shape[1]]


def score_days(costs: Floats) -> Floats:
    """Score [n, T] of every day; above 1 is unusual at sensitivity 1."""
    born = np.maximum.accumulate(~np.isnan(costs), axis=1)
    known = np.where(born, np.nan_to_num(costs), 0.0)
    month = trailing(known, 28)
    level = np.nan_to_num(np.nanmedian(month, axis=2)) if month.size else np.zeros_like(known)
    second = np.nan_to_num(np.sort(np.nan_to_num(month, nan=0.0), axis=2)[:, :, -2])
    weekday = np.nan_to_num(np.nanmax(trailing(known, 28)[:, :, ::7], axis=2))
    expected = np.maximum.reduce([level, second, weekday])
    scale = np.maximum(0.12 * np.maximum(expected, 0.0), 0.3)
    return (known - expected) / scale / 3.0
