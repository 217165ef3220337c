"""Run detection over past days and print what would have been told: no network, no AWS account,
nothing is stored.

Takes an organisation folder (docs/try-it.md) or a CSV, plain or gzipped, with the columns date,
service and cost and, if you have them, account, usage_type and record_type. A day is judged with
what the bill said at the end of that day, and told as an owner would be told: once, and again when
it escalates or resolves.

    whyspike backtest my-organisation --from 2026-10-01 --to 2026-10-31
    whyspike backtest costs.csv --sensitivity 0.5 --minimum-usd 50
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from whyspike.cli.arguments import Accounts, check_accounts, dated, parse_accounts
from whyspike.cli.bills import BillOnDisk, read_bills
from whyspike.cli.console import console, table
from whyspike.detection import DetectionSettings, detection_settings, find_anomalies, group_items
from whyspike.errors import InvalidInput
from whyspike.incidents.incident import Incident
from whyspike.incidents.judgement import Change, judge
from whyspike.model import AccountScan, Scan
from whyspike.words.amounts import dollars
from whyspike.words.days import day as written
from whyspike.words.services import service_name

LOOKBACK_DAYS = 90
DEFAULT_DAYS = 30


@dataclass(frozen=True)
class ToldLine:
    scan_date: date
    account: str
    change: Change


def run(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="organisation folder or CSV")],
    first: Annotated[
        date | None, dated("--from", help="first day to judge (default: the last 30 days)")
    ] = None,
    last: Annotated[
        date | None,
        dated("--to", help="last day to judge (default: the last day of the bills)"),
    ] = None,
    accounts: Accounts = None,
    sensitivity: Annotated[float, typer.Option(metavar="X", help="one knob, 0.25 to 4")] = 1.0,
    minimum_usd: Annotated[
        float, typer.Option(metavar="X", help="least dollars a day of an anomaly")
    ] = 10.0,
    minimum_percent: Annotated[
        float, typer.Option(metavar="X", help="least percent over the expected spend")
    ] = 20.0,
    settings: Annotated[
        Path | None, typer.Option(metavar="FILE", help="a settings/detection.json to try out")
    ] = None,
) -> int:
    judged_by = detection_settings(sensitivity, minimum_usd, minimum_percent, _document(settings))
    bills = read_bills(path)
    chosen = parse_accounts(accounts)
    check_accounts(chosen, {bill.account.account_id for bill in bills}, str(path))
    bills = [bill for bill in bills if not chosen or bill.account.account_id in chosen]
    days = _days(first, last, bills)
    told = sorted(
        (line for bill in bills for line in replay(bill, days, judged_by)),
        key=lambda line: (line.scan_date, line.account),
    )
    _show(told, days, len(bills))
    return 0


def replay(
    bill: BillOnDisk, days: Sequence[date], settings: DetectionSettings
) -> Iterator[ToldLine]:
    """What the account's owner would have been told on each of `days`."""
    incidents: dict[str, Incident] = {}
    for day in days:
        start = max(bill.first_day, day - timedelta(days=LOOKBACK_DAYS - 1))
        if start > day:
            continue
        costs = bill.costs(start, day)
        items = group_items(bill.account.account_id, find_anomalies(costs, day, settings))
        scan = AccountScan(Scan(day.isoformat(), day), bill.account, costs, items)
        for change in judge(scan, tuple(incidents.values())):
            incidents[change.after.incident_id] = change.after
            if change.notice is not None:
                yield ToldLine(day, bill.account.name, change)


def _document(file: Path | None) -> object:
    if file is None:
        return None
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InvalidInput(
            f"--settings {file}: no such file. Remedy: give a JSON file as in docs/detection.md"
        ) from None
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"--settings {file}, line {error.lineno}: not valid JSON ({error.msg}). Remedy: correct"
            " it there"
        ) from None


def _days(first: date | None, last: date | None, bills: Sequence[BillOnDisk]) -> list[date]:
    begin, end = min(bill.first_day for bill in bills), max(bill.last_day for bill in bills)
    until = last or end
    since = first or max(begin, until - timedelta(days=DEFAULT_DAYS - 1))
    if since > until:
        raise InvalidInput(f"--from {since} lies after --to {until}. Remedy: swap them")
    for name, day in (("--from", since), ("--to", until)):
        if not begin <= day <= end:
            raise InvalidInput(
                f"{name} {day} is not on the bills. Remedy: they reach from {begin} to {end}"
            )
    return [since + timedelta(days=offset) for offset in range((until - since).days + 1)]


def _show(told: Sequence[ToldLine], days: Sequence[date], accounts: int) -> None:
    shown = table(
        "day", "told", "account", "service", "kind", "onset", "a day", "severity", right=("a day",)
    )
    for line in told:
        incident = line.change.after
        leading = incident.leading
        shown.add_row(
            written(line.scan_date),
            str(line.change.notice),
            line.account,
            service_name(leading.service),
            str(leading.kind),
            written(incident.onset),
            dollars(incident.per_day, sign=True),
            str(incident.severity),
        )
    if told:
        console().print(shown)
    new = sum(line.change.before is None for line in told)
    first, last = written(days[0], year=True), written(days[-1], year=True)
    console().print(
        f"\n{len(told)} messages in {len(days)} days ({first} to {last}) to the owners of"
        f" {accounts} accounts: {new} new, {len(told) - new} on how those went on."
        f" {len(told) / len(days) * 7:.1f} a week."
    )
