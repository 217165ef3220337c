"""The doctor in the hub account: the stack, the schedule, the last scan, quotas, alarms, tags."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from whyspike.cli.doctor.checks import Check, failed, skipped, warning
from whyspike.cli.doctor.findings import (
    CannotEnter,
    CheckResult,
    Clients,
    Deployed,
    code_of,
    json_object,
    refusal,
)
from whyspike.cli.failures import SET_THE_CLOCK, WRONG_CLOCK
from whyspike.errors import InvalidInput
from whyspike.steps.settings import FILES, judged
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.step_functions import failure

MAX_STACK_NAME = (
    24  # IAM cuts the names of roles at 64 characters, and the member roles trust them by name
)
MIN_UNRESERVED = 100  # Lambda quotas: what must stay unreserved

CREDENTIALS = Check(
    "credentials",
    "is somebody logged in?",
    {
        "none": failed("{refusal}", "log in first: aws sso login, or set AWS_PROFILE"),
        "clock": failed("the clock is wrong: {refusal}", SET_THE_CLOCK),
    },
)
STACK = Check(
    "stack",
    "is the stack deployed, whole, and under a name that the member roles can trust?",
    {
        "unread": failed(
            "{stack} in {account_id} {region}: {refusal}",
            "run this in the hub account and region, or deploy: sam deploy --config-env prod"
            " --stack-name {stack}; whyspike check looks at an account without a deployment",
        ),
        "broken": failed(
            "{stack} is {status}", "look at the stack's events, mend the cause, sam deploy again"
        ),
        "long name": failed(
            "the name {stack} is too long for the member roles' trust",
            "deploy under a name of at most {most} characters",
        ),
    },
)


def read_deployed(clients: Clients, stack: str, region: str) -> Deployed | CheckResult:
    """The stack, or the finding that says why there is none."""
    try:
        account_id = clients("sts", "").get_caller_identity()["Account"]
    except (ClientError, BotoCoreError) as error:
        late = isinstance(error, ClientError) and code_of(error) in WRONG_CLOCK
        return CREDENTIALS.found("clock" if late else "none", refusal=refusal(error))
    try:
        described = clients("cloudformation", "").describe_stacks(StackName=stack)["Stacks"][0]
        pages = (
            clients("cloudformation", "")
            .get_paginator("list_stack_resources")
            .paginate(StackName=stack)
        )
        resources = {
            r["LogicalResourceId"]: r.get("PhysicalResourceId", "")
            for page in pages
            for r in page["StackResourceSummaries"]
        }
    except ClientError as error:
        return STACK.found(
            "unread", stack=stack, account_id=account_id, region=region, refusal=refusal(error)
        )
    return Deployed(
        stack,
        described["StackStatus"],
        account_id,
        region,
        {p["ParameterKey"]: p["ParameterValue"] for p in described.get("Parameters", [])},
        {o["OutputKey"]: o["OutputValue"] for o in described.get("Outputs", [])},
        resources,
    )


EXTERNAL_ID = Check(
    "ExternalId",
    "is it one of your own?",
    {
        "default": warning(
            "it is still the default, which everybody knows",
            "choose one (uuidgen) and deploy it here and in the stacks of organization/:"
            " ExternalId=...",
        )
    },
)


def check_stack(_clients: Clients, deployed: Deployed) -> Iterator[CheckResult]:
    if not deployed.status.endswith("_COMPLETE") or "ROLLBACK" in deployed.status:
        yield STACK.found("broken", stack=deployed.name, status=deployed.status)
    elif len(deployed.name) > MAX_STACK_NAME:
        yield STACK.found("long name", stack=deployed.name, most=MAX_STACK_NAME)
    else:
        yield STACK.ok(f"{deployed.name} in {deployed.account_id}, {deployed.region}")
    if deployed.parameters.get("ExternalId") == "whyspike":
        yield EXTERNAL_ID.found("default")


REGION = Check(
    "Region",
    "is it on in every account?",
    {
        "opt-in": warning(
            "{region} has to be opted into: an account that has it off is not scanned, since STS"
            " refuses (RegionDisabledException)",
            "deploy in a Region that is on by default, or enable {region} in every account",
        )
    },
)


def check_region(clients: Clients, deployed: Deployed) -> Iterator[CheckResult]:
    region = deployed.region
    answer = clients("account", "").get_region_opt_status(RegionName=region)
    if answer["RegionOptStatus"] == "ENABLED_BY_DEFAULT":
        yield REGION.ok(f"{region} is on by default")
    else:
        yield REGION.found("opt-in", region=region)


SCHEDULE = Check(
    "schedule",
    "is the daily scan switched on?",
    {
        "off": warning(
            "the daily scan is switched off",
            "make build, then .venv/bin/sam deploy --config-env {environment} --stack-name {stack}"
            " --region {region} --parameter-overrides ScheduleState=ENABLED; the rest stays as it"
            " is",
        )
    },
)


def check_schedule(_clients: Clients, deployed: Deployed) -> Iterator[CheckResult]:
    if deployed.parameters.get("ScheduleState") == "DISABLED":
        environment = "default" if deployed.name == "whyspike-dev" else "prod"  # of samconfig.toml
        yield SCHEDULE.found(
            "off", environment=environment, stack=deployed.name, region=deployed.region
        )
    else:
        parameters = deployed.parameters
        yield SCHEDULE.ok(
            f"{parameters.get('ScheduleExpression')} {parameters.get('ScheduleTimeZone')}"
        )


LAST_SCAN = Check(
    "last scan",
    "has one ended well within the last day?",
    {
        "none": skipped("there has been none yet", "start one: whyspike scan"),
        "failed": failed(
            "{name} {status}",
            "read the error, mend it, then: aws stepfunctions redrive-execution --execution-arn"
            " {arn}",
        ),
        "old": warning(
            "{name} is more than a day old", "check the schedule and its dead-letter queue"
        ),
    },
)
LAST_ACCOUNTS = Check(
    "accounts of the last scan",
    "was every account scanned?",
    {
        "not scanned": failed("{detail}", "{remedy}"),
        "not scanned, unexplained": failed("{detail}", "read the log of that account's execution"),
    },
)


def check_last_scan(clients: Clients, deployed: Deployed) -> Iterator[CheckResult]:
    """How the newest scan ended, and which accounts it could not scan."""
    arn = deployed.outputs.get("StateMachineArn", "")
    runs = clients("stepfunctions", "").list_executions(stateMachineArn=arn, maxResults=1)[
        "executions"
    ]
    if not runs:
        yield LAST_SCAN.found("none")
        return
    run = runs[0]
    name, status = run["name"], run["status"]
    if status not in {"SUCCEEDED", "RUNNING"}:
        yield LAST_SCAN.found("failed", name=name, status=status, arn=run["executionArn"])
    elif datetime.now(UTC) - run["startDate"] > timedelta(hours=26):
        yield LAST_SCAN.found("old", name=name)
    else:
        yield LAST_SCAN.ok(f"{name} {status}")
    if status == "SUCCEEDED":
        yield from _accounts_not_scanned(clients, deployed, run["executionArn"])


def _accounts_not_scanned(
    clients: Clients, deployed: Deployed, execution_arn: str
) -> Iterator[CheckResult]:
    ended = clients("stepfunctions", "").describe_execution(executionArn=execution_arn)
    output = json_object(ended.get("output", "")) or {}
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
        told = {name: item.get(name, {}).get("S", "") for name in ("error", "cause", "status")}
        why = failure(told["error"], told["cause"])
        detail = f"{account_id} {told['status']}: {why.error}: {why.reason}"[:300]
        if why.remedy:
            yield LAST_ACCOUNTS.found("not scanned", detail=detail, remedy=why.remedy)
        else:
            yield LAST_ACCOUNTS.found("not scanned, unexplained", detail=detail)


SETTINGS = Check(
    "settings files",
    "will the next scan take every one of them as it is?",
    {
        "wrong": failed(
            "{wrong}", "{remedy}; try the mended file with: whyspike settings check FILE"
        )
    },
)


def check_settings(clients: Clients, deployed: Deployed) -> Iterator[CheckResult]:
    """Each file in the bucket, judged as the next scan will."""
    bucket = ScanBucket(clients("s3", ""), deployed.outputs["BucketName"])
    good, is_sound = [], True
    for file in FILES.values():
        text = bucket.read(f"settings/{file.name}")
        try:
            if text is not None:
                judged(file, text)
                good.append(file.name)
        except InvalidInput as error:
            is_sound = False
            yield SETTINGS.found("wrong", wrong=error.reason, remedy=error.remedy)
    if is_sound:
        yield SETTINGS.ok(f"good: {', '.join(good) or 'none is there, and none is needed'}")


QUOTAS = Check(
    "quotas",
    "may as many functions run at once as a scan needs?",
    {
        "low": failed(
            "Lambda may run {limit} at once; this deployment asks for {needed}",
            "aws service-quotas request-service-quota-increase --service-code lambda --quota-code"
            " L-B99A9384 --desired-value {wanted}; or deploy with ExplainConcurrency=0"
            " NotifyConcurrency=0 FeedbackConcurrency=0 and a smaller MaxConcurrency",
        )
    },
)


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
        yield QUOTAS.found("low", limit=limit, needed=needed, wanted=max(needed, 1000))
    else:
        yield QUOTAS.ok(f"Lambda may run {limit} at once; {needed} are asked for")


ALARMS = Check(
    "alarms",
    "is somebody told when an alarm goes off?",
    {
        "unconfirmed": warning(
            "the subscription was never confirmed",
            "open the e-mail of AWS Notifications and confirm",
        ),
        "nobody": warning(
            "nobody hears the alarms",
            "aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint"
            " YOU@EXAMPLE.COM",
        ),
    },
)


def check_alarms(clients: Clients, deployed: Deployed) -> Iterator[CheckResult]:
    topic = deployed.outputs.get("AlarmTopicArn", "")
    subscriptions = clients("sns", "").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    if any(s["SubscriptionArn"].startswith("arn:") for s in subscriptions):
        yield ALARMS.ok(f"{len(subscriptions)} subscribed")
    elif subscriptions:
        yield ALARMS.found("unconfirmed")
    else:
        yield ALARMS.found("nobody", topic=topic)


TAGS = Check(
    "cost-allocation tags",
    "does the bill have the tags of CostTagKeys?",
    {
        "not entered": skipped("{refusal}", "run this in the management account"),
        "not asked": skipped(
            "{refusal}", "run this in the management account, which alone may ask"
        ),
        "no answer": failed("{refusal}", "run this in the management account, which alone may ask"),
        "inactive": warning(
            "not active: {keys}; the bill is not split by them",
            "in the management account: aws ce update-cost-allocation-tags-status"
            " --cost-allocation-tags-status {wanted}",
        ),
    },
)


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
        yield TAGS.found("not entered", refusal=error)
        return
    except ClientError as error:
        forbidden = code_of(error) in {"AccessDeniedException", "ValidationException"}
        yield TAGS.found("not asked" if forbidden else "no answer", refusal=refusal(error))
        return
    inactive = sorted(set(wanted) - {tag["TagKey"] for tag in answer["CostAllocationTags"]})
    if inactive:
        yield TAGS.found(
            "inactive",
            keys=", ".join(inactive),
            wanted=" ".join(f"TagKey={key},Status=Active" for key in inactive),
        )
    else:
        yield TAGS.ok(", ".join(wanted))
