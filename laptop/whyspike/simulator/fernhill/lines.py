"""The lines of a bill before anything happens to it, read from default_organization_lines.csv.

Service, usage type, operation and unit names are those of Cost Explorer and of the cost and usage
report; prices are list prices of us-east-1, rounded.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from whyspike.simulator.fernhill.accounts import PlannedAccount

CATALOGUE = Path(__file__).with_name("lines.csv")
PREFIXES = {
    "us-east-1": {"ec2": "", "long": "USE1-", "mp": "USE1"},
    "eu-west-1": {"ec2": "EU-", "long": "EU-", "mp": "EUW1"},
}
# Monday first: consumers shop at weekends, offices do not work then.
WEEKS = {
    "flat": (1.0,) * 7,
    "shop": (0.94, 0.92, 0.93, 0.97, 1.05, 1.22, 1.18),
    "office": (1.05, 1.1, 1.08, 1.06, 0.98, 0.34, 0.3),
}
NOISE = {"flat": 0.006, "shop": 0.035, "office": 0.045}


@dataclass(frozen=True)
class Cell:
    """What tells one line of a day's bill from another."""

    service: str
    usage_type: str
    region: str
    operation: str
    instance_type: str = "NoInstanceType"
    team: str = ""
    env: str = ""
    record_type: str = "Usage"
    unit: str = "Hrs"


@dataclass(frozen=True)
class Line:
    cell: Cell
    unit_price: float
    usd_per_day: float
    week: str = "flat"
    growth: float = 0.0  # a day
    resources: tuple[str, ...] = ()

    def usd(self, day: date, age_days: int) -> float:
        """The expected dollars of `day`, which lies `age_days` before the end of the bill."""
        return self.usd_per_day * WEEKS[self.week][day.weekday()] * (1 + self.growth) ** -age_days


def lines_of(account: PlannedAccount, random: Random) -> list[Line]:
    """The account's lines, with resource ids drawn from `random`."""
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["profile"] == account.profile]
    prefixes = {**PREFIXES[account.region], "name": account.region}
    # Lines with the same pattern are lines of the same resources: a NAT gateway's hours and its
    # bytes.
    known = {
        row["resource"]: resource_ids(row["resource"], row["service"], account, random)
        for row in rows
    }
    return [_line(row, account, prefixes, known[row["resource"]]) for row in rows]


def _line(
    row: dict[str, str],
    account: PlannedAccount,
    prefixes: dict[str, str],
    resources: tuple[str, ...],
) -> Line:
    cell = Cell(
        row["service"],
        row["usage_type"].format(**prefixes),
        "global" if row["service"] == "Amazon Route 53" else account.region,
        row["operation"],
        row["instance_type"] or "NoInstanceType",
        account.team,
        account.env,
        unit=row["unit"],
    )
    return Line(
        cell,
        float(row["unit_price"]),
        float(row["usd_per_day"]) * account.scale,
        row["week"],
        float(row["growth"]),
        resources,
    )


def resource_ids(
    pattern: str, service: str, account: PlannedAccount, random: Random
) -> tuple[str, ...]:
    """`count` ids of a pattern like "vol-{hex}*4"; "" gives none. Machines and volumes are known by
    their id, the rest by ARN."""
    if not pattern:
        return ()
    form, _, count = pattern.partition("*")
    names = [form.replace("{hex}", f"0{random.getrandbits(64):016x}") for _ in range(int(count))]
    if not pattern.startswith(("i-", "vol-")):
        names = [
            f"arn:aws:{_namespace(service)}:{account.region}:{account.id}:{name}" for name in names
        ]
    return tuple(
        f"{name}{number}" if name.endswith("-") else name for number, name in enumerate(names, 1)
    )


def _namespace(service: str) -> str:
    known = {
        "AWS Lambda": "lambda",
        "Amazon DynamoDB": "dynamodb",
        "AmazonCloudWatch": "logs",
        "Amazon Relational Database Service": "rds",
    }
    return known.get(service, "ec2")


def shares(resources: Sequence[str], random: Random) -> dict[str, float]:
    """How a line divides among its resources; the shares add up to one."""
    weights = [random.uniform(0.6, 1.4) for _ in resources]
    return {
        resource: weight / sum(weights) for resource, weight in zip(resources, weights, strict=True)
    }
