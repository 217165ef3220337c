"""Bills on this machine as daily costs, with a Cost Explorer of their own for the questions that
find out where a cost comes from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from whyspike.cli.bills.cells import Sums
from whyspike.cli.bills.reading import PLAIN, FilesRead, HowToRead, read_files
from whyspike.errors import InvalidInput, NotReady
from whyspike.knowledge.record_types import record_class_of
from whyspike.model import Account, CostMetric, CostSeries, DailyCosts, EarlierMonths, RecordClass
from whyspike.steps import earlier_months
from whyspike.steps.cost_metrics import AUTO
from whyspike.steps.daily_costs import daily_costs
from whyspike.words.amounts import counted

Scope = tuple[str, RecordClass, str | None]


@dataclass(frozen=True)
class BillOnDisk:
    """`costs(start, day)`: the daily costs from `start` to `day`, both included, as the bill showed
    them at the end of `day`; `earlier(day)`: the whole months before that of `day`, as far as the
    bill goes back. `cost_explorer(day)` answers questions about that bill, and asks
    nothing of AWS. `settled`: what it says of a day never changes."""

    account: Account
    first_day: date
    last_day: date
    costs: Callable[[date, date], DailyCosts]
    earlier: Callable[[date], EarlierMonths]
    cost_explorer: Callable[[date], LocalCostExplorer]
    metric: CostMetric | None = None  # of the costs; None: the bill does not say
    settled: bool = False


@dataclass(frozen=True)
class BillsOnDisk:
    """`said`: what was recognised, then what a reader of findings must know."""

    said: Sequence[str]
    bills: Sequence[BillOnDisk]
    currency: str = "USD"
    names_usage_types: bool = True


def read_bills(path: Path | Sequence[Path], options: HowToRead = PLAIN) -> list[BillOnDisk]:
    """The accounts' bills, of an organisation folder or of bill files; raises InvalidInput naming
    file, line and remedy."""
    return list(bills_of([path] if isinstance(path, Path) else path, options).bills)


def bills_of(paths: Sequence[Path], options: HowToRead = PLAIN) -> BillsOnDisk:
    """The same with what was recognised."""
    if len(paths) == 1 and is_organization(paths[0]):
        bills = organization_bills(paths[0], options.cost_metric)
        last = max(bill.last_day for bill in bills)
        said = f"organisation folder, {counted(len(bills), 'account')}, to {last}"
        return BillsOnDisk([said], bills)
    read = read_files(paths, options)
    return BillsOnDisk(
        [read.recognised(), *read.notes],
        account_bills(read),
        read.currency or "USD",
        "usage_type" in read.says,
    )


def is_organization(path: Path) -> bool:
    return (path / "organization.json").exists() or (path / "accounts").is_dir()


@dataclass(frozen=True)
class LocalCostExplorer:
    """Cost Explorer's answers computed from a bill, without a network."""

    bill: Any
    day: date
    currency: str = "USD"

    def get_cost_and_usage(self, **request: Any) -> dict[str, Any]:
        return self._answer("GetCostAndUsage", request)

    def get_cost_and_usage_with_resources(self, **request: Any) -> dict[str, Any]:
        if not any(self.bill.columns["resource_id"].values):
            raise NotReady("the bill names no resources", remedy="export it with resource ids")
        return self._answer("GetCostAndUsageWithResources", request)

    def reserve_cost_explorer(self, requests: int = 1) -> None:
        """Nothing is asked of AWS, so nothing is counted."""

    def _answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        from whyspike.simulator.aws.cost_explorer import answer

        return answer(operation, request, self.bill, self.day)


def organization_bills(path: Path, cost_metric: str = AUTO) -> list[BillOnDisk]:
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
        bills.append(
            BillOnDisk(
                account,
                first,
                last,
                _asker(found.id, found.bill, cost_metric),
                _months(first, found.bill),
                _explorer(found.bill),
            )
        )
    if not bills:
        raise InvalidInput(
            f"{path}: no active account has a bill",
            remedy="add rows to accounts/<account_id>/bill.csv.gz",
        )
    return bills


def _explorer(bill: Any) -> Callable[[date], LocalCostExplorer]:
    return lambda day: LocalCostExplorer(bill, day)


def _months(first: date, bill: Any) -> Callable[[date], EarlierMonths]:
    @lru_cache(maxsize=2)  # the days of a month have the same
    def of_month(month: date) -> EarlierMonths:
        local = LocalCostExplorer(bill, month)
        answer = earlier_months.ask(local, month, local)
        rows = tuple(row for row in answer.rows if row.usage_date >= first)  # whole months
        return earlier_months.to_earlier_months(month, replace(answer, rows=rows))

    return lambda day: of_month(day.replace(day=1))


def _asker(account_id: str, bill: Any, cost_metric: str) -> Callable[[date, date], DailyCosts]:
    def costs(start: date, day: date) -> DailyCosts:
        local = LocalCostExplorer(bill, day)
        return daily_costs(
            local, account_id, start, day, local, usage_types=True, cost_metric=cost_metric
        )

    return costs


def account_bills(reading: FilesRead) -> list[BillOnDisk]:
    """A bill for each account of the files; for one without a name, "-"."""
    accounts: dict[str, Sums] = defaultdict(dict)
    for cell, value in reading.sums.items():
        accounts[cell.account or "-"][cell] = value
    return [
        replace(
            account_bill(account, sums, reading.currency or "USD"),
            metric=reading.metric,
        )
        for account, sums in sorted(accounts.items())
    ]


def account_bill(account: str, sums: Sums, currency: str) -> BillOnDisk:
    cells = _Cells(account, sums, currency)
    days = [cell.day for cell in sums]
    return BillOnDisk(
        Account(account, account),
        date.fromordinal(min(days)),
        date.fromordinal(max(days)),
        cells.costs,
        cells.earlier,
        lambda day: LocalCostExplorer(cells.bill, day, cells.currency),
        settled=True,
    )


@dataclass(frozen=True)
class _Cells:
    """The charges of one account."""

    account: str
    sums: Sums
    currency: str

    @cached_property
    def series(self) -> Mapping[Scope, Mapping[date, float]]:
        """Each service, and each of its usage types, by day; a day without a row is not there."""
        return self._by_day(0)

    @cached_property
    def quantities(self) -> Mapping[Scope, Mapping[date, float]]:
        """The same of what was used."""
        return self._by_day(1)

    def _by_day(self, which: int) -> dict[Scope, dict[date, float]]:
        found: dict[Scope, dict[int, float]] = defaultdict(lambda: defaultdict(float))
        classes = {name: record_class_of(name) for name in {c.record_type for c in self.sums}}
        for cell, sums in self.sums.items():
            record_class = classes[cell.record_type]
            found[cell.service, record_class, None][cell.day] += sums[which]
            if cell.usage_type and record_class is RecordClass.USAGE:
                found[cell.service, record_class, cell.usage_type][cell.day] += sums[which]
        days = {day: date.fromordinal(day) for of in found.values() for day in of}
        return {
            scope: {days[day]: value for day, value in of.items()} for scope, of in found.items()
        }

    @cached_property
    def bill(self) -> Any:
        """The charges as the simulated Cost Explorer reads them."""
        from whyspike.simulator.organization.bill import DIMENSIONS, make_bill

        cells = list(self.sums)
        texts = {name: [str(getattr(cell, name, "")) for cell in cells] for name in DIMENSIONS}
        texts["account"] = [self.account] * len(cells)
        return make_bill(
            [date.fromordinal(cell.day) for cell in cells],
            texts,
            [cost for cost, _ in self.sums.values()],
            [quantity for _, quantity in self.sums.values()],
        )

    @cached_property
    def first_day(self) -> date:
        return date.fromordinal(min(cell.day for cell in self.sums))

    def earlier(self, day: date) -> EarlierMonths:
        month = day.replace(day=1)
        if month not in self._earlier:  # the days of a month have the same
            self._earlier[month] = self._before(month)
        return self._earlier[month]

    @cached_property
    def _earlier(self) -> dict[date, EarlierMonths]:
        return {}

    def _before(self, month: date) -> EarlierMonths:
        months = earlier_months.before(month)
        whole = [month >= self.first_day for month in months]
        return EarlierMonths(
            months,
            tuple(
                CostSeries(
                    scope[0],
                    tuple(
                        costs.get(month) if known else None
                        for month, known in zip(months, whole, strict=True)
                    ),
                    scope[1],
                )
                for scope, costs in self.by_month.items()
            ),
        )

    @cached_property
    def by_month(self) -> Mapping[Scope, Mapping[date, float]]:
        """Each service, by the first day of the month."""
        found: dict[Scope, dict[date, float]] = defaultdict(lambda: defaultdict(float))
        for scope, costs in self.series.items():
            for day, cost in costs.items() if scope[2] is None else ():
                found[scope][day.replace(day=1)] += cost
        return found

    def costs(self, start: date, day: date) -> DailyCosts:
        dates = tuple(start + timedelta(days=offset) for offset in range((day - start).days + 1))
        aligned = (
            CostSeries(
                scope[0],
                tuple(found.get(at) for at in dates),
                scope[1],
                scope[2],
                tuple(self.quantities[scope].get(at) for at in dates) if scope[2] else None,
            )
            for scope, found in self.series.items()
        )
        return DailyCosts(
            self.account,
            dates,
            tuple(line for line in aligned if any(cost is not None for cost in line.costs)),
            self.currency,
        )
