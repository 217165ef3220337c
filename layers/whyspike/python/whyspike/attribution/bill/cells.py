"""From the lines that moved to the cell: region, tags, resources, quantity and record types, out of
grouped answers."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from whyspike.attribution.bill.cause import Effective, RecordMove, Resource, Usage
from whyspike.attribution.bill.shift import Shift, measure
from whyspike.knowledge.record_types import record_class_of
from whyspike.model import CostAnswer, CostRow, RecordClass

FLAT_RATIO = 0.12  # usage that moved less than this did not cause a rise in cost
RATE_RATIO = 0.25
SAME_VOLUME = 0.3  # days differ; a meter that takes over another's usage is within it
MAX_RESOURCES = 40
_NO_RESOURCE = ("", "noresourceid", "no resource id")


@dataclass(frozen=True)
class Grid:
    """Daily costs and quantities by the keys of one answer, aligned to `dates`."""

    dates: tuple[date, ...]
    costs: dict[tuple[str, ...], list[float]]
    quantities: dict[tuple[str, ...], list[float]]
    units: dict[tuple[str, ...], str]
    effective: dict[tuple[str, ...], list[float]] = field(
        default_factory=dict
    )  # empty where it was not asked for

    @classmethod
    def of(
        cls,
        answer: CostAnswer,
        dates: Sequence[date],
        wanted: Callable[[CostRow], bool] = lambda _row: True,
    ) -> Grid:
        index = {day: i for i, day in enumerate(dates)}
        costs: dict[tuple[str, ...], list[float]] = defaultdict(lambda: [0.0] * len(dates))
        quantities: dict[tuple[str, ...], list[float]] = defaultdict(lambda: [0.0] * len(dates))
        effective: dict[tuple[str, ...], list[float]] = defaultdict(lambda: [0.0] * len(dates))
        units: dict[tuple[str, ...], str] = {}
        for row in answer.rows:
            if row.usage_date in index and wanted(row):
                costs[row.keys][index[row.usage_date]] += row.cost
                quantities[row.keys][index[row.usage_date]] += row.quantity
                units[row.keys] = row.unit
                if row.effective is not None:
                    effective[row.keys][index[row.usage_date]] += row.effective
        return cls(tuple(dates), dict(costs), dict(quantities), units, dict(effective))

    def only(self, keys: tuple[str, ...]) -> Grid:
        """The grid of one cell."""
        return Grid(
            self.dates,
            {keys: self.costs[keys]},
            {keys: self.quantities[keys]},
            {keys: self.units[keys]},
        )

    def shifts(self, onset: date) -> dict[tuple[str, ...], Shift]:
        return {keys: measure(values, self.dates, onset) for keys, values in self.costs.items()}


def leading_keys(grid: Grid, onset: date, excess: float) -> tuple[str, ...] | None:
    """The keys whose excess since `onset` is largest in the direction of `excess`; None when none
    moved that way."""
    start = bisect_left(grid.dates, onset)
    best: tuple[float, tuple[str, ...]] | None = None
    for keys, shift in grid.shifts(onset).items():
        moved = float(np.sum(shift.excess[start:])) * (1 if excess >= 0 else -1)
        if moved > 0 and (best is None or moved > best[0]):
            best = (moved, keys)
    if best is not None:
        return best[1]
    return max(grid.costs, key=lambda keys: abs(sum(grid.costs[keys])), default=None)


def usage_of(grid: Grid, onset: date, shift: Shift) -> Usage | None:
    """Quantity before and after over all keys of the grid (one usage type); None without
    quantities."""
    if not grid.quantities:
        return None
    total = np.sum([np.asarray(values) for values in grid.quantities.values()], axis=0)
    if not total.any():
        return None
    moved = measure(total.tolist(), grid.dates, onset)
    at = max(1, bisect_left(grid.dates, onset))
    last = len(total) - 1
    before = (
        float(np.median(moved.expected[max(0, at - 14) : at]))
        if moved.onset
        else float(np.median(total[max(0, at - 14) : at]))
    )
    after = float(total[last]) if shift.ongoing else float(np.max(total[at:]))
    unit = max(grid.units.values(), key=list(grid.units.values()).count)
    expected_cost = float(shift.expected[last])
    rise = shift.excess_per_day / expected_cost if expected_cost > 0.01 else float("inf")
    reference = float(moved.expected[last]) or before
    flat = reference > 0 and abs(after / reference - 1) <= FLAT_RATIO and abs(rise) >= RATE_RATIO
    return Usage(unit, reference if reference > 0 else before, after, flat)


def moved_from_free(
    grid: Grid, line: str, free: Sequence[str], onset: date, usage: Usage | None
) -> Usage | None:
    """The usage as it was counted on a meter that costs nothing (a trial, a free allowance), where
    as much ended there as began on the line; None where it did not."""
    if usage is None or not free:
        return None
    start = (onset - grid.dates[0]).days
    by_type: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(len(grid.dates)))
    for keys, values in grid.quantities.items():
        by_type[keys[0]] = by_type[keys[0]] + np.asarray(values)
    units = {keys[0]: unit for keys, unit in grid.units.items()}
    after = float(np.median(by_type[line][start:]))
    for name in free:
        past = by_type[name][max(0, start - 14) : start]
        before = float(np.median(past[past > 0])) if (past > 0).any() else 0.0
        alike = before > 0 and abs(after / before - 1) <= SAME_VOLUME
        if alike and units.get(name) == units.get(line):
            return Usage(usage.unit, before, after, flat=True, free_meter=name)
    return None


def resources_of(
    answer: CostAnswer, usage_type: str, onset: date, scan_date: date, sign: float
) -> tuple[Resource, ...]:
    """Resources of the usage type whose cost moved, by dollars; at most MAX_RESOURCES."""
    before: dict[str, list[float]] = defaultdict(list)
    days_before = {row.usage_date for row in answer.rows if row.usage_date < onset}
    latest: dict[str, float] = defaultdict(float)
    after_days = [
        day for day in sorted({row.usage_date for row in answer.rows}) if onset <= day <= scan_date
    ]
    last = after_days[-1] if after_days else scan_date
    peak: dict[str, float] = defaultdict(float)
    for row in answer.rows:
        if row.keys[0] != usage_type or row.keys[1].lower() in _NO_RESOURCE:
            continue
        if row.usage_date < onset:
            before[row.keys[1]].append(row.cost)
        else:
            peak[row.keys[1]] = max(peak[row.keys[1]], row.cost)
            if row.usage_date == last:
                latest[row.keys[1]] += row.cost
    found = []
    for identifier in {*before, *peak}:
        expected = sum(before[identifier]) / max(1, len(days_before))
        actual = latest[identifier] if sign < 0 else max(latest[identifier], peak[identifier])
        found.append(
            Resource(identifier, expected, actual, not before[identifier] and bool(days_before))
        )
    moved = [item for item in found if (item.actual - item.expected) * sign > 0]
    largest = max((abs(item.actual - item.expected) for item in moved), default=0.0)
    kept = [item for item in moved if abs(item.actual - item.expected) >= 0.05 * largest]
    return tuple(
        sorted(kept, key=lambda item: (-abs(item.actual - item.expected), item.id))[:MAX_RESOURCES]
    )


def records_of(grid: Grid, position: int, onset: date) -> tuple[RecordMove, ...]:
    """Record types of the grid (key at `position`), USD a day before and on the last day, largest
    move first."""
    start = bisect_left(grid.dates, onset)
    sums = _by_key(grid.costs, position, len(grid.dates))
    quantities = _by_key(grid.quantities, position, len(grid.dates))
    moves = []
    for record_type, costs in sums.items():
        before = float(np.median(costs[max(0, start - 14) : start])) if start else 0.0
        window = costs[start:]
        after = float(window[np.argmax(np.abs(window - before))]) if len(window) else 0.0
        quantity = quantities.get(record_type, np.zeros(len(grid.dates)))
        quantity_before = float(np.median(quantity[max(0, start - 14) : start])) if start else 0.0
        moves.append(RecordMove(record_type, before, after, quantity_before, float(quantity[-1])))
    return tuple(sorted(moves, key=lambda move: -abs(move.after - move.before)))


def effective_of(grid: Grid, usage_type: str | None, onset: date) -> Effective | None:
    """Effective cost of a usage type (None: of all) in a USAGE_TYPE x RECORD_TYPE grid; None where
    it was not asked for, or no commitment makes it differ from what was billed. Credits and refunds
    are told by themselves."""
    of_type = {
        keys[1]: values for keys, values in grid.effective.items() if usage_type in (None, keys[0])
    }
    kept = [
        values
        for record_type, values in of_type.items()
        if record_class_of(record_type) in (RecordClass.USAGE, RecordClass.COMMITMENT)
    ]
    if not any(_of_commitment(record_type) for record_type in of_type):
        return None
    total = np.sum([np.asarray(values) for values in kept], axis=0)
    start = bisect_left(grid.dates, onset)
    return Effective(
        float(np.median(total[max(0, start - 14) : start])) if start else 0.0, float(total[-1])
    )


def _of_commitment(record_type: str) -> bool:
    return record_class_of(record_type) == RecordClass.COMMITMENT or record_type in (
        "DiscountedUsage",
        "SavingsPlanCoveredUsage",
    )


def _by_key(
    table: dict[tuple[str, ...], list[float]], position: int, days: int
) -> dict[str, np.ndarray]:
    sums: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(days))
    for keys, values in table.items():
        sums[keys[position]] = sums[keys[position]] + np.asarray(values)
    return dict(sums)
