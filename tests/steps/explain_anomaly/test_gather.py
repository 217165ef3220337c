"""Evidence where the account refuses: the payer answers in its place, and what did not answer is
never said to have stood in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.explained import BillClient, CountedRequests, EventClient, flagged
from tests.support.variations import DAYS, SCAN_DATE, account, catalogue
from whyspike.attribution.bill.plan import Case
from whyspike.attribution.evidence import PAYER
from whyspike.errors import BudgetExhausted, OrganizationAccessDenied
from whyspike.explanation.rules.explain import explain
from whyspike.model import Explanation, Gap
from whyspike.model.evidence import CostGroups, RankedEvents
from whyspike.payload import to_json
from whyspike.steps.daily_costs import daily_costs
from whyspike.steps.explain_anomaly.further_lookups import FurtherLookups
from whyspike.steps.explain_anomaly.gather import Sources, gather
from whyspike.steps.explain_anomaly.lookup_tools import Lookup
from whyspike.wire.cloudtrail import RequestPace
from whyspike.wire.cost_explorer import LinkedAccountCosts

VARIATION = catalogue("plain")[1]
ACCOUNT = account(VARIATION)
ROLE_ERROR = "role cannot be assumed"


class Denying:
    """A Cost Explorer that refuses everything."""

    def get_cost_and_usage(self, **_: Any) -> dict[str, Any]:
        raise ClientError(
            {"Error": {"Code": "AccessDeniedException", "Message": "not enabled"}},
            "GetCostAndUsage",
        )

    get_cost_and_usage_with_resources = get_cost_and_usage


class NoResources(BillClient):
    """The payer without resource-level data."""

    def get_cost_and_usage_with_resources(self, **_: Any) -> dict[str, Any]:
        raise ClientError(
            {"Error": {"Code": "DataUnavailableException", "Message": "opt in"}},
            "GetCostAndUsageWithResources",
        )


class UsedUp(CountedRequests):
    def reserve_cost_explorer(self, requests: int = 1) -> None:
        raise BudgetExhausted(f"no room for {requests}")


@pytest.fixture(scope="module")
def case() -> Case:
    start = SCAN_DATE - timedelta(days=DAYS - 1)
    costs = daily_costs(
        BillClient(ACCOUNT), ACCOUNT.id, start, SCAN_DATE, CountedRequests(), usage_types=True
    )
    return Case(flagged(VARIATION), costs)


def payer(client: Any = None, account_id: str = ACCOUNT.id) -> Callable[[], LinkedAccountCosts]:
    return lambda: LinkedAccountCosts(client or BillClient(ACCOUNT), account_id)


def refused() -> LinkedAccountCosts:
    raise OrganizationAccessDenied("the organisation role cannot be assumed")


def without_role(
    open_payer: Callable[[], LinkedAccountCosts] | None, usage: CountedRequests | None = None
) -> Sources:
    return Sources(
        None, None, usage or CountedRequests(), role_error=ROLE_ERROR, open_payer=open_payer
    )


def said(case: Case, sources: Sources) -> tuple[Explanation, list[dict[str, Any]]]:
    """The explanation, and the contents of its gaps."""
    items = gather(case, sources)
    return explain(items), [to_json(item.content, without_none=True) for item in items if item.gap]


def test_the_payer_answers_where_the_role_is_denied(case: Case) -> None:
    explanation, (gap,) = said(case, without_role(payer()))

    assert explanation.gaps == (Gap.ASSUME_ROLE,)
    assert (explanation.findings[0].driver.region, explanation.findings[0].actor.kind) == (
        VARIATION.effects[0].region,
        "unknown",
    )
    assert gap == {
        "about": "missing evidence",
        "denied_or_missing": "assume_role",
        "reason": ROLE_ERROR,
        "instead": PAYER,
    }


def test_the_evidence_says_that_the_payer_was_asked(case: Case) -> None:
    items = gather(case, without_role(payer()))

    bill, *_ = [item for item in items if item.source == "cost-explorer"]
    assert all(request.startswith("payer GetCostAndUsage") for request in bill.request.split("; "))


CANNOT: dict[str, Sources] = {
    "switched off": without_role(None),
    "the organisation role is refused": without_role(refused),
    "the payer's Cost Explorer is refused": without_role(payer(Denying())),
    "the cap is used up": without_role(payer(), UsedUp()),
    "the payer does not see the account": without_role(payer(account_id="999999999999")),
}


@pytest.mark.parametrize("sources", CANNOT.values(), ids=CANNOT)
def test_where_the_payer_cannot_stand_in_the_daily_costs_explain_and_nobody_is_said_to_have(
    case: Case, sources: Sources
) -> None:
    explanation, (gap,) = said(case, sources)

    assert gap == {
        "about": "missing evidence",
        "denied_or_missing": "assume_role",
        "reason": ROLE_ERROR,
    }
    assert (explanation.gaps, explanation.confidence) == ((Gap.ASSUME_ROLE,), "low")
    assert explanation.findings[0].driver.region is None
    assert "through the payer" not in explanation.text


def test_with_cost_explorer_denied_the_payer_s_bill_and_the_account_s_trail_come_together(
    case: Case,
) -> None:
    usage = CountedRequests()
    sources = Sources(
        Denying(),
        lambda region: EventClient(ACCOUNT, region),
        usage,
        pace=RequestPace(0.0),
        open_payer=payer(),
    )
    own = gather(
        case,
        Sources(
            BillClient(ACCOUNT),
            lambda region: EventClient(ACCOUNT, region),
            CountedRequests(),
            pace=RequestPace(0.0),
        ),
    )
    explanation, (gap,) = said(case, sources)

    assert explanation.gaps == (Gap.COST_EXPLORER,)
    assert explanation.findings == explain(own).findings
    assert explanation.confidence == explain(own).confidence
    assert "its bill was read through the payer" in explanation.text
    assert gap["instead"]
    assert 1 < usage.requests <= 5  # the refused one, and at most four of the payer


def test_what_the_payer_refuses_too_is_a_gap_of_its_own(case: Case) -> None:
    explanation, _ = said(case, without_role(payer(NoResources(ACCOUNT))))

    assert explanation.gaps == (Gap.ASSUME_ROLE, Gap.RESOURCE_LEVEL)


def test_claude_s_further_questions_about_the_bill_go_to_the_payer(case: Case) -> None:
    sources = without_role(payer())
    further = FurtherLookups(case, sources, gather(case, sources))
    driver = VARIATION.effects[0]

    item = further(
        Lookup(
            "group_costs",
            {"by": "REGION", "service": driver.service, "usage_type": driver.usage_type},
        )
    )

    assert item.gap is None
    assert isinstance(item.content, CostGroups)
    assert item.content.groups


class Throttled:
    """A CloudTrail that never has room."""

    def lookup_events(self, **_: Any) -> dict[str, Any]:
        raise ClientError(
            {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "LookupEvents"
        )


def test_a_cloudtrail_that_throttles_for_good_is_a_gap_and_the_bill_is_explained(
    case: Case,
) -> None:
    explanation, (gap,) = said(
        case,
        Sources(
            BillClient(ACCOUNT), lambda _: Throttled(), CountedRequests(), pace=RequestPace(0.0)
        ),
    )

    assert (explanation.gaps, explanation.findings[0].actor.kind) == ((Gap.CLOUDTRAIL,), "unknown")
    assert explanation.findings[0].driver.region == VARIATION.effects[0].region
    assert "ThrottlingException: Rate exceeded" in gap["reason"]
    assert "CloudTrail could not be read" in explanation.text


def test_a_region_that_refuses_is_one_gap_and_the_others_events_stay() -> None:
    """A service control policy that denies a Region denies CloudTrail's reads there."""
    abroad = next(v for v in catalogue("plain") if v.name == "mining-in-an-unused-region")
    asked = account(abroad)
    start = SCAN_DATE - timedelta(days=DAYS - 1)
    costs = daily_costs(
        BillClient(asked), asked.id, start, SCAN_DATE, CountedRequests(), usage_types=True
    )

    class Denied:
        def lookup_events(self, **_: Any) -> dict[str, Any]:
            answer = {"Error": {"Code": "AccessDeniedException", "Message": "explicit deny"}}
            raise ClientError(answer, "LookupEvents")  # type: ignore[arg-type]

    def refusing(*regions: str) -> Sources:
        return Sources(
            BillClient(asked),
            lambda region: Denied() if region in regions else EventClient(asked, region),
            CountedRequests(),
            pace=RequestPace(0.0),
        )

    whole, _ = said(Case(flagged(abroad), costs), refusing())
    part, gaps = said(Case(flagged(abroad), costs), refusing("us-east-1"))

    assert whole.findings[0].actor.kind != "unknown"
    assert part.findings[0].actor == whole.findings[0].actor
    assert [gap["denied_or_missing"] for gap in gaps] == ["cloudtrail"]
    assert "us-east-1" in gaps[0]["reason"]
    assert "CloudTrail could not be read" not in part.text


HOMES = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


@pytest.mark.parametrize(("partition", "home"), HOMES.items())
def test_global_services_are_looked_up_in_the_home_region_of_the_partition(
    case: Case, partition: str, home: str
) -> None:
    opened: list[str] = []

    def open_cloudtrail(region: str) -> EventClient:
        opened.append(region)
        return EventClient(ACCOUNT, region)

    gather(
        case,
        Sources(
            BillClient(ACCOUNT),
            open_cloudtrail,
            CountedRequests(),
            pace=RequestPace(0.0),
            partition=partition,
        ),
    )

    assert home in opened
    assert set(opened) <= {VARIATION.effects[0].region, home}


def looked_at_later(days: int) -> tuple[Sources, list[EventClient]]:
    """An account that is asked so many days after its scan date, and its CloudTrail clients."""
    clients: list[EventClient] = []

    def opened(region: str) -> EventClient:
        clients.append(EventClient(ACCOUNT, region))
        return clients[-1]

    forgotten = datetime.combine(SCAN_DATE, datetime.min.time(), UTC) + timedelta(days=days - 90)
    return (
        Sources(
            BillClient(ACCOUNT),
            opened,
            CountedRequests(),
            pace=RequestPace(0.0),
            trail_from=forgotten,
        ),
        clients,
    )


def test_what_cloudtrail_has_forgotten_is_a_gap_and_never_no_event(case: Case) -> None:
    sources, clients = looked_at_later(200)
    explanation, (gap,) = said(case, sources)

    assert clients == []
    assert explanation.gaps == (Gap.CLOUDTRAIL,)
    assert explanation.findings[0].actor.kind == "unknown"
    assert "CloudTrail keeps events of 90 days" in gap["reason"]
    further = FurtherLookups(case, sources, ())
    assert (
        further(
            Lookup(
                "find_events",
                {"attribute": "EventName", "value": "RunInstances", "region": "us-east-1"},
            )
        ).gap
        == Gap.CLOUDTRAIL
    )


def test_a_trail_that_begins_within_the_window_is_not_called_complete(case: Case) -> None:
    onset_age = (SCAN_DATE - VARIATION.onset).days
    whole, part = (looked_at_later(days)[0] for days in (1, 90 - onset_age))

    def complete(sources: Sources) -> list[bool]:
        return [
            item.content.complete
            for item in gather(case, sources)
            if isinstance(item.content, RankedEvents)
        ]

    assert complete(whole) == [True]
    assert complete(part) == [False]
