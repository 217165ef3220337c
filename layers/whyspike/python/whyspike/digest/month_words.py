"""The month so far in words, as mrkdwn: for the digest's message and its templates."""

from __future__ import annotations

from whyspike.model.months import AccountMonth, BudgetStanding, MonthSummary
from whyspike.words.amounts import counted, dollars, percent
from whyspike.words.days import day, month_name, month_start
from whyspike.words.mrkdwn import escaped

_NAMES = 5  # of accounts that are not known
_OWN_BUDGETS = 2  # of one account; the report has all of them


def month_title(summary: MonthSummary) -> str:
    """ "November so far: $41,200, lands at about $186,000 (+4% on October's $178,000)" """
    name = month_name(summary.first)
    if summary.landing_usd is None:
        return f"{name} so far: not known yet"
    so_far, lands = dollars(summary.so_far_usd), dollars(summary.landing_usd)
    return f"{name} so far: {so_far}, lands at about {lands}{_compared(summary)}"


def month_lines(summary: MonthSummary) -> list[str]:
    """What limits several accounts first, then each account, then what is not known."""
    accounts = [
        _account(each, summary) for each in summary.accounts if each.landing_usd is not None
    ]
    return [*shared_budgets(summary), *accounts, *left_out(summary)]


def shared_budgets(summary: MonthSummary) -> list[str]:
    """The budgets of several accounts, or of all."""
    return [_shared_budget(budget) for budget in summary.budgets]


def left_out(summary: MonthSummary) -> list[str]:
    """What the sums and the comparison leave out, and why."""
    lines = []
    if summary.not_known:
        names = ", ".join(escaped(name, 60) for name in summary.not_known[:_NAMES])
        rest = len(summary.not_known) - _NAMES
        more = f" and {rest} more" if rest > 0 else ""
        lines.append(f"Not counted, too little of the bill is known: {names}{more}")
    if summary.budgets_left_out:
        number = counted(summary.budgets_left_out, "budget")
        lines.append(f"{number} not compared: of a part of the bill, or not by the month")
    if summary.budgets_problem:
        lines.append(f"Budgets were not read: {escaped(summary.budgets_problem, 400)}")
    return lines


def _compared(summary: MonthSummary) -> str:
    """Against the month before, over the accounts of which that is known."""
    change = change_words(summary.compared_usd, summary.last_month_usd)
    if not change or summary.last_month_usd is None:
        return ""
    counts = summary.compared == len(summary.accounts) - len(summary.not_known)
    of = "" if counts else f", for the {counted(summary.compared, 'account')} that had a whole one"
    last = month_name(month_start(summary.first, 1))
    return f" ({change} on {last}'s {dollars(summary.last_month_usd)}{of})"


def change_words(now: float | None, before: float | None) -> str:
    """ "+4%"; empty where the one or the other says nothing."""
    if now is None or before is None or before <= 0:
        return ""
    return percent(now / before - 1, sign=True)


def _account(month: AccountMonth, summary: MonthSummary) -> str:
    lands = dollars(month.landing_usd or 0)
    change = change_words(month.landing_usd, month.last_month_usd)
    on = f" ({change} on {month_name(month_start(summary.first, 1))})" if change else ""
    unknown = f", {counted(month.unknown_days, 'day')} without a bill" if month.unknown_days else ""
    said = f"{dollars(month.so_far_usd)} so far{unknown}, lands at about {lands}{on}"
    budgets = [f"; {against(budget)}" for budget in month.budgets[:_OWN_BUDGETS]]
    return f"*{escaped(month.name or month.account_id, 60)}*: {said}{''.join(budgets)}"


def _shared_budget(budget: BudgetStanding) -> str:
    whose = counted(budget.accounts, "account") if budget.accounts else "the whole organisation"
    return f"*{whose}*: {against(budget)}"


def against(budget: BudgetStanding) -> str:
    """ "102% of budget Shops ($40,000)" """
    named = f"budget {escaped(budget.name, 60)} ({dollars(budget.limit_usd)})"
    if budget.landing_usd is None:
        used = budget.used_usd
        return named if used is None else f"{_share(used, budget)} of {named} used"
    by = "" if budget.ours else " by AWS's forecast, which counts as the budget does"
    if budget.ours and budget.without:
        by = f", without {counted(budget.without, 'account')} not in scope"
    over = ":warning: " if budget.landing_usd > budget.limit_usd else ""
    return f"{over}{_share(budget.landing_usd, budget)} of {named}{by}"


def _share(usd: float, budget: BudgetStanding) -> str:
    return percent(usd / budget.limit_usd) if budget.limit_usd > 0 else dollars(usd)


def until_words(summary: MonthSummary) -> str:
    """How far the bill is known, and how the landing is reckoned."""
    return (
        f"The whole bill up to {day(summary.until)}; the days to come are reckoned from the last"
        " week, weekday by weekday."
    )
