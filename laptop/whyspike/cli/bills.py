"""Bills on this machine as daily costs: an organisation folder, read by the same adapter as on AWS,
or a CSV."""

from __future__ import annotations

import csv
import gzip
import math
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TextIO

from whyspike.cli.arguments import parse_date
from whyspike.errors import InvalidInput
from whyspike.knowledge.record_types import record_class_of
from whyspike.model import Account, CostSeries, DailyCosts, RecordClass
from whyspike.steps.daily_costs import daily_costs

REQUIRED = ("date", "service", "cost")
Scope = tuple[str, RecordClass, str | None]


@dataclass(frozen=True)
class BillOnDisk:
    """`costs(start, day)`: the daily costs from `start` to `day`, both included, as the bill showed
    them at the end of `day`."""

    account: Account
    first_day: date
    last_day: date
    costs: Callable[[date, date], DailyCosts]


def read_bills(path: Path) -> list[BillOnDisk]:
    """The accounts' bills; raises InvalidInput naming file, line and remedy."""
    return _folder(path) if path.is_dir() else _csv(path)


class _LocalCostExplorer:
    """Cost Explorer's answers computed from a bill, without a network."""

    def __init__(self, bill: Any, day: date) -> None:
        self._bill = bill
        self._day = day

    def get_cost_and_usage(self, **request: Any) -> dict[str, Any]:
        from whyspike.simulator.aws.cost_explorer import answer

        return answer("GetCostAndUsage", request, self._bill, self._day)

    def reserve_cost_explorer(self, requests: int = 1) -> None:
        """Nothing is asked of AWS, so nothing is counted."""


def _folder(path: Path) -> list[BillOnDisk]:
    from whyspike.simulator.organization.folder import load

    bills = []
    for found in load(path).accounts.values():
        if len(found.bill) == 0 or found.state != "ACTIVE":
            continue
        account = Account(
            found.id,
            found.name,
            found.email,
            found.ou_path,
            joined=found.joined,
            tags=found.tags,
        )
        first, last = (
            date.fromordinal(int(day)) for day in (found.bill.days.min(), found.bill.days.max())
        )
        bills.append(BillOnDisk(account, first, last, _asker(found.id, found.bill)))
    if not bills:
        raise InvalidInput(
            f"{path}: no active account has a bill. Remedy: add rows to"
            " accounts/<account_id>/bill.csv.gz"
        )
    return bills


def _asker(account_id: str, bill: Any) -> Callable[[date, date], DailyCosts]:
    def costs(start: date, day: date) -> DailyCosts:
        local = _LocalCostExplorer(bill, day)
        return daily_costs(local, account_id, start, day, local, usage_types=True)

    return costs


def _csv(path: Path) -> list[BillOnDisk]:
    sums: dict[str, dict[Scope, dict[date, float]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(float))
    )
    try:
        with _opened(path) as file:
            for account, scope, day, cost in _rows(path, file):
                sums[account][scope][day] += cost
    except FileNotFoundError:
        raise InvalidInput(
            f"{path}: no such file or folder. Remedy: give an organisation folder or a CSV of daily"
            " costs"
        ) from None
    except (UnicodeDecodeError, gzip.BadGzipFile, zlib.error, EOFError):
        raise InvalidInput(
            f"{path}: not a text file in UTF-8. Remedy: save it as CSV, plain or gzipped"
        ) from None
    if not sums:
        raise InvalidInput(
            f"{path}: has no rows. Remedy: one row a day and service, with the columns"
            f" {', '.join(REQUIRED)}"
        )
    return [_account_bill(account, series) for account, series in sorted(sums.items())]


def _account_bill(account: str, series: Mapping[Scope, Mapping[date, float]]) -> BillOnDisk:
    days = [day for costs in series.values() for day in costs]
    return BillOnDisk(Account(account, account), min(days), max(days), _aligner(account, series))


def _aligner(
    account: str, series: Mapping[Scope, Mapping[date, float]]
) -> Callable[[date, date], DailyCosts]:
    def costs(start: date, day: date) -> DailyCosts:
        dates = tuple(start + timedelta(days=offset) for offset in range((day - start).days + 1))
        aligned = (
            CostSeries(service, tuple(found.get(at) for at in dates), record_class, usage_type)
            for (service, record_class, usage_type), found in series.items()
        )
        return DailyCosts(
            account,
            dates,
            tuple(line for line in aligned if any(cost is not None for cost in line.costs)),
        )

    return costs


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _rows(path: Path, file: TextIO) -> Iterator[tuple[str, Scope, date, float]]:
    """Each row, as part of its service and, where the file says so, of its usage type."""
    lines = csv.DictReader(file)
    try:
        missing = [name for name in REQUIRED if name not in (lines.fieldnames or ())]
        if missing:
            raise InvalidInput(
                f"{path}, line 1: column {missing[0]} is missing. Remedy: the first line names the"
                f" columns {', '.join(REQUIRED)}"
            )
        for row in lines:
            yield from _cells(row, f"{path}, line {lines.line_num}")
    except csv.Error as error:
        raise InvalidInput(
            f"{path}, line {lines.line_num}: {error}. Remedy: look for a quote that is not closed"
            " at or before it"
        ) from None


def _cells(row: Mapping[str, str | None], where: str) -> Iterator[tuple[str, Scope, date, float]]:
    day, cost, service = (
        parse_date(row["date"] or "", f"{where}: date"),
        _number(row["cost"], where),
        row["service"],
    )
    if not service:
        raise InvalidInput(
            f"{where}: service is empty. Remedy: name what was paid for, as Cost Explorer does"
        )
    account, record_class = (
        row.get("account") or "-",
        record_class_of(row.get("record_type") or "Usage"),
    )
    yield account, (service, record_class, None), day, cost
    usage_type = row.get("usage_type")
    if usage_type and record_class is RecordClass.USAGE:
        yield account, (service, record_class, usage_type), day, cost


def _number(text: str | None, where: str) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidInput(f"{where}: cost {text!r} is no number. Remedy: write it as 12.34")
    return value
