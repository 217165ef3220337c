"""Savings Plans and reservations over the wire: every service in its own protocol, every page, what
is queued to follow, and failures by their names."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.support.bought import client_of, following, reserved_database, savings_plan
from whyspike.errors import Refused, Throttled
from whyspike.model.commitments import Commitment
from whyspike.simulator.organization.commitments_file import Bought
from whyspike.wire.commitments import RESERVATIONS, Reservations, reservations, savings_plans

NOW = datetime(2026, 11, 7, 9, tzinfo=UTC)
LAST = date(2026, 11, 14)
ACCOUNT = "110000000001"
ID = "{:08d}-2222-4333-8444-555555555555".format
START, TERM = f"{LAST - timedelta(days=364)}T00:00:00Z", 31_536_000
HOURLY = [{"RecurringChargeAmount": 0.1, "RecurringChargeFrequency": "Hourly"}]
RECORDS: dict[str, dict[str, Any]] = {
    "ec2": {
        "ReservedInstancesId": ID(1),
        "InstanceType": "m5.large",
        "InstanceCount": 2,
        "Start": START,
        "End": "2026-11-15T00:00:00Z",
        "Duration": TERM,
        "FixedPrice": 365.0,
        "RecurringCharges": [{"Amount": 0.1, "Frequency": "Hourly"}],
    },
    "rds": reserved_database(LAST, ReservedDBInstanceId=ID(1)),
    "elasticache": {
        "ReservedCacheNodeId": ID(1),
        "CacheNodeType": "cache.r5.large",
        "CacheNodeCount": 2,
    },
    "opensearch": {
        "ReservedInstanceId": ID(1),
        "InstanceType": "r5.large.search",
        "InstanceCount": 2,
    },
    "redshift": {"ReservedNodeId": ID(1), "NodeType": "ra3.xlplus", "NodeCount": 2},
    "memorydb": {"ReservationId": ID(1), "NodeType": "db.r6g.large", "NodeCount": 2},
}
USUAL = {"StartTime": START, "Duration": TERM, "FixedPrice": 365.0, "RecurringCharges": HOURLY}


def record(kind: Reservations, **changes: Any) -> dict[str, Any]:
    usual = {} if kind.client == "ec2" else USUAL
    return {**usual, **RECORDS[kind.client], **changes}


def bought(kind: Reservations, *records: dict[str, Any]) -> Bought:
    return Bought(reservations={kind.client: {"eu-west-1": records}})


def listed(kind: Reservations, *records: dict[str, Any]) -> tuple[Commitment, ...]:
    client = client_of(kind.client, bought(kind, *records), NOW, "eu-west-1")
    return reservations(client, kind, ACCOUNT, "eu-west-1")


def plans(*records: dict[str, Any], refuses: str = "") -> tuple[Commitment, ...]:
    client = client_of("savingsplans", Bought(records), NOW, refuses=refuses)
    return savings_plans(client, ACCOUNT)


# ------------------------------------------------------------------ reservations

KINDS = pytest.mark.parametrize("kind", RESERVATIONS, ids=[kind.client for kind in RESERVATIONS])


@KINDS
def test_a_reservation_has_its_last_day_its_size_and_what_it_costs_a_day(
    kind: Reservations,
) -> None:
    (found,) = listed(kind, record(kind))
    assert (found.commitment_id, found.last_day, found.count) == (ID(1), LAST, 2)
    assert (found.covers, found.region) == (kind.service, "eu-west-1")
    assert found.usd_a_day == pytest.approx(2 * (24 * 0.1 + 365 / 365))


@KINDS
def test_every_page_is_read(kind: Reservations) -> None:
    many = [record(kind, **{kind.id: ID(number)}) for number in range(45)]
    assert len(listed(kind, *many)) == 45


def test_what_is_over_is_not_listed() -> None:
    kind = RESERVATIONS[1]
    over = record(kind, StartTime=f"{LAST - timedelta(days=400)}T00:00:00Z")
    assert listed(kind, over) == ()


def test_a_queued_reservation_renews_one_of_its_type_and_size() -> None:
    kind = RESERVATIONS[0]
    following_it = {"Start": "2026-11-15T00:00:00Z", "End": "2027-11-15T00:00:00Z"}
    queued = record(kind, ReservedInstancesId=ID(2), **following_it)
    assert [found.renewed for found in listed(kind, record(kind), queued)] == [True]
    smaller = {**queued, "InstanceCount": 1}
    assert [found.renewed for found in listed(kind, record(kind), smaller)] == [False]


# ------------------------------------------------------------------ Savings Plans


def test_a_plan_has_its_last_day_and_its_commitment_a_day() -> None:
    (found,) = plans(savings_plan(LAST))
    assert (found.name, found.last_day) == ("Compute Savings Plan", LAST)
    assert found.usd_a_day == 96.0
    assert not found.renewed


@pytest.mark.parametrize(
    ("changes", "renewed"),
    [
        ({}, True),
        ({"commitment": "5.0"}, True),
        ({"commitment": "3.0"}, False),
        ({"savingsPlanType": "SageMaker"}, False),
        ({"start": "2026-12-01T00:00:00.000Z"}, False),
    ],
    ids=["as large", "larger", "smaller", "of another kind", "later"],
)
def test_a_queued_plan_renews_one_that_it_follows_and_is_as_large_as(
    changes: dict[str, Any], renewed: bool
) -> None:
    ending = savings_plan(LAST)
    (found,) = plans(ending, following(ending, **changes))
    assert found.renewed is renewed


def test_a_queued_plan_renews_one_plan_only() -> None:
    first, second = savings_plan(LAST), savings_plan(LAST, savingsPlanId="sp-2")
    assert sorted(found.renewed for found in plans(first, second, following(first))) == [
        False,
        True,
    ]


def test_pages_of_plans_follow_each_other() -> None:
    assert len(plans(*(savings_plan(LAST, savingsPlanId=f"sp-{n}") for n in range(45)))) == 45


def test_a_returned_plan_is_none() -> None:
    assert plans(savings_plan(LAST, state="returned")) == ()


# ------------------------------------------------------------------ failures


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("AccessDeniedException", Refused),
        ("UnauthorizedOperation", Refused),
        ("ThrottlingException", Throttled),
    ],
)
def test_a_refusal_is_raised_by_its_name(code: str, error: type[Exception]) -> None:
    with pytest.raises(error, match=code):
        plans(refuses=code)
