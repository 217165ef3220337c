"""A bill as columns: each text column factorised once, so that a Cost Explorer question is a few
numpy operations.

`cost` is the unblended cost in US dollars; `amortized` follows AWS ("Understanding your cost
metrics", Cost Explorer user guide):
upfront fees spread over the term (a year here), Savings Plan fees moved onto the usage that they
cover. `discount` is what discounts take off a row, negative: net costs are lower by it. A discount
that the bill shows as a row of its own (DISCOUNTS) is spread over the usage of its account, service
and day, and is nothing itself; one that finds no usage stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Codes = NDArray[np.int32]

DIMENSIONS = (
    "account",
    "service",
    "usage_type",
    "region",
    "operation",
    "instance_type",
    "az",
    "tag_team",
    "tag_env",
    "record_type",
    "resource_id",
    "unit",
)
UPFRONT_TERM_DAYS = 365
DISCOUNTS = (
    "Bundled Discount",
    "Enterprise Discount Program Discount",
    "Private Rate Card Discount",
    "Solution Provider Program Discount",
)
USAGE = ("Usage", "DiscountedUsage", "SavingsPlanCoveredUsage")
ALWAYS = date.max.toordinal()


@dataclass(frozen=True)
class Column:
    """Row i holds `values[codes[i]]`."""

    codes: Codes
    values: tuple[str, ...]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Column:
        index: dict[str, int] = {}
        codes = np.fromiter(
            (index.setdefault(text, len(index)) for text in texts), dtype=np.int32, count=len(texts)
        )
        return cls(codes, tuple(index))


@dataclass(frozen=True)
class Bill:
    """Rows of one or several accounts. `days` are proleptic ordinals; a row is on the bill as seen
    at the end of day d where `visible_from <= d < visible_until` (both ordinals): late and restated
    data."""

    days: Ints
    columns: Mapping[str, Column]
    cost: Floats
    amortized: Floats
    discount: Floats
    quantity: Floats
    visible_from: Ints
    visible_until: Ints

    def __len__(self) -> int:
        return len(self.days)

    def where(self, rows: NDArray[np.bool_]) -> Bill:
        columns = {
            name: Column(column.codes[rows], column.values) for name, column in self.columns.items()
        }
        return Bill(
            self.days[rows],
            columns,
            self.cost[rows],
            self.amortized[rows],
            self.discount[rows],
            self.quantity[rows],
            self.visible_from[rows],
            self.visible_until[rows],
        )

    def as_of(self, day: date) -> Bill:
        """What the bill said at the end of `day`; resource ids only of the last 14 days, as Cost
        Explorer keeps them."""
        today = day.toordinal()
        rows = (self.days <= today) & (self.visible_from <= today) & (today < self.visible_until)
        seen = self if rows.all() else self.where(rows)
        resource = seen.columns["resource_id"]
        values = (*resource.values, "")
        codes = np.where(seen.days > today - 14, resource.codes, np.int32(len(values) - 1))
        return replace(seen, columns={**seen.columns, "resource_id": Column(codes, values)})


def make_bill(
    days: Sequence[date],
    texts: Mapping[str, Sequence[str]],
    cost: Sequence[float],
    quantity: Sequence[float],
) -> Bill:
    """A bill of rows that are visible from their own day on."""
    ordinals = np.array([day.toordinal() for day in days], dtype=np.int64)
    columns = {name: Column.of(texts[name]) for name in DIMENSIONS}
    costs = np.array(cost, dtype=np.float64)
    amortized = _savings_plans_moved(ordinals, columns["record_type"], costs)
    until = np.full(len(ordinals), ALWAYS, dtype=np.int64)
    bill = Bill(
        ordinals,
        columns,
        costs,
        amortized,
        _discounts(ordinals, columns, costs),
        np.array(quantity, dtype=np.float64),
        ordinals.copy(),
        until,
    )
    return _upfront_spread(bill)


def join(bills: Sequence[Bill]) -> Bill:
    """One bill of several, as the management account sees them."""
    columns: dict[str, Column] = {}
    for name in DIMENSIONS:
        index: dict[str, int] = {}
        codes = []
        for bill in bills:
            column = bill.columns[name]
            renumbered = np.array(
                [index.setdefault(value, len(index)) for value in column.values] or [0],
                dtype=np.int32,
            )
            codes.append(renumbered[column.codes])
        columns[name] = Column(np.concatenate(codes), tuple(index))
    return Bill(
        np.concatenate([bill.days for bill in bills]),
        columns,
        *(
            np.concatenate([getattr(bill, name) for bill in bills])
            for name in (
                "cost",
                "amortized",
                "discount",
                "quantity",
                "visible_from",
                "visible_until",
            )
        ),
    )


def _discounts(days: Ints, columns: Mapping[str, Column], cost: Floats) -> Floats:
    """What each row of usage has of the discounts, and each discount of its own away."""
    discount = np.zeros(len(cost))
    kinds = np.array([*columns["record_type"].values, ""], dtype=object)
    is_discount = np.isin(kinds, DISCOUNTS)[columns["record_type"].codes]
    is_usage = np.isin(kinds, USAGE)[columns["record_type"].codes] & (cost > 0)
    account, service = columns["account"].codes, columns["service"].codes
    for row in np.flatnonzero(is_discount):
        beside = is_usage & (days == days[row]) & (service == service[row])
        beside &= account == account[row]
        usage = cost[beside].sum()
        if usage > 0:
            discount[beside] += cost[row] * cost[beside] / usage
            discount[row] -= cost[row]
    return discount


def _savings_plans_moved(days: Ints, record_type: Column, cost: Floats) -> Floats:
    """Amortised costs in which a day's recurring fee lies on the usage that it covers; what covers
    nothing stays a fee."""
    amortized = cost.copy()
    kinds = np.array([*record_type.values, ""], dtype=object)[record_type.codes]
    covered, negated, fee = (
        kinds == f"SavingsPlan{kind}" for kind in ("CoveredUsage", "Negation", "RecurringFee")
    )
    for day in np.unique(days[covered]):
        today = days == day
        usage, fees = cost[today & covered].sum(), cost[today & fee].sum()
        used = min(fees, usage)
        amortized[today & covered] *= used / usage if usage > 0 else 0.0
        amortized[today & negated] = 0.0
        amortized[today & fee] *= (fees - used) / fees if fees > 0 else 1.0
    return amortized


def _upfront_spread(bill: Bill) -> Bill:
    """The bill with every upfront fee's amortised cost spread from its day on, as rows that cost
    nothing unblended."""
    kinds = bill.columns["record_type"]
    upfront_codes = [code for code, kind in enumerate(kinds.values) if "upfront" in kind.lower()]
    upfront = np.flatnonzero(np.isin(kinds.codes, upfront_codes))
    if not len(upfront):
        return bill
    bill.amortized[upfront] /= UPFRONT_TERM_DAYS
    last = int(bill.days.max())
    parts = [bill]
    for row in upfront:
        later = np.arange(bill.days[row] + 1, min(last + 1, bill.days[row] + UPFRONT_TERM_DAYS))
        share = bill.where(np.isin(np.arange(len(bill)), row))
        columns = {
            name: Column(np.repeat(column.codes, len(later)), column.values)
            for name, column in share.columns.items()
        }
        nothing = np.zeros(len(later))
        until = np.full(len(later), ALWAYS, dtype=np.int64)
        parts.append(
            Bill(
                later,
                columns,
                nothing,
                np.repeat(share.amortized, len(later)),
                nothing,
                nothing,
                later.copy(),
                until,
            )
        )
    return join(parts)
