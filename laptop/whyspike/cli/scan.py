"""Start a scan of a deployed stack on AWS, watch it, and read its digest.

Uses your own AWS credentials; they need states:StartExecution, states:DescribeExecution,
states:ListMapRuns, states:DescribeMapRun, cloudformation:DescribeStacks, and reading the stack's
bucket and table.

    whyspike scan                                          the last complete day, every account
    whyspike scan --scan-date 2026-11-22 --again           once more: the state machine is redone,
    nobody is told twice
    whyspike scan --accounts 111122223333 --out out/one    one account, its files kept
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from whyspike.cli.arguments import check_scan_date, parse_accounts, parse_date
from whyspike.cli.console import console
from whyspike.cli.outcome import failed, read_outcome, write_outcome
from whyspike.cli.outcome_view import (
    show_cost,
    show_coverage,
    show_found,
    show_headline,
    show_incidents,
)
from whyspike.cli.output import writable_folder
from whyspike.cli.progress import Progress
from whyspike.errors import InvalidInput
from whyspike.model import Scan
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.table.incidents import IncidentTable

POLL_SECONDS = 3.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--stack", default="whyspike", help="name of the CloudFormation stack (default whyspike)"
    )
    parser.add_argument("--region", help="region of the stack (default: your profile's)")
    parser.add_argument("--profile", help="AWS profile (default: your environment's)")
    parser.add_argument(
        "--scan-date", metavar="YYYY-MM-DD", help="usage date to judge (default: yesterday, UTC)"
    )
    parser.add_argument("--accounts", metavar="ID,ID", help="only these accounts (default: all)")
    parser.add_argument(
        "--again", action="store_true", help="run the date once more although it has run"
    )
    parser.add_argument("--no-watch", action="store_true", help="start it and leave")
    parser.add_argument(
        "--out", type=Path, help="write digest, incidents, explanations, evidence and report there"
    )


def run(arguments: argparse.Namespace) -> int:
    today = datetime.now(UTC).date()
    yesterday = today - timedelta(days=1)
    day = (
        yesterday if arguments.scan_date is None else parse_date(arguments.scan_date, "--scan-date")
    )
    check_scan_date(day, yesterday, None)
    accounts = parse_accounts(arguments.accounts)
    if arguments.out is not None:
        writable_folder(arguments.out, "--out")
    session = boto3.Session(profile_name=arguments.profile, region_name=arguments.region)
    outputs = _stack_outputs(session, arguments.stack)
    states = session.client("stepfunctions")
    started = {
        "scan_date": day.isoformat(),
        **({"account_ids": list(accounts)} if accounts else {}),
    }
    arn, new = _start(states, outputs["StateMachineArn"], started, again=arguments.again)
    console().print(
        f"{'started' if new else 'has run already'}: {arn}"
        + ("" if new else "\n(--again runs it once more)")
    )
    if arguments.no_watch:
        return 0
    output = _watch(states, arn)
    bucket = ScanBucket(session.client("s3"), outputs["BucketName"])
    table = IncidentTable(session.client("dynamodb"), outputs["TableName"])
    outcome = read_outcome(Scan(output["scan_id"], day), bucket, table)
    show_headline(outcome.digest)
    show_found(outcome)
    show_coverage(outcome.digest)
    show_incidents(outcome)
    show_cost(outcome.digest, claude="as deployed")
    if arguments.out is not None:
        write_outcome(outcome, arguments.out)
        console().print(f"\nfiles in {arguments.out}, report: {arguments.out / 'report.html'}")
    return 0


def _stack_outputs(session: boto3.Session, name: str) -> dict[str, str]:
    try:
        stack = session.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        raise InvalidInput(
            f"--stack {name}: no such stack in {session.region_name}. Remedy: check the name and"
            " --region"
        ) from None
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
    schedule names it."""
    name = f"scan-{started['scan_date']}"
    if again or "account_ids" in started:
        name += f"-{datetime.now(UTC):%Y%m%dT%H%M%S}"
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


def _watch(states: Any, arn: str) -> dict[str, Any]:
    """Waits for the end, showing the accounts that are done; raises ScanFailed or InvalidInput with
    the cause."""
    with Progress() as progress:
        while (execution := states.describe_execution(executionArn=arn))["status"] == "RUNNING":
            for map_run in states.list_map_runs(executionArn=arn)["mapRuns"][:1]:
                counts = states.describe_map_run(mapRunArn=map_run["mapRunArn"])["itemCounts"]
                progress.accounts(counts["succeeded"] + counts["failed"], counts["total"])
            time.sleep(POLL_SECONDS)
    if execution["status"] != "SUCCEEDED":
        raise failed(execution["status"], execution.get("error", ""), execution.get("cause", ""))
    return dict(json.loads(execution["output"]))
