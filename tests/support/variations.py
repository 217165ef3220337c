"""Made-up incidents beyond those of any sample organisation: a bill and its CloudTrail, composed
from one line each.

Every variation stands in the same account: a background bill with weekly rhythm and noise, routine
events with random names, and decoys that carry the cause's own event name near the onset. What is
expected of an explanation stands beside it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from whyspike.simulator.organization.bill import make_bill
from whyspike.simulator.organization.folder import Access, SimulatedAccount

ACCOUNT = "123412341234"
SCAN_DATE = date(2026, 9, 17)
DAYS = 84
WORDS = (
    "alder",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "heron",
    "indigo",
    "juniper",
    "kestrel",
    "lotus",
    "maple",
    "nectar",
)


@dataclass(frozen=True)
class Effect:
    """One line of the bill that moves: `per_day` USD more from the onset on (or the shape's own
    course)."""

    service: str
    usage_type: str
    per_day: float
    region: str = "us-east-1"
    team: str = "orders"
    env: str = "prod"
    unit: str = "GB"
    before: float = 0.0
    # step | midnight (a step without a shorter first day) | ramp | spike | burst | drop | end |
    # monthly
    shape: str = "step"
    record_type: str = "Usage"
    resources: tuple[str, ...] = ()
    flat: bool = False  # the quantity stays as before
    quantity: float | None = None  # a day, instead of ten for each dollar
    delay: int = 0


@dataclass(frozen=True)
class Call:
    """One CloudTrail event; `days` before (negative: after) the onset day at `hour`."""

    source: str
    name: str
    parameters: Mapping[str, Any]
    role: str = "AWSReservedSSO_PowerUserAccess_5f1c09a2be77d413"
    session: str = "nina.roth@example.com"
    user: str = ""
    days: int = 0
    hour: int = 9
    ip: str = "10.20.30.40"
    region: str = "us-east-1"
    resources: tuple[str, ...] = ()
    read_only: bool = False
    repeat: int = 1
    error: str = ""
    invoked_by: str = ""
    on_days: tuple[int, ...] = ()  # days after the onset, instead of `days`


@dataclass(frozen=True)
class Variation:
    name: str
    effects: tuple[Effect, ...]
    category: str
    call: Call | None = None  # the cause; None: nobody
    decoys: tuple[Call, ...] = ()
    verdict: str = "incident"
    kind: str = "level-shift"
    onset_days_ago: int = 2
    ongoing: bool = True
    also: tuple[str, ...] = ()  # categories that are as right
    gaps: tuple[str, ...] = ()
    access: Access = field(default_factory=Access)
    tagged: bool = True
    unknown: bool = False  # the actor cannot be known

    @property
    def onset(self) -> date:
        return SCAN_DATE - timedelta(days=self.onset_days_ago)


_BACKGROUND = (
    (
        "Amazon Elastic Compute Cloud - Compute",
        "BoxUsage:m5.2xlarge",
        "us-east-1",
        "orders",
        "prod",
        400.0,
        "Hrs",
        20,
    ),
    (
        "Amazon Elastic Compute Cloud - Compute",
        "EU-BoxUsage:m5.large",
        "eu-west-1",
        "search",
        "prod",
        90.0,
        "Hrs",
        6,
    ),
    (
        "Amazon Relational Database Service",
        "InstanceUsage:db.r6g.xlarge",
        "us-east-1",
        "orders",
        "prod",
        120.0,
        "Hrs",
        3,
    ),
    (
        "Amazon Relational Database Service",
        "Aurora:StorageUsage",
        "us-east-1",
        "orders",
        "prod",
        30.0,
        "GB-Mo",
        2,
    ),
    ("EC2 - Other", "NatGateway-Bytes", "us-east-1", "platform", "prod", 80.0, "GB", 3),
    ("EC2 - Other", "EBS:VolumeUsage.gp3", "us-east-1", "orders", "prod", 60.0, "GB-Mo", 30),
    ("EC2 - Other", "EBS:SnapshotUsage", "us-east-1", "platform", "prod", 25.0, "GB-Mo", 20),
    ("EC2 - Other", "DataTransfer-Out-Bytes", "us-east-1", "search", "prod", 40.0, "GB", 6),
    ("EC2 - Other", "DataTransfer-Regional-Bytes", "us-east-1", "search", "prod", 35.0, "GB", 6),
    (
        "Amazon Simple Storage Service",
        "TimedStorage-ByteHrs",
        "us-east-1",
        "data",
        "prod",
        70.0,
        "GB-Mo",
        8,
    ),
    (
        "Amazon Simple Storage Service",
        "Requests-Tier1",
        "us-east-1",
        "data",
        "prod",
        14.0,
        "Requests",
        5,
    ),
    (
        "Amazon Simple Storage Service",
        "Requests-Tier2",
        "us-east-1",
        "data",
        "prod",
        12.0,
        "Requests",
        5,
    ),
    ("AmazonCloudWatch", "USE1-DataProcessing-Bytes", "us-east-1", "orders", "prod", 50.0, "GB", 8),
    (
        "AmazonCloudWatch",
        "CW:MetricMonitorUsage",
        "us-east-1",
        "platform",
        "prod",
        45.0,
        "Metrics",
        0,
    ),
    ("AmazonCloudWatch", "CW:GMD-Metrics", "us-east-1", "platform", "prod", 9.0, "Metrics", 0),
    ("AWS Lambda", "Lambda-GB-Second", "us-east-1", "orders", "prod", 22.0, "seconds", 8),
    ("AWS Lambda", "Request", "us-east-1", "orders", "prod", 5.0, "Requests", 8),
    (
        "Amazon DynamoDB",
        "WriteRequestUnits",
        "us-east-1",
        "search",
        "prod",
        18.0,
        "WriteRequestUnits",
        4,
    ),
    (
        "Amazon Elastic Load Balancing",
        "LCUUsage",
        "us-east-1",
        "orders",
        "prod",
        26.0,
        "LCU-Hrs",
        4,
    ),
    (
        "AWS Config",
        "ConfigurationItemRecorded",
        "us-east-1",
        "",
        "",
        12.0,
        "ConfigurationItemRecorded",
        0,
    ),
    ("Amazon GuardDuty", "USE1-PaidEventsAnalyzed", "us-east-1", "", "", 14.0, "Events", 0),
    (
        "AWS Key Management Service",
        "us-east-1-KMS-Requests",
        "us-east-1",
        "platform",
        "prod",
        7.0,
        "Requests",
        3,
    ),
    (
        "Amazon Virtual Private Cloud",
        "USE1-VpcEndpoint-Hours",
        "us-east-1",
        "platform",
        "prod",
        30.0,
        "Hrs",
        40,
    ),
    (
        "Amazon Elastic Container Service",
        "USE1-Fargate-vCPU-Hours:perCPU",
        "us-east-1",
        "search",
        "prod",
        55.0,
        "hours",
        10,
    ),
    ("Amazon CloudFront", "US-DataTransfer-Out-Bytes", "global", "search", "prod", 65.0, "GB", 2),
    (
        "Amazon API Gateway",
        "USE1-ApiGatewayRequest",
        "us-east-1",
        "orders",
        "prod",
        11.0,
        "Requests",
        3,
    ),
    ("Amazon Route 53", "DNS-Queries", "global", "platform", "prod", 4.0, "Queries", 0),
)


def account(variation: Variation, seed: int = 1) -> SimulatedAccount:
    """The account of a variation, as the simulator loads one from a folder."""
    chance = random.Random(f"{variation.name}{seed}")
    days = [SCAN_DATE - timedelta(days=DAYS - 1 - i) for i in range(DAYS)]
    rows: list[dict[str, Any]] = []
    for service, usage_type, region, team, env, usd, unit, resources in _BACKGROUND:
        ids = (
            [f"{WORDS[i % len(WORDS)]}-{i}" for i in range(max(1, min(resources, 6)))]
            if resources
            else [""]
        )
        rhythm = unit not in ("GB-Mo", "Hrs", "Metrics", "hours")
        for day in days:
            factor = (0.75 if day.weekday() >= 5 else 1.0) if rhythm else 1.0
            value = usd * factor * chance.gauss(1.0, 0.04 if rhythm else 0.01)
            rows += _rows(
                day,
                service,
                usage_type,
                region,
                team,
                env,
                value,
                value * 10,
                unit,
                "Usage",
                ids,
                variation.tagged,
            )
    for effect in variation.effects:
        for day in days:
            value, quantity = _course(effect, day, variation, chance)
            if value or quantity:
                ids = list(effect.resources) or [""]
                rows += _rows(
                    day,
                    effect.service,
                    effect.usage_type,
                    effect.region,
                    effect.team,
                    effect.env,
                    value,
                    quantity,
                    effect.unit,
                    effect.record_type,
                    ids,
                    variation.tagged,
                )
    names = (
        "account",
        "service",
        "usage_type",
        "region",
        "operation",
        "instance_type",
        "az",
        "tag_team",
        "tag_env",
        "record_type",
    )
    texts = {name: [str(row[name]) for row in rows] for name in (*names, "resource_id", "unit")}
    bill = make_bill(
        [row["date"] for row in rows],
        texts,
        [row["cost"] for row in rows],
        [row["quantity"] for row in rows],
    )
    return SimulatedAccount(
        ACCOUNT,
        "orders-prod",
        "",
        "Workloads/Prod",
        "ACTIVE",
        None,
        {},
        variation.access,
        bill,
        _events(variation, chance),
    )


def _rows(
    day: date,
    service: str,
    usage_type: str,
    region: str,
    team: str,
    env: str,
    cost: float,
    quantity: float,
    unit: str,
    record_type: str,
    ids: Sequence[str],
    tagged: bool,
) -> list[dict[str, Any]]:
    kept = ids if (SCAN_DATE - day).days < 14 else [""]
    base = {
        "date": day,
        "account": ACCOUNT,
        "service": service,
        "usage_type": usage_type,
        "region": region,
        "operation": "None",
        "instance_type": "NoInstanceType",
        "az": "NoAZ",
        "tag_team": team if tagged else "",
        "tag_env": env if tagged else "",
        "record_type": record_type,
        "unit": unit,
    }
    return [
        base | {"resource_id": name, "cost": cost / len(kept), "quantity": quantity / len(kept)}
        for name in kept
    ]


def _course(
    effect: Effect, day: date, variation: Variation, chance: random.Random
) -> tuple[float, float]:
    since = (day - variation.onset).days - effect.delay
    noise = chance.gauss(1.0, 0.02)
    before = effect.before * noise
    if effect.shape == "end":  # was there, and ended
        return (
            (effect.per_day * noise, effect.quantity or abs(effect.per_day) * 10)
            if since < 0
            else (0.0, 0.0)
        )
    on = since >= 0
    if effect.shape == "monthly":
        on = since == 0 or (day.day == variation.onset.day and since < -20)
    share = {
        "ramp": float(since + 1),
        "spike": float(since == 0),
        "burst": float(since in (0, 2, 5, 7)),
        "drop": 1.0,
    }.get(effect.shape, 1.0)
    if effect.shape == "step" and since == 0 and not effect.flat:
        share = 0.6
    more = effect.per_day * share * noise if on else 0.0
    quantity = before * 10 if effect.flat else max(0.0, before + more) * 10
    if effect.quantity is not None:
        quantity = effect.quantity * noise if on else 0.0
    return before + more, quantity


def _events(
    variation: Variation, chance: random.Random
) -> dict[str, tuple[Mapping[str, Any], ...]]:
    calls: list[Call] = []
    for call in (variation.call, *variation.decoys):
        if call:
            calls += [replace(call, days=-day) for day in call.on_days] or [
                _shifted(call, i) for i in range(call.repeat)
            ]
    cause = variation.call
    if cause and not cause.user:  # decoys with the cause's own name, and other targets
        key = next(
            (key for key, value in cause.parameters.items() if isinstance(value, str)), "name"
        )
        for days in (-1, 0, 1, 3, 5):
            calls.append(
                _noise(
                    chance,
                    cause.source,
                    cause.name,
                    {key: f"{chance.choice(WORDS)}-{chance.choice(WORDS)}"},
                    days,
                    cause.region,
                )
            )
    for region in {
        "us-east-1",
        *(
            effect.region
            for effect in variation.effects
            if effect.region not in ("global", "NoRegion")
        ),
    }:
        for _ in range(45):
            source, name, parameters = chance.choice(_ROUTINE)
            filled = {
                key: chance.choice(WORDS) if value == "?" else value
                for key, value in parameters.items()
            }
            calls.append(_noise(chance, source, name, filled, chance.randint(-2, 9), region))
    found: dict[str, list[Mapping[str, Any]]] = {}
    for number, call in enumerate(calls):
        record = _record(call, number, variation.onset)
        if record["EventTime"] < f"{SCAN_DATE + timedelta(days=1)}":
            found.setdefault(call.region, []).append(record)
    return {
        region: tuple(sorted(records, key=lambda record: str(record["EventTime"]), reverse=True))
        for region, records in found.items()
    }


_ROUTINE: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("ecs", "UpdateService", {"service": "?", "taskDefinition": "?"}),
    ("ecs", "RegisterTaskDefinition", {"family": "?", "cpu": "512"}),
    (
        "lambda",
        "UpdateFunctionCode20150331v2",
        {"functionName": "?", "dryRun": False, "publish": True},
    ),
    ("ec2", "CreateTags", {"resourceId": "i-032bfa52681d9df64"}),
    ("logs", "CreateLogStream", {"logGroupName": "?", "logStreamName": "?"}),
    ("monitoring", "PutMetricAlarm", {"alarmName": "?", "threshold": 5.0}),
    ("ssm", "PutParameter", {"name": "?"}),
    ("cloudformation", "UpdateStack", {"stackName": "?"}),
    (
        "ec2",
        "ModifyVolume",
        {"ModifyVolumeRequest": {"VolumeId": "vol-09ed247882cc7507c", "Size": 110}},
    ),
    (
        "ec2",
        "RunInstances",
        {"instanceType": "t3.medium", "instancesSet": {"items": [{"minCount": 1, "maxCount": 1}]}},
    ),
    ("iam", "AttachRolePolicy", {"roleName": "?"}),
    ("s3", "PutBucketTagging", {"bucketName": "?"}),
    (
        "eks",
        "UpdateNodegroupConfig",
        {"nodegroupName": "?", "labels": {"addOrUpdateLabels": {"rev": "4745"}}},
    ),
    ("rds", "ModifyDBInstance", {"dBInstanceIdentifier": "?", "monitoringInterval": 60}),
    ("ecr", "PutImage", {"repositoryName": "?", "imageTag": "a2e3b18"}),
)


def _noise(
    chance: random.Random,
    source: str,
    name: str,
    parameters: Mapping[str, Any],
    days: int,
    region: str,
) -> Call:
    role = chance.choice(
        ("ci-deploy", "terraform-ci", "AWSReservedSSO_PowerUserAccess_5f1c09a2be77d413")
    )
    session = (
        f"gha-{chance.randint(10000, 99999)}"
        if "-ci" in role or role.startswith("ci")
        else f"{chance.choice(WORDS)}@example.com"
    )
    return Call(
        source,
        name,
        parameters,
        role,
        session,
        days=days,
        hour=chance.randint(5, 20),
        region=region,
    )


def _shifted(call: Call, number: int) -> Call:
    return replace(
        call, days=call.days - number // 6, hour=min(23, call.hour + number % 6), repeat=1
    )


def _record(call: Call, number: int, onset: date) -> dict[str, Any]:
    moment = datetime(
        onset.year, onset.month, onset.day, call.hour, number % 60, tzinfo=UTC
    ) - timedelta(days=call.days)
    time = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    if call.user:
        identity: dict[str, Any] = {
            "type": "IAMUser",
            "userName": call.user,
            "arn": f"arn:aws:iam::{ACCOUNT}:user/{call.user}",
        }
    else:
        arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{call.role}/{call.session}"
        identity = {
            "type": "AssumedRole",
            "arn": arn,
            "sessionContext": {"sessionIssuer": {"type": "Role", "userName": call.role}},
        }
        if call.role.startswith("AWSServiceRole"):
            identity["invokedBy"] = "autoscaling.amazonaws.com"
        elif call.invoked_by:
            identity["invokedBy"] = call.invoked_by
    detail = {
        "userIdentity": identity,
        "eventTime": time,
        "awsRegion": call.region,
        "sourceIPAddress": call.ip,
        "userAgent": "aws-cli/2.27",
        "requestParameters": call.parameters,
        "responseElements": None,
        "errorCode": call.error or None,
    }
    return {
        "EventId": f"00000000-0000-4000-8000-{number:012d}",
        "EventName": call.name,
        "ReadOnly": str(call.read_only).lower(),
        "EventTime": time,
        "EventSource": f"{call.source}.amazonaws.com",
        "Username": call.user or call.session,
        "Resources": [
            {"ResourceType": "AWS::Resource", "ResourceName": name} for name in call.resources
        ],
        "CloudTrailEvent": json.dumps(detail),
    }
