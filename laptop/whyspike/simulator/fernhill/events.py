"""CloudTrail records of the default organisation, in the shape of LookupEvents."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from whyspike.simulator.fernhill.accounts import DOMAIN, PlannedAccount

TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.9.8 aws-sdk-go-v2"
CLI = "aws-cli/2.27.41 md/awscrt#0.26.1 lang/python#3.13.4"
CONSOLE = "Mozilla/5.0"
SDK = "aws-sdk-go/1.55.5"


@dataclass(frozen=True)
class Principal:
    """Who calls: a role under a session name, or an AWS service."""

    role: str
    session: str
    agent: str = SDK
    path: str = ""


@dataclass(frozen=True)
class Event:
    """One call. `day` counts from the scan date (0) backwards (-1); `time` is UTC."""

    day: int
    time: str
    source: str
    name: str
    principal: Principal
    parameters: Mapping[str, Any] | None = None
    resources: Sequence[tuple[str, str]] = ()  # (type, name)
    region: str | None = None  # None: the account's
    read_only: bool = False


def person(name: str, permission_set: str = "PowerUserAccess", agent: str = CONSOLE) -> Principal:
    """Somebody who came in through IAM Identity Center."""
    suffix = f"{Random(permission_set).getrandbits(64):016x}"
    return Principal(
        f"AWSReservedSSO_{permission_set}_{suffix}",
        f"{name}@{DOMAIN}",
        agent,
        "/aws-reserved/sso.amazonaws.com/",
    )


def pipeline(role: str, run: int, agent: str = SDK) -> Principal:
    return Principal(role, f"gha-{run}", agent)


def record(
    event: Event, account: PlannedAccount, scan_date: date, random: Random
) -> dict[str, Any]:
    """The LookupEvents record of one call."""
    moment = datetime.combine(scan_date + timedelta(days=event.day), datetime.min.time(), UTC)
    clock = datetime.strptime(event.time, "%H:%M:%S").replace(tzinfo=UTC)
    moment = moment.replace(hour=clock.hour, minute=clock.minute, second=clock.second)
    event_id = _uuid(random)
    who = event.principal
    unique = f"AROA{Random(account.id + who.role).getrandbits(80):020X}"[:21]
    key = f"ASIA{random.getrandbits(64):016X}"
    region = event.region or account.region
    issuer = {
        "type": "Role",
        "principalId": unique,
        "arn": f"arn:aws:iam::{account.id}:role{who.path or '/'}{who.role}",
        "accountId": account.id,
        "userName": who.role,
    }
    detail = {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": f"{unique}:{who.session}",
            "arn": f"arn:aws:sts::{account.id}:assumed-role/{who.role}/{who.session}",
            "accountId": account.id,
            "accessKeyId": key,
            "sessionContext": {
                "sessionIssuer": issuer,
                "attributes": {"mfaAuthenticated": "false"},
            },
        },
        "eventTime": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": event.source,
        "eventName": event.name,
        "awsRegion": region,
        "sourceIPAddress": (
            f"10.{random.randint(0, 255)}.{random.randint(0, 255)}.{random.randint(1, 254)}"
        ),
        "userAgent": who.agent,
        "requestParameters": dict(event.parameters) if event.parameters else None,
        "responseElements": None,
        "requestID": _uuid(random),
        "eventID": event_id,
        "readOnly": event.read_only,
        "eventType": "AwsConsoleSignIn" if event.name == "ConsoleLogin" else "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account.id,
        "eventCategory": "Management",
    }
    return {
        "EventId": event_id,
        "EventName": event.name,
        "ReadOnly": "true" if event.read_only else "false",
        "EventTime": detail["eventTime"],
        "EventSource": event.source,
        "Username": who.session,
        "Resources": [
            {"ResourceType": kind, "ResourceName": name} for kind, name in event.resources
        ],
        "CloudTrailEvent": json.dumps(detail, separators=(",", ":")),
        "AccessKeyId": key,
    }


@dataclass(frozen=True)
class Routine:
    """Calls that happen anyway."""

    source: str
    name: str
    role: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    read_only: bool = False


ROUTINE = (
    Routine(
        "lambda.amazonaws.com",
        "UpdateFunctionCode20150331v2",
        "ci-deploy",
        {"functionName": "notify-{n}"},
    ),
    Routine(
        "ecs.amazonaws.com",
        "RegisterTaskDefinition",
        "ci-deploy",
        {"family": "worker-{n}", "cpu": "512", "memory": "1024"},
    ),
    Routine(
        "ecs.amazonaws.com",
        "UpdateService",
        "ci-deploy",
        {"cluster": "main", "service": "worker-{n}"},
    ),
    Routine(
        "ecr.amazonaws.com",
        "PutImage",
        "ci-deploy",
        {"repositoryName": "worker-{n}", "imageTag": "v{n}"},
    ),
    Routine(
        "logs.amazonaws.com", "CreateLogStream", "task-runtime", {"logGroupName": "/ecs/worker-{n}"}
    ),
    Routine("ec2.amazonaws.com", "CreateTags", "tag-janitor"),
    Routine(
        "ec2.amazonaws.com",
        "CreateSnapshot",
        "AWSBackupDefaultServiceRole",
        {"volumeId": "vol-0a17{n}"},
    ),
    Routine(
        "monitoring.amazonaws.com", "PutMetricAlarm", "terraform-ci", {"alarmName": "latency-{n}"}
    ),
    Routine(
        "ssm.amazonaws.com", "PutParameter", "ci-deploy", {"name": "/release/{n}", "type": "String"}
    ),
    Routine("sts.amazonaws.com", "GetCallerIdentity", "ci-deploy", read_only=True),
    Routine("ec2.amazonaws.com", "DescribeInstances", "inventory-reader", read_only=True),
    Routine("s3.amazonaws.com", "ListBuckets", "inventory-reader", read_only=True),
)


def routine_events(random: Random, days: int) -> list[Event]:
    """Two to four ordinary calls a day, more people on weekdays than anybody would read."""
    events = []
    for day in range(-days, 1):
        for _ in range(random.randint(2, 4)):
            call = random.choice(ROUTINE)
            number = random.randint(100, 999)
            parameters = {key: value.format(n=number) for key, value in call.parameters.items()}
            who = Principal(
                call.role,
                f"gha-{random.randint(70000, 79999)}" if call.role == "ci-deploy" else call.role,
            )
            events.append(
                Event(
                    day,
                    _time(random),
                    call.source,
                    call.name,
                    who,
                    parameters,
                    read_only=call.read_only,
                )
            )
        if random.random() < 0.25:
            visitor = person(
                random.choice(("dana.okafor", "ines.costa", "paul.weber")), "ReadOnlyAccess"
            )
            events.append(
                Event(
                    day,
                    _time(random),
                    "signin.amazonaws.com",
                    "ConsoleLogin",
                    visitor,
                    region="us-east-1",
                )
            )
    return events


def _time(random: Random) -> str:
    return f"{random.randint(6, 19):02d}:{random.randint(0, 59):02d}:{random.randint(0, 59):02d}"


def _uuid(random: Random) -> str:
    text = f"{random.getrandbits(128):032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
