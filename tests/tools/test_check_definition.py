"""The check of the state machine's definition: faults planted into the deployed one are found."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from tests.support.deployed import PROJECT, states
from tools.check_definition import faults, main
from tools.expand_template import substituted_definition

DELETED = object()
DEPLOYED: dict[str, Any] = json.loads(substituted_definition(PROJECT / "template.yaml"))
LONG = "D" * 81
LONELY = {"Type": "Pass", "End": True}

# What is planted: a state's name (none: the whole definition) and the path within it -> the value.
BETWEEN_STATES: dict[str, dict[str, Any]] = {
    "Next names no state": {"DiscoverAccounts/Next": "Nowhere"},
    "Catch names no state": {"DetectAnomalies/Catch/0/Next": "Nowhere"},
    "Catch names a state outside of its Map": {"ExplainAnomaly/Catch/0/Next": "AccountNotScanned"},
    "StartAt names no state": {"/StartAt": "Nowhere"},
    "StartAt of a Map names no state": {"ExplainAnomalies/ItemProcessor/StartAt": "Nowhere"},
    "no StartAt": {"/StartAt": DELETED},
    "neither Next nor End": {"DiscoverAccounts/Next": DELETED},
    "both Next and End": {"DiscoverAccounts/End": True},
    "no state ends it": {"PublishDigest/End": DELETED, "PublishDigest/Next": "DiscoverAccounts"},
    "a state is never reached": {"/States/Lonely": LONELY},
    "a state of a Map is never reached": {"ExplainAnomalies/ItemProcessor/States/Lonely": LONELY},
    "a name twice": {
        "ScanAccounts/ItemProcessor/States/PublishDigest": LONELY,
        "NotifyOwner/Catch/0/Next": "PublishDigest",
    },
    "a name too long": {f"/States/{LONG}": LONELY, "ScanAccounts/Next": LONG},
}
FIELDS: dict[str, dict[str, Any]] = {
    "unknown type": {"PublishDigest/Type": "Tsk"},
    "misspelt field": {"PublishDigest/TimeoutSecs": 960},
    "JSONata's field": {"PublishDigest/Arguments": {"a": 1}},
    "no Resource": {"PublishDigest/Resource": DELETED},
    "Resource is no ARN": {"PublishDigest/Resource": "lambda:invoke"},
    "negative timeout": {"PublishDigest/TimeoutSeconds": -1},
    "heartbeat after the timeout": {"PublishDigest/HeartbeatSeconds": 9999},
    "two concurrencies": {"ScanAccounts/MaxConcurrency": 3},
    "Map without ItemProcessor": {"ScanAccounts/ItemProcessor": DELETED},
    "distributed without ExecutionType": {
        "ScanAccounts/ItemProcessor/ProcessorConfig/ExecutionType": DELETED
    },
    "unknown mode": {"ScanAccounts/ItemProcessor/ProcessorConfig/Mode": "SPREAD"},
    "more failures than all": {"ScanAccounts/ToleratedFailurePercentage": 150},
    "inline Map with ItemReader": {
        "ExplainAnomalies/ItemReader": {"Resource": "arn:aws:states:::s3:getObject"}
    },
}
RULES: dict[str, dict[str, Any]] = {
    "misspelt field of Retry": {"PublishDigest/Retry/0/MaxAttempt": 6},
    "Retry without ErrorEquals": {"PublishDigest/Retry/0/ErrorEquals": DELETED},
    "Catch without Next": {"DetectAnomalies/Catch/0/Next": DELETED},
    "no interval": {"PublishDigest/Retry/0/IntervalSeconds": 0},
    "waits that shrink": {"PublishDigest/Retry/0/BackoffRate": 0.5},
    "unknown jitter": {"PublishDigest/Retry/0/JitterStrategy": "SOME"},
    "States.ALL beside another": {"DetectAnomalies/Catch/0/ErrorEquals": ["States.ALL", "X"]},
    "States.ALL before another": {
        "DetectAnomalies/Catch": [
            {"ErrorEquals": [name], "Next": "AccountNotScanned"} for name in ("States.ALL", "X")
        ]
    },
    "unknown States error": {"DetectAnomalies/Catch/0/ErrorEquals": ["States.All"]},
}
PATHS: dict[str, dict[str, Any]] = {
    "OutputPath is no path": {"PublishDigest/OutputPath": "Payload"},
    "no path in Parameters": {"DetectAnomalies/Parameters/Payload/scan.$": "scan"},
    "a path that is no text": {"PublishDigest/Parameters/Payload.$": 5},
    "a key once as text, once as path": {"PublishDigest/Parameters/Payload": {"x": 1}},
    "a path under a key without .$": {"PublishDigest/Parameters/Extra": "$.scan"},
    "a call without its end": {"DiscoverAccounts/Parameters/Payload.$": "States.JsonMerge($, $"},
    "an unknown call": {"DiscoverAccounts/Parameters/Payload.$": "States.JsonMrege($, $, false)"},
}
PLANTED = BETWEEN_STATES | FIELDS | RULES | PATHS


def planted(edits: dict[str, Any]) -> dict[str, Any]:
    machine = deepcopy(DEPLOYED)
    for place, value in edits.items():
        name, *path, last = place.split("/")
        root = dict(states(machine))[name] if name else machine
        parent: Any = reduce(
            lambda node, key: node[int(key) if isinstance(node, list) else key], path, root
        )
        if isinstance(parent, list):
            parent[int(last)] = value
        elif value is DELETED:
            del parent[last]
        else:
            parent[last] = value
    return machine


def test_the_deployed_definition_is_without_fault() -> None:
    assert faults(DEPLOYED) == []


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(fault: str) -> None:
    assert faults(planted(PLANTED[fault])) != []


def test_a_fault_is_named_with_its_state(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "scan.asl.json"
    file.write_text(json.dumps(planted(BETWEEN_STATES["neither Next nor End"])))
    assert main(file) == 1
    assert "/DiscoverAccounts: neither Next nor End" in capsys.readouterr().out
