"""Bills: daily costs, and the questions to Cost Explorer that they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any


class RecordClass(StrEnum):
    """What kind of charge a record type is; only `USAGE` can be a usage anomaly."""

    USAGE = "usage"
    CREDIT = "credit"
    REFUND = "refund"
    TAX = "tax"
    FEE = "fee"  # support, marketplace subscriptions and other one-off or monthly fees
    COMMITMENT = (  # reservation and Savings Plan fees, upfront and recurring, and negations
        "commitment"
    )
    OTHER = "other"  # a record type that AWS invented since; judged apart and logged


class CostMetric(StrEnum):
    """A metric of Cost Explorer that is a cost, as its API names it. Net is after discounts,
    amortised spreads fees over their term."""

    UNBLENDED = "UnblendedCost"
    NET_UNBLENDED = "NetUnblendedCost"
    AMORTIZED = "AmortizedCost"
    NET_AMORTIZED = "NetAmortizedCost"


@dataclass(frozen=True)
class CostSeries:
    """One daily series of an account's bill; `costs[i]` is None where the bill has no row for that
    day."""

    service: str
    costs: tuple[float | None, ...]
    record_class: RecordClass = RecordClass.USAGE
    usage_type: str | None = None  # None: the whole service
    # how much was used on each day, in the unit of the meter; None where the bill does not say
    quantities: tuple[float | None, ...] | None = None


@dataclass(frozen=True)
class EarlierMonths:
    """What one account cost in calendar months before that of the scan, by service and record
    class: `costs` of a series are of `months` (their first days, oldest first, none left out), None
    where the bill has no row. A month without a row of any series is unknown."""

    months: tuple[date, ...]
    series: tuple[CostSeries, ...]
    metric: CostMetric = CostMetric.UNBLENDED

    def __post_init__(self) -> None:
        if any(len(line.costs) != len(self.months) for line in self.series):
            raise ValueError("a series is not as long as the months")


@dataclass(frozen=True)
class DailyCosts:
    """Daily costs of one account, by `metric`. `dates` are contiguous, oldest first, and end with
    the scan date; every series has their length."""

    account_id: str
    dates: tuple[date, ...]
    series: tuple[CostSeries, ...]
    currency: str = "USD"
    requests: int = 0  # Cost Explorer requests that it took
    zero_days: tuple[date, ...] = ()  # without any row, and known to have cost nothing
    earlier: EarlierMonths | None = None  # None: nobody knows
    metric: CostMetric = CostMetric.UNBLENDED
    # what Savings Plans covered in the last days: dollars a day on demand, by service; None where
    # the bill does not tell it apart
    plan_usage: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        if any(len(line.costs) != len(self.dates) for line in self.series):
            raise ValueError("a series is not as long as the dates")

    @property
    def known_days(self) -> tuple[date, ...]:
        """The days of which the bill says something, oldest first. On a day on which the account
        has no row at all nothing is known: neither a cost nor a zero."""
        known = set(self.zero_days)
        if not known.issuperset(self.dates):
            rows = zip(*(series.costs for series in self.series), strict=False)
            known |= {
                day
                for day, costs in zip(self.dates, rows, strict=False)
                if any(cost is not None and cost == cost for cost in costs)
            }
        return tuple(sorted(known))

    def of_known_days(self) -> DailyCosts:
        """The same without the days of which the bill says nothing: `dates` may then leave some
        out."""
        known = set(self.known_days)
        kept = [i for i, day in enumerate(self.dates) if day in known]
        if len(kept) == len(self.dates):
            return self
        return replace(
            self,
            dates=tuple(self.dates[i] for i in kept),
            series=tuple(
                replace(
                    series,
                    costs=tuple(series.costs[i] for i in kept),
                    quantities=series.quantities and tuple(series.quantities[i] for i in kept),
                )
                for series in self.series
            ),
        )


@dataclass(frozen=True)
class BillDays:
    """Which days of an account's bill a scan could judge."""

    newest: date | None  # of which the bill says something: the day that was judged
    missing: tuple[date, ...] = ()  # recent days of which it says nothing
    judged_from: date | None = None  # the history is too short until then; None: long enough
    late: tuple[date, ...] = ()  # judged as well, since no scan had judged them
    # usage in all, of each of the last days up to the scan date; None: no bill of that day
    spent: tuple[Decimal | None, ...] = ()
    # all charges, of each of the last days up to the scan date; two months of them
    billed: tuple[Decimal | None, ...] = ()
    metric: CostMetric | None = None  # that was judged; None: the bill does not say
    months_unknown: str = ""  # why nothing is known of the months before


@dataclass(frozen=True)
class CostQuery:
    """One question to Cost Explorer, daily or `monthly`, [start, end). `group_by` holds at most two
    of its dimensions ("USAGE_TYPE") or tags ("TAG:team"); `filter` is an Expression of its API.
    `with_resources` asks GetCostAndUsageWithResources (RESOURCE_ID; the last 14 days only)."""

    start: date
    end: date
    group_by: tuple[str, ...]
    filter: Mapping[str, Any] | None = None
    metrics: tuple[str, ...] = ("UnblendedCost", "UsageQuantity")
    with_resources: bool = False
    max_pages: int | None = None  # pages to read at most; None: all
    monthly: bool = False  # rows of calendar months, under their first day


@dataclass(frozen=True)
class CostRow:
    """One group of one day. `keys` follow `CostQuery.group_by`; a tag value comes without its
    "key$" ("" is untagged)."""

    usage_date: date
    keys: tuple[str, ...]
    cost: float  # first metric, in `currency`
    quantity: float = 0.0  # UsageQuantity, 0.0 where it was not asked for
    unit: str = ""  # unit of the quantity
    currency: str = "USD"
    effective: float | None = None  # amortised and after discounts; None where it was not asked for
    net: float | None = None  # after discounts; None where it is `cost` or was not asked for


@dataclass(frozen=True)
class CostAnswer:
    """All pages of one query, merged by date; zero groups are absent, as in the API."""

    query: CostQuery
    rows: tuple[CostRow, ...]
    requests: int  # pages that were paid for
