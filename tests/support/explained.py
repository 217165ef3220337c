"""Explains a made-up incident in-process: the simulated Cost Explorer and CloudTrail answer, the
rules write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from botocore.exceptions import ClientError

from tests.support.variations import DAYS, SCAN_DATE, Variation
from whyspike.attribution.bill.plan import Case
from whyspike.explanation.rules.explain import explain
from whyspike.knowledge.record_types import record_class_of
from whyspike.model import (
    Anomaly,
    BillingReason,
    EvidenceItem,
    Explanation,
    FlaggedItem,
    Kind,
    Severity,
)
from whyspike.simulator.aws import cloudtrail as simulated_cloudtrail
from whyspike.simulator.aws import cost_explorer as simulated_cost_explorer
from whyspike.simulator.aws.models import AwsError
from whyspike.simulator.organization.folder import SimulatedAccount
from whyspike.steps.cost_metrics import AUTO
from whyspike.steps.daily_costs import daily_costs
from whyspike.steps.explain_anomaly.gather import Sources, gather
from whyspike.wire.cloudtrail import RequestPace


class CountedRequests:
    """A counter without a cap."""

    def __init__(self) -> None:
        self.requests = 0

    def reserve_cost_explorer(self, requests: int = 1) -> None:
        self.requests += requests


@dataclass
class BillClient:
    """Cost Explorer of one account at the wire's level: requests and answers as boto3 gives
    them."""

    account: SimulatedAccount

    def _answer(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return simulated_cost_explorer.answer(
                operation,
                request,
                self.account.bill,
                SCAN_DATE,
                resource_level=self.account.access.resource_level,
            )
        except AwsError as error:
            raise ClientError(
                {"Error": {"Code": error.code, "Message": str(error)}}, operation
            ) from error

    def get_cost_and_usage(self, **request: Any) -> dict[str, Any]:
        return self._answer("GetCostAndUsage", request)

    def get_cost_and_usage_with_resources(self, **request: Any) -> dict[str, Any]:
        return self._answer("GetCostAndUsageWithResources", request)


@dataclass
class EventClient:
    """CloudTrail of one account and Region."""

    account: SimulatedAccount
    region: str
    asked: list[Mapping[str, Any]] = field(default_factory=list)

    def lookup_events(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        if self.account.access.cloudtrail != "ok":
            raise ClientError(
                {"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}},
                "LookupEvents",
            )
        now = datetime(SCAN_DATE.year, SCAN_DATE.month, SCAN_DATE.day, 6, tzinfo=UTC) + timedelta(
            days=1
        )
        answer = simulated_cloudtrail.lookup_events(
            request, self.account.events.get(self.region, ()), now
        )
        for event in answer["Events"]:
            event["EventTime"] = datetime.fromtimestamp(event["EventTime"], UTC)
        return answer


@dataclass(frozen=True)
class Explained:
    explanation: Explanation
    items: tuple[EvidenceItem, ...]
    requests: int


def flagged(variation: Variation) -> FlaggedItem:
    """The item that detection would make of the first effect."""
    effect, nothing = variation.effects[0], Decimal(0)
    billing_reason = (
        BillingReason.CREDITS_USED_UP
        if effect.record_type == "Credit" and effect.shape == "end"
        else BillingReason.USAGE
    )
    anomaly = Anomaly(
        "123412341234",
        effect.service,
        Kind(variation.kind),
        variation.onset,
        SCAN_DATE,
        nothing,
        nothing,
        nothing,
        nothing,
        nothing,
        None,
        nothing,
        10.0,
        Severity.HIGH,
        "made up",
        record_class=record_class_of(effect.record_type),
        billing_reason=billing_reason,
    )
    return FlaggedItem(
        f"123412341234-{variation.onset}-00000000", "123412341234", variation.onset, (anomaly,)
    )


def explained(
    variation: Variation,
    account: SimulatedAccount,
    open_cloudtrail: Callable[[str], Any] | None = None,
    item: FlaggedItem | None = None,
    cost_metric: str = AUTO,
) -> Explained:
    """The evidence and the explanation of a variation, as detection would flag it (or of
    `item`)."""
    client, usage = BillClient(account), CountedRequests()
    start = SCAN_DATE - timedelta(days=DAYS - 1)
    costs = daily_costs(
        client, account.id, start, SCAN_DATE, usage, usage_types=True, cost_metric=cost_metric
    )
    daily = usage.requests
    sources = Sources(
        client,
        open_cloudtrail or (lambda region: EventClient(account, region)),
        usage,
        pace=RequestPace(0.0),
    )
    items = gather(Case(item or flagged(variation), costs), sources)
    return Explained(explain(items), items, usage.requests - daily)
