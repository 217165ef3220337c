"""The month so far of a bill, where it lands, and the budgets that it is measured against. Money is
in US dollars, rounded to the cent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Budget:
    """A monthly cost budget of the management account. `account_ids` are those that it limits,
    empty: the whole organisation. `counts_all`: it counts every charge of the bill as it is
    invoiced, so that our sums can be held against it; else only `used_usd` and `foreseen_usd` can,
    which AWS counts (None: not said)."""

    name: str
    limit_usd: float
    account_ids: tuple[str, ...] = ()
    counts_all: bool = True
    used_usd: float | None = None
    foreseen_usd: float | None = None


@dataclass(frozen=True)
class BudgetList:
    """What was read. `left_out` counts budgets that limit something else (one service, a tag, a
    quarter, another currency); `problem` says why nothing was read, and what to do about it."""

    budgets: tuple[Budget, ...] = ()
    left_out: int = 0
    problem: str = ""


@dataclass(frozen=True)
class BudgetStanding:
    """A budget and where the month lands. `ours`: `landing_usd` is our projection, else AWS's own,
    by the budget's way of counting; None: nobody says."""

    name: str
    limit_usd: float
    landing_usd: float | None
    ours: bool
    used_usd: float | None = None
    accounts: int = 1  # 0: the whole organisation
    without: int = 0  # accounts that are not in scope, and not in our projection


@dataclass(frozen=True)
class AccountMonth:
    """One account. `unknown_days` are days of the month up to the scan date without a bill: they
    are not in `so_far_usd`, and reckoned in `landing_usd` as the days to come are. None: too little
    of the bill is known."""

    account_id: str
    name: str
    so_far_usd: float
    unknown_days: int
    landing_usd: float | None
    last_month_usd: float | None
    budgets: tuple[BudgetStanding, ...] = ()


@dataclass(frozen=True)
class MonthSummary:
    """The month of the scan date, the whole bill with taxes, fees and credits. `so_far_usd` and
    `landing_usd` are of the accounts that say enough, `not_known` names the others; `compared`
    accounts have a whole month before it, of which `last_month_usd` is, and land at `compared_usd`.
    `budgets` are those of several accounts or of all."""

    first: date
    until: date
    accounts: tuple[AccountMonth, ...]
    so_far_usd: float
    landing_usd: float | None
    compared: int
    compared_usd: float | None
    last_month_usd: float | None
    not_known: tuple[str, ...] = ()
    budgets: tuple[BudgetStanding, ...] = ()
    budgets_left_out: int = 0
    budgets_problem: str = ""
