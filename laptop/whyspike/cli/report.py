"""Write report.html from the files that `whyspike demo --out` or `whyspike scan --out` left.

Useful after a new version of whyspike, or to look at a scan whose report was not kept.

    whyspike report out/2026-11-06
    whyspike report out/2026-11-06 --to /tmp/report.html
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from whyspike.cli.console import console
from whyspike.cli.out_folder import of_no_scan, read_as, read_object, read_objects
from whyspike.cli.output import writable_file
from whyspike.detection import bill_days, with_spent
from whyspike.digest.report import IncidentView, ReportView, render, report_view
from whyspike.digest.report_views import history_row, incident_view, listed, shared_view
from whyspike.incidents.incident import Incident
from whyspike.model import Account, AccountScan, Explanation
from whyspike.model.digests import Digest
from whyspike.model.evidence import StoredEvidence
from whyspike.model.outcomes import AccountOutcome, AccountStatus
from whyspike.wire.table.incidents import HistoryEntry
from whyspike.words.amounts import counted, in_currency


def run(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER", help="folder with digest.json, incidents.json, accounts.json, ..."
        ),
    ],
    to: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="where to write (default: report.html in the folder)"),
    ] = None,
) -> int:
    file = folder / "report.html" if to is None else writable_file(to, "--to")
    view, currency = read_report(folder)
    with in_currency(currency):
        file.write_text(render(view), encoding="utf-8")
    console().print(f"written: {file}, {counted(len(view.incidents), 'incident')}")
    return 0


def read_report(folder: Path) -> tuple[ReportView, str]:
    """What the files of a folder show, and the currency of its bills. Raises InvalidInput naming
    the file that does not."""
    accounts, incidents = folder / "accounts.json", folder / "incidents.json"
    scans = [read_as(AccountScan, record, accounts) for record in read_objects(accounts)]
    stored = [(read_as(Incident, record, incidents), record) for record in read_objects(incidents)]
    if not all(isinstance(record.get("happened"), str) for _, record in stored):
        raise of_no_scan(incidents, "of another version: no word for what happened")
    currency = next((scan.costs.currency for scan in scans), "USD")
    with in_currency(currency):
        return _report(folder, scans, stored), currency


def _report(
    folder: Path, scans: Sequence[AccountScan], stored: Sequence[tuple[Incident, dict[str, Any]]]
) -> ReportView:
    file = folder / "digest.json"
    digest = read_as(Digest, read_object(file), file)
    explanations = {
        str(record.get("item_id")): record for record in read_objects(folder / "explanations.json")
    }
    records = {incident.incident_id: record for incident, record in stored}
    found = [(incident, str(record["happened"])) for incident, record in stored]
    by_account = {scan.account.account_id: scan for scan in scans}
    views = []
    for incident, _, line in listed(found, digest, digest.scan_date):
        record = records[incident.incident_id]
        view = _view(folder, incident, record, digest.scan_date, by_account, explanations)
        views.append(shared_view(view, line) if line else view)
    outcomes = {
        scan.account.account_id: AccountOutcome(
            AccountStatus.SCANNED,
            bill=with_spent(bill_days(scan.costs, digest.scan_date), scan.costs, digest.scan_date),
        )
        for scan in scans
    }
    unread = [
        Account(row.account_id, row.name)
        for row in digest.coverage.not_scanned
        if row.account_id not in outcomes
    ]
    return report_view(digest, views, [*(scan.account for scan in scans), *unread], outcomes)


def _view(
    folder: Path,
    incident: Incident,
    record: dict[str, Any],
    scan_date: date,
    scans: dict[str, AccountScan],
    explanations: dict[str, Any],
) -> IncidentView:
    explained = explanations.get(incident.item_id)
    explanation = (
        read_as(Explanation, explained, folder / "explanations.json") if explained else None
    )
    file = folder / "evidence" / f"{incident.item_id}.json"
    events = read_as(list[HistoryEntry], record.get("history", []), folder / "incidents.json")
    history = [
        history_row(event.at, event.scan_date, event.kind, event.by, event.detail)
        for event in events
    ]
    evidence = read_as(StoredEvidence, read_object(file), file) if file.exists() else None
    return incident_view(
        incident,
        record["happened"],
        scan_date,
        scans.get(incident.account_id),
        explanation,
        evidence,
        history,
    )
