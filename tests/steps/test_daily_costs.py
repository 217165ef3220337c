"""The daily costs of one account: aligned by date, and never a day or a request too many."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.cost_explorer import END, START, Counter, bill, client_of
from tests.support.json_client import json_client
from whyspike.errors import (
    BudgetExhausted,
    MixedCurrencies,
)
from whyspike.model import CostMetric, CostSeries, RecordClass
from whyspike.steps.daily_costs import daily_costs


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


def test_what_a_plan_covered_before_it_ended_is_not_taken_for_what_plans_cover() -> None:
    covered, usage = "SavingsPlanCoveredUsage", "Usage"
    ended = [(END - timedelta(days=back), "EC2", "Box", covered, 90.0) for back in range(2, 9)]
    stays = [(END - timedelta(days=back), "EC2", "Box", covered, 10.0) for back in range(9)]
    other = [(END - timedelta(days=back), "S3", "Storage", usage, 5.0) for back in range(9)]
    client = client_of(bill(*ended, *stays, *other))
    found = daily_costs(client, "111122223333", START, END, Counter())
    assert found.plan_usage == {"EC2": 10.0}


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


DISCOUNT = "Enterprise Discount Program Discount"
CHOICES = {
    ("auto", "no discount"): (CostMetric.UNBLENDED, 100.0),
    ("auto", "a discount"): (CostMetric.NET_UNBLENDED, 90.0),
    ("unblended", "a discount"): (CostMetric.UNBLENDED, 100.0),
    ("net-unblended", "no discount"): (CostMetric.NET_UNBLENDED, 100.0),
    ("amortized", "a discount"): (CostMetric.AMORTIZED, 100.0),
    ("net-amortized", "a discount"): (CostMetric.NET_AMORTIZED, 90.0),
}


@pytest.mark.parametrize(("choice", "kind"), CHOICES, ids=" and ".join)
def test_the_cost_that_is_judged_is_the_one_that_was_chosen(choice: str, kind: str) -> None:
    discount = [(END, "EC2", "Box", DISCOUNT, -10.0)] if kind == "a discount" else []
    rows = bill((END, "EC2", "Box", "Usage", 100.0), *discount)
    usage = Counter()
    costs = daily_costs(
        client_of(rows), "111122223333", START, END, usage, usage_types=True, cost_metric=choice
    )
    metric, cost = CHOICES[choice, kind]
    assert (costs.metric, usage.requests) == (metric, 2)
    assert series_of(costs.series, "EC2").costs[-1] == pytest.approx(cost)
    assert series_of(costs.series, "EC2", usage_type="Box").costs[-1] == pytest.approx(cost)
