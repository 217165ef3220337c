"""What scans cost on AWS and at Anthropic, by number of accounts: quantities from assumptions,
dollars from list prices.

Prices are public list prices of us-east-1 without free tiers, discounts or taxes, written down from
the price lists named in unit_prices.csv; they were not verified against the live price list.
Quantities per account and per explanation were counted on the default organisation of the simulator
(docs/costs.md).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from math import ceil
from pathlib import Path

from whyspike.knowledge.claude_prices import price_usd
from whyspike.knowledge.record_types import KNOWN_RECORD_TYPES
from whyspike.steps.discover_accounts import batches as account_batches

DAYS = 30  # scans in a month
SOURCE_MEMBER, SOURCE_PAYER = "member", "payer"


@dataclass(frozen=True)
class Unit:
    """US dollars for `per` of something; `source` names the AWS price list (offer code) and its
    line."""

    usd: float
    per: float
    source: str

    def price(self, quantity: float) -> float:
        return quantity * self.usd / self.per


@cache
def units() -> Mapping[str, Unit]:
    """Prices by the name of what is counted."""
    text = Path(__file__).with_name("unit_prices.csv").read_text(encoding="utf-8")
    return {
        line["unit"]: Unit(float(line["usd"]), float(line["per"]), line["source"])
        for line in csv.DictReader(text.splitlines())
    }


def price_of(unit: str, quantity: float) -> float:
    return units()[unit].price(quantity)


# Memory of the functions in GB, as in template.yaml (tests/cli/test_price.py compares).
MEMORY_GB = {
    "DiscoverAccounts": 1.0,
    "DetectAnomalies": 1.0,
    "JoinCauses": 1769 / 1024,
    "ExplainAnomaly": 1769 / 1024,
    "NotifyOwner": 1.0,
    "PublishDigest": 1769 / 1024,
}
ALARM_METRICS, METRICS, DASHBOARDS, SECRETS = (
    12,
    18,
    1,
    2,
)  # of template.yaml and the code (the same test counts them)
BATCH = account_batches.SIZE


@dataclass(frozen=True)
class Assumptions:
    """What an organisation is like. Seconds are billed durations on AWS, estimated; everything else
    was counted or is a choice."""

    accounts: int
    cost_source: str = SOURCE_MEMBER
    usage_types: bool = True  # UsageTypeDetection
    services: int = 12  # billed services of an account
    usage_types_a_service: int = 4
    lookback_days: int = 90
    groups_a_page: int = 5_000  # Cost Explorer does not publish its page size
    explained_per_100_accounts: float = 10.0  # flagged items a day
    requests_per_explanation: float = 3.2  # Cost Explorer; 19 for 6 on the default organisation
    model: str | None = "claude-sonnet-5-5"  # None: ClaudeProvider=off
    # of one explanation: fixed part 2,500, schema 2,500, evidence 1,900 (six sample organisations),
    # counted by the simulator's rule of thumb
    input_tokens: int = 6_900
    output_tokens: int = 1_900  # thinking at medium effort included; estimated
    detect_seconds: float = 4.0
    explain_seconds: float = 25.0
    notify_seconds: float = 1.5
    discover_accounts_a_second: float = 10.0  # what Organizations and Account Management answer
    payer_seconds_a_request: float = 1.5  # a page of 5,000 groups; estimated
    kept_scans: int = 400  # ScanRetentionDays


@dataclass(frozen=True)
class CostLine:
    """One line of the table, for one scan."""

    what: str
    quantity: float
    unit: str
    usd: float


def scan_lines(a: Assumptions) -> Iterator[CostLine]:
    """What one scan costs, line by line."""
    explained, requests = explanations(a), scan_requests(a)
    yield CostLine(
        "Cost Explorer", requests, "requests", price_of("cost explorer request", requests)
    )

    invocations = 3 + 2 * a.accounts + explained
    gb_seconds = (
        MEMORY_GB["DiscoverAccounts"] * discover_seconds(a)
        + MEMORY_GB["DetectAnomalies"] * a.detect_seconds * a.accounts
        + MEMORY_GB["JoinCauses"] * (1 + 0.03 * explained)
        + MEMORY_GB["ExplainAnomaly"] * a.explain_seconds * explained
        + MEMORY_GB["NotifyOwner"] * a.notify_seconds * a.accounts
        + MEMORY_GB["PublishDigest"] * (4 + 0.05 * a.accounts)
    )
    traces = 3 + 2 * a.accounts + explained  # as if sampling left none out
    usd = price_of("lambda GB-second", gb_seconds) + price_of("lambda request", invocations)
    yield CostLine("Lambda", gb_seconds, "GB-seconds", usd)

    transitions = (
        10 + 4 * a.accounts + 3 * explained
    )  # two children's start, DetectAnomalies, NotifyOwner; a child's start, ExplainAnomalies, each
    # ExplainAnomaly
    yield CostLine(
        "Step Functions", transitions, "transitions", price_of("state transition", transitions)
    )

    writes = (
        5 + requests + 2 * a.accounts + 14 * explained
    )  # every request is counted; a transaction counts twice
    reads = a.accounts * 4 + explained * 8
    table_gb = (
        a.kept_scans * (a.accounts * 0.3e3 + explained * 6e3) / 1e9
    )  # an account's outcome; an incident, its history, its message
    stored = price_of("dynamodb GB-month", table_gb) + price_of(
        "dynamodb backup GB-month", table_gb
    )
    usd = price_of("dynamodb write", writes) + price_of("dynamodb read", reads) + stored / DAYS
    yield CostLine("DynamoDB", writes + reads, "request units", usd)

    slices = a.accounts if a.cost_source == SOURCE_PAYER else 0
    puts, gets = (
        6 + a.accounts + slices + ceil(a.accounts / BATCH) + 2 * explained,
        3 + 6 * a.accounts + 9 * explained,
    )
    stored_gb = a.kept_scans * (a.accounts * (30e3 if slices else 60e3) + explained * 30e3) / 1e9
    usd = (
        price_of("s3 put", puts)
        + price_of("s3 get", gets)
        + price_of("s3 GB-month", stored_gb) / DAYS
    )
    yield CostLine("S3", puts + gets, "requests", usd)

    yield CostLine("X-Ray", traces, "traces", price_of("trace", traces))
    yield CostLine(
        "CloudWatch Logs",
        invocations * 4e3 / 1e6,
        "MB",
        price_of("log GB", invocations * 4e3 / 1e9),
    )
    tokens = (a.input_tokens + a.output_tokens) * explained if a.model else 0.0
    usd = price_usd(a.model, a.input_tokens, a.output_tokens) * explained if a.model else 0.0
    yield CostLine("Claude", tokens, "tokens", usd)


def daily_requests(a: Assumptions) -> float:
    """Cost Explorer requests of the daily detection; each page is one."""
    if a.cost_source == SOURCE_PAYER:
        whole, rest = divmod(a.accounts, BATCH)
        return whole * _batch_requests(a, BATCH) + (_batch_requests(a, rest) if rest else 0)
    pages = ceil(a.services * a.lookback_days / a.groups_a_page)
    usage_type_pages = (
        ceil(a.usage_types_a_service * a.services * a.lookback_days / a.groups_a_page)
        if a.usage_types
        else 0
    )
    return float(a.accounts * (pages + usage_type_pages))


def _batch_requests(a: Assumptions, accounts: int) -> int:
    """One query for each record class that has names, one for what has none; nearly all groups are
    usage."""
    return len(KNOWN_RECORD_TYPES) + ceil(accounts * a.services * a.lookback_days / a.groups_a_page)


def scan_requests(a: Assumptions) -> float:
    """Cost Explorer requests of a scan, those of the explanations included."""
    return daily_requests(a) + explanations(a) * a.requests_per_explanation


def explanations(a: Assumptions) -> float:
    return a.accounts * a.explained_per_100_accounts / 100


def discover_seconds(a: Assumptions) -> float:
    """Of DiscoverAccounts over all its invocations: each ends after twelve minutes or so, and the
    next goes on."""
    payer = daily_requests(a) * a.payer_seconds_a_request if a.cost_source == SOURCE_PAYER else 0.0
    return 3 + a.accounts / a.discover_accounts_a_second + payer


def fixed_monthly_usd() -> float:
    """What is paid without any scan: alarms, metrics, dashboard, secrets."""
    return (
        price_of("alarm metric month", ALARM_METRICS)
        + price_of("metric month", METRICS)
        + price_of("dashboard month", DASHBOARDS)
        + price_of("secret month", SECRETS)
    )


def monthly_usd(a: Assumptions) -> float:
    return DAYS * sum(line.usd for line in scan_lines(a)) + fixed_monthly_usd()


def cheaper_source(a: Assumptions) -> str:
    """The CostSource that costs less."""
    return min(
        (SOURCE_MEMBER, SOURCE_PAYER),
        key=lambda source: monthly_usd(replace(a, cost_source=source)),
    )
