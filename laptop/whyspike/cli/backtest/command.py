"""Replay past days of your bills and see what would have been told: no network, no AWS account,
nothing is stored.

Takes bill files (docs/bill-files.md) or an organisation folder (docs/try-it.md). A day is judged
with what the bill said at the end of that day, and told as an owner would be told: once, and again
when it escalates or resolves.

    whyspike backtest my-organisation --from 2026-10-01 --to 2026-10-31
    whyspike backtest costs.csv --sensitivity 0.5 --minimum-usd 50
    whyspike backtest costs.csv --sweep --save detection.json
    whyspike backtest costs.csv --out out/backtest
    whyspike backtest costs.csv --columns date=Day,cost=Total --json

--sweep counts alerts and dollars at several sensitivities, of a z-score over seven days and of a
rule of 30 %, and recommends the fewest alerts that catch nine tenths of the dollars; --save writes
that as settings/detection.json.

With --json, `messages` holds one object for each thing said on a day: `told` is the notice's word
(new, escalated, resolved, ...), `digest` for a line of the digest alone on the day that it appears
first, `no-bill` where the account's bill has no row of that day, `not-judged` where its history is
too short. `usd_a_day` is over what was expected; null for what is paid once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from whyspike.cli.arguments import (
    Accounts,
    MinimumPercent,
    MinimumUsd,
    Sensitivity,
    check_accounts,
    dated,
    parse_accounts,
)
from whyspike.cli.backtest.past import History, Past, SweepRow, histories_of, sweep
from whyspike.cli.backtest.replay import ToldLine, replay_all
from whyspike.cli.backtest.report import write_report
from whyspike.cli.backtest.view import as_document, recommended, show
from whyspike.cli.bills import BillOnDisk, bills_of
from whyspike.cli.bills.options import (
    Columns,
    CostMetricOption,
    Currency,
    Dates,
    Decimals,
    how_to_read,
)
from whyspike.cli.console import console
from whyspike.cli.output import writable_file, writable_folder
from whyspike.cli.progress import Progress
from whyspike.detection import DetectionSettings, detection_settings
from whyspike.errors import InvalidInput
from whyspike.payload import json_value
from whyspike.words.amounts import in_currency

DEFAULT_DAYS = 30


def run(
    path: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="bill files, or an organisation folder")
    ],
    first: Annotated[
        date | None, dated("--from", help="first day to judge (default: the last 30 days)")
    ] = None,
    last: Annotated[
        date | None,
        dated("--to", help="last day to judge (default: the last day of the bills)"),
    ] = None,
    accounts: Accounts = None,
    sensitivity: Sensitivity = 1.0,
    minimum_usd: MinimumUsd = 10.0,
    minimum_percent: MinimumPercent = 20.0,
    settings: Annotated[
        Path | None, typer.Option(metavar="FILE", help="a settings/detection.json to try out")
    ] = None,
    compare: Annotated[
        bool, typer.Option("--sweep", help="compare sensitivities and two simple rules")
    ] = False,
    save: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="write the recommended setting of --sweep there"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="write backtest.html there: charts, months")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="print every message as JSON, for programs")
    ] = False,
    columns: Columns = None,
    dates: Dates = None,
    decimal: Decimals = None,
    currency: Currency = None,
    cost_metric: CostMetricOption = "auto",
) -> int:
    document = _document(settings)
    judged_by = detection_settings(sensitivity, minimum_usd, minimum_percent, document)
    if save is not None:
        writable_file(save, "--save")
    if out is not None:
        writable_folder(out, "--out")
    found = bills_of(path, how_to_read(columns, dates, decimal, currency, cost_metric))
    for line in found.said:
        console(errors=as_json).print(line)
    bills = list(found.bills)
    chosen = parse_accounts(accounts)
    check_accounts(chosen, {bill.account.account_id for bill in bills}, ", ".join(map(str, path)))
    bills = [bill for bill in bills if not chosen or bill.account.account_id in chosen]
    days = _days(first, last, bills)
    with in_currency(found.currency):
        with Progress(errors=True) as progress:
            past, histories = _replayed(bills, days, judged_by, progress)
            rows = sweep(histories, judged_by) if compare or save else []
        if save is not None:
            _save(save, document, judged_by, rows)
        if out is not None:
            write_report(out / "backtest.html", past, histories, rows, judged_by)
        if as_json:
            print(json.dumps(as_document(past, rows), indent=1))
        else:
            show(past, rows)
    return 0


def _replayed(
    bills: Sequence[BillOnDisk],
    days: Sequence[date],
    settings: DetectionSettings,
    progress: Progress,
) -> tuple[Past, list[History]]:
    progress.step(f"{len(days)} days of {len(bills)} accounts are judged")
    said: list[ToldLine] = []
    histories = []
    for done, (bill, lines) in enumerate(
        zip(bills, replay_all(bills, days, settings), strict=True)
    ):
        progress.accounts(done, len(bills))
        said += lines
        histories.append(histories_of(bill, days, settings))
    said.sort(key=lambda line: (line.scan_date, line.account))
    return Past.of(bills, days, said, histories, settings), histories


def _save(
    file: Path, document: object, settings: DetectionSettings, rows: Sequence[SweepRow]
) -> None:
    given = document if isinstance(document, dict) else {}
    chosen = recommended(rows)
    setting = {
        **given,
        "sensitivity": settings.sensitivity if chosen is None else chosen.sensitivity,
        "minimum_impact_usd": settings.minimum_impact_usd,
        "minimum_impact_percent": settings.minimum_impact_percent,
    }
    file.write_text(json.dumps(setting, indent=2) + "\n", encoding="utf-8")


def _document(file: Path | None) -> object:
    if file is None:
        return None
    try:
        return json_value(file.read_bytes(), what=f"--settings {file}", remedy="correct it there")
    except FileNotFoundError:
        raise InvalidInput(
            f"--settings {file}: no such file. Remedy: give a JSON file as in docs/detection.md"
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
