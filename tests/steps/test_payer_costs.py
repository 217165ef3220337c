"""CostSource=payer: a few questions for everybody give each account the very bill that its own Cost
Explorer gives it."""

from __future__ import annotations

import io
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.cost_explorer import Counter
from tests.support.json_client import json_client
from whyspike.detection import DetectionSettings, find_anomalies
from whyspike.errors import AccountNotInBill
from whyspike.model import Account, Anomaly, CostMetric, Scan
from whyspike.simulator.aws import cost_explorer as simulated
from whyspike.simulator.organization.bill import DIMENSIONS, Bill, join, make_bill
from whyspike.steps.configuration import Configuration
from whyspike.steps.daily_costs import daily_costs
from whyspike.steps.payer_costs import read_slice, write_slices
from whyspike.wire.bucket import ScanBucket

SCAN = Scan("2026-03-12", date(2026, 3, 12), 60)
START = SCAN.scan_date - timedelta(days=SCAN.lookback_days - 1)
ACCOUNTS = tuple(Account(f"{n:012d}", f"account-{n}") for n in range(1, 6))
TYPES = (
    "Usage",
    "SavingsPlanCoveredUsage",
    "SavingsPlanNegation",
    "Credit",
    "Refund",
    "Tax",
    "Support fee",
    "A type of 2031",
)


class MemoryS3:
    """put_object and get_object of an S3 client, in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put_object(self, Key: str, Body: bytes, **_: str) -> None:
        self.objects[Key] = Body

    def get_object(self, Key: str, **_: str) -> dict[str, Any]:
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": Key}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[Key])}


def bill_of(account_id: str, *more: str) -> Bill:
    """Two services with every record type, and `more` that are negative; the third account's EC2
    quadruples on the last two days."""
    random = Random(account_id)
    shares = dict.fromkeys(TYPES, 0.01) | {"Usage": 1.0} | dict.fromkeys(more, -0.01)
    rows = []
    for i in range(SCAN.lookback_days):
        day = START + timedelta(days=i)
        factor = 4.0 if account_id.endswith("3") and i >= SCAN.lookback_days - 2 else 1.0
        for service, level in (("EC2", 120.0 * factor), ("S3", 30.0)):
            rows += [
                (day, service, kind, level * random.uniform(0.95, 1.05) * share)
                for kind, share in shares.items()
            ]
    texts: dict[str, Any] = dict.fromkeys(DIMENSIONS, [""] * len(rows))
    texts |= {
        "account": [account_id] * len(rows),
        "service": [row[1] for row in rows],
        "record_type": [row[2] for row in rows],
    }
    return make_bill([row[0] for row in rows], texts, [row[3] for row in rows], [1.0] * len(rows))


def client_of(bill: Bill) -> Any:
    return json_client(
        "ce", lambda operation, request: simulated.answer(operation, request, bill, SCAN.scan_date)
    )


def sliced(accounts: tuple[Account, ...]) -> tuple[ScanBucket, Counter]:
    usage, bucket = Counter(), ScanBucket(MemoryS3(), "bucket")
    everything = join([bill_of(account.account_id) for account in accounts])
    write_slices(
        client_of(everything), Configuration("bucket", "table"), SCAN, accounts, usage, bucket
    )
    return bucket, usage


def what(anomaly: Anomaly) -> tuple[Any, ...]:
    return (
        anomaly.service,
        anomaly.record_class,
        anomaly.kind,
        anomaly.onset,
        anomaly.severity,
        anomaly.actual_spend,
    )


def test_each_account_has_the_same_bill_and_the_same_anomalies_as_by_its_own_role() -> None:
    bucket, _ = sliced(ACCOUNTS)
    flagged = {}
    for account in ACCOUNTS:
        own = daily_costs(
            client_of(bill_of(account.account_id)),
            account.account_id,
            START,
            SCAN.scan_date,
            Counter(),
        )
        part = read_slice(bucket, SCAN, account.account_id)
        assert [(s.service, s.record_class) for s in part.series] == [
            (s.service, s.record_class) for s in own.series
        ]
        for mine, theirs in zip(own.series, part.series, strict=True):
            assert mine.costs == pytest.approx(
                theirs.costs, abs=1e-6
            )  # each answer is rounded to ten digits
        flagged[account.account_id] = find_anomalies(part, SCAN.scan_date, DetectionSettings())
        by_role = find_anomalies(own, SCAN.scan_date, DetectionSettings())
        assert list(map(what, flagged[account.account_id])) == list(map(what, by_role))
    assert [account_id for account_id, found in flagged.items() if any(a.alert for a in found)] == [
        "000000000003"
    ]


def test_the_number_of_requests_does_not_grow_with_the_accounts_of_a_batch() -> None:
    _, few = sliced(ACCOUNTS[:1])
    _, many = sliced(ACCOUNTS)
    # one for each record class, and once a month one for each that may have a rhythm
    assert few.requests == many.requests == 7 + 3


def test_only_the_accounts_of_the_batch_are_asked_for() -> None:
    asked: list[dict[str, Any]] = []

    def answer(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        asked.append(request)
        return simulated.answer(
            operation,
            request,
            join([bill_of(account.account_id) for account in ACCOUNTS]),
            SCAN.scan_date,
        )

    bucket = ScanBucket(MemoryS3(), "bucket")
    write_slices(
        json_client("ce", answer),
        Configuration("bucket", "table"),
        SCAN,
        ACCOUNTS[:2],
        Counter(),
        bucket,
    )

    linked = {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": ["000000000001", "000000000002"]}}
    assert [request["Filter"]["And"][0] for request in asked] == [linked] * (7 + 3)
    assert sorted(bucket.s3.objects) == [
        "months/2026-03/from-000000000001.json",
        f"scans/{SCAN.scan_id}/costs/000000000001.json",
        f"scans/{SCAN.scan_id}/costs/000000000002.json",
    ]


def test_an_account_without_a_row_is_not_seen_and_never_quiet() -> None:
    """A hub that is not the payer is answered with its own bill, and nothing says that the others
    are missing."""
    usage, bucket = Counter(), ScanBucket(MemoryS3(), "bucket")
    write_slices(
        client_of(bill_of("000000000001")),
        Configuration("bucket", "table"),
        SCAN,
        ACCOUNTS[:2],
        usage,
        bucket,
    )
    assert read_slice(bucket, SCAN, "000000000001").series
    with pytest.raises(
        AccountNotInBill,
        match=(
            r"does not see account 000000000002.*Remedy: set OrganizationRoleArn .*BillingViewArn"
        ),
    ):
        read_slice(bucket, SCAN, "000000000002")


def test_an_account_with_discounts_is_judged_after_them_and_the_others_are_not() -> None:
    discounted = bill_of("000000000001", "Enterprise Discount Program Discount")
    bucket = ScanBucket(MemoryS3(), "bucket")
    everything = join([discounted, bill_of("000000000002")])
    config = Configuration("bucket", "table")
    write_slices(client_of(everything), config, SCAN, ACCOUNTS[:2], Counter(), bucket)
    first, second = (read_slice(bucket, SCAN, account.account_id) for account in ACCOUNTS[:2])
    assert (first.metric, second.metric) == (CostMetric.NET_UNBLENDED, CostMetric.UNBLENDED)
    assert first.earlier is not None
    assert first.earlier.metric is CostMetric.NET_UNBLENDED
    own = daily_costs(client_of(discounted), "000000000001", START, SCAN.scan_date, Counter())
    assert own.metric is CostMetric.NET_UNBLENDED
    assert [(s.service, s.record_class) for s in own.series] == [
        (s.service, s.record_class) for s in first.series
    ]
    for mine, theirs in zip(own.series, first.series, strict=True):
        assert mine.costs == pytest.approx(theirs.costs, abs=1e-6)
