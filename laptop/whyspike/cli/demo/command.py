"""Scan a simulated organisation on this machine: no AWS account, no Slack workspace, no API key.

The deployed files themselves run: template.yaml, statemachine/scan.asl.json and the functions,
against simulated AWS services, Slack and Claude behind one local address. Everything found is
printed and written to --out: alerts.json (what Slack got), incidents.json (what is stored),
explanations.json, evidence/, digest.json, requests.json (every Cost Explorer, CloudTrail and Claude
request) and report.html; targets.json has what Teams and webhooks of settings/owners.json got.

    whyspike demo
    whyspike demo --claude off --accounts 214600318705
    whyspike demo --days 10   # ten scans in a row: the life of incidents
    whyspike demo --organization my-organisation --scan-date 2026-10-31 --out out/october
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from whyspike.cli.arguments import Accounts, check_scan_date
from whyspike.cli.console import console
from whyspike.cli.demo.outcome import read_simulation
from whyspike.cli.demo.pages import opened_pages, write_pages
from whyspike.cli.demo.replay import replay, show_replay, write_replay
from whyspike.cli.demo.simulated import (
    Chosen,
    Claude,
    Organization,
    ScanDate,
    chosen,
    describe,
)
from whyspike.cli.demo.simulated_run import running
from whyspike.cli.demo.view import show_digest_message, show_files, show_intro, show_messages
from whyspike.cli.outcome import Outcome, failed, found_json, write_outcome
from whyspike.cli.outcome_view import (
    show_cost,
    show_coverage,
    show_found,
    show_headline,
    show_incidents,
)
from whyspike.cli.output import empty_of_results, writable_folder
from whyspike.cli.progress import Progress
from whyspike.errors import InvalidInput

if TYPE_CHECKING:
    from whyspike.simulator.simulation import Simulation

MAX_DAYS = 60


def run(
    organization: Organization = None,
    scan_date: ScanDate = None,
    accounts: Accounts = None,
    claude: Claude = "simulated",
    days: Annotated[
        int,
        typer.Option(
            metavar="N", help="replay the N days up to the scan date, with buttons pressed"
        ),
    ] = 1,
    out: Annotated[
        Path | None,
        typer.Option(metavar="OUT", help="where the files go (default: out/<scan date>)"),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="print what was found as JSON, for programs")
    ] = False,
) -> int:
    with chosen(organization, scan_date, accounts, claude) as choice:
        scanned = [
            choice.scan_date - timedelta(days=back)
            for back in range(_days(days, choice) - 1, -1, -1)
        ]
        folder = writable_folder(
            Path("out") / str(choice.scan_date) if out is None else out, "--out"
        )
        empty_of_results(folder)
        if not as_json:
            show_intro(describe(choice, scanned))
        with Progress(errors=as_json) as progress, running(choice, progress) as simulation:
            if len(scanned) > 1:
                replayed = replay(simulation, choice, scanned, progress)
                outcome = read_simulation(simulation, replayed.last, progress.seconds)
            else:
                outcome = _scan(simulation, choice, progress)
            pages = opened_pages(simulation)
        write_outcome(outcome, folder)
        write_pages(pages, folder)
        if len(scanned) > 1:
            write_replay(replayed, folder)
        if as_json:
            print(json.dumps(found_json(outcome), indent=1, ensure_ascii=False, default=str))
            return 0
        if len(scanned) > 1:
            show_replay(replayed)
        else:
            _show(outcome, choice.claude)
        show_files(folder, outcome, len(pages))
    return 0


def _days(wanted: int, choice: Chosen) -> int:
    if not 1 <= wanted <= MAX_DAYS:
        raise InvalidInput(f"--days {wanted} is out of range. Remedy: give 1 to {MAX_DAYS}")
    check_scan_date(
        choice.scan_date - timedelta(days=wanted - 1),
        choice.scan_date,
        choice.first_day,
        f"--days {wanted}: its first day",
    )
    return wanted


def _scan(simulation: Simulation, choice: Chosen, progress: Progress) -> Outcome:
    progress.step(f"running the state machine for {choice.scan_date}")
    run = simulation.scan(
        choice.scan_date,
        on_progress=lambda now: progress.accounts(now.done, now.accounts),
        account_ids=choice.accounts,
    )
    if not run.succeeded:
        raise failed(run.status, run.error, run.cause)
    return read_simulation(simulation, str(run.output["scan_id"]), run.seconds)


def _show(outcome: Outcome, claude: str) -> None:
    show_found(outcome)
    show_messages(outcome)
    show_digest_message(outcome)
    show_coverage(outcome.digest)
    show_incidents(outcome)
    show_cost(outcome.digest, claude=claude)
    console().print()
    show_headline(outcome.digest)
