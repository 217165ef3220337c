"""The weekly summary: the month by account against the one before and its budgets, and what is not
known is named instead of being zero."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.support.digests import DAY, SCANNED, account, digest_with, incident, said
from tests.support.reports import incident as view
from tests.support.reports import report
from whyspike.detection import bill_days, with_spent
from whyspike.digest.message import digest_message, is_quiet
from whyspike.digest.month import month_summary
from whyspike.digest.month_words import month_lines, month_title
from whyspike.digest.report import render
from whyspike.incidents.incident import NoticeKind, as_told
from whyspike.model import CostMetric, CostSeries, DailyCosts, IncidentState, Owner, RecordClass
from whyspike.model.bills import BillDays
from whyspike.model.months import Budget, BudgetList, MonthSummary
from whyspike.model.outcomes import AccountOutcome, AccountStatus
from whyspike.payload import dumps, from_json
from whyspike.simulator.slack.limits import message_problem

DAYS = 62


def spending(*costs: float | None, before: float = 100.0) -> AccountOutcome:
    """An account that cost `before` a day, and `costs` on the last days up to DAY, a Sunday."""
    billed = [Decimal(str(before))] * (DAYS - len(costs))
    ends = [None if cost is None else Decimal(str(cost)) for cost in costs]
    return AccountOutcome(
        AccountStatus.SCANNED,
        bill=BillDays(DAY, billed=(*billed, *ends), metric=CostMetric.UNBLENDED),
    )


def month_of(
    *outcomes: AccountOutcome | None, budgets: BudgetList | None = None, **more: Any
) -> MonthSummary:
    accounts = [account(number) for number in range(1, len(outcomes) + 1)]
    found = {
        each.account_id: outcome
        for each, outcome in zip(accounts, outcomes, strict=True)
        if outcome
    }
    return month_summary(accounts, found, DAY, budgets, **more)


def lines_of(*outcomes: AccountOutcome | None, **more: Any) -> str:
    return "\n".join(month_lines(month_of(*outcomes, **more)))


def test_it_says_the_month_so_far_where_it_lands_and_what_the_last_one_was() -> None:
    summary = month_of(spending(), spending(before=1_000))
    assert month_title(summary) == (
        "November so far: $24,200, lands at about $33,000 (-3% on October's $34,100)"
    )
    assert month_lines(summary) == [
        "*account-2*: $22,000 so far, lands at about $30,000 (-3% on October)",
        "*account-1*: $2,200 so far, lands at about $3,000 (-3% on October)",
    ]


def test_an_account_of_which_nothing_is_known_is_named_and_in_no_sum() -> None:
    summary = month_of(spending(), None, AccountOutcome(AccountStatus.NOT_SCANNED))
    assert summary.landing_usd == 3_000
    assert month_lines(summary)[-1] == (
        "Not counted, too little of the bill is known: account-2, account-3"
    )


def test_where_nothing_is_known_no_sum_is_told() -> None:
    assert month_title(month_of(None, None)) == "November so far: not known yet"


def test_days_without_a_bill_are_counted_out_loud() -> None:
    assert "$2,000 so far, 2 days without a bill, lands at about $3,000" in lines_of(
        spending(None, None)
    )


def test_an_account_that_had_no_whole_last_month_is_compared_with_nothing() -> None:
    young = AccountOutcome(AccountStatus.SCANNED, bill=BillDays(DAY, billed=(Decimal(10),) * 40))
    summary = month_of(spending(), young)
    assert month_title(summary) == (
        "November so far: $2,420, lands at about $3,300 (-3% on October's $3,100, for the 1 account"
        " that had a whole one)"
    )
    assert month_lines(summary)[1] == "*account-2*: $220 so far, lands at about $300"


ONE, BOTH = ("000000000001",), ("000000000001", "000000000002")


def test_a_budget_is_held_against_the_landing_of_its_accounts() -> None:
    budgets = BudgetList(
        (Budget("Shop", 2_500, ONE), Budget("Both", 10_000, BOTH), Budget("All", 20_000)),
        left_out=2,
    )
    said = lines_of(spending(), spending(before=1_000), budgets=budgets, without=1)
    assert "*2 accounts*: :warning: 330% of budget Both ($10,000)" in said
    assert (
        "*the whole organisation*: :warning: 165% of budget All ($20,000), without 1 account not in"
        " scope" in said
    )
    assert "(-3% on October); :warning: 120% of budget Shop ($2,500)" in said
    assert "2 budgets not compared: of a part of the bill, or not by the month" in said


def test_a_budget_that_counts_otherwise_is_told_by_what_aws_counts() -> None:
    """Ours has the credits in it; theirs has not."""
    budget = Budget("Shop", 4_000, ONE, counts_all=False, used_usd=3_300, foreseen_usd=4_400)
    assert (
        ":warning: 110% of budget Shop ($4,000) by AWS's forecast, which counts as the budget does"
        in lines_of(spending(), budgets=BudgetList((budget,)))
    )
    unsaid = replace(budget, foreseen_usd=None)
    assert "82% of budget Shop ($4,000) used" in lines_of(spending(), budgets=BudgetList((unsaid,)))


def test_a_budget_of_accounts_that_are_not_all_known_is_not_measured_by_us() -> None:
    said = lines_of(spending(), None, budgets=BudgetList((Budget("Both", 10_000, BOTH),)))
    assert "*2 accounts*: budget Both ($10,000)\n" in said + "\n"


def test_amortised_costs_are_not_held_against_what_is_invoiced() -> None:
    spread = spending()
    assert spread.bill
    spread = replace(spread, bill=replace(spread.bill, metric=CostMetric.AMORTIZED))
    budgets = BudgetList((Budget("Shop", 2_500, ONE, foreseen_usd=2_000),))
    assert "80% of budget Shop ($2,500) by AWS's forecast" in lines_of(spread, budgets=budgets)


def test_why_budgets_could_not_be_read_is_told() -> None:
    problem = BudgetList(problem="AWS Budgets: AccessDeniedException. Remedy: update the stack")
    assert (
        "Budgets were not read: AWS Budgets: AccessDeniedException. Remedy: update the stack"
        in lines_of(spending(), budgets=problem)
    )


def test_hostile_names_are_text() -> None:
    budgets = BudgetList((Budget("<!channel> *x*", 10, ONE),))
    summary = month_summary(
        [replace(account(1), name="<http://evil|pay>")],
        {"000000000001": spending()},
        DAY,
        budgets,
    )
    told = month_lines(summary)[0]
    assert "<" not in told
    assert "*x*" not in told


# ------------------------------------------------------------------ in the digest and the report


def test_on_a_quiet_day_the_month_stands_below_the_one_line() -> None:
    digest = replace(digest_with(), month=month_of(spending()))
    assert is_quiet(digest)
    assert "November so far: $2,200, lands at about $3,000" in said(digest)
    assert "account-1: $2,200 so far" in said(digest)


def test_two_hundred_accounts_keep_within_slack_and_the_report_has_them_all() -> None:
    month = month_of(*(spending(before=number) for number in range(1, 201)))
    digest = replace(digest_with((incident(1), "new")), month=month)
    message = digest_message(digest, "https://example.com/r")
    content = {"blocks": list(message.blocks), "text": message.text}
    assert message_problem(content, frozenset()) is None
    assert "… and 188 more in the report" in json.dumps(message.blocks, ensure_ascii=False)
    page = render(replace(report(view()), digest=digest))
    assert page.count('data-label="Lands at"') == 200


def test_the_digest_is_stored_with_its_month_and_read_again() -> None:
    digest = replace(digest_with(), month=month_of(spending(), None))
    assert from_json(type(digest), json.loads(dumps(digest)), what="digest") == digest


def test_the_whole_bill_is_summed_once_also_by_usage_type() -> None:
    """Usage types are parts of their services; taxes and credits are not usage."""
    dates = (DAY - timedelta(days=1), DAY)
    costs = DailyCosts(
        "1",
        dates,
        (
            CostSeries("EC2", (4.0, 5.0)),
            CostSeries("EC2", (4.0, 5.0), usage_type="BoxUsage"),
            CostSeries("Tax", (None, 1.0), RecordClass.TAX),
            CostSeries("EC2", (-2.0, None), RecordClass.CREDIT),
        ),
    )
    found = with_spent(bill_days(costs, DAY), costs, DAY)
    assert found.billed[-2:] == (Decimal("2.00"), Decimal("6.00"))
    assert found.spent[-2:] == (Decimal("4.00"), Decimal("5.00"))
    assert len(found.billed) == DAYS


# ------------------------------------------------------------------ what nobody has answered


def told(days_ago: int, **changes: Any) -> Any:
    since = DAY - timedelta(days=days_ago)
    before = incident(1)
    return replace(before, told=as_told(before, NoticeKind.NEW, since), **changes)


def test_what_nobody_has_answered_says_for_how_long() -> None:
    spoken = said(digest_with((told(7), "ongoing"), (incident(2), "new")))
    assert "Still going (1, $100 a day, 1 without an answer)" in spoken
    assert "no answer for 7 days" in spoken


def test_it_counts_from_the_first_message_also_after_a_second_one() -> None:
    again = told(7)
    again = replace(again, told=as_told(again, NoticeKind.ESCALATED, DAY))
    assert "no answer for 7 days" in said(digest_with((again, "escalated")))


def test_what_was_answered_is_over_or_cannot_be_answered_is_not_waited_for() -> None:
    cases = {
        "told today": told(0),
        "called expected": told(7, state=IncidentState.EXPECTED),
        "told by mail": told(7, owner=Owner("core-api", "account-tag", "", "a@example.com")),
        "announced": told(7),
    }
    cases["announced"] = replace(
        cases["announced"], told=replace(cases["announced"].told, notice=NoticeKind.PLANNED)
    )
    for name, each in cases.items():
        assert "no answer" not in said(digest_with((each, "ongoing"), (incident(2), "new"))), name
    nobody_could = digest_with((told(7), "ongoing"), (incident(2), "new"), answerable=False)
    assert "no answer" not in said(nobody_could)


def test_once_a_week_a_quiet_day_tells_what_nobody_has_answered() -> None:
    daily = digest_with((told(7), "ongoing"))
    assert is_quiet(daily)
    weekly = replace(daily, month=month_of(spending()))
    assert "no answer for 7 days" in said(weekly)


def test_a_judged_account_is_scanned_without_a_bill_too() -> None:
    assert month_of(SCANNED).not_known == ("account-1",)


def test_the_first_of_a_month_sums_up_the_one_that_ended() -> None:
    last = date(2026, 10, 31)
    summary = month_summary([account(1)], {"000000000001": spending()}, last)
    assert (summary.first, summary.landing_usd) == (date(2026, 10, 1), 3_100)
