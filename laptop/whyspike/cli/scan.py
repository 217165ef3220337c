"""Start a scan of a deployed stack on AWS, watch it, and read its digest.

Uses your own AWS credentials; they need states:StartExecution, states:DescribeExecution,
states:ListMapRuns, states:DescribeMapRun, cloudformation:DescribeStacks, and reading the stack's
bucket and table.

    whyspike scan
    whyspike scan --scan-date 2026-11-22 --again          # redone; nobody is told twice
    whyspike scan --accounts 111122223333 --out out/one   # one account, its files kept
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import boto3
import typer
from botocore.exceptions import ClientError

from whyspike.cli.arguments import (
    Accounts,
    Profile,
    Region,
    Stack,
    check_scan_date,
    dated,
    parse_accounts,
)
from whyspike.cli.console import console
from whyspike.cli.outcome import failed, found_json, read_outcome, write_outcome
from whyspike.cli.outcome_view import (
    show_cost,
    show_coverage,
    show_found,
    show_headline,
    show_incidents,
    show_metric,
)
from whyspike.cli.output import writable_folder
from whyspike.cli.progress import Progress
from whyspike.errors import InvalidInput
from whyspike.model import Scan
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.table.incidents import IncidentTable

POLL_SECONDS = 3.0


def run(
    stack: Stack = "whyspike",
    region: Region = None,
    profile: Profile = None,
    scan_date: Annotated[
        date | None, dated("--scan-date", help="usage date to judge (default: yesterday, UTC)")
    ] = None,
    accounts: Accounts = None,
    again: Annotated[
        bool, typer.Option("--again", help="run the date once more although it has run")
    ] = False,
    no_watch: Annotated[bool, typer.Option("--no-watch", help="start it and leave")] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="write digest, incidents, explanations, evidence and report there",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="print what was found as JSON, for programs")
    ] = False,
) -> int:
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    day = check_scan_date(scan_date or yesterday, yesterday, None)
    account_ids = parse_accounts(accounts)
    if out is not None:
        writable_folder(out, "--out")
    session = boto3.Session(profile_name=profile, region_name=region)
    outputs = outputs_of(described_stack(session, stack), stack)
    states = session.client("stepfunctions")
    started = {
        "scan_date": day.isoformat(),
        **({"account_ids": list(account_ids)} if account_ids else {}),
    }
    arn, new = _start(states, outputs["StateMachineArn"], started, again=again)
    said = {"execution": arn, "started": new}
    if not as_json:
        console().print(
            f"{'started' if new else 'has run already'}: {arn}"
            + ("" if new else "\n(--again runs it once more)")
        )
    if no_watch:
        if as_json:
            print(json.dumps(said, indent=1))
        return 0
    output = _watch(states, arn, quiet=as_json)
    bucket = ScanBucket(session.client("s3"), outputs["BucketName"])
    table = IncidentTable(session.client("dynamodb"), outputs["TableName"])
    outcome = read_outcome(Scan(output["scan_id"], day), bucket, table)
    if out is not None:
        write_outcome(outcome, out)
    if as_json:
        print(json.dumps(said | found_json(outcome), indent=1, ensure_ascii=False, default=str))
        return 0
    show_metric(outcome.digest)
    show_headline(outcome.digest)
    show_found(outcome)
    show_coverage(outcome.digest)
    show_incidents(outcome)
    show_cost(outcome.digest, claude="as deployed")
    if out is not None:
        console().print(f"\nfiles in {out}, report: {out / 'report.html'}")
    return 0


def described_stack(session: boto3.Session, name: str) -> dict[str, Any]:
    """The stack as CloudFormation describes it; raises InvalidInput where there is none."""
    try:
        found = session.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        raise InvalidInput(
            f"--stack {name}: no such stack in {session.region_name}. Remedy: check the name and"
            " --region; without a deployment, whyspike check looks at your account"
        ) from None
    return dict(found[0])


def outputs_of(stack: Mapping[str, Any], name: str) -> dict[str, str]:
    """Raises InvalidInput where one that is needed is missing."""
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    missing = [key for key in ("StateMachineArn", "BucketName", "TableName") if key not in outputs]
    if missing:
        raise InvalidInput(
            f"--stack {name}: has no output {missing[0]}. Remedy: name a stack made from whyspike's"
            " template.yaml"
        )
    return outputs


def _start(
    states: Any, machine: str, started: Mapping[str, Any], *, again: bool
) -> tuple[str, bool]:
    """The execution's ARN, and whether it is a new one: a whole scan is named by its date, as the
    schedule names it. Every other one has a name of its own, also within one second."""
    name = f"scan-{started['scan_date']}"
    if again or "account_ids" in started:
        name += f"-{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    try:
        return (
            str(
                states.start_execution(
                    stateMachineArn=machine, name=name, input=json.dumps(started)
                )["executionArn"]
            ),
            True,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
            raise
        return f"{machine.replace(':stateMachine:', ':execution:')}:{name}", False


def _watch(states: Any, arn: str, *, quiet: bool) -> dict[str, Any]:
    """Waits for the end, showing the accounts that are done; raises ScanFailed or InvalidInput with
    the cause. `quiet`: on standard error."""
    with Progress(errors=quiet) as progress:
        while (execution := states.describe_execution(executionArn=arn))["status"] == "RUNNING":
            for map_run in _judging(states.list_map_runs(executionArn=arn)["mapRuns"]):
                counts = states.describe_map_run(mapRunArn=map_run["mapRunArn"])["itemCounts"]
                progress.accounts(counts["succeeded"] + counts["failed"], counts["total"])
            time.sleep(POLL_SECONDS)
    if execution["status"] != "SUCCEEDED":
        raise failed(execution["status"], execution.get("error", ""), execution.get("cause", ""))
    return dict(json.loads(execution["output"]))


def _judging(map_runs: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The run of the Map over all accounts, by its Label in the state machine; those that explain
    and tell follow it."""
    return [run for run in map_runs if "/Accounts:" in run["mapRunArn"]][:1]
