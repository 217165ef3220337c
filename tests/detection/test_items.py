from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.support.bills import ACCOUNT
from whyspike.detection import group_items
from whyspike.model import Anomaly, Kind, Severity

DAY = date(2026, 3, 20)


def anomaly(service: str, onset: int = 0, impact: int = 100, **fields: object) -> Anomaly:
    values: dict[str, object] = {
        "account_id": ACCOUNT,
        "service": service,
        "kind": Kind.LEVEL_SHIFT,
        "onset": DAY + timedelta(days=onset),
        "usage_date": DAY + timedelta(days=3),
        "actual_spend": Decimal(200),
        "expected_spend": Decimal(100),
        "expected_low": Decimal(90),
        "expected_high": Decimal(110),
        "impact": Decimal(impact),
        "impact_percentage": 100.0,
        "projected_monthly_impact": Decimal(3000),
        "score": 3.0,
        "severity": Severity.HIGH,
        "reason": "because",
    }
    return Anomaly(**(values | fields))  # type: ignore[arg-type]


def services(*anomalies: Anomaly) -> list[list[str]]:
    return [
        [a.usage_type or a.service for a in item.anomalies]
        for item in group_items(ACCOUNT, anomalies)
    ]


def test_anomalies_that_share_an_onset_are_one_item_largest_first() -> None:
    assert services(
        anomaly("S3", impact=10), anomaly("EC2", onset=1, impact=500), anomaly("RDS", onset=9)
    ) == [["EC2", "S3"], ["RDS"]]


def test_a_service_stands_for_its_usage_types() -> None:
    assert services(
        anomaly("EC2"), anomaly("EC2", impact=99, usage_type="p5"), anomaly("S3", usage_type="Out")
    ) == [["EC2", "Out"]]


def test_a_ramp_beside_a_shift_of_its_service_is_kept() -> None:
    assert services(
        anomaly("EC2"), anomaly("EC2", onset=1, usage_type="snapshots", kind=Kind.RAMP)
    ) == [["EC2", "snapshots"]]


def test_a_ramp_that_its_service_shows_later_leads_the_item() -> None:
    fine = anomaly("EC2", onset=-14, impact=900, usage_type="gp3", kind=Kind.RAMP)
    assert services(anomaly("EC2"), fine) == [["gp3", "EC2"]]


def test_a_shift_of_the_mix_is_not_hidden_by_its_service() -> None:
    assert services(
        anomaly("EC2", impact=1), anomaly("EC2", usage_type="od", kind=Kind.MIX_SHIFT, alert=False)
    ) == [["EC2", "od"]]


def test_drops_are_items_of_their_own_and_come_last() -> None:
    items = group_items(
        ACCOUNT, [anomaly("S3", impact=-9000, kind=Kind.DROP, alert=False), anomaly("EC2")]
    )
    assert [(item.leading.service, item.alert) for item in items] == [("EC2", True), ("S3", False)]


def test_the_id_names_account_onset_and_leading_scope() -> None:
    (one,) = group_items(ACCOUNT, [anomaly("EC2"), anomaly("S3", impact=1)])
    (same,) = group_items(ACCOUNT, [anomaly("S3", impact=2), anomaly("EC2", impact=500, score=9.0)])
    (other,) = group_items(ACCOUNT, [anomaly("EC2", usage_type="p5")])
    assert one.item_id == same.item_id
    assert one.item_id.startswith(f"{ACCOUNT}-2026-03-20-")
    assert len(one.item_id.rsplit("-", 1)[1]) == 8
    assert other.item_id != one.item_id


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_order_of_anomalies_changes_nothing(order: tuple[int, ...]) -> None:
    anomalies = [
        anomaly("A", onset=0, impact=5),
        anomaly("B", onset=1, impact=50),
        anomaly("C", onset=5),
    ]
    assert group_items(ACCOUNT, [anomalies[i] for i in order]) == group_items(ACCOUNT, anomalies)


def test_no_anomaly_makes_no_item() -> None:
    assert group_items(ACCOUNT, []) == ()
