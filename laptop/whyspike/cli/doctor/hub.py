"""The doctor in the hub account: the stack, the schedule, the last scan, quotas, alarms, tags."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError

from whyspike.cli.doctor.findings import (
    FAILED,
    OK,
    SKIPPED,
    WARNING,
    CannotEnter,
    CheckResult,
    Clients,
    Deployed,
    code_of,
    refusal,
)

MAX_STACK_NAME = (
    24  # IAM cuts the names of roles at 64 characters, and the member roles trust them by name
)
MIN_UNRESERVED = 100  # Lambda quotas: what must stay unreserved


def check_stack(_clients: Clients, deployed: Deployed) -> Iterator[CheckResult]:
    if not deployed.status.endswith("_COMPLETE") or "ROLLBACK" in deployed.status:
        yield CheckResult(
            "stack",
            FAILED,
            f"{deployed.name} is {deployed.status}",
            "look at the stack's events, mend the cause, sam deploy again",
        )
    elif len(deployed.name) > MAX_STACK_NAME:
        remedy = f"deploy under a name of at most {MAX_STACK_NAME} characters"
        yield CheckResult(
            "stack",
            FAILED,
            f"the name {deployed.name} is too long for the member roles' trust",
            remedy,
        )
    else:
        yield CheckResult(
            "stack", OK, f"{deployed.name} in {deployed.account_id}, {deployed.region}"
        )
    if deployed.parameters.get("ExternalId") == "whyspike":
        remedy = (
            "choose one (uuidgen) and deploy it here and in the stacks of organization/:"
            " ExternalId=..."
        )
        yield CheckResult(
            "ExternalId", WARNING, "it is still the default, which everybody knows", remedy
        )


def check_schedule(_clients: Clients, deployed: Deployed) -> Iterator[CheckResult]:
    if deployed.parameters.get("ScheduleState") == "DISABLED":
        environment = "default" if deployed.name == "whyspike-dev" else "prod"  # of samconfig.toml
        where = (
            f"--config-env {environment} --stack-name {deployed.name} --region {deployed.region}"
        )
        remedy = (
            f"make build, then .venv/bin/sam deploy {where} --parameter-overrides"
            " ScheduleState=ENABLED; the rest stays as it is"
        )
        yield CheckResult("schedule", WARNING, "the daily scan is switched off", remedy)
    else:
        parameters = deployed.parameters
        yield CheckResult(
            "schedule",
            OK,
            f"{parameters.get('ScheduleExpression')} {parameters.get('ScheduleTimeZone')}",
        )


def check_last_scan(clients: Clients, deployed: Deployed) -> Iterator[CheckResult]:
    """How the newest scan ended, and which accounts it could not scan."""
    arn = deployed.outputs.get("StateMachineArn", "")
    runs = clients("stepfunctions", "").list_executions(stateMachineArn=arn, maxResults=1)[
        "executions"
    ]
    if not runs:
        yield CheckResult(
            "last scan", SKIPPED, "there has been none yet", "start one: whyspike scan"
        )
        return
    run = runs[0]
    if run["status"] not in {"SUCCEEDED", "RUNNING"}:
        remedy = (
            "read the error, mend it, then: aws stepfunctions redrive-execution --execution-arn"
            f" {run['executionArn']}"
        )
        yield CheckResult("last scan", FAILED, f"{run['name']} {run['status']}", remedy)
    elif datetime.now(UTC) - run["startDate"] > timedelta(hours=26):
        yield CheckResult(
            "last scan",
            WARNING,
            f"{run['name']} is more than a day old",
            "check the schedule and its dead-letter queue",
        )
    else:
        yield CheckResult("last scan", OK, f"{run['name']} {run['status']}")
    if run["status"] == "SUCCEEDED":
        yield from _accounts_not_scanned(clients, deployed, run["executionArn"])


def _accounts_not_scanned(
    clients: Clients, deployed: Deployed, execution_arn: str
) -> Iterator[CheckResult]:
    output = json.loads(
        clients("stepfunctions", "")
        .describe_execution(executionArn=execution_arn)
        .get("output", "{}")
    )
    pages = (
        clients("dynamodb", "")
        .get_paginator("query")
        .paginate(
            TableName=deployed.outputs["TableName"],
            KeyConditionExpression="PK = :pk AND begins_with(SK, :sk)",
            FilterExpression="#status <> :scanned",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={
                ":pk": {"S": f"SCAN#{output.get('scan_id', '')}"},
                ":sk": {"S": "ACCOUNT#"},
                ":scanned": {"S": "scanned"},
            },
        )
    )
    for item in (item for page in pages for item in page["Items"]):
        account_id = item["SK"]["S"].removeprefix("ACCOUNT#")
        cause = _message(item.get("cause", {}).get("S", ""))
        text, _, remedy = cause.partition("Remedy: ")
        status, error = item["status"]["S"], item.get("error", {}).get("S", "")
        detail = f"{account_id} {status}: {error}: {text.strip()}"[:300]
        yield CheckResult(
            "accounts of the last scan",
            FAILED,
            detail,
            remedy or "read the log of that account's execution",
        )


def _message(cause: str) -> str:
    try:
        return str(json.loads(cause)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return cause


def check_quotas(clients: Clients, deployed: Deployed) -> Iterator[CheckResult]:
    """Lambda's concurrency: what is reserved, what scans need at once, and what must stay free."""
    limit = int(
        clients("lambda", "").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    )
    reserved = sum(
        int(deployed.parameters.get(f"{name}Concurrency", 0))
        for name in ("Explain", "Notify", "Feedback")
    )
    needed = reserved + max(MIN_UNRESERVED, int(deployed.parameters.get("MaxConcurrency", 40)))
    if limit < needed:
        quota = f"--service-code lambda --quota-code L-B99A9384 --desired-value {max(needed, 1000)}"
        less = (
            "deploy with ExplainConcurrency=0 NotifyConcurrency=0 FeedbackConcurrency=0 and a"
            " smaller MaxConcurrency"
        )
        remedy = f"aws service-quotas request-service-quota-increase {quota}; or {less}"
        yield CheckResult(
            "quotas",
            FAILED,
            f"Lambda may run {limit} at once; this deployment asks for {needed}",
            remedy,
        )
    else:
        yield CheckResult("quotas", OK, f"Lambda may run {limit} at once; {needed} are asked for")


def check_alarms(clients: Clients, deployed: Deployed) -> Iterator[CheckResult]:
    topic = deployed.outputs.get("AlarmTopicArn", "")
    subscriptions = clients("sns", "").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    if any(s["SubscriptionArn"].startswith("arn:") for s in subscriptions):
        yield CheckResult("alarms", OK, f"{len(subscriptions)} subscribed")
    elif subscriptions:
        yield CheckResult(
            "alarms",
            WARNING,
            "the subscription was never confirmed",
            "open the e-mail of AWS Notifications and confirm",
        )
    else:
        remedy = (
            f"aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint"
            " YOU@EXAMPLE.COM"
        )
        yield CheckResult("alarms", WARNING, "nobody hears the alarms", remedy)


def check_tags(
    clients: Clients, deployed: Deployed, management_account: str
) -> Iterator[CheckResult]:
    """Cost-allocation tags: only active ones split the bill. $0.01."""
    wanted = [key for key in deployed.parameters.get("CostTagKeys", "").split(",") if key]
    if not wanted:
        return
    try:
        answer = clients("ce", management_account).list_cost_allocation_tags(
            Status="Active", TagKeys=wanted
        )
    except CannotEnter as error:
        yield CheckResult(
            "cost-allocation tags", SKIPPED, str(error), "run this in the management account"
        )
        return
    except ClientError as error:
        status = (
            SKIPPED
            if code_of(error) in {"AccessDeniedException", "ValidationException"}
            else FAILED
        )
        yield CheckResult(
            "cost-allocation tags",
            status,
            refusal(error),
            "run this in the management account, which alone may ask",
        )
        return
    inactive = sorted(set(wanted) - {tag["TagKey"] for tag in answer["CostAllocationTags"]})
    if inactive:
        remedy = (
            "in the management account: aws ce update-cost-allocation-tags-status"
            " --cost-allocation-tags-status "
            + " ".join(f"TagKey={key},Status=Active" for key in inactive)
        )
        yield CheckResult(
            "cost-allocation tags",
            WARNING,
            f"not active: {', '.join(inactive)}; the bill is not split by them",
            remedy,
        )
    else:
        yield CheckResult("cost-allocation tags", OK, ", ".join(wanted))
