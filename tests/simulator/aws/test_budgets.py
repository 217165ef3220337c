"""The simulated AWS Budgets: an account's own, in pages of a hundred, with what is used of the
month that now is."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from whyspike.simulator.aws.budgets import answer
from whyspike.simulator.aws.models import AwsError
from whyspike.simulator.organization.bill import DIMENSIONS, make_bill

PAYER, SHOP = "900000000001", "111122223333"
DAYS = [date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 2)]
BILL = make_bill(
    DAYS * 2,
    {
        **dict.fromkeys(DIMENSIONS, ["x"] * 6),
        "account": [SHOP] * 3 + [PAYER] * 3,
        "record_type": ["Usage"] * 6,
    },
    [100.0, 10.0, 20.0, 1.0, 1.0, 1.0],
    [0.0] * 6,
)
SHOPS: dict[str, Any] = {
    "BudgetName": "Shop",
    "BudgetType": "COST",
    "TimeUnit": "MONTHLY",
    "CostFilters": {"LinkedAccount": [SHOP]},
}
ALL = {key: value for key, value in SHOPS.items() if key != "CostFilters"}


def asked(*budgets: dict[str, Any], as_of: date = DAYS[-1], **request: Any) -> dict[str, Any]:
    told = {"AccountId": PAYER, **request}
    return answer("DescribeBudgets", told, PAYER, budgets, BILL, as_of)


def used(*budgets: dict[str, Any], **more: Any) -> list[str]:
    return [
        budget["CalculatedSpend"]["ActualSpend"]["Amount"]
        for budget in asked(*budgets, **more)["Budgets"]
    ]


def test_what_is_used_is_of_the_accounts_and_of_the_month() -> None:
    assert used(SHOPS, ALL) == ["30.000", "32.000"]


def test_on_the_first_nothing_of_the_month_before_is_used() -> None:
    assert used(ALL, as_of=date(2026, 11, 30)) == ["0.000"]


def test_a_filter_expression_is_told_to_those_who_ask_for_it() -> None:
    filtered = {**ALL, "FilterExpression": {"Dimensions": {"Key": "REGION", "Values": ["x"]}}}
    assert "FilterExpression" not in asked(filtered)["Budgets"][0]
    assert "FilterExpression" in asked(filtered, ShowFilterExpression=True)["Budgets"][0]


def refusal(operation: str = "DescribeBudgets", **request: Any) -> str:
    with pytest.raises(AwsError) as refused:
        answer(operation, {"AccountId": PAYER, **request}, PAYER, [ALL] * 101, BILL, DAYS[-1])
    return refused.value.code


def test_what_aws_refuses_it_refuses() -> None:
    assert refusal(AccountId=SHOP) == "AccessDeniedException"
    assert refusal(AccountId="shop") == "ValidationException"
    assert refusal(NextToken="made-up") == "InvalidNextTokenException"
    assert refusal("DescribeBudgetActionsForAccount") == "NotImplementedException"
    token = asked(*[ALL] * 101)["NextToken"]
    assert refusal(NextToken=token, MaxResults=5) == "InvalidNextTokenException"
