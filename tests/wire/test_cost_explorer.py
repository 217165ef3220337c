"""Cost Explorer's answers as daily costs: every page read and counted, days aligned by date,
failures never silent."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.support.json_client import json_client
from whyspike.errors import (
    BudgetExhausted,
    CostExplorerDenied,
    MixedCurrencies,
    NotReady,
    Throttled,
)
from whyspike.model import CostQuery, CostSeries, RecordClass
from whyspike.simulator.aws import cost_explorer as simulated
from whyspike.simulator.aws.models import AwsError
from whyspike.simulator.organization.bill import DIMENSIONS, make_bill
from whyspike.wire.cost_explorer import daily_costs, query

END = date(2026, 3, 12)
START = END - timedelta(days=13)


class Counter:
    def __init__(self, cap: int = 1_000) -> None:
        self.requests, self.cap = 0, cap

    def reserve_cost_explorer(self, requests: int = 1) -> None:
        if self.requests + requests > self.cap:
            raise BudgetExhausted("cap")
        self.requests += requests


def bill(*rows: tuple[date, str, str, str, float]) -> Any:
    """Rows of (day, service, usage type, record type, cost)."""
    defaults = {name: [""] * len(rows) for name in DIMENSIONS}
    texts = defaults | {
        "account": ["111122223333"] * len(rows),
        "service": [row[1] for row in rows],
        "usage_type": [row[2] for row in rows],
        "record_type": [row[3] for row in rows],
    }
    return make_bill([row[0] for row in rows], texts, [row[4] for row in rows], [1.0] * len(rows))


def client_of(rows: Any, page_size: int = 1_000) -> Any:
    return json_client(
        "ce",
        lambda operation, request: simulated.answer(
            operation, request, rows, END, page_size=page_size
        ),
    )


def series_of(
    found: tuple[CostSeries, ...],
    service: str,
    record_class: RecordClass = RecordClass.USAGE,
    usage_type: str | None = None,
) -> CostSeries:
    return next(
        s
        for s in found
        if (s.service, s.record_class, s.usage_type) == (service, record_class, usage_type)
    )


def test_a_day_without_a_row_stays_missing_and_the_others_keep_their_dates() -> None:
    rows = bill(
        (START, "S3", "Requests", "Usage", 2.0),
        (END, "S3", "Requests", "Usage", 3.0),
        (START + timedelta(days=4), "EC2", "Box", "Usage", 1.0),
    )
    costs = daily_costs(client_of(rows), "111122223333", START, END, Counter())
    assert costs.dates[0] == START
    assert costs.dates[-1] == END
    assert series_of(costs.series, "S3").costs == (2.0, *[None] * 12, 3.0)
    assert series_of(costs.series, "EC2").costs.index(1.0) == 4


def test_record_types_become_classes_and_usage_like_ones_are_added_up() -> None:
    rows = bill(
        (END, "EC2", "Box", "Usage", 5.0),
        (END, "EC2", "Box", "SavingsPlanCoveredUsage", 7.0),
        (END, "EC2", "Box", "Refund", -4.0),
        (END, "EC2", "Box", "A type of 2031", 1.5),
    )
    series = daily_costs(client_of(rows), "111122223333", START, END, Counter()).series
    assert series_of(series, "EC2").costs[-1] == 12.0
    assert series_of(series, "EC2", RecordClass.REFUND).costs[-1] == -4.0
    assert series_of(series, "EC2", RecordClass.OTHER).costs[-1] == 1.5


def test_usage_types_hold_usage_alone_and_cost_one_more_request() -> None:
    rows = bill((END, "EC2", "Box", "Usage", 5.0), (END, "EC2", "Box", "Credit", -5.0))
    usage = Counter()
    costs = daily_costs(client_of(rows), "111122223333", START, END, usage, usage_types=True)
    assert series_of(costs.series, "EC2", usage_type="Box").costs[-1] == 5.0
    assert (costs.requests, usage.requests) == (2, 2)


def test_pages_that_split_a_day_are_merged_and_each_is_counted() -> None:
    rows = bill(
        *[
            (START + timedelta(days=i), f"service {n}", "Box", "Usage", 1.0 + n)
            for i in range(14)
            for n in range(5)
        ]
    )
    whole = daily_costs(client_of(rows), "111122223333", START, END, Counter())
    usage = Counter()
    paged = daily_costs(client_of(rows, page_size=3), "111122223333", START, END, usage)
    assert paged.series == whole.series
    assert paged.requests == usage.requests > 10


def test_the_cap_stops_before_the_request_that_would_pass_it() -> None:
    rows = bill(*[(START + timedelta(days=i), "EC2", "Box", "Usage", 1.0) for i in range(14)])
    usage = Counter(cap=2)
    with pytest.raises(BudgetExhausted):
        daily_costs(client_of(rows, page_size=3), "111122223333", START, END, usage)
    assert usage.requests == 2


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


def test_a_bill_in_two_currencies_is_refused() -> None:
    def mixed(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        day = {
            "TimePeriod": {"Start": str(END), "End": str(END + timedelta(days=1))},
            "Estimated": False,
            "Total": {},
        }
        groups = [
            {"Keys": [name, "Usage"], "Metrics": {"UnblendedCost": {"Amount": "1", "Unit": unit}}}
            for name, unit in (("a", "USD"), ("b", "CNY"))
        ]
        return {"ResultsByTime": [{**day, "Groups": groups}]}

    with pytest.raises(MixedCurrencies, match="CNY, USD"):
        daily_costs(json_client("ce", mixed), "111122223333", START, END, Counter())
