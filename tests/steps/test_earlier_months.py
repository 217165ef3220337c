"""Earlier months are asked for once an account and month, and an account without them is judged all
the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.steps.test_payer_costs import MemoryS3
from tests.support.cost_explorer import Counter, bill
from tests.support.json_client import json_client
from whyspike.model import CostMetric, EarlierMonths, RecordClass, Scan
from whyspike.simulator.aws import cost_explorer as simulated
from whyspike.simulator.aws.models import AwsError
from whyspike.steps import earlier_months, payer_costs
from whyspike.steps.configuration import Configuration
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.cost_explorer import LinkedAccountCosts

ACCOUNT = "111122223333"
SCAN = Scan("2026-03-12", date(2026, 3, 12))
ROWS = bill(
    (date(2025, 2, 28), "EC2", "", "Usage", 90.0),
    (date(2025, 3, 1), "EC2", "", "Usage", 5.0),
    (date(2025, 3, 31), "EC2", "", "SavingsPlanCoveredUsage", 7.0),
    (date(2026, 2, 28), "EC2", "", "Usage", 3.0),
    (date(2026, 2, 14), "AWS Support", "", "Fee", 40.0),
    (date(2026, 3, 1), "EC2", "", "Usage", 90.0),
)


class Sparing(Counter):
    half = True

    def half_is_left(self) -> bool:
        return self.half


def explorer(error: str = "") -> Any:
    def answer(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if error:
            raise AwsError(error, "no")
        return simulated.answer(operation, request, ROWS, SCAN.scan_date)

    return LinkedAccountCosts(json_client("ce", answer), ACCOUNT)


def asked(
    usage: Sparing, bucket: ScanBucket | None = None, scan: Scan = SCAN, error: str = ""
) -> earlier_months.Months:
    bucket = bucket or ScanBucket(MemoryS3(), "bucket")
    return earlier_months.of_account(explorer(error), ACCOUNT, scan, bucket, usage)


def costs_of(months: EarlierMonths) -> dict[tuple[str, RecordClass], tuple[float | None, ...]]:
    return {(s.service, s.record_class): s.costs for s in months.series}


def test_the_twelve_months_before_are_sums_by_service_and_class_for_one_request() -> None:
    usage = Sparing()
    found = asked(usage)
    assert found.earlier is not None
    assert (found.requests, usage.requests, found.unknown) == (1, 1, "")
    assert (found.earlier.months[0], found.earlier.months[-1]) == (
        date(2025, 3, 1),
        date(2026, 2, 1),
    )
    assert costs_of(found.earlier) == {
        ("EC2", RecordClass.USAGE): (12.0, *[None] * 10, 3.0),
        ("AWS Support", RecordClass.FEE): (*[None] * 11, 40.0),
    }


def test_the_next_scans_of_the_month_ask_nothing_and_know_the_same() -> None:
    usage, bucket = Sparing(), ScanBucket(MemoryS3(), "bucket")
    first = asked(usage, bucket)
    again = asked(usage, bucket, replace(SCAN, scan_id="2026-03-13", scan_date=date(2026, 3, 13)))
    assert (again.earlier, again.requests, usage.requests) == (first.earlier, 0, 1)
    next_month = replace(SCAN, scan_date=date(2026, 4, 1))
    later = asked(usage, bucket, next_month)
    assert later.earlier is not None
    assert (later.earlier.months[-1], usage.requests) == (date(2026, 3, 1), 2)


@pytest.mark.parametrize("error", ["ValidationException", "LimitExceededException"])
def test_what_is_refused_is_named_and_asked_again(error: str) -> None:
    usage, bucket = Sparing(), ScanBucket(MemoryS3(), "bucket")
    refused = asked(usage, bucket, error=error)
    assert refused.earlier is None
    assert refused.unknown.startswith("no months since Mar 2025, so that charges of a quarter")
    assert asked(usage, bucket).earlier is not None


def test_the_cap_is_kept_for_the_days() -> None:
    usage = Sparing()
    usage.half = False
    spared = asked(usage)
    assert (spared.earlier, usage.requests) == (None, 0)
    assert "CostExplorerRequestCap is kept for the days" in spared.unknown


def test_the_payer_is_asked_once_for_a_batch_and_later_for_those_that_are_new() -> None:
    usage, bucket, asked_of = Counter(), ScanBucket(MemoryS3(), "bucket"), []

    def answer(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        asked_of.append(request["Filter"]["And"][0]["Dimensions"]["Values"])
        return simulated.answer(operation, request, ROWS, SCAN.scan_date)

    def of_batch(*ids: str) -> Any:
        config, filters = Configuration("bucket", "table"), payer_costs.filters()
        metrics = dict.fromkeys(ids, CostMetric.UNBLENDED)
        client = json_client("ce", answer)
        return earlier_months.of_batch(client, metrics, SCAN, bucket, usage, filters, config)

    own = asked(Sparing()).earlier
    assert own is not None
    first = of_batch(ACCOUNT)
    assert costs_of(first[ACCOUNT]) == costs_of(own)
    assert of_batch(ACCOUNT) == first
    both = of_batch(ACCOUNT, "999999999999")
    assert asked_of == [[ACCOUNT]] * 3 + [["999999999999"]] * 3
    assert (both[ACCOUNT], both["999999999999"].series) == (first[ACCOUNT], ())


def test_months_by_another_cost_than_the_days_are_asked_anew() -> None:
    usage, bucket = Sparing(), ScanBucket(MemoryS3(), "bucket")
    asked(usage, bucket)
    net = earlier_months.of_account(
        explorer(), ACCOUNT, SCAN, bucket, usage, CostMetric.NET_UNBLENDED
    )
    assert net.earlier is not None
    assert (net.earlier.metric, usage.requests) == (CostMetric.NET_UNBLENDED, 2)
