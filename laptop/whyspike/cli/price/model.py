"""What scans cost on AWS and at Anthropic, by number of accounts: quantities from assumptions,
dollars from list prices.

Prices are public list prices of us-east-1 without free tiers, discounts or taxes, written down from
the price lists named in unit_prices.csv; they were not verified against the live price list.
Quantities are those of scans in the simulator (runs.py); Cost Explorer's pages are reckoned.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from math import ceil
from pathlib import Path

from whyspike.cli.price.runs import (
    MEMORY_GB,
    SOURCE_MEMBER,
    SOURCE_PAYER,
    WAIT_SECONDS,
    MeasuredRun,
    counted,
    kept_runs,
    of_an_explanation,
    quantity,
)
from whyspike.knowledge.claude_prices import price_usd
from whyspike.knowledge.record_types import KNOWN_RECORD_TYPES
from whyspike.steps import earlier_months
from whyspike.steps.discover_accounts import batches as account_batches

DAYS = 30  # scans in a month


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


ALARM_METRICS, METRICS, DASHBOARDS, SECRETS = (
    12,
    18,
    1,
    2,
)  # of template.yaml and the code (the same test counts them)
BATCH = account_batches.SIZE


@dataclass(frozen=True)
class Assumptions:
    """What an organisation is like."""

    accounts: int
    cost_source: str = SOURCE_MEMBER
    usage_types: bool = True  # UsageTypeDetection
    compares: bool = False  # CompareWithAws: a list of AWS's detector is one page
    services: int = 12  # billed services of an account, as in the runs
    usage_types_a_service: int = 4
    lookback_days: int = 90
    groups_a_page: int = 5_000  # Cost Explorer does not publish its page size
    explained_per_100_accounts: float = 10.0  # flagged items a day
    model: str | None = "claude-sonnet-5-5"  # None: ClaudeProvider=off
    # of one explanation, thinking at medium effort included; estimated, since the simulator's
    # answers are shorter than Claude's
    output_tokens: int = 1_900
    kept_scans: int = 400  # ScanRetentionDays
    event_bus: bool = False  # EventBusName, with a rule that hands each event to an API destination
    events_an_explanation: float = 3.0  # changes of an incident: it begins, moves, ends


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

    months = earlier_month_requests(a) / DAYS
    yield CostLine("Earlier months", months, "requests", price_of("cost explorer request", months))

    invocations, seconds = _taken(a, "lambda invocations"), lambda_gb_seconds(a)
    usd = price_of("lambda GB-second", seconds) + price_of("lambda request", invocations)
    yield CostLine("Lambda", seconds, "GB-seconds", usd)

    transitions = _taken(a, "state transitions")
    yield CostLine(
        "Step Functions", transitions, "transitions", price_of("state transition", transitions)
    )

    writes, reads = _taken(a, "DynamoDB writes"), _taken(a, "DynamoDB reads")
    table_gb = a.kept_scans * _taken(a, "table bytes") / 1e9
    stored = price_of("dynamodb GB-month", table_gb) + price_of(
        "dynamodb backup GB-month", table_gb
    )
    usd = price_of("dynamodb write", writes) + price_of("dynamodb read", reads) + stored / DAYS
    yield CostLine("DynamoDB", writes + reads, "request units", usd)

    puts, gets = _taken(a, "S3 puts"), _taken(a, "S3 gets")
    stored_gb = a.kept_scans * _taken(a, "bucket bytes") / 1e9
    usd = (
        price_of("s3 put", puts)
        + price_of("s3 get", gets)
        + price_of("s3 GB-month", stored_gb) / DAYS
    )
    yield CostLine("S3", puts + gets, "requests", usd)

    traces = 3 + 2 * a.accounts + explained  # as if sampling left none out
    yield CostLine("X-Ray", traces, "traces", price_of("trace", traces))
    logged = _taken(a, "log bytes")
    yield CostLine("CloudWatch Logs", logged / 1e6, "MB", price_of("log GB", logged / 1e9))
    if a.event_bus:
        events = explained * a.events_an_explanation  # each far below 64 KB: one chunk
        usd = price_of("event chunk", events) + price_of("api destination invocation", events)
        yield CostLine("EventBridge", events, "events", usd)
    tokens, usd = explained * tokens_of_an_explanation(a), 0.0
    if a.model:
        usd = explained * price_usd(a.model, round(input_tokens(a)), a.output_tokens)
    yield CostLine("Claude", tokens, "tokens", usd)


def _taken(a: Assumptions, what: str) -> float:
    return quantity(what, a.cost_source).of(a.accounts, explanations(a))


def lambda_gb_seconds(a: Assumptions) -> float:
    """As in the runs; pages beyond those of the runs are waited for, and Claude is not where it is
    off."""
    usual = replace(a, services=Assumptions.services, usage_types=True)
    reader = "DiscoverAccounts" if a.cost_source == SOURCE_PAYER else "DetectAnomalies"
    more_pages = daily_requests(a) - daily_requests(usual)
    taken = _taken(a, "GB-seconds") + MEMORY_GB[reader] * WAIT_SECONDS["ce"] * more_pages
    if a.model is None:
        asked = explanations(a) * of_an_explanation("Claude requests", a.cost_source)
        taken -= MEMORY_GB["ExplainAnomaly"] * WAIT_SECONDS["claude"] * asked
    return taken


def input_tokens(a: Assumptions) -> float:
    """Of one explanation; without the cache, which halves the price of the fixed part after the
    first."""
    return of_an_explanation("Claude input tokens", a.cost_source)


def tokens_of_an_explanation(a: Assumptions) -> float:
    return input_tokens(a) + a.output_tokens if a.model else 0.0


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


def earlier_month_requests(a: Assumptions) -> int:
    """Cost Explorer requests for the earlier months, once in each month."""
    rows = a.services * earlier_months.MONTHS
    if a.cost_source == SOURCE_MEMBER:
        return a.accounts * ceil(rows / a.groups_a_page)
    whole, rest = divmod(a.accounts, BATCH)
    batches = [BATCH] * whole + ([rest] if rest else [])
    classes = len(earlier_months.PAYERS_CHARGES) - 1
    return sum(classes + ceil(size * rows / a.groups_a_page) for size in batches)


def scan_requests(a: Assumptions) -> float:
    """Cost Explorer requests of a scan, those of the explanations included. Those for earlier
    months take what is left of the cap."""
    explained = explanations(a) * requests_of_an_explanation(a.cost_source)
    return daily_requests(a) + explained + (1 if a.compares else 0)


@cache
def requests_of_an_explanation(cost_source: str) -> float:
    """What the runs asked of Cost Explorer beyond the daily detection, by explanation."""
    runs = [run for run in kept_runs() if run.cost_source == cost_source]
    beyond = sum(
        counted(run, "Cost Explorer requests") - daily_requests(assumed(run)) for run in runs
    )
    return beyond / sum(run.explanations for run in runs)


def assumed(run: MeasuredRun) -> Assumptions:
    """What the model would have assumed of the organisation of a run."""
    share = 100 * run.explanations / run.accounts
    return Assumptions(run.accounts, run.cost_source, explained_per_100_accounts=share)


def distance(run: MeasuredRun) -> dict[str, float]:
    """How far the model is from a run, as a share of the run, by line; of those lines that the run
    has counted."""
    modelled = {line.what: line.quantity for line in scan_lines(assumed(run))}
    seen = {
        "Cost Explorer": counted(run, "Cost Explorer requests"),
        "Lambda": counted(run, "GB-seconds"),
        "Step Functions": counted(run, "state transitions"),
        "DynamoDB": counted(run, "DynamoDB writes") + counted(run, "DynamoDB reads"),
        "S3": counted(run, "S3 puts") + counted(run, "S3 gets"),
        "CloudWatch Logs": counted(run, "log bytes") / 1e6,
    }
    return {what: abs(modelled[what] - number) / number for what, number in seen.items()}


def explanations(a: Assumptions) -> float:
    return a.accounts * a.explained_per_100_accounts / 100


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
