"""The month so far by account: where it lands, against the month before and the budgets. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from whyspike.digest.landing import landing
from whyspike.model import Account, CostMetric
from whyspike.model.months import (
    AccountMonth,
    Budget,
    BudgetList,
    BudgetStanding,
    MonthSummary,
)
from whyspike.model.outcomes import AccountOutcome
from whyspike.words.days import month_start

# With discounts as lines of their own, or taken off each line: the sum is the same.
_INVOICED = {CostMetric.UNBLENDED, CostMetric.NET_UNBLENDED}


@dataclass(frozen=True)
class _Month:
    """One account's, while it is made; the sums are not rounded yet."""

    account: Account
    so_far: float
    unknown: int
    landing: float | None
    last: float | None
    as_invoiced: bool = True  # not amortised: budgets that count all count the same


def month_summary(
    accounts: Sequence[Account],
    outcomes: Mapping[str, AccountOutcome],
    until: date,
    budgets: BudgetList | None = None,
    *,
    without: int = 0,
) -> MonthSummary:
    """Of the month of `until`, the scan date. `outcomes` stand under account ids; `budgets` is None
    where nobody asked for them; `without` is how many accounts of the organisation
    are not in scope."""
    read = budgets or BudgetList()
    months = [_month(account, outcomes.get(account.account_id), until) for account in accounts]
    known = {m.account.account_id: m for m in months if m.landing is not None}
    shared = [b for b in read.budgets if len(b.account_ids) != 1]
    compared = [m for m in known.values() if m.last is not None]
    ordered = sorted(
        months, key=lambda m: (m.landing is None, -(m.landing or 0.0), m.account.account_id)
    )
    ids = [account.account_id for account in accounts]
    return MonthSummary(
        first=month_start(until),
        until=until,
        accounts=tuple(_account(m, read.budgets) for m in ordered),
        so_far_usd=_cents(sum(m.so_far for m in known.values())),
        landing_usd=_total(m.landing for m in known.values()),
        compared=len(compared),
        compared_usd=_total(m.landing for m in compared),
        last_month_usd=_total(m.last for m in compared),
        not_known=tuple(_name(m.account) for m in ordered if m.landing is None),
        budgets=tuple(
            _standing(
                b, [known.get(i) for i in b.account_ids or ids], 0 if b.account_ids else without
            )
            for b in shared
        ),
        budgets_left_out=read.left_out,
        budgets_problem=read.problem,
    )


def _month(account: Account, outcome: AccountOutcome | None, until: date) -> _Month:
    billed = outcome.bill.billed if outcome and outcome.bill else ()
    days = (until - timedelta(days=back) for back in range(len(billed) - 1, -1, -1))
    known = {day: float(usd) for day, usd in zip(days, billed, strict=True) if usd is not None}
    first, before = month_start(until), month_start(until, 1)
    so_far = _days(first, until + timedelta(days=1))
    last = [known.get(day) for day in _days(before, first)]
    return _Month(
        account,
        sum(known.get(day, 0.0) for day in so_far),
        sum(day not in known for day in so_far),
        landing(known, until),
        None if None in last else sum(value or 0.0 for value in last),
        not (outcome and outcome.bill) or outcome.bill.metric in _INVOICED,
    )


def _account(month: _Month, budgets: Sequence[Budget]) -> AccountMonth:
    own = (month.account.account_id,)
    return AccountMonth(
        month.account.account_id,
        month.account.name,
        _cents(month.so_far),
        month.unknown,
        None if month.landing is None else _cents(month.landing),
        None if month.last is None else _cents(month.last),
        tuple(_standing(b, [month]) for b in budgets if b.account_ids == own),
    )


def _standing(budget: Budget, months: Sequence[_Month | None], without: int = 0) -> BudgetStanding:
    ours = None
    if budget.counts_all and all(month is None or month.as_invoiced for month in months):
        ours = _total(month.landing if month else None for month in months)
    return BudgetStanding(
        budget.name,
        budget.limit_usd,
        budget.foreseen_usd if ours is None else ours,
        ours is not None,
        budget.used_usd,
        len(budget.account_ids),
        without,
    )


def _total(values: Iterable[float | None]) -> float | None:
    """None where one is not known, or there is none."""
    listed = list(values)
    known = [value for value in listed if value is not None]
    return _cents(sum(known)) if known and len(known) == len(listed) else None


def _days(first: date, after: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((after - first).days)]


def _name(account: Account) -> str:
    return account.name or account.account_id


def _cents(value: float) -> float:
    return round(value, 2)
