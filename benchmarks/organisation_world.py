"""A made-up organisation of any size, in memory: accounts with bills of twelve services, some of
them with an incident that somebody's call began.

Accounts share the columns that are the same for all, so that a thousand bills of 90 days need no
more than their own amounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from whyspike.simulator.fernhill.plan import Person, PlannedAccount, PlannedCall, Run
from whyspike.simulator.fernhill.trail import record, routine_calls
from whyspike.simulator.organization.bill import Bill, Column, Floats, join, make_bill
from whyspike.simulator.organization.folder import Access, OrganizationFolder, SimulatedAccount

SCAN_DATE = date(2026, 3, 12)
DAYS = 90
HUB, MANAGEMENT = "900000000002", "900000000001"
REGION = "us-east-1"
NOISE = 0.03
RESOURCE_DAYS = 14
WEEK = (1.05, 1.06, 1.06, 1.05, 1.03, 0.88, 0.87)  # Monday first
ROUTINE_DAYS = 14


@dataclass(frozen=True)
class Line:
    """A line of every bill: `usd` a day, `unit_price` of one `unit`."""

    service: str
    usage_type: str
    operation: str
    usd: float
    unit_price: float
    unit: str


@dataclass(frozen=True)
class Incident:
    """What somebody started: a new line of the bill, and the call that began it: (source, name,
    parameter, resource type)."""

    line: Line
    call: tuple[str, str, str, str]


@dataclass(frozen=True)
class Started:
    """An incident of an account: since when (days before the scan date), by whom, and what it costs
    a day. `what` is the resource; without it, one of its own."""

    incident: Incident
    onset: int
    by: Person | Run
    usd: float
    what: str = ""


COMPUTE = "Amazon Elastic Compute Cloud - Compute"
LINES = (
    Line(COMPUTE, "BoxUsage:m5.xlarge", "RunInstances", 138, 0.192, "Hrs"),
    Line(COMPUTE, "BoxUsage:c6i.2xlarge", "RunInstances", 82, 0.34, "Hrs"),
    Line(COMPUTE, "BoxUsage:t3.medium", "RunInstances", 9, 0.0416, "Hrs"),
    Line("EC2 - Other", "NatGateway-Bytes", "NatGateway", 21, 0.045, "GB"),
    Line("EC2 - Other", "NatGateway-Hours", "NatGateway", 3, 0.045, "Hrs"),
    Line("EC2 - Other", "EBS:VolumeUsage.gp3", "CreateVolume-Gp3", 19, 0.08, "GB-Mo"),
    Line("EC2 - Other", "EBS:SnapshotUsage", "CreateSnapshot", 7, 0.05, "GB-Mo"),
    Line("EC2 - Other", "DataTransfer-Regional-Bytes", "PublicIP-In", 4, 0.01, "GB"),
    Line(
        "Amazon Relational Database Service",
        "InstanceUsage:db.r6g.2xlarge",
        "CreateDBInstance",
        50,
        1.04,
        "Hrs",
    ),
    Line(
        "Amazon Relational Database Service",
        "Aurora:StorageIOUsage",
        "CreateDBInstance",
        12,
        2e-7,
        "IOs",
    ),
    Line(
        "Amazon Simple Storage Service",
        "TimedStorage-ByteHrs",
        "StandardStorage",
        31,
        0.023,
        "GB-Mo",
    ),
    Line("Amazon Simple Storage Service", "Requests-Tier1", "PutObject", 5, 5e-6, "Requests"),
    Line("Amazon Simple Storage Service", "Requests-Tier2", "GetObject", 2, 4e-7, "Requests"),
    Line("AmazonCloudWatch", "DataProcessing-Bytes", "PutLogEvents", 14, 0.5, "GB"),
    Line("AmazonCloudWatch", "CW:MetricMonitorUsage", "MetricStorage", 6, 0.3, "Metrics"),
    Line("AWS Lambda", "Lambda-GB-Second", "Invoke", 11, 1.66667e-5, "seconds"),
    Line("AWS Lambda", "Request", "Invoke", 3, 2e-7, "Requests"),
    Line(
        "Amazon DynamoDB",
        "WriteRequestUnits",
        "PayPerRequestThroughput",
        8,
        6.25e-7,
        "WriteRequestUnits",
    ),
    Line(
        "Amazon DynamoDB",
        "ReadRequestUnits",
        "PayPerRequestThroughput",
        4,
        1.25e-7,
        "ReadRequestUnits",
    ),
    Line(
        "Amazon Elastic Load Balancing",
        "LoadBalancerUsage",
        "LoadBalancing:Application",
        2,
        0.0225,
        "Hrs",
    ),
    Line(
        "Amazon Elastic Load Balancing",
        "LCUUsage",
        "LoadBalancing:Application",
        3,
        0.008,
        "LCU-Hrs",
    ),
    Line("Amazon Virtual Private Cloud", "USE1-VpcEndpoint-Hours", "VpcEndpoint", 2, 0.01, "Hrs"),
    Line("AWS Key Management Service", "us-east-1-KMS-Requests", "Decrypt", 1, 3e-6, "Requests"),
    Line("Amazon ElastiCache", "NodeUsage:cache.r6g.large", "CreateCacheCluster", 10, 0.206, "Hrs"),
    Line(
        "Amazon Elastic Container Service",
        "USE1-Fargate-vCPU-Hours:perCPU",
        "FargateTask",
        17,
        0.04048,
        "Hrs",
    ),
    Line(
        "Amazon Elastic Container Service",
        "USE1-Fargate-GB-Hours",
        "FargateTask",
        8,
        0.004445,
        "Hrs",
    ),
)
SIZES = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge")
STARTED = (  # service, usage type, families, operation, and the call
    (
        COMPUTE,
        "BoxUsage:",
        "m5 m6i m7i c5 c6a c7i r5 r6i r7i x2idn",
        "RunInstances",
        ("ec2.amazonaws.com", "RunInstances", "instanceId", "AWS::EC2::Instance"),
    ),
    (
        "Amazon Relational Database Service",
        "InstanceUsage:db.",
        "m5 m6i r5 r6i",
        "CreateDBInstance",
        ("rds.amazonaws.com", "CreateDBInstance", "dBInstanceIdentifier", "AWS::RDS::DBInstance"),
    ),
    (
        "Amazon ElastiCache",
        "NodeUsage:cache.",
        "m5 m6g r5 r7g",
        "CreateCacheCluster",
        (
            "elasticache.amazonaws.com",
            "CreateCacheCluster",
            "cacheClusterId",
            "AWS::ElastiCache::CacheCluster",
        ),
    ),
)
# Each another type of machine, so that no three accounts look like one common cause.
INCIDENTS = tuple(
    Incident(Line(service, f"{kind}{family}.{size}", operation, 480, 1.0, "Hrs"), call)
    for size in SIZES
    for service, kind, families, operation, call in STARTED
    for family in families.split()
)
ONSETS = (0, 1, 2)  # days before the scan date
EVERYWHERE = Incident(
    Line("Amazon GuardDuty", "USE1-PaidEventsAnalyzed", "", 0, 4e-6, "Events"),
    ("guardduty.amazonaws.com", "CreateDetector", "detectorId", "AWS::GuardDuty::Detector"),
)
EVERYWHERE_BY = Person("sofia.lind", "AWSAdministratorAccess")
IN_SOME = Incident(
    Line("AWS Config", "USE1-ConfigurationItemRecorded", "", 0, 0.003, "ConfigurationItemRecorded"),
    (
        "config.amazonaws.com",
        "PutConfigurationRecorder",
        "configurationRecorderName",
        "AWS::Config::ConfigurationRecorder",
    ),
)
IN_SOME_BY = Run("stacksets-exec-landing-zone")


def organisation(accounts: int, incidents: int) -> OrganizationFolder:
    """`incidents` of the accounts have one each, spread evenly. The same for the same numbers."""
    shared = _columns()
    return _folder(_accounts(accounts, incidents, shared))


def mass_event(accounts: int) -> OrganizationFolder:
    """One thing happened in all accounts, on the same day a second one in every tenth, and two days
    later something of its own in every fortieth. Each team has a channel."""
    shared = _columns()
    return _folder(
        _account(number, _of_mass_event(number), shared, channel="#") for number in range(accounts)
    )


def _of_mass_event(number: int) -> Iterator[Started]:
    usd = 15.0 + number * 37 % 100 / 2  # so that the second is the larger one in some accounts
    yield Started(EVERYWHERE, 2, EVERYWHERE_BY, usd, "detector")
    if number % 10 == 3:
        yield Started(IN_SOME, 2, IN_SOME_BY, 32.0, "default")
    if number % 40 == 8:
        yield Started(INCIDENTS[number // 40], 0, Person(f"engineer.{number:04d}"), 480.0)


def _folder(accounts: Iterable[SimulatedAccount]) -> OrganizationFolder:
    every = {account.id: account for account in accounts}
    return OrganizationFolder(Path("made-up"), "o-benchmark01", MANAGEMENT, HUB, SCAN_DATE, every)


def _columns() -> Bill:
    """The bill of nobody: one row for each day and line, and the resource ids of the last days."""
    days = [SCAN_DATE - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    rows = [(day, line) for day in days for line in LINES]
    texts: dict[str, list[str]] = {
        "account": ["" for _ in rows],
        "service": [line.service for _, line in rows],
        "usage_type": [line.usage_type for _, line in rows],
        "region": [REGION for _ in rows],
        "operation": [line.operation for _, line in rows],
        "instance_type": [_instance_type(line) for _, line in rows],
        "az": ["NoAZ" for _ in rows],
        "tag_team": ["" for _ in rows],
        "tag_env": ["prod" for _ in rows],
        "record_type": ["Usage" for _ in rows],
        "resource_id": [
            _resource(line) if (SCAN_DATE - day).days < RESOURCE_DAYS else "" for day, line in rows
        ],
        "unit": [line.unit for _, line in rows],
    }
    usd = [line.usd * WEEK[day.weekday()] for day, line in rows]
    return make_bill([day for day, _ in rows], texts, usd, usd)


def _instance_type(line: Line) -> str:
    kind, _, name = line.usage_type.partition(":")
    return name if kind == "BoxUsage" else "NoInstanceType"


def _resource(line: Line) -> str:
    return f"{line.usage_type.partition(':')[0].lower()}/{line.operation.lower()}"


def _accounts(count: int, incidents: int, shared: Bill) -> Iterator[SimulatedAccount]:
    for number in range(count):
        # as many as asked for, and never two neighbours where there is room
        ill = (number + 1) * incidents // count > number * incidents // count
        turn = number * incidents // count
        yield _account(number, [_started(number, turn)] if ill else [], shared)


def _started(number: int, turn: int) -> Started:
    incident, onset = INCIDENTS[turn % len(INCIDENTS)], ONSETS[turn % len(ONSETS)]
    return Started(incident, onset, Person(f"engineer.{number:04d}"), incident.line.usd)


def _account(
    number: int, incidents: Iterable[Started], shared: Bill, channel: str = ""
) -> SimulatedAccount:
    account_id, team = f"{110_000_000_000 + 7 * number}", f"team-{number % 25:02d}"
    planned = PlannedAccount(
        account_id, f"account-{number:04d}", "Workloads/Prod", "", REGION, team=team
    )
    random = Random(account_id)
    calls = routine_calls(random, ROUTINE_DAYS)
    bill = _bill(account_id, team, _cost(number, shared), shared)
    for one in incidents:
        kind = one.incident.call[2].lower()
        what = one.what or f"{kind}-{random.getrandbits(32):08x}"
        calls.append(_call(one, what, random))
        bill = join([bill, _new_line(one, account_id, team, what)])
    return SimulatedAccount(
        account_id,
        planned.name,
        f"aws+{number:04d}@benchmark.example",
        planned.ou_path,
        "ACTIVE",
        date(2023, 4, 17),
        {**planned.tags, "owner": f"{channel}{team}"},
        Access(),
        bill,
        _events(calls, planned, random),
    )


def _cost(number: int, shared: Bill) -> Floats:
    noise = np.random.default_rng(number).normal(1.0, NOISE, len(shared))
    scale = 0.5 + (number * 37 % 100) / 50
    return np.asarray(shared.cost * scale * np.clip(noise, 0.8, 1.2))


def _new_line(one: Started, account_id: str, team: str, what: str) -> Bill:
    """The new line from its first day on."""
    line = one.incident.line
    days = [SCAN_DATE - timedelta(days=back) for back in range(one.onset, -1, -1)]
    texts = {
        "account": account_id,
        "service": line.service,
        "usage_type": line.usage_type,
        "region": REGION,
        "operation": line.operation,
        "instance_type": line.usage_type.partition(":")[2],
        "az": "NoAZ",
        "tag_team": team,
        "tag_env": "prod",
        "record_type": "Usage",
        "resource_id": what,
        "unit": line.unit,
    }
    columns = {name: [text] * len(days) for name, text in texts.items()}
    used = one.usd / line.unit_price
    return make_bill(days, columns, [one.usd] * len(days), [used] * len(days))


def _call(one: Started, what: str, random: Random) -> PlannedCall:
    source, name, parameter, kind = one.incident.call
    return PlannedCall(
        -one.onset,
        f"0{random.randint(1, 5)}:{random.randint(10, 59)}:07",
        source,
        name,
        one.by,
        {parameter: what},
        ((kind, what),),
    )


def _bill(account_id: str, team: str, cost: Floats, shared: Bill) -> Bill:
    resources = shared.columns["resource_id"]
    own = {
        "account": Column(shared.columns["account"].codes, (account_id,)),
        "tag_team": Column(shared.columns["tag_team"].codes, (team,)),
        "resource_id": Column(
            resources.codes,
            tuple(
                f"arn:aws:{value.partition('/')[0]}:{REGION}:{account_id}:{value}" if value else ""
                for value in resources.values
            ),
        ),
    }
    return Bill(
        shared.days,
        {**shared.columns, **own},
        cost,
        cost,
        shared.discount,
        cost,
        shared.visible_from,
        shared.visible_until,
    )


def _events(
    calls: Sequence[PlannedCall], account: PlannedAccount, random: Random
) -> Mapping[str, tuple[Mapping[str, Any], ...]]:
    records = [record(call, account, SCAN_DATE, random) for call in calls]
    records.sort(key=lambda item: str(item["EventTime"]), reverse=True)
    return {REGION: tuple(records)}
