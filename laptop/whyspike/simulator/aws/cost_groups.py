"""Sums of bill rows by period and keys, in the shape of Cost Explorer's Groups and Totals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np

from whyspike.simulator.organization.bill import Bill, Column, Floats, Ints

Period = tuple[date, date]  # [start, end)


def periods_of(start: date, end: date, granularity: str) -> list[Period]:
    """The days or the calendar months of [start, end), the first and last month cut to it."""
    if granularity == "DAILY":
        days = [start + timedelta(days=i) for i in range((end - start).days)]
        return [(day, day + timedelta(days=1)) for day in days]
    periods = []
    while start < end:
        next_month = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
        periods.append((start, min(next_month, end)))
        start = next_month
    return periods


def grouped(
    bill: Bill,
    periods: Sequence[Period],
    columns: Sequence[Column],
    prefixes: Sequence[str],
    metrics: Sequence[str],
) -> list[tuple[int, dict[str, Any]]]:
    """(index of the period, Group) sorted by period, then keys; groups whose every metric is zero
    are left out."""
    if not len(bill):
        return []
    cell = _period_index(bill, periods)
    for column in columns:
        cell = cell * len(column.values) + column.codes
    cells, first, inverse = np.unique(cell, return_index=True, return_inverse=True)
    sums = np.array(
        [np.bincount(inverse, _amounts(bill, metric), len(cells)) for metric in metrics]
    )
    units = [
        _units(bill, inverse, len(cells)) if metric == "UsageQuantity" else ["USD"] * len(cells)
        for metric in metrics
    ]
    index = _period_index(bill, periods)[first].tolist()
    key_texts = [
        [prefix + column.values[code] for code in column.codes[first].tolist()]
        for prefix, column in zip(prefixes, columns, strict=True)
    ]
    amounts = sums.tolist()
    groups = []
    for position in np.flatnonzero(np.any(np.abs(sums) >= 5e-11, axis=0)).tolist():
        values = {
            metric: {"Amount": f"{amounts[m][position]:.10f}", "Unit": units[m][position]}
            for m, metric in enumerate(metrics)
        }
        groups.append(
            (index[position], {"Keys": [texts[position] for texts in key_texts], "Metrics": values})
        )
    return sorted(groups, key=lambda item: (item[0], item[1]["Keys"]))


def totals(
    bill: Bill, periods: Sequence[Period], metrics: Sequence[str]
) -> Iterator[tuple[Period, dict[str, Any]]]:
    """Each period with its Total; a period without rows has zeros, as in Cost Explorer."""
    index = _period_index(bill, periods)
    sums = {metric: np.bincount(index, _amounts(bill, metric), len(periods)) for metric in metrics}
    units = _units(bill, index, len(periods))
    for position, period in enumerate(periods):
        yield (
            period,
            {
                metric: {
                    "Amount": f"{sums[metric][position]:.10f}",
                    "Unit": units[position] if metric == "UsageQuantity" else "USD",
                }
                for metric in metrics
            },
        )


def _period_index(bill: Bill, periods: Sequence[Period]) -> Ints:
    starts = np.array([start.toordinal() for start, _ in periods], dtype=np.int64)
    return np.searchsorted(starts, bill.days, side="right") - 1


def _amounts(bill: Bill, metric: str) -> Floats:
    if metric == "UsageQuantity":
        return bill.quantity
    return bill.amortized if "Amortized" in metric else bill.cost


def _units(bill: Bill, groups: Ints, count: int) -> list[str]:
    """The unit of each group's quantity; "N/A" where a group mixes units."""
    column = bill.columns["unit"]
    lowest = np.full(count, np.iinfo(np.int64).max)
    highest = np.full(count, -1)
    np.minimum.at(lowest, groups, column.codes)
    np.maximum.at(highest, groups, column.codes)
    return [
        column.values[high] if low == high else "N/A"
        for low, high in zip(lowest, highest, strict=True)
    ]
