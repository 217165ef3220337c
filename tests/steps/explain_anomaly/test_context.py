"""What Claude is told of an account besides its bill and its trail."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from tests.support.incidents import DAY, SHOP, anomaly, item
from whyspike.errors import InvalidInput
from whyspike.incidents.incident import Incident, Member
from whyspike.model import AnomalyTask, IncidentState, Owner, Scan
from whyspike.model.evidence import Announced, EarlierIncident
from whyspike.steps.explain_anomaly.context import account_context, context_of
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.table.incidents import IncidentTable

ITEM = item(anomaly())
TASK = AnomalyTask(Scan(DAY.isoformat(), DAY), SHOP, ITEM.item_id)


class Bucket:
    """Holds the settings that DiscoverAccounts judged."""

    def __init__(self, *plans: dict[str, Any]) -> None:
        self.plans = list(plans)

    def read_json(self, _key: str) -> Any:
        return {"planned.yaml": {"planned": self.plans}}


class Table:
    """Holds the account's incidents, or rows that cannot be read."""

    def __init__(self, *incidents: Incident, broken: bool = False) -> None:
        self.incidents, self.broken = incidents, broken

    def incidents_of(self, _account_id: str) -> tuple[Incident, ...]:
        if self.broken:
            raise InvalidInput("a row of a later version")
        return self.incidents


def context(bucket: Bucket, table: Table) -> Any:
    return account_context(TASK, ITEM, cast(ScanBucket, bucket), cast(IncidentTable, table))


def incident(incident_id: str, days_before: int) -> Incident:
    onset = DAY - timedelta(days=days_before)
    found = anomaly(onset=onset, usage_date=onset)
    return Incident(
        incident_id,
        SHOP.account_id,
        SHOP.name,
        onset,
        IncidentState.RESOLVED,
        (Member(found, onset),),
        onset,
        onset,
        onset,
        onset.isoformat(),
        incident_id,
    )


def plan(start: int, until: int, account: str = SHOP.account_id) -> dict[str, Any]:
    days = [str(DAY + timedelta(days=number)) for number in (start, until)]
    return {
        "account": account,
        "from": days[0],
        "until": days[1],
        "expected_usd": 500,
        "who": "jane@example.com",
        "what": "load test",
    }


def test_plans_that_touch_the_anomaly_and_earlier_incidents_are_told() -> None:
    plans = Bucket(plan(-2, 3), plan(-9, -5), plan(-2, 3, account="999988887777"))
    earlier = Table(incident("older", 40), incident("newer", 10), incident("long ago", 300))

    told = context(plans, earlier)

    assert told.name == "shop-prod"
    assert told.planned == (
        Announced(
            what="load test",
            service=None,
            start=DAY - timedelta(days=2),
            until=DAY + timedelta(days=3),
            expected_usd=500.0,
        ),
    )
    assert [one.onset for one in told.earlier_incidents] == [
        DAY - timedelta(days=10),
        DAY - timedelta(days=40),
    ]
    assert told.earlier_incidents[0] == EarlierIncident(
        service=ITEM.leading.service,
        onset=DAY - timedelta(days=10),
        state="resolved",
        impact_usd=212.0,
    )


def test_the_incident_itself_is_no_history() -> None:
    told = context(Bucket(), Table(incident(ITEM.item_id, 5)))

    assert told.earlier_incidents == ()


def test_rows_that_cannot_be_read_leave_the_history_unknown_and_not_empty() -> None:
    assert context(Bucket(), Table(broken=True)).earlier_incidents is None


def test_addresses_of_people_are_not_passed_on() -> None:
    person = replace(
        SHOP,
        owner=Owner("jane@example.com", "account-tag"),
        tags={"owner": "jane@example.com", "purpose": "checkout of the shop"},
    )

    told = context_of(person)

    assert told.owner is None
    assert told.tags == {"purpose": "checkout of the shop"}
    assert told.planned is None
