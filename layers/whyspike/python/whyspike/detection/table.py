"""The daily costs of an account as a matrix: one row a series, one column a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from whyspike.errors import InvalidInput, MixedCurrencies
from whyspike.model import CostSeries, DailyCosts

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class CostTable:
    """`costs` [series, days], NaN where the bill has no row; `dates` contiguous, oldest first."""

    dates: tuple[date, ...]
    series: tuple[CostSeries, ...]
    costs: Floats


def cost_table(costs: DailyCosts, scan_date: date) -> CostTable:
    """The bill up to `scan_date`. Days may come unsorted, several times (they are added) or not at
    all (no row); a value that is not a number is no row. Raises InvalidInput, MixedCurrencies."""
    if len(costs.currency) != 3:
        raise MixedCurrencies(
            f"account {costs.account_id}: bill in {costs.currency!r}, not in one currency; scan"
            " each on its own"
        )
    for series in costs.series:
        if len(series.costs) != len(costs.dates):
            raise InvalidInput(
                f"account {costs.account_id}: {series.service}: {len(series.costs)} costs for"
                f" {len(costs.dates)} dates"
            )
    kept = [i for i, day in enumerate(costs.dates) if day <= scan_date]
    if not kept:
        return CostTable((), costs.series, np.empty((len(costs.series), 0)))
    given = np.array(
        [[np.nan if value is None else value for value in s.costs] for s in costs.series],
        dtype=np.float64,
    )
    given = given.reshape(len(costs.series), len(costs.dates))[:, kept]
    if np.isinf(given).any():
        raise InvalidInput(f"account {costs.account_id}: a daily cost is infinite")
    return CostTable(*_by_day([costs.dates[i] for i in kept], scan_date, costs.series, given))


def _by_day(
    given: Sequence[date], scan_date: date, series: tuple[CostSeries, ...], values: Floats
) -> tuple[tuple[date, ...], tuple[CostSeries, ...], Floats]:
    first = min(given)
    dates = tuple(first + timedelta(days=i) for i in range((scan_date - first).days + 1))
    if tuple(given) == dates:
        return dates, series, values
    sums, rows = (
        np.zeros((len(series), len(dates))),
        np.zeros((len(series), len(dates)), dtype=bool),
    )
    for column, day in enumerate(given):
        position = (day - first).days
        present = ~np.isnan(values[:, column])
        sums[:, position] += np.where(present, values[:, column], 0.0)
        rows[:, position] |= present
    return dates, series, np.where(rows, sums, np.nan)
