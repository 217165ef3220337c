"""Cost Explorer's answers as daily costs: every page read and counted, days aligned by date,
failures never silent."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.cost_explorer import END, START, Counter, bill, client_of
from tests.support.json_client import json_client
from whyspike.errors import (
    BudgetExhausted,
    CostExplorerDenied,
    NotReady,
    Throttled,
    Uncertain,
)
from whyspike.model import CostQuery
from whyspike.simulator.aws.models import AwsError
from whyspike.wire.cost_explorer import MAX_READS, LinkedAccountCosts, query


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("LimitExceededException", Throttled),
        ("ThrottlingException", Throttled),
        ("DataUnavailableException", NotReady),
        ("AccessDeniedException", CostExplorerDenied),
    ],
)
def test_a_refusal_is_raised_by_its_own_name(code: str, error: type[Exception]) -> None:
    def refuse(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        raise AwsError(code, "no", 400)

    with pytest.raises(error, match=code):
        query(json_client("ce", refuse), CostQuery(START, END, ("SERVICE",)), Counter())


def test_the_effective_cost_comes_in_the_same_request_and_pages_of_it_are_added_up() -> None:
    rows = bill(
        (END, "EC2", "Box", "SavingsPlanCoveredUsage", 7.0),
        (END, "EC2", "Box", "SavingsPlanRecurringFee", 4.0),
    )
    usage = Counter()
    asked = CostQuery(
        END,
        END + timedelta(days=1),
        ("RECORD_TYPE",),
        metrics=("UnblendedCost", "UsageQuantity", "NetAmortizedCost"),
    )
    found = {
        row.keys[0]: (row.cost, row.effective) for row in query(client_of(rows), asked, usage).rows
    }
    assert found == {"SavingsPlanCoveredUsage": (7.0, 4.0), "SavingsPlanRecurringFee": (4.0, 0.0)}
    assert usage.requests == 1
    plain = query(
        client_of(rows), CostQuery(END, END + timedelta(days=1), ("RECORD_TYPE",)), usage
    ).rows
    assert [row.effective for row in plain] == [None, None]


def test_resource_ids_that_are_no_longer_kept_are_missing_data_and_not_a_failure() -> None:
    wanted = CostQuery(
        START - timedelta(days=30),
        START,
        ("USAGE_TYPE", "RESOURCE_ID"),
        {"Dimensions": {"Key": "SERVICE", "Values": ["EC2"]}},
        with_resources=True,
    )
    with pytest.raises(NotReady, match="14 days ago"):
        query(client_of(bill()), wanted, Counter())


class LosesItsPlace:
    """Cost Explorer that answers a further page with an error, so many times."""

    def __init__(self, client: Any, code: str, times: int) -> None:
        self.client, self.code, self.times = client, code, times

    def get_cost_and_usage(self, **request: Any) -> Any:
        if "NextPageToken" in request and self.times:
            self.times -= 1
            answer = {"Error": {"Code": self.code, "Message": "try again"}}
            raise ClientError(answer, "GetCostAndUsage")  # type: ignore[arg-type]
        return self.client.get_cost_and_usage(**request)


PLACE_LOST = ["InvalidNextTokenException", "RequestChangedException", "BillExpirationException"]


@pytest.mark.parametrize("code", PLACE_LOST)
def test_a_query_that_loses_its_place_is_asked_anew_and_counts_nothing_twice(code: str) -> None:
    rows = bill(*((END, f"service-{n}", "Box", "Usage", 1.0 + n) for n in range(7)))
    wanted = CostQuery(START, END + timedelta(days=1), ("SERVICE",))
    whole, usage = query(client_of(rows), wanted, Counter()), Counter()

    again = query(LosesItsPlace(client_of(rows, page_size=3), code, 1), wanted, usage)

    assert again.rows == whole.rows
    assert again.requests == usage.requests - 1  # what was refused is not billed


def test_a_query_that_loses_its_place_each_time_is_left_to_the_state_machine() -> None:
    rows = bill(*((END, f"service-{n}", "Box", "Usage", 1.0 + n) for n in range(7)))
    lost = LosesItsPlace(client_of(rows, page_size=3), PLACE_LOST[0], 99)

    with pytest.raises(Uncertain):
        query(lost, CostQuery(START, END + timedelta(days=1), ("SERVICE",)), Counter())


FILTERS: dict[str, dict[str, Any]] = {
    "no filter": {},
    "a filter": {"Filter": {"Dimensions": {"Key": "SERVICE", "Values": ["AWS Lambda"]}}},
}


@pytest.mark.parametrize("name", FILTERS)
def test_every_query_of_an_account_names_it(name: str) -> None:
    """The payer's Cost Explorer answers for the whole organisation unless it is told not to."""
    asked: list[dict[str, Any]] = []

    class Recorder:
        def get_cost_and_usage(self, **request: Any) -> dict[str, Any]:
            asked.append(request)
            return {}

        get_cost_and_usage_with_resources = get_cost_and_usage

    costs = LinkedAccountCosts(Recorder(), "111122223333")
    costs.get_cost_and_usage(**FILTERS[name])
    costs.get_cost_and_usage_with_resources(**FILTERS[name])
    linked = {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": ["111122223333"]}}
    given = FILTERS[name].get("Filter")
    wanted = {"And": [linked, given]} if given else linked
    assert [request["Filter"] for request in asked] == [wanted, wanted]


def test_a_page_is_counted_before_it_is_asked_for() -> None:
    """What a cap does not allow is never paid for."""

    class Spent:
        def reserve_cost_explorer(self, requests: int = 1) -> None:
            raise BudgetExhausted(f"no room for {requests}")

    def answer(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        raise AssertionError("asked and paid")

    with pytest.raises(BudgetExhausted):
        query(json_client("ce", answer), CostQuery(START, END, ("SERVICE",)), Spent())


def test_a_page_that_leads_to_itself_is_not_followed_for_money() -> None:
    page = {"ResultsByTime": [], "NextPageToken": "t"}
    client = SimpleNamespace(get_cost_and_usage=lambda **_: page)
    counter = Counter()
    with pytest.raises(Uncertain, match="same page"):
        query(client, CostQuery(START, END, ("SERVICE",)), counter)
    assert counter.requests <= 2 * MAX_READS


def test_a_day_that_two_pages_hold_is_added_up() -> None:
    group: dict[str, Any] = {
        "Keys": ["AWS Lambda"],
        "Metrics": {
            "UnblendedCost": {"Amount": "1.5", "Unit": "USD"},
            "UsageQuantity": {"Amount": "2", "Unit": "N/A"},
        },
    }
    day = {"TimePeriod": {"Start": START.isoformat(), "End": END.isoformat()}, "Groups": [group]}
    answers: list[dict[str, Any]] = [
        {"ResultsByTime": [day], "NextPageToken": "more"},
        {"ResultsByTime": [day]},
    ]
    pages = iter(answers)

    class Paged:
        def get_cost_and_usage(self, **_: Any) -> dict[str, Any]:
            return next(pages)

    (row,) = query(Paged(), CostQuery(START, END, ("SERVICE",)), Counter()).rows
    assert (row.cost, row.quantity) == (3.0, 4.0)
