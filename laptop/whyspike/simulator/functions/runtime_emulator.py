"""Runs one function as `sam build` left it under AWS's Lambda Runtime Interface Emulator (a binary
in aws-sam-cli's wheel), without Docker.

Real here: the package's contents (a missing package fails), handler lookup, runtime API, time-out.
Not real: memory limit, IAM inside the emulator (the simulation behind it does enforce it),
read-only file system, Lambda's own operating system.
"""

from __future__ import annotations

import json
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import samcli
from samcli.yamlhelper import yaml_parse

from whyspike.errors import InvalidInput
from whyspike.simulator.functions.built_packages import interpreter_for, packages_for
from whyspike.simulator.functions.failed import FunctionFailed

START_SECONDS = 20.0


@dataclass(frozen=True)
class BuiltFunction:
    """`layers` hold python/ folders, the last one first, since a later layer overrides an earlier
    one."""

    name: str
    handler: str
    code: Path
    layers: tuple[Path, ...]
    timeout_seconds: int


def read_built(build: Path, name: str) -> BuiltFunction:
    """The function `name` in the folder that `sam build` made. Raises InvalidInput when it is not
    there."""
    file = build / "template.yaml"
    if not file.exists():
        raise InvalidInput(f"{file}: no such file; run make build first")
    template = yaml_parse(file.read_text("utf-8"))
    resources, shared = template["Resources"], template.get("Globals", {}).get("Function", {})
    if resources.get(name, {}).get("Type") != "AWS::Serverless::Function":
        known = [
            key
            for key, resource in resources.items()
            if resource["Type"] == "AWS::Serverless::Function"
        ]
        raise InvalidInput(f"{name} is no function of {file}; use one of {', '.join(known)}")
    properties = {**shared, **resources[name]["Properties"]}
    layers = [
        _layer(build, resources, layer["Ref"]) for layer in reversed(properties.get("Layers", []))
    ]
    code = (build / properties["CodeUri"]).resolve()
    return BuiltFunction(
        name, properties["Handler"], code, tuple(layers), int(properties.get("Timeout", 3))
    )


def invoke_built(
    function: BuiltFunction, event: Any, environment: Mapping[str, str], cache: Path
) -> Any:
    """The function's answer. `environment`: its variables, credentials and addresses; `cache` keeps
    the runtime's packages between calls.

    Raises FunctionFailed with the error that the function ended with, the emulator's included;
    InvalidInput when packages cannot be had.
    """
    interpreter = interpreter_for(function.layers)
    paths = [function.code, *packages_for(interpreter, function.layers, cache)]
    front, api = _free_port(), _free_port()
    command = [
        *(str(_emulator()), "--log-level", "error"),
        *(
            "--runtime-interface-emulator-address",
            f"127.0.0.1:{front}",
            "--runtime-api-address",
            f"127.0.0.1:{api}",
        ),
        *(interpreter.program, "-S", "-m", "awslambdaric", function.handler),
    ]
    variables = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": ":".join(str(path) for path in paths),
        "LAMBDA_TASK_ROOT": str(function.code),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(function.timeout_seconds),
        **environment,
    }
    process = subprocess.Popen(  # noqa: S603
        command, cwd=function.code, env=variables, stdout=subprocess.DEVNULL, stderr=sys.stderr
    )
    try:
        return _post(front, event, function.timeout_seconds)
    finally:
        process.terminate()
        process.wait()


def _post(port: int, event: Any, timeout: float) -> Any:
    address = f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            answer = requests.post(
                address, json.dumps(event).encode(), timeout=timeout + START_SECONDS
            )
            break
        except requests.ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    if not answer.ok:
        message = (
            answer.text.strip()
            or f"the emulator answered {answer.status_code}: the runtime did not start"
        )
        raise FunctionFailed({"errorType": "Runtime.Unusable", "errorMessage": message})
    if answer.text.startswith("Task timed out"):
        raise FunctionFailed({"errorType": "Sandbox.Timedout", "errorMessage": answer.text})
    result = answer.json()
    if isinstance(result, dict) and {"errorType", "errorMessage"} <= result.keys():
        raise FunctionFailed(
            result
        )  # the emulator does not mark errors; no function of ours answers with these keys
    return result


def _layer(build: Path, resources: Mapping[str, Any], name: str) -> Path:
    return Path(build / resources[name]["Properties"]["ContentUri"] / "python").resolve()


def _emulator() -> Path:
    kind = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[
        platform.machine().lower()
    ]
    return Path(samcli.__file__).parent / "local" / "rapid" / f"aws-lambda-rie-{kind}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
