"""Events against what their principals did besides: who is new, who writes more, from where, and
what ties by name."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from whyspike.attribution.bill.cause import BillCause, Usage
from whyspike.attribution.trail.candidates import Candidate
from whyspike.attribution.trail.events import Event, parse_event
from whyspike.attribution.trail.habits import (
    changed_address,
    is_new_caller,
    signs_of_intrusion,
    unusual_address,
)
from whyspike.attribution.trail.magnitude import COUNTED, count_of
from whyspike.attribution.trail.ranking import rank
from whyspike.model import Driver, Kind

ONSET = date(2026, 9, 15)
TOUCHED = "it names a resource of this cost"
END = datetime(2026, 9, 18, tzinfo=UTC)
CONFIG = BillCause(
    Driver("AWS Config", "ConfigurationItemRecorded", "us-east-1", "", ""),
    "config-items",
    Kind.LEVEL_SHIFT,
    ONSET,
    True,
    expected=10,
    actual=160,
    excess_per_day=150,
    excess_total=450,
    changed_days=3,
    daily=(),
)


def call(
    name: str,
    hours: float,
    source: str = "ec2",
    who: str = "ci",
    session: str = "s",
    ip: str = "10.0.0.1",
    **more: Any,
) -> Event:
    """A call `hours` after the onset's midnight; `more`: error, user, read_only, parameters."""
    moment = datetime(ONSET.year, ONSET.month, ONSET.day, tzinfo=UTC) + timedelta(hours=hours)
    identity: dict[str, Any] = {"type": "IAMUser", "userName": who}
    if not more.get("user"):
        arn = f"arn:aws:sts::1:assumed-role/{who}/{session}"
        identity = {
            "type": "AssumedRole",
            "arn": arn,
            "sessionContext": {"sessionIssuer": {"userName": who}},
        }
    detail = {
        "userIdentity": identity,
        "awsRegion": "us-east-1",
        "sourceIPAddress": ip,
        "requestParameters": more.get("parameters"),
        "errorCode": more.get("error"),
    }
    return parse_event(
        {
            "EventId": f"{name}{hours}{who}{ip}",
            "EventName": name,
            "EventSource": f"{source}.amazonaws.com",
            "EventTime": moment,
            "ReadOnly": str(more.get("read_only", False)).lower(),
            "CloudTrailEvent": json.dumps(detail),
        }
    )


def loop(count: int, who: str = "healer") -> list[Event]:
    return [
        call(
            "UpdateStack",
            3 + 60 * i / count,
            "cloudformation",
            who,
            parameters={"stackName": "edge"},
        )
        for i in range(count)
    ]


USED_TO = [call("UpdateStack", -4.8 * i, "cloudformation", "healer") for i in range(1, 40)]
BEFORE = [call("CreateTags", -24.0 * day) for day in range(1, 8)]


@pytest.mark.parametrize(
    ("events", "named"),
    [
        pytest.param([*BEFORE, *loop(30)], True, id="began to write ten times a day"),
        pytest.param([*BEFORE, *loop(6)], False, id="two a day are no loop"),
        pytest.param(
            [*BEFORE, *loop(30), *loop(60, "other")],
            False,
            id="another accounts for most of the rise",
        ),
        pytest.param(loop(30), False, id="a trail that does not reach back"),
        pytest.param([*BEFORE, *USED_TO, *loop(30)], False, id="wrote as much before"),
    ],
)
def test_who_began_to_write_is_the_cause_where_writes_are_billed(
    events: list[Event], named: bool
) -> None:
    found = [
        item for item in rank(CONFIG, events, END) if item.tied and item.event.principal == "healer"
    ]

    assert bool(found) == named


def test_beside_another_meter_the_same_loop_is_a_doubt_and_no_tie() -> None:
    bill = replace(
        CONFIG,
        driver=replace(CONFIG.driver, service="AWS Glue", usage_type="USE1-ETL-DPU-Hour"),
        family="glue-etl",
    )

    first = rank(bill, [*BEFORE, *loop(30)], END)[0]

    assert (first.tied, first.only_repeated, first.event.name) == (False, True, "UpdateStack")


def test_a_call_that_made_a_new_caller_comes_before_the_calls_and_its_likes() -> None:
    bill = replace(
        CONFIG,
        driver=Driver("AmazonCloudWatch", "CW:GMD-Metrics", "us-east-1"),
        family="cloudwatch-api",
    )
    polls = [
        call(
            "GetMetricData",
            10 + i,
            "monitoring",
            "QuarryLink",
            read_only=True,
            parameters={"max": 1},
        )
        for i in range(5)
    ]
    made = call("CreateRole", 8, "iam", "olaf", parameters={"roleName": "QuarryLink"})
    other = call("CreateRole", 7, "iam", "ci", parameters={"roleName": "Other"})

    ranked = rank(bill, [*BEFORE, made, other, *polls], END)

    def place(event: Event) -> Candidate:
        return next(item for item in ranked if item.event == event)

    assert place(made).tied
    assert not place(other).tied
    assert place(polls[0]).effect
    assert is_new_caller(polls[0], [*BEFORE, *polls], bill)
    assert not is_new_caller(
        polls[0], [call("GetMetricData", -30, "monitoring", "QuarryLink"), *BEFORE, *polls], bill
    )


@pytest.mark.parametrize(
    ("earlier", "unusual", "changed"),
    [
        pytest.param([], True, False, id="nothing known of before"),
        pytest.param(
            [call("CreateTags", -30, who="ana")], True, True, id="called from inside before"
        ),
        pytest.param(
            [call("CreateTags", -30, who="ana", ip="91.2.3.4")],
            False,
            False,
            id="the usual address",
        ),
        pytest.param(
            [call("CreateTags", -30 - i, who="ana", ip=f"88.2.3.{i}") for i in range(3)],
            False,
            False,
            id="always from new ones",
        ),
        pytest.param(
            [call("CreateTags", -30, who="ana", session="other")],
            True,
            False,
            id="somebody else in the same role",
        ),
    ],
)
def test_an_address_is_unusual_against_what_is_known_of_the_principal(
    earlier: list[Event], unusual: bool, changed: bool
) -> None:
    event = call("RunInstances", 9, who="ana", ip="91.2.3.4")

    assert (
        unusual_address(event, [*earlier, event]),
        changed_address(event, [*earlier, event]),
    ) == (unusual, changed)


def test_denied_calls_and_known_signs_count_from_the_same_address_alone() -> None:
    event = call("CreateEmailIdentity", 9, "ses", "mail", ip="91.2.3.4", user=True)
    tried = call("CreateUser", 10, "iam", "mail", ip="91.2.3.4", user=True, error="AccessDenied")
    usual = call("CreateAccessKey", 11, "iam", "mail", ip="10.0.0.9", user=True)

    assert signs_of_intrusion(event, [event, tried, usual]) == (
        5,
        ("CreateEmailIdentity", "CreateUser"),
    )


def test_a_plain_name_that_another_service_shares_is_a_weaker_tie_than_the_resource() -> None:
    table = replace(
        CONFIG,
        family="dynamodb-on-demand",
        driver=Driver(
            "Amazon DynamoDB",
            "WriteRequestUnits",
            "us-east-1",
            resource_ids=("arn:aws:dynamodb:us-east-1:1:table/coral",),
        ),
    )
    own = call(
        "UpdateTable",
        9,
        "dynamodb",
        parameters={"tableName": "coral", "billingMode": "PAY_PER_REQUEST"},
    )
    other = call(
        "UpdateService",
        9,
        "ecs",
        "cd",
        parameters={"service": "coral", "taskDefinition": "coral:2"},
    )

    ranked = rank(table, [own, other], END)

    assert ranked[0].event == own
    assert TOUCHED in ranked[0].speaks_for
    assert not any(TOUCHED in item.speaks_for for item in ranked[1:])


PROJECT = "arn:aws:codebuild:us-east-1:111122223333:project/mobile-app"
BUILDS = replace(
    CONFIG,
    driver=Driver(
        "CodeBuild",
        "USE1-Build-Min:Linux:g1.large",
        "us-east-1",
        "mobile",
        "dev",
        resource_ids=(PROJECT,),
    ),
    family="codebuild",
)
RUNS = replace(
    CONFIG,
    driver=Driver(
        "AWS New Science",
        "USE1-science.r.24xlarge",
        "us-east-1",
        resource_ids=("arn:aws:newscience:us-east-1:111122223333:run/4411223",),
    ),
    family="other",
)


def test_a_sibling_of_the_drivers_resource_is_not_tied_whatever_words_they_share() -> None:
    settings = {"environment": {"computeType": "BUILD_GENERAL1_LARGE"}}
    own = call("UpdateProject", 5, "codebuild", "a", parameters={"name": "mobile-app", **settings})
    sibling = call(
        "UpdateProject", 5, "codebuild", "b", parameters={"name": "mobile-api", **settings}
    )

    first, second = rank(BUILDS, [own, sibling], END)

    assert (first.event.principal, first.tied) == ("a", True)
    assert (second.event.principal, second.tied) == ("b", False)
    assert first.score - second.score >= 6


def test_a_write_that_no_table_knows_is_a_candidate_of_a_service_that_no_table_knows() -> None:
    started = call("StartRun", 5, "newscience", "hana", parameters={"runId": "4411223"})
    elsewhere = call("StartRun", 5, "otherscience", "omar", parameters={"runId": "999"})
    tagged = call("TagResource", 5, "newscience", "omar", parameters={"runId": "4411223"})

    (only,) = rank(RUNS, [started, elsewhere, tagged], END)

    assert (only.event.principal, only.tied) == ("hana", True)
    assert only.category == "batch-job-or-query-runaway"
    assert "no table says what such a call costs" in only.speaks_against


def test_where_the_tables_know_what_moves_a_meter_an_unknown_write_is_at_most_possible() -> None:
    unheard = call("RotateProject", 5, "codebuild", "a", parameters={"name": "mobile-app"})
    unknown = call("EnableProjectThing", 5, "codebuild", "b", parameters={"name": "mobile-app"})

    (only,) = rank(BUILDS, [unheard, unknown], END)

    assert (only.event.principal, only.score) == ("b", 5.0)


def test_a_call_some_days_before_the_onset_is_not_its_own_precedent() -> None:
    limit = {"parameterGroupName": "wlm", "parameters": [{"max_concurrency_scaling": "10"}]}
    once = call("ModifyClusterParameterGroup", -55, "redshift", "anna", parameters=limit)
    bill = replace(
        CONFIG,
        driver=Driver("Amazon Redshift", "USW2-Redshift:ConcurrencyScaling", "us-east-1"),
        family="redshift-concurrency",
    )

    (only,) = rank(bill, [once], END)

    assert not only.common
    assert not any("common here" in reason for reason in only.speaks_against)


def test_what_is_named_after_the_drivers_resource_belongs_to_it() -> None:
    bill = replace(
        CONFIG,
        driver=Driver(
            "Amazon Redshift",
            "USW2-Redshift:ConcurrencyScaling",
            "us-east-1",
            resource_ids=("arn:aws:redshift:us-east-1:111122223333:cluster:bi-main",),
        ),
        family="redshift-concurrency",
    )
    limit = {"parameterGroupName": "bi-main-wlm", "parameters": [{"max_concurrency_scaling": "9"}]}

    (only,) = rank(
        bill, [call("ModifyClusterParameterGroup", 2, "redshift", parameters=limit)], END
    )

    assert only.tied


def test_whoever_set_off_the_service_that_writes_comes_before_it() -> None:
    """A deployment whose tasks fail: the scheduler makes an interface for each attempt."""
    attempts = [
        replace(
            call("CreateNetworkInterface", 11.5 + i / 10, "ec2", "AWSServiceRoleForECS"),
            principal_kind="aws-service",
            invoked_by="ecs.amazonaws.com",
        )
        for i in range(60)
    ]
    earlier = call("UpdateService", 4, "ecs", "ci", "gha-1", parameters={"service": "other"})
    deployed = call("UpdateService", 11.3, "ecs", "ci", "gha-2", parameters={"service": "web"})
    later = call("UpdateService", 13, "ecs", "ci", "gha-3", parameters={"service": "other"})

    first = rank(CONFIG, [*BEFORE, earlier, deployed, later, *attempts], END)[0]

    assert (first.event.session, first.tied) == ("gha-2", True)


def test_a_schedule_whose_rate_the_calls_keep_is_tied() -> None:
    job = "arn:aws:glue:us-east-1:111122223333:job/reconcile"
    bill = replace(
        CONFIG,
        driver=Driver("AWS Glue", "ETL-DPU-Hour", "us-east-1", resource_ids=(job,)),
        family="glue-jobs",
    )
    runs = [
        call("StartJobRun", hours, "glue", "scheduler", parameters={"jobName": "reconcile"})
        for hours in (-70, -46, -22, 12, 14, 16, 18)
    ]
    every_two = call(
        "PutRule", 10, "events", "oskar", parameters={"scheduleExpression": "rate(2 hours)"}
    )
    every_five = call(
        "PutRule", 10, "events", "mary", parameters={"scheduleExpression": "rate(5 hours)"}
    )

    found = {one.event.principal: one for one in rank(bill, [*runs, every_two, every_five], END)}

    assert (found["oskar"].tied, found["mary"].tied) == (True, False)
    assert found["oskar"].score > found["scheduler"].score + 0.75


DIRECTORY = "arn:aws:ds:us-east-1:111122223333:directory/d-99675b1c2e"
CONTROLLERS = replace(
    CONFIG,
    driver=Driver(
        "AWS Directory Service",
        "USE1-MicrosoftAD-DC-Usage",
        "us-east-1",
        resource_ids=(DIRECTORY,),
    ),
    family="directory",
    usage=Usage("Hrs", 48, 288, False),
)


def test_a_call_that_asks_for_as_many_units_as_run_since_is_the_cause() -> None:
    name = {"directoryId": "d-99675b1c2e"}
    trust = call("CreateTrust", 12, "ds", "a", parameters={**name, "trustDirection": "Two-Way"})
    more = call(
        "UpdateNumberOfDomainControllers", 13, "ds", "b", parameters={**name, "desiredNumber": 12}
    )

    first, second = rank(CONTROLLERS, [trust, more], END)

    assert (first.event.principal, first.category) == ("b", "scaling-out")
    assert first.score - second.score >= COUNTED
    assert "it asks for as many units as the bill counts since" in first.speaks_for


@pytest.mark.parametrize("number", [1, 11, 24, 288], ids=str)
def test_another_number_in_a_request_says_nothing(number: int) -> None:
    event = call("UpdateThing", 13, "ds", "b", parameters={"desiredNumber": number})

    assert count_of(event, CONTROLLERS) is None


def test_what_is_changed_after_its_making_is_not_the_cause_of_a_new_line() -> None:
    tasks = replace(
        CONFIG,
        driver=Driver("Amazon Elastic Container Service", "Fargate-vCPU-Hours:perCPU", "us-east-1"),
        family="fargate",
        new_line=True,
        usage=Usage("hours", 0, 20_000, False),
    )
    made = call("CreateService", 2, "ecs", parameters={"serviceName": "x", "desiredCount": 40})
    raised = call("UpdateService", 3, "ecs", parameters={"service": "x", "desiredCount": 60})

    by_the_maker = rank(tasks, [made, raised], END)
    before = rank(replace(tasks, new_line=False), [made, raised], END)

    assert by_the_maker[0].event.name == "CreateService"
    assert before[0].event.name == "UpdateService"
    assert not any("too little" in reason for one in by_the_maker for reason in one.speaks_against)


def test_a_purchase_needs_no_more_than_its_name() -> None:
    contract = replace(
        CONFIG,
        driver=Driver("Vendor", "MP:EnterpriseAnnual-Units", "global"),
        family="marketplace-contract",
        kind=Kind.SPIKE,
    )
    bought = call(
        "AcceptAgreementRequest",
        9,
        "agreement-marketplace",
        "sanna",
        parameters={"agreementRequestId": "ar-7kq2vmd93xf0c1"},
    )

    (only,) = rank(contract, [bought], END)

    assert not any("says nothing" in reason for reason in only.speaks_against)
