"""Starts the state machine as the schedule or a person would, follows it, and says how it ended."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.utils import TMP_THREADS  # every thread of moto's interpreter

MIN_POLL_SECONDS, MAX_POLL_SECONDS = 0.25, 2.0  # a scan that takes long is asked more seldom
STOP_SECONDS = 30.0  # a function that is running is waited for


@dataclass(frozen=True)
class ScanProgress:
    """How far a scan is; `accounts` is 0 until they are known."""

    accounts: int
    done: int
    seconds: float


@dataclass(frozen=True)
class ScanRun:
    """`status` as Step Functions has it (SUCCEEDED, FAILED, TIMED_OUT); `error` and `cause` of a
    failed run."""

    name: str
    status: str
    output: Any
    error: str
    cause: str
    seconds: float

    @property
    def succeeded(self) -> bool:
        return self.status == "SUCCEEDED"


def run_scan(
    stepfunctions: Any,
    state_machine_arn: str,
    name: str,
    event: Any,
    on_progress: Callable[[ScanProgress], None],
    working: Callable[[], bool],
    timeout: float,
) -> ScanRun:
    """Starts the execution `name` and waits for its end. Raises TimeoutError when it takes longer
    than `timeout` seconds.

    `working` says whether the execution has called anything yet: before that, moto cannot be asked
    for its map runs.
    """
    began = time.monotonic()
    arn = stepfunctions.start_execution(
        stateMachineArn=state_machine_arn, name=name, input=json.dumps(event)
    )["executionArn"]
    while True:
        execution = stepfunctions.describe_execution(executionArn=arn)
        seconds = time.monotonic() - began
        on_progress(
            _progress(stepfunctions, arn, seconds) if working() else ScanProgress(0, 0, seconds)
        )
        if execution["status"] != "RUNNING":
            output = json.loads(execution["output"]) if execution.get("output") else None
            return ScanRun(
                name,
                execution["status"],
                output,
                execution.get("error", ""),
                execution.get("cause", ""),
                seconds,
            )
        if seconds > timeout:
            stepfunctions.stop_execution(executionArn=arn)
            raise TimeoutError(f"execution {name} did not end within {timeout:.0f} s")
        time.sleep(min(MAX_POLL_SECONDS, max(MIN_POLL_SECONDS, seconds / 60)))


def stop_scans(stepfunctions: Any, state_machine_arn: str) -> None:
    """Ends every execution that still runs and waits for its threads: they call whatever address
    MOTO_PORT names, which may be the next simulation's."""
    until = time.monotonic() + STOP_SECONDS
    while (running := _running(stepfunctions, state_machine_arn)) and time.monotonic() < until:
        for arn in running:
            with _until_it_began():
                stepfunctions.stop_execution(executionArn=arn)
        time.sleep(0.1)
    for thread in list(TMP_THREADS):
        thread.join(max(0.0, until - time.monotonic()))
    TMP_THREADS[:] = [thread for thread in TMP_THREADS if thread.is_alive()]


def _running(stepfunctions: Any, state_machine_arn: str) -> list[str]:
    pages = stepfunctions.get_paginator("list_executions").paginate(
        stateMachineArn=state_machine_arn, statusFilter="RUNNING"
    )
    return [execution["executionArn"] for page in pages for execution in page["executions"]]


@contextmanager
def _until_it_began() -> Iterator[None]:
    """moto fails for a moment after the start of an execution, while its interpreter reads the
    definition."""
    try:
        yield
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 500:
            raise


def _progress(stepfunctions: Any, execution_arn: str, seconds: float) -> ScanProgress:
    runs = []
    with _until_it_began():
        runs = stepfunctions.list_map_runs(executionArn=execution_arn)["mapRuns"]
    judging = [run for run in runs if "/Accounts:" in run["mapRunArn"]]  # its Label
    if not judging:
        return ScanProgress(0, 0, seconds)
    counts = stepfunctions.describe_map_run(mapRunArn=judging[0]["mapRunArn"])["itemCounts"]
    done = counts["succeeded"] + counts["failed"] + counts["timedOut"] + counts["aborted"]
    return ScanProgress(_accounts(stepfunctions, execution_arn), done, seconds)


def _accounts(stepfunctions: Any, execution_arn: str) -> int:
    """How many accounts the first state found (moto's map run counts only those that have
    begun)."""
    for event in stepfunctions.get_execution_history(executionArn=execution_arn)["events"]:
        if event["type"] == "TaskStateExited":
            output = json.loads(event["stateExitedEventDetails"]["output"])
            return int(output.get("accounts", 0))
    return 0
