"""Anomalies, scans and explanations of one small shop, for the tests of incidents."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from whyspike.model import (
    Account,
    AccountScan,
    Actor,
    Anomaly,
    CostSeries,
    DailyCosts,
    Driver,
    Explanation,
    Finding,
    FlaggedItem,
    Kind,
    Owner,
    Scan,
    Severity,
)

DAY = date(2026, 3, 12)
EC2 = "Amazon Elastic Compute Cloud - Compute"
SHOP = Account("111122223333", "shop-prod", owner=Owner("shop", "account-tag", "#shop"))


def anomaly(
    account_id: str = SHOP.account_id,
    service: str = EC2,
    onset: date = DAY,
    usage_date: date | None = None,
    actual: float = 274,
    expected: float = 62,
    **fields: Any,
) -> Anomaly:
    """An anomaly of $212 a day, unless told otherwise; its impact is that of the days since its
    onset."""
    last = usage_date or max(onset, DAY)
    each = Decimal(str(actual)) - Decimal(str(expected))
    values: dict[str, Any] = {
        "kind": Kind.LEVEL_SHIFT,
        "impact": each * ((last - onset).days + 1),
        "impact_percentage": None,
        "projected_monthly_impact": each * 30,
        "score": 9.0,
        "severity": Severity.HIGH,
        "reason": "Thursdays cost $40-80 for eight weeks; yesterday cost $274",
        "expected_low": Decimal(str(expected)) * Decimal("0.7"),
        "expected_high": Decimal(str(expected)) * Decimal("1.3"),
    }
    return Anomaly(
        account_id=account_id,
        service=service,
        onset=onset,
        usage_date=last,
        actual_spend=Decimal(str(actual)),
        expected_spend=Decimal(str(expected)),
        **(values | fields),
    )


def item(*anomalies: Anomaly) -> FlaggedItem:
    first = anomalies[0]
    return FlaggedItem(
        f"{first.account_id}-{first.onset}-{abs(hash_of(first.service)):08x}",
        first.account_id,
        first.onset,
        anomalies,
    )


def explanation(tag_team: str | None = None, **fields: Any) -> Explanation:
    """What the rules would write about the anomaly above."""
    actor = Actor(
        "iam-role",
        "deploy-bot",
        "jane",
        "RunInstances",
        "ec2.amazonaws.com",
        "2026-03-12T08:14:00Z",
    )
    driver = Driver(EC2, "BoxUsage:m5.4xlarge", "eu-west-1", tag_team)
    finding = Finding(
        Kind.LEVEL_SHIFT, "new-resources-launched", driver, actor, DAY, True, 212.0, ("E1", "E2")
    )
    values: dict[str, Any] = {
        "text": (
            "12 new `m5.4xlarge` instances run in eu-west-1 since 08:14 UTC; they carry $210 of the"
            " $212 a day."
        ),
        "commands": (
            (
                "aws ec2 describe-instances --region eu-west-1 --filters"
                " Name=instance-type,Values=m5.4xlarge"
            ),
        ),
        "fix": "Ask jane whether the 12 instances are still needed; stop those that are not.",
        "written_by": "rules",
        "confidence": "high",
    }
    return Explanation(verdict="incident", findings=(finding,), **(values | fields))


def hash_of(text: str) -> int:
    return sum((i + 1) * ord(character) for i, character in enumerate(text))


def scan_of(
    day: date,
    *items: FlaggedItem,
    account: Account = SHOP,
    costs: dict[tuple[str, date], float] | None = None,
) -> AccountScan:
    """A scan of `day`. The bill says what the anomalies say; `costs` says otherwise for a service
    and day."""
    dates = tuple(day - timedelta(days=59 - n) for n in range(60))
    services = (
        {a.service for i in items for a in i.anomalies}
        | {service for service, _ in costs or {}}
        | {EC2}
    )
    bill = {
        (a.service, a.usage_date - timedelta(days=n)): float(a.actual_spend)
        for i in items
        for a in i.anomalies
        for n in range((a.usage_date - a.onset).days + 1)
    } | (costs or {})
    series = tuple(
        CostSeries(service, tuple(bill.get((service, d), 62.0) for d in dates))
        for service in sorted(services)
    )
    return AccountScan(
        Scan(day.isoformat(), day), account, DailyCosts(account.account_id, dates, series), items
    )


def without_bill(scan: AccountScan, *days: date) -> AccountScan:
    """The scan, whose bill has no row at all of these days."""
    costs = scan.costs
    series = tuple(
        replace(
            line,
            costs=tuple(
                None if day in days else cost
                for day, cost in zip(costs.dates, line.costs, strict=True)
            ),
        )
        for line in costs.series
    )
    return replace(scan, costs=replace(costs, series=series))


def owned_by(owner: Owner, account_id: str = "444455556666", name: str = "shop-dev") -> Account:
    return replace(SHOP, account_id=account_id, name=name, owner=owner)
