"""Write report.html from the files that `whyspike demo --out` or `whyspike scan --out` left.

Useful after a new version of whyspike, or to look at a scan whose report was not kept.

    whyspike report out/2026-11-06
    whyspike report out/2026-11-06 --to /tmp/report.html
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from whyspike.cli.console import console
from whyspike.cli.output import writable_file
from whyspike.detection import bill_days, with_spent
from whyspike.digest.lines import by_size, group_of
from whyspike.digest.report import IncidentView, render, report_view
from whyspike.digest.report_views import history_row, incident_view
from whyspike.errors import InvalidInput
from whyspike.incidents.incident import Incident
from whyspike.model import Account, AccountScan, Explanation
from whyspike.model.digests import Digest
from whyspike.model.evidence import StoredEvidence
from whyspike.model.outcomes import AccountOutcome, AccountStatus
from whyspike.payload import from_json
from whyspike.wire.table.incidents import HistoryEntry

AGAIN = "run the scan again"


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
    scans = [
        from_json(AccountScan, record, what="accounts.json")
        for record in _objects(folder / "accounts.json")
    ]
    explanations = {
        str(record.get("item_id")): record for record in _objects(folder / "explanations.json")
    }
    stored = [
        (from_json(Incident, record, what="incidents.json"), record)
        for record in _objects(folder / "incidents.json")
    ]
    if not all("happened" in record for _, record in stored):
        raise InvalidInput(
            f"{folder / 'incidents.json'}: is of another version (no word for what happened)."
            f" Remedy: {AGAIN}"
        )
    digest = _digest(folder / "digest.json")
    scan_date = digest.scan_date
    views = [
        _view(
            folder,
            incident,
            record,
            scan_date,
            {scan.account.account_id: scan for scan in scans},
            explanations,
        )
        for incident, record in sorted(stored, key=lambda found: by_size(found[0], scan_date))
        if group_of(incident, record["happened"], scan_date)
    ]
    outcomes = {
        scan.account.account_id: AccountOutcome(
            AccountStatus.SCANNED,
            bill=with_spent(bill_days(scan.costs, scan_date), scan.costs, scan_date),
        )
        for scan in scans
    }
    unread = [
        Account(row.account_id, row.name)
        for row in digest.coverage.not_scanned
        if row.account_id not in outcomes
    ]
    accounts = [scan.account for scan in scans] + unread
    page = render(report_view(digest, views, accounts, outcomes))
    file.write_text(page, encoding="utf-8")
    console().print(f"written: {file}, {len(views)} incidents")
    return 0


def _view(
    folder: Path,
    incident: Incident,
    record: dict[str, Any],
    scan_date: date,
    scans: dict[str, AccountScan],
    explanations: dict[str, Any],
) -> IncidentView:
    explained = explanations.get(incident.item_id)
    explanation = from_json(Explanation, explained, what="explanations.json") if explained else None
    file = folder / "evidence" / f"{incident.item_id}.json"
    events = [from_json(HistoryEntry, event, what="history") for event in record.get("history", [])]
    history = [
        history_row(event.at, event.scan_date, event.kind, event.by, event.detail)
        for event in events
    ]
    evidence = from_json(StoredEvidence, _object(file), what=str(file)) if file.exists() else None
    return incident_view(
        incident,
        record["happened"],
        scan_date,
        scans.get(incident.account_id),
        explanation,
        evidence,
        history,
    )


def _digest(file: Path) -> Digest:
    record = _object(file)
    try:
        return from_json(Digest, record, what="digest")
    except InvalidInput as error:
        raise InvalidInput(
            f"{file}: is no digest of this version ({error}). Remedy: {AGAIN}"
        ) from None


def _object(file: Path) -> dict[str, Any]:
    value = _read(file)
    if not isinstance(value, dict):
        raise InvalidInput(f"{file}: must hold a JSON object. Remedy: {AGAIN}")
    return value


def _objects(file: Path) -> list[dict[str, Any]]:
    value = _read(file)
    if not isinstance(value, list) or not all(isinstance(record, dict) for record in value):
        raise InvalidInput(f"{file}: must hold a list of JSON objects. Remedy: {AGAIN}")
    return value


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InvalidInput(
            f"{file}: no such file. Remedy: give the --out folder of a finished scan"
        ) from None
    except UnicodeDecodeError:
        raise InvalidInput(f"{file}: not UTF-8 text. Remedy: {AGAIN}") from None
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"{file}, line {error.lineno}: not valid JSON ({error.msg}). Remedy: {AGAIN}"
        ) from None
