"""Sums of bill rows by period and keys, in the shape of Cost Explorer's Groups and Totals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Groups:
    """The groups of an answer by period, then keys; the text of each is made when its page is asked
    for. Group i is of the period `periods[i]` and has the keys `keys[...][i]`."""

    periods: Ints
    keys: Sequence[Sequence[str]]
    amounts: Mapping[str, Floats]
    units: Mapping[str, Sequence[str]]

    def __len__(self) -> int:
        return len(self.periods)

    def page(self, offset: int, size: int) -> list[tuple[int, dict[str, Any]]]:
        """(index of the period, Group) of `size` groups from `offset` on."""
        return [
            (
                int(self.periods[position]),
                {
                    "Keys": [texts[position] for texts in self.keys],
                    "Metrics": {
                        metric: {
                            "Amount": f"{amounts[position]:.10f}",
                            "Unit": self.units[metric][position],
                        }
                        for metric, amounts in self.amounts.items()
                    },
                },
            )
            for position in range(offset, min(offset + size, len(self)))
        ]


def grouped(
    bill: Bill,
    periods: Sequence[Period],
    columns: Sequence[Column],
    prefixes: Sequence[str],
    metrics: Sequence[str],
) -> Groups:
    """Groups whose every metric is zero are left out."""
    if not len(bill):
        return Groups(np.array([], dtype=np.int64), [], {}, {})
    index = _period_index(bill, periods)
    cell, ordered = index, [_by_text(column) for column in columns]
    for column in ordered:
        cell = cell * len(column.values) + column.codes
    cells, first, inverse = np.unique(cell, return_index=True, return_inverse=True)
    sums = np.array(
        [np.bincount(inverse, _amounts(bill, metric), len(cells)) for metric in metrics]
    )
    units = {
        metric: _units(bill, inverse, len(cells)) for metric in metrics if metric == "UsageQuantity"
    }
    kept = np.flatnonzero(np.any(np.abs(sums) >= 5e-11, axis=0))
    return Groups(
        index[first][kept],
        [
            [prefix + column.values[code] for code in column.codes[first][kept].tolist()]
            for prefix, column in zip(prefixes, ordered, strict=True)
        ],
        {metric: sums[number][kept] for number, metric in enumerate(metrics)},
        {
            metric: (
                [units[metric][position] for position in kept.tolist()]
                if metric in units
                else ["USD"] * len(kept)
            )
            for metric in metrics
        },
    )


def _by_text(column: Column) -> Column:
    """The column with its values in the order of their text, each once."""
    texts = sorted(set(column.values))
    rank = {text: number for number, text in enumerate(texts)}
    renumbered = np.array([rank[text] for text in column.values] or [0], dtype=np.int32)
    return Column(renumbered[column.codes], tuple(texts))


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
    costs = bill.amortized if "Amortized" in metric else bill.cost
    return costs + bill.discount if metric.startswith("Net") else costs


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
