"""What scans cost for a number of accounts: Cost Explorer, Lambda, Step Functions, DynamoDB, S3,
traces, logs, events and Claude; and the caps that a deployment of that size needs.

Public list prices of us-east-1 without free tiers, not verified against the live price list;
quantities from scans in the simulator. `--units` prints every unit price with the price list
that it is from.

    whyspike price   # 10, 100, 1,000 and 10,000 accounts
    whyspike price --accounts 300 --cost-source payer
    whyspike price --accounts 300 --no-claude --explained 5
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated, Literal

import typer

from whyspike.cli.console import console, table
from whyspike.cli.price.caps import DEFAULT_CAPS, advised_caps
from whyspike.cli.price.model import (
    DAYS,
    Assumptions,
    cheaper_source,
    distance,
    fixed_monthly_usd,
    monthly_usd,
    scan_lines,
    units,
)
from whyspike.cli.price.runs import SOURCE_MEMBER, SOURCE_PAYER, kept_runs
from whyspike.errors import InvalidInput
from whyspike.words.amounts import dollars

SIZES = (10, 100, 1_000, 10_000)
MAX_ACCOUNTS = 10_000  # of an organisation


def run(
    accounts: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="accounts of the organisation (default: 10, 100, 1,000 and 10,000)",
        ),
    ] = None,
    cost_source: Annotated[
        Literal["member", "payer"] | None, typer.Option(help="default: both, one table each")
    ] = None,
    services: Annotated[int, typer.Option(metavar="N", help="billed services of an account")] = 12,
    explained: Annotated[
        float, typer.Option(metavar="N", help="explanations a day for 100 accounts")
    ] = 10.0,
    claude_model: Annotated[
        str, typer.Option(metavar="MODEL", help="model id")
    ] = "claude-sonnet-5-5",
    no_claude: Annotated[bool, typer.Option("--no-claude", help="ClaudeProvider=off")] = False,
    no_usage_types: Annotated[
        bool, typer.Option("--no-usage-types", help="UsageTypeDetection=false")
    ] = False,
    compare_with_aws: Annotated[
        bool, typer.Option("--compare-with-aws", help="CompareWithAws=true")
    ] = False,
    event_bus: Annotated[
        bool,
        typer.Option(
            "--event-bus",
            help="EventBusName, and a rule that hands each event to an API destination",
        ),
    ] = False,
    units: Annotated[
        bool, typer.Option("--units", help="print the unit prices and where they are from")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print it as JSON, for programs")] = False,
) -> int:
    if units:
        _show_units(as_json)
        return 0
    sizes = (accounts,) if accounts is not None else SIZES
    for name, value, most in (
        ("--accounts", sizes[0], MAX_ACCOUNTS),
        ("--services", services, 500),
    ):
        if not 1 <= value <= most:
            raise InvalidInput(
                f"{name} {value} is not between 1 and {most:,}. Remedy: give a number in that range"
            )
    if not 0 <= explained <= 10_000:
        raise InvalidInput(
            f"--explained {explained} is not between 0 and 10,000. Remedy: give a number"
            " in that range"
        )
    assumptions = Assumptions(
        sizes[0],
        services=services,
        explained_per_100_accounts=explained,
        model=None if no_claude else claude_model,
        usage_types=not no_usage_types,
        compares=compare_with_aws,
        event_bus=event_bus,
    )
    columns = [
        [replace(assumptions, accounts=size, cost_source=source) for size in sizes]
        for source in ((cost_source,) if cost_source else (SOURCE_MEMBER, SOURCE_PAYER))
    ]
    if as_json:
        prices = [_as_json(column) for each in columns for column in each]
        print(json.dumps({"scans_a_month": DAYS, "prices": prices} | _runs_as_json(), indent=1))
        return 0
    for each in columns:
        _show(each)
    cheaper = ", ".join(
        f"{cheaper_source(replace(assumptions, accounts=size))} for {size:,}" for size in sizes
    )
    console().print(f"\nCheaper CostSource: {cheaper} accounts.")
    rate = f"{explained:g} explanations a day for 100 accounts"
    fixed = "alarms, metrics, dashboard, secrets"
    console().print(
        f"{DAYS} scans a month; {rate}; fixed: {fixed}; list prices, not verified against the live"
        " list."
    )
    console().print("Caps are parameters to deploy with: half as much again as a usual scan needs.")
    console().print(_how_far())
    return 0


def _how_far() -> str:
    """What the quantities are from, and how far the model is from it at most."""
    runs = kept_runs()
    sizes = [run.accounts for run in runs]
    far = [distance(run) for run in runs]
    most = {what: max(run[what] for run in far) for what in far[0]}
    others = max(share for what, share in most.items() if what != "Lambda")
    return (
        f"Quantities: a line through {len(runs)} simulated scans of {min(sizes)} to"
        f" {max(sizes):,} accounts (last on {max(run.measured for run in runs)}), at most"
        f" {others:.0%} from each of them, {most['Lambda']:.0%} for Lambda, whose seconds hang on"
        " the machine; how long AWS and Claude let a function wait is estimated."
    )


def _show(columns: list[Assumptions]) -> None:
    console().print(f"\nCostSource={columns[0].cost_source}, US dollars a month")
    headings = tuple(f"{column.accounts:,} accounts" for column in columns)
    rows = table("", *headings, right=headings)
    priced = [list(scan_lines(column)) for column in columns]
    for lines in zip(*priced, strict=True):
        rows.add_row(
            lines[0].what,
            *(_cell(DAYS * line.usd, DAYS * line.quantity, line.unit) for line in lines),
        )
    rows.add_row("fixed", *(dollars(fixed_monthly_usd()) for _ in columns))
    rows.add_row("total", *(dollars(monthly_usd(column)) for column in columns))
    rows.add_row(
        "per account", *(dollars(monthly_usd(column) / column.accounts) for column in columns)
    )
    console().print(rows)
    for column in columns:
        raised = [
            f"{name}={cap}"
            for name, cap in advised_caps(column).items()
            if cap > DEFAULT_CAPS[name]
        ]
        console().print(
            f"Caps for {column.accounts:,} accounts: {' '.join(raised) or 'the defaults'}"
        )


def _as_json(column: Assumptions) -> dict[str, object]:
    """A month of scans of one size, in US dollars."""
    return {
        "accounts": column.accounts,
        "cost_source": column.cost_source,
        "lines": [
            {"what": line.what, "usd": DAYS * line.usd, "quantity": DAYS * line.quantity}
            | {"unit": line.unit}
            for line in scan_lines(column)
        ],
        "fixed_usd": fixed_monthly_usd(),
        "total_usd": monthly_usd(column),
        "caps": advised_caps(column),
        "cheaper_cost_source": cheaper_source(column),
    }


def _runs_as_json() -> dict[str, object]:
    return {
        "runs": [
            {
                "measured": run.measured.isoformat(),
                "accounts": run.accounts,
                "explanations": run.explanations,
                "cost_source": run.cost_source,
                "model_is_off_by": distance(run),
            }
            for run in kept_runs()
        ]
    }


def _cell(usd: float, quantity: float, unit: str) -> str:
    return f"{dollars(usd)}\n{_short(quantity)} {unit}"


def _short(quantity: float) -> str:
    for size, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if quantity >= size:
            return f"{quantity / size:.1f}{sign}"
    return f"{quantity:.0f}"


def _show_units(as_json: bool) -> None:
    if as_json:
        prices = {
            name: {"usd": unit.usd, "per": unit.per, "source": unit.source}
            for name, unit in units().items()
        }
        print(json.dumps(prices, indent=1))
        return
    rows = table("unit", "US dollars", "price list", right=("US dollars",))
    for name, unit in units().items():
        rows.add_row(name, f"{unit.usd:g} / {unit.per:,.0f}", unit.source)
    console().print(rows)
    console().print(
        "\nus-east-1, not verified against the live price list. Claude:"
        " whyspike/data/claude_prices.csv."
    )
