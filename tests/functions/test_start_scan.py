"""StartScan against moto's Step Functions: one execution for each scan date."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.support.deployed import PROJECT
from whyspike.errors import InvalidInput

CONTEXT = SimpleNamespace(
    function_name="StartScan",
    memory_limit_in_mb=512,
    invoked_function_arn="arn",
    aws_request_id="1",
)
ROLE = "arn:aws:iam::123456789012:role/states"


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws(
        config={"stepfunctions": {"execute_state_machine": False}}
    ):  # as it is unless a simulation ran in this process
        machine = boto3.client("stepfunctions").create_state_machine(
            name="whyspike-scan", definition=json.dumps({}), roleArn=ROLE
        )
        monkeypatch.setenv("STATE_MACHINE_ARN", machine["stateMachineArn"])
        spec = importlib.util.spec_from_file_location(
            "start_scan_app", PROJECT / "functions" / "start_scan" / "app.py"
        )
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module


def executions() -> list[dict[str, Any]]:
    client = boto3.client("stepfunctions")
    machine = client.list_state_machines()["stateMachines"][0]["stateMachineArn"]
    names = [
        execution["executionArn"]
        for execution in client.list_executions(stateMachineArn=machine)["executions"]
    ]
    return [dict(client.describe_execution(executionArn=name)) for name in names]


def test_the_scheduled_time_starts_the_scan_of_the_day_before(app: ModuleType) -> None:
    event = json.loads((PROJECT / "events" / "start_scan.json").read_text())

    assert app.handler(event, CONTEXT) == {"scan_date": "2026-11-06", "started": True}

    (execution,) = executions()
    assert execution["name"] == "scan-2026-11-06"
    assert json.loads(execution["input"]) == {"scan_date": "2026-11-06"}


def test_a_second_start_is_the_same_run(app: ModuleType) -> None:
    app.handler({"scheduled_time": "2026-11-07T09:00:00Z"}, CONTEXT)
    app.handler({"scheduled_time": "2026-11-07T09:00:30Z"}, CONTEXT)

    assert len(executions()) == 1


def test_a_start_after_the_end_of_the_run_starts_nothing(app: ModuleType) -> None:
    app.handler({"scan_date": "2026-11-06"}, CONTEXT)
    boto3.client("stepfunctions").stop_execution(executionArn=executions()[0]["executionArn"])

    assert app.handler({"scan_date": "2026-11-06"}, CONTEXT) == {
        "scan_date": "2026-11-06",
        "started": False,
    }
    assert len(executions()) == 1


@pytest.mark.parametrize(
    "event",
    [
        {"scan_date": "yesterday"},
        {"scan_date": "2999-01-01"},
        {"scan_date": "2001-01-01"},
        {"scheduled_time": "soon"},
    ],
    ids=["no date", "in the future", "too old", "no time"],
)
def test_a_wrong_date_is_refused_and_starts_nothing(app: ModuleType, event: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match="Remedy"):
        app.handler(event, CONTEXT)
    assert executions() == []
