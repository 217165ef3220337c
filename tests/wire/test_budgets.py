"""The budgets of the management account: what limits a month of whole accounts is kept, the rest is
counted, and a refusal is never "no budget"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pytest

from tests.support.json_client import json_client
from whyspike.errors import Refused, Uncertain
from whyspike.model.months import Budget
from whyspike.simulator.aws import budgets as simulated
from whyspike.simulator.aws.models import AwsError
from whyspike.simulator.organization.bill import DIMENSIONS, make_bill
from whyspike.wire.budgets import monthly_budgets

PAYER, SHOP, PAY = "900000000001", "111122223333", "444455556666"
DAY = date(2026, 11, 6)
BILL = make_bill([], dict.fromkeys(DIMENSIONS, ()), [], [])


def record(name: str = "Shop", **changes: Any) -> dict[str, Any]:
    return {
        "BudgetName": name,
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": "4000.0", "Unit": "USD"},
        **changes,
    }


def client_of(records: Sequence[Mapping[str, Any]], asked: list[Any] | None = None) -> Any:
    def answer(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if asked is not None:
            asked.append(request)
        return simulated.answer(operation, request, PAYER, records, BILL, DAY)

    return json_client("budgets", answer)


def kept(**changes: Any) -> Budget | None:
    found = monthly_budgets(client_of([record(**changes)]), PAYER, DAY)
    assert len(found.budgets) + found.left_out == 1
    return next(iter(found.budgets), None)


def term(key: str, *values: str) -> dict[str, Any]:
    return {"Dimensions": {"Key": key, "Values": list(values)}}


NO_CREDITS = {"Not": term("RECORD_TYPE", "Credit", "Refund")}
WHOSE = {
    "no filter": ({}, ()),
    "one account": ({"CostFilters": {"LinkedAccount": [SHOP]}}, (SHOP,)),
    "two accounts": ({"CostFilters": {"LinkedAccount": [SHOP, PAY]}}, (SHOP, PAY)),
    "an expression": ({"FilterExpression": term("LINKED_ACCOUNT", SHOP)}, (SHOP,)),
    "an expression of two": (
        {"FilterExpression": {"And": [term("LINKED_ACCOUNT", PAY), NO_CREDITS]}},
        (PAY,),
    ),
    "its own view": (
        {"BillingViewArn": f"arn:aws:billing::{PAYER}:billingview/primary"},
        (),
    ),
}


@pytest.mark.parametrize(("changes", "accounts"), WHOSE.values(), ids=WHOSE)
def test_a_budget_says_whose_costs_it_limits(
    changes: dict[str, Any], accounts: tuple[str, ...]
) -> None:
    found = kept(**changes)
    assert found
    assert (found.name, found.limit_usd, found.account_ids) == ("Shop", 4_000.0, accounts)


ELSE = {
    "a service": {"CostFilters": {"Service": ["Amazon EC2"]}},
    "a service of an account": {"CostFilters": {"LinkedAccount": [SHOP], "Region": ["eu-west-1"]}},
    "a tag": {"FilterExpression": {"Tags": {"Key": "team", "Values": ["a"]}}},
    "not an account": {"FilterExpression": {"Not": term("LINKED_ACCOUNT", SHOP)}},
    "one account or another's service": {
        "FilterExpression": {"Or": [term("LINKED_ACCOUNT", SHOP), term("SERVICE", "Amazon EC2")]}
    },
    "two filters by account": {
        "FilterExpression": {"And": [term("LINKED_ACCOUNT", SHOP), term("LINKED_ACCOUNT", PAY)]}
    },
    "accounts by the end of their ids": {
        "FilterExpression": {
            "Dimensions": {"Key": "LINKED_ACCOUNT", "Values": ["33"], "MatchOptions": ["ENDS_WITH"]}
        }
    },
    "a view of its own": {
        "BillingViewArn": f"arn:aws:billing::{PAYER}:billingview/custom-0a1b2c3d"
    },
    "a year": {"TimeUnit": "ANNUALLY"},
    "hours": {"BudgetType": "USAGE"},
    "another currency": {"BudgetLimit": {"Amount": "4000", "Unit": "CNY"}},
}


@pytest.mark.parametrize("changes", ELSE.values(), ids=ELSE)
def test_what_limits_something_else_is_counted_and_not_compared(changes: dict[str, Any]) -> None:
    assert kept(**changes) is None


OTHERWISE = {
    "without credits": {"CostTypes": {"IncludeCredit": False}},
    "amortised": {"CostTypes": {"UseAmortized": True, "IncludeTax": True}},
    "blended": {"Metrics": ["BlendedCost"]},
    "without record types": {"FilterExpression": NO_CREDITS},
}


@pytest.mark.parametrize("changes", OTHERWISE.values(), ids=OTHERWISE)
def test_a_budget_that_counts_otherwise_says_so(changes: dict[str, Any]) -> None:
    found = kept(**changes)
    assert found
    assert not found.counts_all


def test_a_budget_that_counts_as_the_bill_does_says_so() -> None:
    plain = kept(CostTypes={"IncludeCredit": True, "UseBlended": False}, Metrics=["UnblendedCost"])
    assert plain
    assert plain.counts_all
    assert (plain.used_usd, plain.foreseen_usd) == (0.0, 0.0)


def test_a_budget_that_begins_later_is_none_yet() -> None:
    later = record(TimePeriod={"Start": 1_798_761_600})  # 1 January 2027
    found = monthly_budgets(client_of([later, record("Now")]), PAYER, DAY)
    assert [budget.name for budget in found.budgets] == ["Now"]
    assert found.left_out == 0


def test_every_page_is_read_and_the_filters_are_asked_for() -> None:
    asked: list[Any] = []
    many = [record(f"budget-{number}") for number in range(250)]
    assert len(monthly_budgets(client_of(many, asked), PAYER, DAY).budgets) == 250
    assert len(asked) == 3
    assert all(request["ShowFilterExpression"] for request in asked)


def failing(code: str) -> Any:
    def answer(_operation: str, _request: dict[str, Any]) -> dict[str, Any]:
        raise AwsError(code, "as planned")

    return json_client("budgets", answer)


def test_who_may_not_see_budgets_is_told_how_to_mend_it() -> None:
    with pytest.raises(Refused, match="ReadsBudgets=true"):
        monthly_budgets(failing("AccessDeniedException"), PAYER, DAY)


def test_an_answer_that_is_none_is_no_empty_list() -> None:
    nameless = json_client("budgets", lambda _operation, _request: {"Budgets": [{"TimeUnit": "X"}]})
    with pytest.raises(Uncertain):
        monthly_budgets(nameless, PAYER, DAY)
