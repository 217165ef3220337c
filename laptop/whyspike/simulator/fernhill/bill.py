"""Turns lines, calendar charges and planted changes into the rows of bill.csv.gz."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from whyspike.simulator.fernhill.lines import PlannedLine, shares
from whyspike.simulator.fernhill.plan import CostCell, PlannedAccount, PlannedChange, charges
from whyspike.simulator.organization.bill import DIMENSIONS

# The unit stands beside the quantity.
COLUMNS = (
    "date",
    *(name for name in DIMENSIONS if name != "unit"),
    "cost",
    "usage_quantity",
    "unit",
    "visible_from",
    "visible_until",
)
# A replay of ten days needs the ids of the fourteen days before its first day, too.
RESOURCE_DAYS = 24
LATE_SHARE = 0.62


@dataclass(frozen=True)
class BillRow:
    day: date
    cell: CostCell
    resource: str
    usd: float
    quantity: float
    visible_from: date | None = None
    visible_until: date | None = None

    def fields(self, account_id: str) -> list[str]:
        cell = self.cell
        return [
            self.day.isoformat(),
            account_id,
            cell.service,
            cell.usage_type,
            cell.region,
            cell.operation,
            cell.instance_type,
            "NoAZ",
            cell.team,
            cell.env,
            cell.record_type,
            self.resource,
            f"{self.usd:.6f}",
            f"{self.quantity:.6f}",
            cell.unit,
            self.visible_from.isoformat() if self.visible_from else "",
            self.visible_until.isoformat() if self.visible_until else "",
        ]


def bill_rows(
    account: PlannedAccount,
    lines: Sequence[PlannedLine],
    changes: Sequence[PlannedChange],
    days: Sequence[date],
    random: Random,
) -> Iterator[BillRow]:
    """All rows of the account, oldest day first. `days` are contiguous and end with the scan
    date."""
    last = days[-1]
    merged = [*lines, *_new_lines(account, lines, changes)]
    divided = {line.cell: shares(line.resources, random) for line in merged}
    for day in days:
        age = (last - day).days
        for line in merged:
            noise = random.gauss(1.0, line.week.noise)
            moved = [change for change in changes if change.moves(line.cell)]
            final = _amounts(
                line,
                [change for change in moved if change.restated_on is None],
                day,
                age,
                noise,
                divided[line.cell],
            )
            first = _amounts(line, moved, day, age, noise, divided[line.cell])
            yield from _versions(account, line, day, age, first, final, moved)
        yield from _calendar(account, day)


def _new_lines(
    account: PlannedAccount, lines: Sequence[PlannedLine], changes: Sequence[PlannedChange]
) -> list[PlannedLine]:
    """Lines that exist only because something was planted."""
    return [
        PlannedLine(
            CostCell(
                change.service,
                change.usage_type,
                account.region,
                change.operation,
                change.instance_type,
                account.team,
                account.env,
                change.record_type,
                change.unit,
            ),
            change.unit_price,
            0.0,
            charges().weeks["flat"],
        )
        for change in changes
        if not any(change.moves(line.cell) for line in lines)
    ]


def _amounts(
    line: PlannedLine,
    changes: Sequence[PlannedChange],
    day: date,
    age: int,
    noise: float,
    divided: dict[str, float],
) -> dict[str, float]:
    """Dollars of the day by resource id ("" where none is known)."""
    usd = line.usd(day, age) * noise
    amounts = {resource: usd * share for resource, share in divided.items()} or {"": usd}
    for change in changes:
        added = change.usd.on(-age) * noise
        for resource in change.resources or tuple(amounts):
            share = (
                added / len(change.resources)
                if change.resources
                else added * (divided.get(resource, 1.0))
            )
            amounts[resource] = amounts.get(resource, 0.0) + share
    if age >= RESOURCE_DAYS:
        amounts = {"": sum(amounts.values())}
    return {resource: usd for resource, usd in amounts.items() if abs(usd) >= 0.000001}


def _versions(
    account: PlannedAccount,
    line: PlannedLine,
    day: date,
    age: int,
    first: dict[str, float],
    final: dict[str, float],
    moved: Sequence[PlannedChange],
) -> Iterator[BillRow]:
    """The rows as first booked and as corrected; one version where nothing was corrected."""
    restated = [change.restated_on for change in moved if change.restated_on is not None]
    corrected: date | None = None
    if restated and first != final:
        corrected = day + timedelta(days=age + max(restated))
    elif account.late and age < RESOURCE_DAYS:
        corrected = day + timedelta(days=1)
        first = {resource: usd * LATE_SHARE for resource, usd in final.items()}
    if corrected is not None:
        yield from (
            BillRow(day, line.cell, resource, usd, _quantity(line, usd), None, corrected)
            for resource, usd in first.items()
        )
    yield from (
        BillRow(day, line.cell, resource, usd, _quantity(line, usd), corrected)
        for resource, usd in final.items()
    )


def _quantity(line: PlannedLine, usd: float) -> float:
    return abs(usd) / line.unit_price


def _calendar(account: PlannedAccount, day: date) -> Iterator[BillRow]:
    if day.day == 1:
        for kind, usd in account.fees.items():
            yield BillRow(day, charges().fees[kind], "", usd, 1.0)
    if account.credit_per_day:
        yield BillRow(day, charges().credit, "", -account.credit_per_day, 0.0)
