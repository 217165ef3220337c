"""Tiny organisation folders for tests: an account is a few lines of a bill, each a cost for every
day and exceptions."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from whyspike.simulator.organization.folder import OrganizationFolder, load

SCAN_DATE = date(2026, 10, 15)
DAYS = 60
HUB = "900000000002"
MANAGEMENT = "900000000001"
COLUMNS = [
    *("date", "account", "service", "usage_type", "region", "operation", "instance_type", "az"),
    *("tag_team", "tag_env", "record_type", "resource_id", "cost", "usage_quantity", "unit"),
]


@dataclass(frozen=True)
class Line:
    """One line of a bill: `cost` on every day, `on` other costs by days before the scan date (0 is
    the scan date itself; 0.0: no row). `price`: how many times the price a unit costs then."""

    service: str = "Amazon Elastic Compute Cloud - Compute"
    usage_type: str = "BoxUsage:m5.large"
    cost: float = 50.0
    on: Mapping[int, float] = field(default_factory=dict)
    price: Mapping[int, float] = field(default_factory=dict)
    region: str = "us-east-1"
    team: str = "shop"
    record_type: str = "Usage"
    resource_id: str = ""


@dataclass(frozen=True)
class TestAccount:
    __test__ = False

    id: str
    lines: Sequence[Line] = (Line(),)
    name: str = ""
    ou_path: str = "Workloads/Prod"
    state: str = "ACTIVE"
    tags: Mapping[str, str] = field(default_factory=lambda: {"owner": "shop"})
    access: Mapping[str, Any] = field(default_factory=dict)
    events: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


def quiet(account_id: str, **changes: Any) -> TestAccount:
    """An account in which nothing happens."""
    return TestAccount(account_id, **changes)


def spiking(account_id: str, **changes: Any) -> TestAccount:
    """An account in which the scan date cost ten times the usual."""
    return TestAccount(
        account_id,
        lines=(
            Line(on={0: 500.0}),
            Line("Amazon Simple Storage Service", "TimedStorage-ByteHrs", 20.0),
        ),
        **changes,
    )


def organization(
    folder: Path, *accounts: TestAccount, scan_date: date = SCAN_DATE
) -> OrganizationFolder:
    """Writes the folder and loads it."""
    write(folder, *accounts, scan_date=scan_date)
    return load(folder)


def write(folder: Path, *accounts: TestAccount, scan_date: date = SCAN_DATE) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    head = {
        "id": "o-tests000001",
        "management_account": MANAGEMENT,
        "hub_account": HUB,
        "scan_date": scan_date.isoformat(),
    }
    (folder / "organization.json").write_text(json.dumps(head))
    (folder / "accounts").mkdir(exist_ok=True)
    for account in accounts:
        _write_account(folder / "accounts" / account.id, account, scan_date)
    return folder


def event(name: str, when: str, source: str = "ec2.amazonaws.com", **fields: Any) -> dict[str, Any]:
    """A LookupEvents record."""
    identity = {"type": "IAMUser", "userName": "dana"}
    record = {
        "EventId": f"{name}-{when}",
        "EventName": name,
        "ReadOnly": "false",
        "EventTime": when,
        "EventSource": source,
        "Username": "dana",
        "Resources": [],
        "CloudTrailEvent": json.dumps(
            {"eventName": name, "eventTime": when, "eventSource": source, "userIdentity": identity}
        ),
    }
    return {**record, **fields}


def _write_account(folder: Path, account: TestAccount, scan_date: date) -> None:
    folder.mkdir(exist_ok=True)
    described = {
        "id": account.id,
        "name": account.name or f"account-{account.id[-3:]}",
        "email": f"aws+{account.id}@example.com",
        "ou_path": account.ou_path,
        "state": account.state,
        "joined": "2021-01-04",
        "tags": dict(account.tags),
        "access": dict(account.access),
    }
    (folder / "account.json").write_text(json.dumps(described))
    (folder / "cloudtrail.json").write_text(
        json.dumps({region: list(records) for region, records in account.events.items()})
    )
    with (folder / "bill.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for ago in range(DAYS - 1, -1, -1):
            for line in account.lines:
                cost = line.on.get(ago, line.cost * (1 + 0.02 * ((ago * 7) % 5 - 2)))
                if cost:
                    rows.writerow(
                        _row(scan_date - timedelta(days=ago), account.id, line, cost, ago)
                    )


def _row(day: date, account_id: str, line: Line, cost: float, ago: int) -> list[Any]:
    resource = line.resource_id if ago < 14 else ""
    texts = [
        line.service,
        line.usage_type,
        line.region,
        "RunInstances",
        "NoInstanceType",
        "NoAZ",
        line.team,
        "prod",
        line.record_type,
        resource,
    ]
    paid = cost * line.price.get(ago, 1.0)
    return [day.isoformat(), account_id, *texts, f"{paid:.6f}", f"{cost * 10:.6f}", "Hrs"]
