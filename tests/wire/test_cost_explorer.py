"""Cost Explorer's answers as daily costs: every page read and counted, days aligned by date,
failures never silent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.cost_explorer import END, START, Counter, bill, client_of
from tests.support.json_client import json_client
from whyspike.errors import (
    CostExplorerDenied,
    NotReady,
    Throttled,
)
from whyspike.model import CostQuery
from whyspike.simulator.aws.models import AwsError
from whyspike.wire.cost_explorer import query


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
