"""Look-ups that Claude asked for: real clients' answers in, evidence items out; a denial is an item
with a gap."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from botocore.exceptions import ClientError

from whyspike.attribution.bill.plan import Case
from whyspike.model import Anomaly, DailyCosts, EvidenceItem, FlaggedItem, Gap, Kind, Severity
from whyspike.model.evidence import CostGroup, CostGroups, FoundEvents, MissingEvidence
from whyspike.steps.explain_anomaly.further_lookups import FurtherLookups
from whyspike.steps.explain_anomaly.gather import Sources
from whyspike.steps.explain_anomaly.lookup_tools import Lookup
from whyspike.wire.cloudtrail import RequestPace

ONSET, SCAN_DATE = date(2026, 3, 10), date(2026, 3, 12)
BY_OPERATION = Lookup(
    "group_costs", {"by": "OPERATION", "service": "EC2 - Other", "usage_type": "NatGateway-Bytes"}
)
BY_NAME = Lookup(
    "find_events", {"region": "us-east-1", "attribute": "EventName", "value": "DeleteVpcEndpoints"}
)


class Counter:
    def reserve_cost_explorer(self, requests: int = 1) -> None:
        self.requests = getattr(self, "requests", 0) + requests


class CostExplorer:
    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []

    def get_cost_and_usage(self, **parameters: object) -> dict[str, object]:
        self.asked.append(parameters)
        days = [("2026-03-08", "70.00"), ("2026-03-12", "468.90")]
        return {
            "ResultsByTime": [
                {
                    "TimePeriod": {"Start": day, "End": day},
                    "Groups": [
                        {
                            "Keys": ["NatGateway"],
                            "Metrics": {
                                name: {"Amount": cost, "Unit": "USD"}
                                for name in ("UnblendedCost", "UsageQuantity")
                            },
                        }
                    ],
                }
                for day, cost in days
            ]
        }


class CloudTrail:
    def lookup_events(self, **_: object) -> dict[str, object]:
        identity = '{"type":"IAMUser","userName":"ana","arn":"arn:aws:iam::410283756120:user/ana"}'
        record = (
            '{"eventName":"DeleteVpcEndpoints","eventSource":"ec2.amazonaws.com","awsRegion":"us-east-1","userIdentity":'
            + identity
            + "}"
        )
        time = datetime(2026, 3, 10, 9, 41, 7, tzinfo=UTC)
        return {
            "Events": [
                {
                    "EventId": "1",
                    "EventName": "DeleteVpcEndpoints",
                    "EventTime": time,
                    "ReadOnly": "false",
                    "CloudTrailEvent": record,
                }
            ]
        }


class Denied:
    def get_cost_and_usage(self, **_: object) -> None:
        raise ClientError(
            {"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetCostAndUsage"
        )

    def lookup_events(self, **_: object) -> None:
        raise ClientError(
            {"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "LookupEvents"
        )


def case() -> Case:
    zero = Decimal(0)
    anomaly = Anomaly(
        "410283756120",
        "EC2 - Other",
        Kind.LEVEL_SHIFT,
        ONSET,
        SCAN_DATE,
        zero,
        zero,
        zero,
        zero,
        zero,
        None,
        zero,
        9.0,
        Severity.HIGH,
        "",
    )
    return Case(
        FlaggedItem("a-1", "410283756120", ONSET, (anomaly,)),
        DailyCosts("410283756120", (ONSET, SCAN_DATE), ()),
    )


NOTHING = MissingEvidence(denied_or_missing=Gap.TAGS, reason="no tag")


def lookups(
    cost_explorer: Any, open_cloudtrail: Any, counter: Counter | None = None
) -> FurtherLookups:
    items = tuple(EvidenceItem(name, "organization", "x", NOTHING) for name in ("E1", "E2"))
    return FurtherLookups(
        case(),
        Sources(cost_explorer, open_cloudtrail, counter or Counter(), pace=RequestPace(0.0)),
        items,
    )


def test_costs_are_grouped_before_and_after_and_counted() -> None:
    client, counter = CostExplorer(), Counter()
    further = lookups(client, None, counter)

    item = further(BY_OPERATION)

    assert (item.id, item.source, item.gap) == ("E3", "cost-explorer", None)
    assert isinstance(item.content, CostGroups)
    assert item.content.groups == (
        CostGroup(
            value="NatGateway",
            expected_usd_per_day=5.0,
            actual_usd_per_day=468.9,
            excess_usd_per_day=463.9,
        ),
    )
    assert counter.requests == 1
    assert further.found == [item]
    assert client.asked[0]["TimePeriod"] == {"Start": "2026-02-24", "End": "2026-03-13"}


def test_events_are_told_with_who_and_when() -> None:
    item = lookups(None, lambda _: CloudTrail())(BY_NAME)

    assert isinstance(item.content, FoundEvents)
    (event,) = item.content.events
    assert (event.principal, event.event, event.event_time) == (
        "ana",
        "DeleteVpcEndpoints",
        "2026-03-10T09:41:07Z",
    )


def test_what_is_denied_is_a_gap() -> None:
    further = lookups(Denied(), lambda _: Denied())

    assert further(BY_OPERATION).gap is Gap.COST_EXPLORER
    assert further(BY_NAME).gap is Gap.CLOUDTRAIL
    assert [item.id for item in further.found] == ["E3", "E4"]


def test_without_a_role_nothing_is_asked() -> None:
    further = lookups(None, None)

    assert (further(BY_OPERATION).gap, further(BY_NAME).gap) == (Gap.COST_EXPLORER, Gap.CLOUDTRAIL)
