"""The payer's Cost Explorer narrowed to one account gives that account's own bill, and only it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.steps.test_payer_costs import ACCOUNTS, SCAN, START, bill_of, client_of
from tests.support.cost_explorer import Counter
from tests.support.json_client import json_client
from whyspike.model import CostQuery
from whyspike.simulator.aws import cost_explorer as simulated
from whyspike.simulator.organization.bill import join
from whyspike.steps.daily_costs import daily_costs
from whyspike.wire.cost_explorer import LinkedAccountCosts, query

OF_ALL = join([bill_of(account.account_id) for account in ACCOUNTS])
THIRD = ACCOUNTS[2].account_id
END = SCAN.scan_date + timedelta(days=1)
EC2 = {"Dimensions": {"Key": "SERVICE", "Values": ["EC2"]}}
QUESTIONS = {
    "without a filter": CostQuery(START, END, ("SERVICE", "RECORD_TYPE")),
    "with one": CostQuery(START, END, ("USAGE_TYPE", "TAG:team"), EC2),
    "with several": CostQuery(
        START,
        END,
        ("REGION",),
        {"And": [EC2, {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Usage"]}}]},
    ),
    "by resource": CostQuery(
        END - timedelta(days=10), END, ("USAGE_TYPE", "RESOURCE_ID"), EC2, with_resources=True
    ),
}


@pytest.mark.parametrize("wanted", QUESTIONS.values(), ids=QUESTIONS)
def test_a_question_has_the_answer_that_the_account_itself_would_get(wanted: CostQuery) -> None:
    own = query(client_of(bill_of(THIRD)), wanted, Counter())
    narrowed = query(LinkedAccountCosts(client_of(OF_ALL), THIRD), wanted, Counter())

    assert own.rows
    assert narrowed == own


def test_the_daily_costs_are_those_of_the_account_s_own_role() -> None:
    counter = Counter()
    own = daily_costs(
        client_of(bill_of(THIRD)), THIRD, START, SCAN.scan_date, Counter(), usage_types=True
    )
    narrowed = daily_costs(
        LinkedAccountCosts(client_of(OF_ALL), THIRD),
        THIRD,
        START,
        SCAN.scan_date,
        counter,
        usage_types=True,
    )

    assert narrowed == own
    assert counter.requests == own.requests == 2


def test_an_account_that_the_payer_does_not_see_has_no_series() -> None:
    costs = daily_costs(
        LinkedAccountCosts(client_of(bill_of(THIRD)), "999999999999"),
        "999999999999",
        START,
        SCAN.scan_date,
        Counter(),
    )

    assert costs.series == ()


@pytest.mark.parametrize(
    "view",
    ["", "arn:aws:billing::900000000001:billingview/custom-5e1d"],
    ids=["primary view", "custom view"],
)
def test_every_page_names_the_account_and_the_billing_view(view: str) -> None:
    asked: list[dict[str, Any]] = []

    def answer(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        asked.append(request)
        return simulated.answer(operation, request, OF_ALL, SCAN.scan_date, page_size=50)

    query(
        LinkedAccountCosts(json_client("ce", answer), THIRD, view), QUESTIONS["with one"], Counter()
    )

    assert len(asked) > 1
    linked = {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": [THIRD]}}
    assert all(request["Filter"] == {"And": [linked, EC2]} for request in asked)
    assert {request.get("BillingViewArn", "") for request in asked} == {view}
