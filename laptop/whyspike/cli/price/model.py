"""What scans cost on AWS and at Anthropic, by number of accounts: quantities from assumptions,
dollars from list prices.

Prices are public list prices of us-east-1 without free tiers, discounts or taxes, written down from
the price lists named in UNITS; they were not verified against the live price list. Quantities per
account and per explanation were counted on the default organisation of the simulator
(docs/costs.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil

from whyspike.knowledge.claude_prices import price_usd
from whyspike.knowledge.record_types import KNOWN_RECORD_TYPES
from whyspike.steps.discover_accounts import batches as account_batches

DAYS = 30  # scans in a month
SOURCE_MEMBER, SOURCE_PAYER = "member", "payer"


@dataclass(frozen=True)
class Unit:
    """US dollars for `per` of something; `price_list` names the AWS price list (offer code) and
    line."""

    usd: float
    per: float
    price_list: str

    def price(self, quantity: float) -> float:
        return quantity * self.usd / self.per


UNITS = {
    "cost explorer request": Unit(0.01, 1, "AWSCostExplorer: API request"),
    "lambda GB-second": Unit(0.0000166667, 1, "AWSLambda: Lambda-GB-Second, x86, first tier"),
    "lambda request": Unit(0.20, 1e6, "AWSLambda: Request"),
    "state transition": Unit(0.025, 1e3, "AmazonStates: StateTransition, standard workflow"),
    "dynamodb write": Unit(0.625, 1e6, "AmazonDynamoDB: WriteRequestUnits"),
    "dynamodb read": Unit(0.125, 1e6, "AmazonDynamoDB: ReadRequestUnits"),
    "s3 put": Unit(0.005, 1e3, "AmazonS3: Requests-Tier1"),
    "s3 get": Unit(0.0004, 1e3, "AmazonS3: Requests-Tier2"),
    "s3 GB-month": Unit(0.023, 1, "AmazonS3: TimedStorage-ByteHrs, standard"),
    "dynamodb GB-month": Unit(0.25, 1, "AmazonDynamoDB: TimedStorage-ByteHrs"),
    "dynamodb backup GB-month": Unit(0.20, 1, "AmazonDynamoDB: TimedPITRStorage-ByteHrs"),
    "log GB": Unit(0.50, 1, "AmazonCloudWatch: DataProcessing-Bytes"),
    "trace": Unit(5.00, 1e6, "AWSXRay: XRay-TracesStored"),
    "alarm metric month": Unit(
        0.10,
        1,
        "AmazonCloudWatch: AlarmMonitorUsage; an alarm on metric math counts each of its metrics",
    ),
    "metric month": Unit(0.30, 1, "AmazonCloudWatch: MetricMonitorUsage, first tier"),
    "dashboard month": Unit(3.00, 1, "AmazonCloudWatch: DashboardsUsageHour"),
    "secret month": Unit(0.40, 1, "AWSSecretsManager: Secret"),
}

# Memory of the functions in GB, as in template.yaml (tests/cli/test_price.py compares).
MEMORY_GB = {
    "DiscoverAccounts": 1.0,
    "DetectAnomalies": 1.0,
    "ExplainAnomaly": 1769 / 1024,
    "NotifyOwner": 1.0,
    "PublishDigest": 1769 / 1024,
}
ALARM_METRICS, METRICS, DASHBOARDS, SECRETS = (
    12,
    17,
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
    # of one explanation; 25,828 for 6 on the default organisation, counted by the simulator's rule
    # of thumb
    input_tokens: int = 4_300
    output_tokens: int = 1_500  # thinking at low effort included; estimated
    detect_seconds: float = 4.0
    explain_seconds: float = 25.0
    notify_seconds: float = 1.5
    discover_accounts_a_second: float = 10.0  # what Organizations and Account Management answer
    payer_seconds_a_request: float = 1.5  # a page of 5,000 groups; estimated
    kept_scans: int = 400  # ScanRetentionDays


@dataclass(frozen=True)
class Line:
    """One line of the table, for one scan."""

    what: str
    quantity: float
    unit: str
    usd: float


def scan_lines(a: Assumptions) -> Iterator[Line]:
    """What one scan costs, line by line."""
    explained, requests = explanations(a), scan_requests(a)
    yield Line(
        "Cost Explorer", requests, "requests", UNITS["cost explorer request"].price(requests)
    )

    invocations = 2 + 2 * a.accounts + explained
    gb_seconds = (
        MEMORY_GB["DiscoverAccounts"] * discover_seconds(a)
        + MEMORY_GB["DetectAnomalies"] * a.detect_seconds * a.accounts
        + MEMORY_GB["ExplainAnomaly"] * a.explain_seconds * explained
        + MEMORY_GB["NotifyOwner"] * a.notify_seconds * a.accounts
        + MEMORY_GB["PublishDigest"] * (4 + 0.05 * a.accounts)
    )
    traces = 2 + a.accounts + explained  # as if sampling left none out
    usd = UNITS["lambda GB-second"].price(gb_seconds) + UNITS["lambda request"].price(invocations)
    yield Line("Lambda", gb_seconds, "GB-seconds", usd)

    transitions = (
        4 + 4 * a.accounts + explained
    )  # a child's start, DetectAnomalies, ExplainAnomalies, NotifyOwner; each ExplainAnomaly
    yield Line(
        "Step Functions", transitions, "transitions", UNITS["state transition"].price(transitions)
    )

    writes = (
        5 + requests + 2 * a.accounts + 14 * explained
    )  # every request is counted; a transaction counts twice
    reads = a.accounts * 4 + explained * 8
    table_gb = (
        a.kept_scans * (a.accounts * 0.3e3 + explained * 6e3) / 1e9
    )  # an account's outcome; an incident, its history, its message
    stored = UNITS["dynamodb GB-month"].price(table_gb) + UNITS["dynamodb backup GB-month"].price(
        table_gb
    )
    usd = (
        UNITS["dynamodb write"].price(writes) + UNITS["dynamodb read"].price(reads) + stored / DAYS
    )
    yield Line("DynamoDB", writes + reads, "request units", usd)

    slices = a.accounts if a.cost_source == SOURCE_PAYER else 0
    puts, gets = (
        3 + a.accounts + slices + ceil(a.accounts / BATCH) + 2 * explained,
        6 * a.accounts + 6 * explained,
    )
    stored_gb = a.kept_scans * (a.accounts * (30e3 if slices else 60e3) + explained * 30e3) / 1e9
    usd = (
        UNITS["s3 put"].price(puts)
        + UNITS["s3 get"].price(gets)
        + UNITS["s3 GB-month"].price(stored_gb) / DAYS
    )
    yield Line("S3", puts + gets, "requests", usd)

    yield Line("X-Ray", traces, "traces", UNITS["trace"].price(traces))
    yield Line(
        "CloudWatch Logs",
        invocations * 4e3 / 1e6,
        "MB",
        UNITS["log GB"].price(invocations * 4e3 / 1e9),
    )
    tokens = (a.input_tokens + a.output_tokens) * explained if a.model else 0.0
    usd = price_usd(a.model, a.input_tokens, a.output_tokens) * explained if a.model else 0.0
    yield Line("Claude", tokens, "tokens", usd)


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
        UNITS["alarm metric month"].price(ALARM_METRICS)
        + UNITS["metric month"].price(METRICS)
        + UNITS["dashboard month"].price(DASHBOARDS)
        + UNITS["secret month"].price(SECRETS)
    )


def monthly_usd(a: Assumptions) -> float:
    return DAYS * sum(line.usd for line in scan_lines(a)) + fixed_monthly_usd()


def cheaper_source(a: Assumptions) -> str:
    """The CostSource that costs less."""
    return min(
        (SOURCE_MEMBER, SOURCE_PAYER),
        key=lambda source: monthly_usd(replace(a, cost_source=source)),
    )
