"""Run detection over past days and print what would have been told: no network, no AWS account,
nothing is stored.

Takes an organisation folder (docs/try-it.md) or a CSV, plain or gzipped, with the columns date,
service and cost and, if you have them, account, usage_type and record_type. A day is judged with
what the bill said at the end of that day, and told as an owner would be told: once, and again when
it escalates or resolves.

    whyspike backtest my-organisation --from 2026-10-01 --to 2026-10-31
    whyspike backtest costs.csv --sensitivity 0.5 --minimum-usd 50
    whyspike backtest costs.csv --json

With --json, `messages` holds one object for each thing said on a day: `told` is the notice's word
(new, escalated, resolved, ...), `digest` for a line of the digest alone on the day that it appears
first, `no-bill` where the account's bill has no row of that day, `not-judged` where its history is
too short. `usd_a_day` is over what was expected; null for what is paid once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from whyspike.cli.arguments import Accounts, check_accounts, dated, parse_accounts
from whyspike.cli.bills import BillOnDisk, read_bills
from whyspike.cli.console import console, table
from whyspike.detection import (
    DetectionSettings,
    bill_days,
    detection_settings,
    find_anomalies,
    group_items,
    zero_days,
)
from whyspike.errors import InvalidInput
from whyspike.incidents.incident import Incident
from whyspike.incidents.judgement import Change, judge
from whyspike.incidents.yardsticks import told_days
from whyspike.model import AccountScan, DailyCosts, RecordClass, Scan
from whyspike.words.amounts import dollars
from whyspike.words.days import day as written
from whyspike.words.services import service_name

LOOKBACK_DAYS = 90
DEFAULT_DAYS = 30


@dataclass(frozen=True)
class ToldLine:
    """What was said of an account on a day: a change of an incident, told to the owner or listed
    in the digest, or why nothing could be said."""

    scan_date: date
    account: str
    change: Change | None
    unjudged: str = ""  # no-bill or not-judged

    @property
    def told(self) -> str:
        if self.change is None:
            return self.unjudged
        return str(self.change.notice or "digest")


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
    as_json: Annotated[
        bool, typer.Option("--json", help="print every message as JSON, for programs")
    ] = False,
) -> int:
    judged_by = detection_settings(sensitivity, minimum_usd, minimum_percent, _document(settings))
    bills = read_bills(path)
    chosen = parse_accounts(accounts)
    check_accounts(chosen, {bill.account.account_id for bill in bills}, str(path))
    bills = [bill for bill in bills if not chosen or bill.account.account_id in chosen]
    days = _days(first, last, bills)
    said = sorted(
        (line for bill in bills for line in replay(bill, days, judged_by)),
        key=lambda line: (line.scan_date, line.account),
    )
    if as_json:
        print(json.dumps({"messages": [_message(line) for line in said]}, indent=1))
        return 0
    _show([line for line in said if line.change and line.change.notice], days, len(bills))
    return 0


def replay(
    bill: BillOnDisk, days: Sequence[date], settings: DetectionSettings
) -> Iterator[ToldLine]:
    """What would have been said of the account on each of `days`."""
    incidents: dict[str, Incident] = {}
    for day in days:
        start = max(bill.first_day, day - timedelta(days=LOOKBACK_DAYS - 1))
        if start > day:
            continue
        costs = bill.costs(start, day)
        costs = replace(costs, zero_days=zero_days(costs, bill.account.joined))
        unjudged = _unjudged(costs, day)
        if unjudged:
            yield ToldLine(day, bill.account.name, None, unjudged)
        learned = replace(settings, told=told_days(incidents.values()))
        items = group_items(bill.account.account_id, find_anomalies(costs, day, learned))
        scan = AccountScan(Scan(day.isoformat(), day), bill.account, costs, items)
        for change in judge(scan, tuple(incidents.values())):
            incidents[change.after.incident_id] = change.after
            if change.notice is not None or (change.before is None and not change.after.told):
                yield ToldLine(day, bill.account.name, change)


def _unjudged(costs: DailyCosts, day: date) -> str:
    """Why nothing can be said of the account on `day`; "" where it is judged."""
    found = bill_days(costs, day)
    if found.newest != day:
        return "no-bill"
    return "not-judged" if found.judged_from else ""


def _message(line: ToldLine) -> dict[str, object]:
    said: dict[str, object] = {
        "day": line.scan_date.isoformat(),
        "told": line.told,
        "account": line.account,
        "service": None,
    }
    if line.change is None:
        return said
    incident = line.change.after
    parts = [member.anomaly for member in incident.current]
    once = not incident.ongoing and incident.leading.record_class is not RecordClass.USAGE
    return said | {
        "service": incident.leading.service,
        "services": list(dict.fromkeys(part.service for part in parts)),
        "usage_types": [part.usage_type for part in parts if part.usage_type],
        "kind": str(incident.leading.kind),
        "usd_a_day": None if once else round(float(incident.per_day), 2),
        "onset": incident.onset.isoformat(),
        "severity": str(incident.severity),
    }


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
        if line.change is None:
            continue
        incident = line.change.after
        leading = incident.leading
        shown.add_row(
            written(line.scan_date),
            line.told,
            line.account,
            service_name(leading.service),
            str(leading.kind),
            written(incident.onset),
            dollars(incident.per_day, sign=True),
            str(incident.severity),
        )
    if told:
        console().print(shown)
    new = sum(line.change is not None and line.change.before is None for line in told)
    first, last = written(days[0], year=True), written(days[-1], year=True)
    console().print(
        f"\n{len(told)} messages in {len(days)} days ({first} to {last}) to the owners of"
        f" {accounts} accounts: {new} new, {len(told) - new} on how those went on."
        f" {len(told) / len(days) * 7:.1f} a week."
    )
