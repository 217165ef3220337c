"""The simulation runs real handlers behind one address, as the roles that were deployed, and
refuses what AWS would refuse."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

from tests.support.organization import HUB, MANAGEMENT, SCAN_DATE, event, organization, quiet
from whyspike.simulator.functions.failed import FunctionFailed
from whyspike.simulator.simulation import Simulation

PROJECT = Path(__file__).parent / "project"
OK, CLOSED, POOR = "111111111111", "222222222222", "333333333333"
ROLE = {"RoleArn": f"arn:aws:iam::{OK}:role/member", "ExternalId": "secret-handshake"}
COSTS = {
    "TimePeriod": {"Start": "2026-10-14", "End": "2026-10-16"},
    "Granularity": "DAILY",
    "Metrics": ["UnblendedCost"],
    "GroupBy": [{"Type": "DIMENSION", "Key": "SERVICE"}],
}


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    loaded = organization(
        tmp_path_factory.mktemp("o") / "organization",
        quiet(OK, events={"us-east-1": [event("RunInstances", "2026-10-15T08:00:00Z")]}),
        quiet(CLOSED, access={"assume_role": "denied"}),
        quiet(POOR, access={"cost_explorer": "denied", "cloudtrail": "denied"}),
    )
    with Simulation(
        loaded,
        template=PROJECT / "template.yaml",
        roles=PROJECT / "roles",
        parameters={"Greeting": "good morning"},
    ) as simulation:
        simulation.deploy()
        yield simulation


@pytest.fixture(autouse=True)
def no_fault_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "sim" in request.fixturenames:
        simulation: Simulation = request.getfixturevalue("sim")
        for name in simulation.faults.left():
            simulation.faults.set(name, 0)


def call(
    sim: Simulation,
    service: str,
    operation: str,
    parameters: dict[str, Any] | None = None,
    **event_: Any,
) -> Any:
    return sim.invoke("Caller", {"call": [service, operation, parameters or {}], **event_})


# ------------------------------------------------------------------ functions


def test_a_handler_runs_with_its_own_environment_and_context(sim: Simulation) -> None:
    answer = sim.invoke("Caller", {"number": 1})

    assert answer["event"] == {"number": 1}
    assert answer["function"].startswith("whyspike-Caller-")
    assert 1000 < answer["remaining"] <= 2000
    assert answer["environment"]["GREETING"] == "good morning"
    assert answer["environment"]["TABLE_NAME"] == sim.resource("IncidentTable")
    assert not {"HOME", "VIRTUAL_ENV", "ANTHROPIC_API_KEY"} & answer["environment"].keys()


FAILURES = {
    "its own exception": ("Caller", {"raise": "as planned"}, "Planned", "as planned"),
    "a time-out": ("Caller", {"sleep": 5}, "Sandbox.Timedout", "timed out after 2.00 seconds"),
    "the end of its process": ("Caller", {"exit": 3}, "Runtime.ExitError", "exit status 3"),
    "an answer too large": (
        "Caller",
        {"large": 6_300_000},
        "Function.ResponseSizeTooLarge",
        "6291556",
    ),
    "no such handler": ("Broken", {}, "Runtime.HandlerNotFound", "missing"),
}


@pytest.mark.parametrize(
    ("function", "event_", "kind", "message"), FAILURES.values(), ids=FAILURES.keys()
)
def test_a_failure_is_told_in_the_words_of_lambda(
    sim: Simulation, function: str, event_: dict[str, Any], kind: str, message: str
) -> None:
    with pytest.raises(FunctionFailed) as error:
        sim.invoke(function, event_)

    assert error.value.kind == kind
    assert message in error.value.message


def test_a_function_works_again_after_its_process_died(sim: Simulation) -> None:
    with pytest.raises(FunctionFailed):
        sim.invoke("Caller", {"exit": 1})

    assert sim.invoke("Caller", {})["event"] == {}


def test_the_invoke_api_names_what_lambda_refuses(sim: Simulation) -> None:
    client = sim.client("lambda")
    sim.faults.set("lambda:throttle:Caller", 1)

    codes = []
    for name, payload in (
        ("Caller", b"{}"),
        ("Nobody", b"{}"),
        ("Caller", b'"' + b"x" * 7_000_000 + b'"'),
    ):
        with pytest.raises(ClientError) as error:
            client.invoke(FunctionName=name, Payload=payload)
        codes.append(
            (
                error.value.response["Error"]["Code"],
                error.value.response["ResponseMetadata"]["HTTPStatusCode"],
            )
        )

    assert codes == [
        ("TooManyRequestsException", 429),
        ("ResourceNotFoundException", 404),
        ("RequestTooLargeException", 413),
    ]


def test_reserved_concurrency_is_a_limit(sim: Simulation) -> None:
    busy = threading.Thread(target=sim.invoke, args=("Reserved", {"sleep": 3}))
    busy.start()
    while not sim.functions or sim.functions.running("Reserved") == 0:
        time.sleep(0.01)

    with pytest.raises(ClientError) as error:
        sim.client("lambda").invoke(FunctionName="Reserved", Payload=b"{}")
    busy.join()

    assert error.value.response["Error"]["Code"] == "TooManyRequestsException"


def test_a_function_url_calls_its_function(sim: Simulation) -> None:
    received = requests.post(f"{sim.url}/function-url/Caller/", b"payload=1", timeout=30).json()[
        "event"
    ]

    assert received["requestContext"]["http"]["method"] == "POST"
    assert received["isBase64Encoded"] is True


# ------------------------------------------------------------------ the state machine


def execute(sim: Simulation, input_: dict[str, Any]) -> dict[str, Any]:
    """The end of an execution that starts with `input_`."""
    client, arn = (
        sim.client("stepfunctions"),
        (sim.deployment.state_machine_arn if sim.deployment else ""),
    )
    execution = client.start_execution(
        stateMachineArn=arn, name=f"test-{time.time_ns()}", input=json.dumps(input_)
    )["executionArn"]
    while True:
        described: dict[str, Any] = client.describe_execution(executionArn=execution)
        if described["status"] != "RUNNING":
            return described
        time.sleep(0.05)


def test_a_scan_runs_the_state_machine_and_its_handler(sim: Simulation) -> None:
    run = sim.scan(SCAN_DATE)

    assert run.succeeded
    assert run.output["function"].startswith("whyspike-Caller-")
    assert run.output["event"]["scan_date"] == SCAN_DATE.isoformat()


def test_the_state_machine_catches_an_error_by_its_name(sim: Simulation) -> None:
    assert json.loads(execute(sim, {"raise": "x"})["output"]) == {"caught": "Planned"}


def test_the_state_machine_may_call_only_what_its_role_allows(sim: Simulation) -> None:
    end = execute(sim, {"forbidden": True})

    assert (end["status"], end["error"]) == ("FAILED", "Lambda.AccessDeniedException")
    assert "lambda:InvokeFunction" in sim.recorder.actions["ScanStateMachine"]


# ------------------------------------------------------------------ roles


def test_an_assumed_role_acts_in_its_own_account(sim: Simulation) -> None:
    identity = call(sim, "sts", "get_caller_identity", assume=ROLE)
    costs = call(sim, "ce", "get_cost_and_usage", COSTS, assume=ROLE)
    trail = call(sim, "cloudtrail", "lookup_events", assume=ROLE)

    assert identity["Account"] == OK
    assert "Amazon Elastic Compute Cloud - Compute" in costs["ResultsByTime"]
    assert "RunInstances" in trail["Events"]


REFUSED = {
    "no ExternalId": ({"RoleArn": ROLE["RoleArn"]}, "AccessDenied"),
    "a wrong ExternalId": ({**ROLE, "ExternalId": "guess"}, "AccessDenied"),
    "an account that trusts nobody": (
        {**ROLE, "RoleArn": f"arn:aws:iam::{CLOSED}:role/member"},
        "AccessDenied",
    ),
    "a role that does not exist": (
        {**ROLE, "RoleArn": f"arn:aws:iam::{OK}:role/other"},
        "AccessDenied",
    ),
    "an unknown account": (
        {**ROLE, "RoleArn": "arn:aws:iam::999999999999:role/member"},
        "AccessDenied",
    ),
    "longer than an hour": ({**ROLE, "DurationSeconds": 7200}, "ValidationError"),
}


@pytest.mark.parametrize(("assume", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_a_role_is_assumed_only_as_its_trust_policy_says(
    sim: Simulation, assume: dict[str, Any], code: str
) -> None:
    with pytest.raises(FunctionFailed) as error:
        call(sim, "ce", "get_cost_and_usage", COSTS, assume=assume)

    assert f"({code})" in error.value.message
    assert "AssumeRole" in error.value.message


DENIED = {
    "another table action": (
        "dynamodb",
        "delete_item",
        {"TableName": "{IncidentTable}", "Key": {"PK": {"S": "1"}}},
        {},
    ),
    "another table": (
        "dynamodb",
        "put_item",
        {"TableName": "other", "Item": {"PK": {"S": "1"}}},
        {},
    ),
    "a transaction that deletes": (
        "dynamodb",
        "transact_write_items",
        {
            "TransactItems": [
                {"Delete": {"TableName": "{IncidentTable}", "Key": {"PK": {"S": "1"}}}}
            ]
        },
        {},
    ),
    "another key": (
        "s3",
        "get_object",
        {"Bucket": "{ScanBucket}", "Key": "settings/owners.json"},
        {},
    ),
    "an absent object, without the right to list": (
        "s3",
        "get_object",
        {"Bucket": "{ScanBucket}", "Key": "scans/none.json"},
        {},
    ),
    "writing": (
        "s3",
        "put_object",
        {"Bucket": "{ScanBucket}", "Key": "scans/1.json", "Body": "{}"},
        {},
    ),
    "Cost Explorer of the hub": ("ce", "get_cost_and_usage", COSTS, {}),
    "tags through the member role": (
        "ce",
        "get_tags",
        {"TimePeriod": COSTS["TimePeriod"]},
        {"assume": ROLE},
    ),
    "the organisation, from a member account": (
        "organizations",
        "list_accounts",
        {},
        {"assume": ROLE},
    ),
    "Cost Explorer that the payer closed": (
        "ce",
        "get_cost_and_usage",
        COSTS,
        {"assume": {**ROLE, "RoleArn": f"arn:aws:iam::{POOR}:role/member"}},
    ),
    "a closed trail": (
        "cloudtrail",
        "lookup_events",
        {},
        {"assume": {**ROLE, "RoleArn": f"arn:aws:iam::{POOR}:role/member"}},
    ),
}


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "event_"), DENIED.values(), ids=DENIED.keys()
)
def test_what_no_policy_allows_is_denied(
    sim: Simulation,
    service: str,
    operation: str,
    parameters: dict[str, Any],
    event_: dict[str, Any],
) -> None:
    text = json.dumps(parameters)
    for name in ("IncidentTable", "ScanBucket"):
        text = text.replace(f"{{{name}}}", sim.resource(name))

    with pytest.raises(FunctionFailed) as error:
        call(sim, service, operation, json.loads(text), **event_)

    assert "AccessDenied" in error.value.message


def test_a_role_of_another_organisation_is_refused_by_the_caller_s_own_policy(
    sim: Simulation,
) -> None:
    elsewhere = {**ROLE, "RoleArn": "arn:aws:iam::444444444444:role/member"}

    for role, refused_by_policy in ((elsewhere, True), ({**ROLE, "ExternalId": "?"}, False)):
        with pytest.raises(FunctionFailed) as error:
            call(sim, "ce", "get_cost_and_usage", COSTS, assume=role)
        assert ("no identity-based policy" in error.value.message) is refused_by_policy


def test_what_a_policy_allows_is_done_and_recorded(sim: Simulation) -> None:
    call(
        sim,
        "dynamodb",
        "put_item",
        {"TableName": sim.resource("IncidentTable"), "Item": {"PK": {"S": "kept"}}},
    )
    secret = call(
        sim, "secretsmanager", "get_secret_value", {"SecretId": sim.resource("SlackSecret")}
    )
    accounts = call(sim, "organizations", "list_accounts")

    assert {"PK": {"S": "kept"}} in sim.table_items()
    assert "xoxb-" in secret["SecretString"]
    assert OK in accounts["Accounts"]
    assert {
        "dynamodb:PutItem",
        "secretsmanager:GetSecretValue",
        "organizations:ListAccounts",
    } <= sim.recorder.actions["Caller"]


def test_a_key_that_nobody_gave_out_opens_nothing(sim: Simulation) -> None:
    with pytest.raises(ClientError) as error:
        boto3.client(
            "sts",
            region_name="us-east-1",
            endpoint_url=sim.url,
            aws_access_key_id="ASIAMADEUPMADEUPMADE",
            aws_secret_access_key="guess",
        ).get_caller_identity()

    assert error.value.response["Error"]["Code"] == "UnrecognizedClientException"


# ------------------------------------------------------------------ Cost Explorer, faults, records


def test_the_management_account_pays_for_everybody(sim: Simulation) -> None:
    by_account = {**COSTS, "GroupBy": [{"Type": "DIMENSION", "Key": "LINKED_ACCOUNT"}]}

    answer = sim.client("ce", MANAGEMENT).get_cost_and_usage(**by_account)

    assert {group["Keys"][0] for day in answer["ResultsByTime"] for group in day["Groups"]} == {
        OK,
        CLOSED,
        POOR,
    }
    with pytest.raises(ClientError):
        sim.client("ce", HUB).get_cost_and_usage(**by_account)


FAULTS = {
    "cost_explorer:throttle": ("ce", "get_cost_and_usage", COSTS, OK, "LimitExceededException"),
    "cost_explorer:not_ready": ("ce", "get_cost_and_usage", COSTS, OK, "DataUnavailableException"),
    f"cost_explorer:deny:{OK}": ("ce", "get_cost_and_usage", COSTS, OK, "AccessDeniedException"),
    "cloudtrail:throttle": ("cloudtrail", "lookup_events", {}, OK, "ThrottlingException"),
    "cloudtrail:deny": ("cloudtrail", "lookup_events", {}, OK, "AccessDeniedException"),
    "organizations:throttle": (
        "organizations",
        "list_accounts",
        {},
        HUB,
        "TooManyRequestsException",
    ),
    "organizations:deny": ("organizations", "list_accounts", {}, HUB, "AccessDeniedException"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_strikes_as_often_as_planned(sim: Simulation, fault: str) -> None:
    service, operation, parameters, account_id, code = FAULTS[fault]
    sim.faults.set(fault, 1)
    ask = getattr(sim.client(service, account_id), operation)

    with pytest.raises(ClientError) as error:
        ask(**parameters)

    assert error.value.response["Error"]["Code"] == code
    if service == "cloudtrail":
        time.sleep(1.0)  # it takes two requests a second, also after another test's
    assert ask(**parameters)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_every_request_is_recorded_with_its_account_and_outcome(sim: Simulation) -> None:
    before = len(sim.requests)
    call(sim, "ce", "get_cost_and_usage", COSTS, assume=ROLE)
    sim.invoke(
        "Caller",
        {"post": json.dumps({"channel": "#shop", "text": "hello"}), "account": {"account_id": OK}},
    )

    recorded = [
        (entry["service"], entry["operation"], entry["account_id"], entry["status"])
        for entry in sim.requests[before:]
    ]

    assert recorded == [
        ("sts", "AssumeRole", HUB, 200),
        ("ce", "GetCostAndUsage", OK, 200),
        ("slack", "chat.postMessage", OK, 200),
    ]


@pytest.mark.parametrize(("how", "stored"), [("kill", False), ("kill_after", True)])
def test_a_worker_dies_at_the_planned_call(sim: Simulation, how: str, stored: bool) -> None:
    table = sim.resource("IncidentTable")
    sim.faults.set(f"{how}:Caller:1", 1)

    with pytest.raises(FunctionFailed) as error:
        call(sim, "dynamodb", "put_item", {"TableName": table, "Item": {"PK": {"S": how}}})

    assert error.value.kind == "Runtime.ExitError"
    assert ({"PK": {"S": how}} in sim.table_items()) is stored


def test_a_restated_bill_is_seen_from_its_day_on(sim: Simulation) -> None:
    client = sim.client("ce", OK)

    def cost() -> float:
        return float(
            client.get_cost_and_usage(**COSTS)["ResultsByTime"][0]["Groups"][0]["Metrics"][
                "UnblendedCost"
            ]["Amount"]
        )

    day = SCAN_DATE.replace(day=14)
    before = cost()
    sim.restate(OK, day, 0.5, seen_from=SCAN_DATE)

    assert cost() == pytest.approx(before / 2)
    sim.world.as_of = day
    assert cost() == pytest.approx(before)
    sim.world.as_of = SCAN_DATE


def test_a_presigned_url_opens_its_object(sim: Simulation) -> None:
    s3, bucket = sim.client("s3"), sim.resource("ScanBucket")
    s3.put_object(Bucket=bucket, Key="scans/report.html", Body=b"<h1>report</h1>")
    url = s3.generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "scans/report.html"}
    )

    assert requests.get(url, timeout=5).content == b"<h1>report</h1>"


def test_an_address_signed_as_formerly_is_refused(sim: Simulation) -> None:
    s3, bucket = sim.client("s3"), sim.resource("ScanBucket")
    s3.put_object(Bucket=bucket, Key="scans/report.html", Body=b"<h1>report</h1>")
    key = sim.administrator_key

    answer = requests.get(
        f"{sim.url}/{bucket}/scans/report.html?AWSAccessKeyId={key}&Signature=abc&Expires=1796082849",
        timeout=5,
    )

    assert (answer.status_code, "AWS4-HMAC-SHA256" in answer.text) == (400, True)


def test_what_is_neither_signed_nor_known_is_not_found(sim: Simulation) -> None:
    assert requests.get(f"{sim.url}/unknown", timeout=5).status_code == 404


def test_faults_can_be_planned_over_the_wire(sim: Simulation) -> None:
    answer = requests.post(
        f"{sim.url}/_simulator", json={"faults": {"claude:error": 2}}, timeout=5
    ).json()

    assert answer["faults"] == {"claude:error": 2}
    assert sim.faults.left() == {"claude:error": 2}


@pytest.mark.parametrize(
    ("service", "minutes", "code"),
    [
        ("sts", 4, ""),
        ("sts", -6, "InvalidSignatureException"),
        ("sts", 6, "InvalidSignatureException"),
        ("s3", 14, ""),
        ("s3", 16, "RequestTimeTooSkewed"),
    ],
)
def test_a_signature_of_another_time_is_refused(
    sim: Simulation, service: str, minutes: int, code: str
) -> None:
    client, off = sim.client(service), timedelta(minutes=minutes)

    def stamped(request: Any, **_: Any) -> None:
        request.headers["X-Amz-Date"] = f"{datetime.now(UTC) - off:%Y%m%dT%H%M%SZ}"

    ask = client.get_caller_identity if service == "sts" else client.list_buckets
    client.meta.events.register("before-send", stamped)
    try:
        refused = "" if ask() else "no answer"
    except ClientError as error:
        refused = error.response["Error"]["Code"]
    finally:
        client.meta.events.unregister("before-send", stamped)
    assert refused == code
