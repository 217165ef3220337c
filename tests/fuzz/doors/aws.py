"""What AWS answers, page by page, and the words of its logs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from tests.fuzz.damage import Damage
from tests.fuzz.doors.door import Door, all_finite
from tests.support.bought import savings_plan
from tests.support.cost_explorer import END, START, Counter
from tests.support.organization import event
from whyspike.attribution.evidence import found_event
from whyspike.attribution.trail.events import parse_event
from whyspike.explanation.rules.advice import request_of
from whyspike.model import CostMetric, CostQuery, Mail
from whyspike.steps import earlier_months
from whyspike.steps.daily_costs import daily_costs
from whyspike.wire import anomaly_detection, secrets
from whyspike.wire.budgets import monthly_budgets
from whyspike.wire.cloudtrail import RequestPace, lookup
from whyspike.wire.commitments import RESERVATIONS, reservations, savings_plans
from whyspike.wire.cost_explorer import query
from whyspike.wire.event_bus import EventBus
from whyspike.wire.organizations import (
    AlternateContacts,
    list_accounts,
    management_account,
    tags_of,
)
from whyspike.wire.secrets import claude_api_key, slack_secret, teams_addresses, webhook_secrets
from whyspike.wire.ses import send
from whyspike.wire.step_functions import failure
from whyspike.wire.sts import assume_arn

_ACCOUNT = "111122223333"
_DAY = datetime(2026, 10, 15, tzinfo=UTC)


def _value(sample: Any) -> Callable[[Damage], Any]:
    return lambda damage: damage.value(sample)


def _pages(sample: Mapping[str, Any], token: str) -> Callable[[Damage], list[Any]]:
    """One to three pages with damage to some; all but the last, for the most part, say that another
    one follows."""

    def made(damage: Damage) -> list[Any]:
        count = damage.pick((1, 1, 2, 3))
        found = []
        for number in range(count):
            last = number == count - 1 and not damage.one_in(20)
            page = {**sample, **({} if last else {token: damage.pick(("t", "t", str(number)))})}
            found.append(damage.value(page) if damage.one_in(1.5) else page)
        return found

    return made


def _answers(pages: Sequence[Any]) -> Callable[..., Any]:
    """The pages one after the other, then the last one for ever."""
    given = iter(pages)

    def answer(**_: Any) -> Any:
        return next(given, pages[-1] if pages else {})

    return answer


# ------------------------------------------------------------------ CloudTrail

_RECORD = {
    **event("RunInstances", "2026-10-15T06:00:00Z"),
    "Resources": [{"ResourceName": "i-1", "ResourceType": "AWS::EC2::Instance"}],
}
_DETAIL = {
    "eventSource": "ec2.amazonaws.com",
    "awsRegion": "us-east-1",
    "sourceIPAddress": "198.51.100.7",
    "userAgent": "Terraform/1.9",
    "errorCode": "",
    "readOnly": False,
    "userIdentity": {
        "type": "AssumedRole",
        "arn": "arn:aws:sts::111122223333:assumed-role/ci/run-1",
        "sessionContext": {"sessionIssuer": {"userName": "ci"}},
        "invokedBy": "ecs.amazonaws.com",
    },
    "requestParameters": {"instancesSet": {"items": [{"minCount": 1, "imageId": "ami-1"}]}},
    "responseElements": {"instancesSet": {"items": [{"instanceId": "i-1"}]}},
}


def _damaged_record(damage: Damage) -> Any:
    record = damage.value(_RECORD) if damage.one_in(2) else _RECORD
    found = record if isinstance(record, dict) else _RECORD
    detail = damage.json(_DETAIL).decode("utf-8", "replace")
    return {**found, "CloudTrailEvent": damage.odd_value() if damage.one_in(9) else detail}


def _read_record(record: Any) -> object:
    found = parse_event(record)
    told = found_event(found)
    request = request_of(told)  # type: ignore[arg-type]
    return found.base_name, found.leaves, found.targets, found.acts_on, found.person, request


_TRAIL = {"Events": [_RECORD]}


def _read_trail(pages: Any) -> object:
    client = SimpleNamespace(lookup_events=_answers(pages))
    asked = ("EventName", "RunInstances")
    found = lookup(client, "us-east-1", _DAY, _DAY, asked, pages=3, pace=RequestPace(0.0))
    return [parse_event(record) for record in found.records]


# ------------------------------------------------------------------ Cost Explorer


def _page(*groups: Sequence[str]) -> dict[str, Any]:
    metrics = {
        "UnblendedCost": {"Amount": "1.5", "Unit": "USD"},
        "NetUnblendedCost": {"Amount": "1.2", "Unit": "USD"},
        "NetAmortizedCost": {"Amount": "1.1", "Unit": "USD"},
        "UsageQuantity": {"Amount": "3", "Unit": "N/A"},
    }
    return {
        "ResultsByTime": [
            {
                "TimePeriod": {"Start": f"2026-03-0{day}", "End": f"2026-03-0{day + 1}"},
                "Total": {},
                "Groups": [{"Keys": list(keys), "Metrics": metrics} for keys in groups],
                "Estimated": False,
            }
            for day in (1, 2)
        ],
        "DimensionValueAttributes": [],
    }


def _read_costs(pages: Any) -> object:
    client, counter = SimpleNamespace(get_cost_and_usage=_answers(pages)), Counter(40)
    found = daily_costs(client, _ACCOUNT, START, END, counter)
    for line in found.series:
        all_finite(line.costs)
    return found


_BY_ACCOUNT = CostQuery(
    date(2026, 3, 1),
    date(2026, 3, 3),
    ("LINKED_ACCOUNT", "SERVICE"),
    None,
    (CostMetric.UNBLENDED, CostMetric.NET_UNBLENDED),
)


def _read_payer(pages: Any) -> object:
    client = SimpleNamespace(get_cost_and_usage=_answers(pages))
    found = query(client, _BY_ACCOUNT, Counter(40))
    for row in found.rows:
        all_finite((row.cost, row.quantity, row.effective, row.net))
        assert len(row.keys) == 2
    return found


def _read_months(pages: Any) -> object:
    client = SimpleNamespace(get_cost_and_usage=_answers(pages))
    answer = earlier_months.ask(client, END, Counter(40))
    found = earlier_months.to_earlier_months(END, answer)
    for line in found.series:
        all_finite(line.costs)
    return found


_ANOMALIES: dict[str, Any] = {
    "Anomalies": [
        {
            "AnomalyId": "a-1",
            "AnomalyStartDate": "2026-10-10T00:00:00Z",
            "AnomalyEndDate": "2026-10-12",
            "DimensionValue": "Amazon EC2",
            "RootCauses": [{"Service": "Amazon EC2", "LinkedAccount": _ACCOUNT}],
            "Impact": {"MaxImpact": 100.0, "TotalImpact": 500.0},
            "Feedback": "YES",
        }
    ],
    "AnomalyMonitors": [{"MonitorName": "all"}],
}


def _read_anomalies(pages: Any) -> object:
    client = SimpleNamespace(get_anomalies=_answers(pages), get_anomaly_monitors=_answers(pages))
    found = anomaly_detection.anomalies(client, date(2026, 10, 1), END, Counter(40))
    all_finite(each.impact_usd for each in found)
    return found, anomaly_detection.has_monitor(client, Counter(40))


# ------------------------------------------------------------------ what was bought, and budgets

_PLANS = {
    "savingsPlans": [
        {**savings_plan(date(2026, 10, 20)), "state": "active", "tags": {"team": "shop"}},
        {**savings_plan(date(2027, 10, 20)), "state": "queued", "region": "eu-west-1"},
    ]
}
_RESERVED = {
    "State": "active",
    "Start": _DAY,
    "End": _DAY,
    "StartTime": _DAY,
    "Duration": 31_536_000,
    "FixedPrice": 365.0,
    "UsagePrice": 0.1,
    "RecurringCharges": [{"Amount": 0.1, "Frequency": "Hourly", "RecurringChargeAmount": 0.1}],
    "InstanceCount": 2,
    **{kind.id: "ri-1" for kind in RESERVATIONS},
    **{kind.type: "db.r5.large" for kind in RESERVATIONS},
    **{kind.number: 2 for kind in RESERVATIONS},
}
_RESERVATIONS = {
    kind.result: [_RESERVED, {**_RESERVED, "State": "queued"}] for kind in RESERVATIONS
}


def _read_plans(pages: Any) -> object:
    client = SimpleNamespace(describe_savings_plans=_answers(pages))
    found = savings_plans(client, _ACCOUNT)
    all_finite(each.usd_a_day for each in found)
    return found


def _read_reservations(pages: Any) -> object:
    kind = RESERVATIONS[len(str(pages)) % len(RESERVATIONS)]
    client = SimpleNamespace(**{kind.method: _answers(pages)})
    found = reservations(client, kind, _ACCOUNT, "us-east-1")
    all_finite(each.usd_a_day for each in found)
    return found


_BUDGETS = {
    "Budgets": [
        {
            "BudgetName": "all",
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "4000.0", "Unit": "USD"},
            "CalculatedSpend": {
                "ActualSpend": {"Amount": "1", "Unit": "USD"},
                "ForecastedSpend": {"Amount": "2", "Unit": "USD"},
            },
            "TimePeriod": {"Start": _DAY, "End": _DAY},
            "CostFilters": {"LinkedAccount": [_ACCOUNT]},
            "CostTypes": {"UseBlended": False, "IncludeTax": True},
            "Metrics": ["UnblendedCost"],
            "BillingViewArn": "arn:aws:billing::1:billingview/primary",
        },
        {
            "BudgetName": "one",
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "4000.0", "Unit": "USD"},
            "FilterExpression": {
                "And": [
                    {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": [_ACCOUNT]}},
                    {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Credit"]}}},
                ]
            },
        },
    ]
}


def _read_budgets(pages: Any) -> object:
    client = SimpleNamespace(describe_budgets=_answers(pages))
    found = monthly_budgets(client, _ACCOUNT, date(2026, 12, 1))
    for each in found.budgets:
        all_finite((each.limit_usd, each.used_usd, each.foreseen_usd))
    return found


# ------------------------------------------------------------------ Organizations

_ACCOUNTS = {
    "Accounts": [
        {
            "Id": _ACCOUNT,
            "Arn": "arn:aws:organizations::900000000001:account/o-1/111122223333",
            "Email": "a@b.org",
            "Name": "shop",
            "Status": "ACTIVE",
            "State": "ACTIVE",
            "Paths": ["o-1/r-1/ou-1-a/111122223333/"],
            "JoinedTimestamp": _DAY,
        }
    ],
    "Tags": [{"Key": "owner", "Value": "shop"}],
    "OrganizationalUnit": {"Id": "ou-1-a", "Name": "Prod"},
    "AlternateContact": {"EmailAddress": "a@b.org"},
    "Organization": {"MasterAccountId": "900000000001"},
}


def _read_organizations(answer: Any) -> object:
    def client() -> Any:
        given = iter([answer])

        def answers(**_: Any) -> Any:
            return next(given, _ACCOUNTS)

        return SimpleNamespace(
            list_accounts=answers,
            describe_organizational_unit=lambda **_: answer,
            list_tags_for_resource=answers,
            get_alternate_contact=lambda **_: answer,
            describe_organization=lambda **_: answer,
        )

    readers: Sequence[Callable[[], object]] = (
        lambda: list_accounts(client()),
        lambda: tags_of(client(), "1"),
        lambda: AlternateContacts(client(), "2").email_of("1"),
        lambda: management_account(client(), "remedy"),
    )
    return readers[len(str(answer)) % len(readers)]()


# ------------------------------------------------------------------ the rest of AWS

_SECRET = {
    "bot_token": "xoxb-1",
    "signing_secret": "s",
    "webhook_url": "https://a",
    "api_key": "sk-ant",
    "webhooks": {"ledger": {"url": "https://a.example/in", "key": "whsec_" + "A" * 40}},
    "teams": {"shop": "https://a.example/teams"},
}


def _read_secret(value: Any) -> object:
    def stored_now(secret_id: str) -> Any:
        return value

    stored, secrets._stored = secrets._stored, stored_now
    readers: Sequence[Callable[[str], object]] = (
        claude_api_key,
        slack_secret,
        webhook_secrets,
        teams_addresses,
    )
    try:
        return readers[len(str(value)) % len(readers)]("secret")
    finally:
        secrets._stored = stored


_DONE = {
    "Entries": [{"EventId": "e-1", "ErrorCode": "InternalFailure", "ErrorMessage": "no"}],
    "FailedEntryCount": 0,
    "MessageId": "m-1",
    "Credentials": {"AccessKeyId": "AKIA", "SecretAccessKey": "s", "SessionToken": "t"},
}


def _read_done(answer: Any) -> object:
    """What EventBridge, SES and STS say when they have done it."""

    def done(**_: Any) -> Any:
        return answer

    client = SimpleNamespace(
        put_events=done, describe_event_bus=done, send_email=done, assume_role=done
    )
    readers: Sequence[Callable[[], object]] = (
        lambda: EventBus(client, "bus").put("{}"),
        lambda: EventBus(client, "bus").check(),
        lambda: send(client, "a@b.org", "c@d.org", Mail("s", "t", "h")),
        lambda: assume_arn(client, "arn:aws:iam::1:role/r", "", "s"),
    )
    return readers[len(str(answer)) % len(readers)]()


_CAUSE = {"errorMessage": "no bill. Remedy: wait", "errorType": "NotReady", "stackTrace": []}


def _read_cause(text: bytes) -> object:
    return failure("NotReady", text.decode("utf-8", "replace"))


DOORS: Mapping[str, Door] = {
    "a record of CloudTrail": Door(_damaged_record, _read_record, ("attribution.trail.events",)),
    "pages of CloudTrail": Door(
        _pages(_TRAIL, "NextToken"), _read_trail, ("wire.cloudtrail",), share=0.5
    ),
    "pages of Cost Explorer": Door(
        _pages(_page(["AWS Lambda", "Usage"], ["Tax", "Tax"]), "NextPageToken"),
        _read_costs,
        ("wire.cost_explorer",),
    ),
    "pages of the payer's Cost Explorer": Door(
        _pages(_page([_ACCOUNT, "AWS Lambda"], [_ACCOUNT, "AWS Lambda"]), "NextPageToken"),
        _read_payer,
        ("wire.cost_explorer",),
    ),
    "months of Cost Explorer": Door(
        _pages(_page(["AWS Lambda", "Usage"]), "NextPageToken"),
        _read_months,
        ("wire.cost_explorer", "steps.earlier_months"),
    ),
    "pages of GetAnomalies": Door(
        _pages(_ANOMALIES, "NextPageToken"), _read_anomalies, ("wire.anomaly_detection",)
    ),
    "pages of Savings Plans": Door(
        _pages(_PLANS, "nextToken"), _read_plans, ("wire.commitments",), share=0.5
    ),
    "pages of reservations": Door(
        _pages(_RESERVATIONS, "Marker"), _read_reservations, ("wire.commitments",), share=0.5
    ),
    "pages of AWS Budgets": Door(
        _pages(_BUDGETS, "NextToken"), _read_budgets, ("wire.budgets",), share=0.5
    ),
    "an answer of Organizations": Door(
        _value(_ACCOUNTS), _read_organizations, ("wire.organizations",)
    ),
    "a secret": Door(_value(_SECRET), _read_secret, ("wire.secrets",), needs_remedy=True),
    "an answer of EventBridge, SES or STS": Door(
        _value(_DONE), _read_done, ("wire.event_bus", "wire.ses", "wire.sts")
    ),
    "the cause of a failed state": Door(
        lambda damage: damage.json(_CAUSE), _read_cause, ("wire.step_functions",), share=0.5
    ),
}
