"""Announced activity: read from YAML as a person writes it, refused by entry and field, matched
within its window and dollars."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import yaml

from tests.support.incidents import DAY, EC2, SHOP, anomaly
from whyspike.errors import InvalidInput
from whyspike.incidents.planned import PlannedActivity, plan_of, planned_activities

TEXT = """
planned:
  - account: "111122223333"
    service: Amazon Elastic Compute Cloud - Compute
    from: 2026-03-12
    until: 2026-03-20
    expected_usd: 5000
    who: jane@example.com
    what: load test of the new checkout
"""
PLAN = PlannedActivity(
    "111122223333",
    date(2026, 3, 12),
    date(2026, 3, 20),
    Decimal(5000),
    "jane@example.com",
    "load test of the new checkout",
    EC2,
)


def test_the_file_reads_as_it_is_written() -> None:
    assert planned_activities(yaml.safe_load(TEXT)) == (PLAN,)
    assert planned_activities(yaml.safe_load(TEXT)["planned"]) == (PLAN,)
    assert planned_activities(yaml.safe_load("")) == ()
    assert planned_activities({"planned": None}) == ()
    assert (
        PLAN.summary
        == "load test of the new checkout (jane@example.com), up to $5,000, from Thu 12"
        " Mar to Fri 20 Mar"
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"111122223333"', "111122223333", "entry 1: account: write the id in quotes"),
        ('"111122223333"', '"1111"', "no account id of 12 digits"),
        ("2026-03-20", "2026-03-01", "until 2026-03-01 is before from 2026-03-12"),
        ("5000", "0", "expected_usd: must be more than 0"),
        ("5000", "lots", "expected_usd"),
        ("    who: jane@example.com\n", "", "who"),
        ("2026-03-12", "soon", "from"),
        ("planned:", "planned: x\nrest:", "must be a list"),
        ("planned:", "plans:", "unknown field 'plans'. Remedy: hold the entries under `planned:`"),
    ],
)
def test_a_mistake_is_refused_by_entry_and_field(old: str, new: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        planned_activities(yaml.safe_load(TEXT.replace(old, new)))


def test_a_plan_covers_its_account_service_window_and_dollars() -> None:
    seen = [anomaly(onset=DAY, usage_date=DAY + timedelta(days=2))]
    assert plan_of([PLAN], SHOP.account_id, seen, Decimal(5000)) is PLAN
    assert plan_of([PLAN], SHOP.account_id, seen, Decimal(5001)) is None
    assert plan_of([PLAN], "444455556666", seen, Decimal(1)) is None
    assert (
        plan_of([PLAN], SHOP.account_id, [*seen, anomaly(service="AWS Glue")], Decimal(1)) is None
    )
    assert (
        plan_of([PLAN], SHOP.account_id, [anomaly(onset=DAY - timedelta(days=1))], Decimal(1))
        is None
    )
    assert (
        plan_of(
            [PLAN], SHOP.account_id, [anomaly(onset=DAY, usage_date=date(2026, 3, 21))], Decimal(1)
        )
        is None
    )
