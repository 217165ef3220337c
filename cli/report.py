"""Write report.html from the files that a scan left in a folder (`whyspike demo --out`, `whyspike scan --out`).

Useful after a new version of whyspike, or to look at a scan whose report was not kept.

    whyspike report out/2026-11-06
    whyspike report out/2026-11-06 --to /tmp/report.html
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from cli.console import console
from whyspike.errors import InvalidInput
from whyspike.incidents import Incident
from whyspike.model import AccountScan, Explanation
from whyspike.payload import from_json
from whyspike.report import IncidentView, ReportView, render
from whyspike.report_views import incident_view


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder with digest.json, incidents.json, accounts.json, ...")
    parser.add_argument("--to", type=Path, metavar="FILE", help="where to write (default: report.html in the folder)")


def run(arguments: argparse.Namespace) -> int:
    folder: Path = arguments.folder
    file: Path = arguments.to or folder / "report.html"
    digest = _read(folder / "digest.json")
    scans = [from_json(AccountScan, record, what="accounts.json") for record in _read(folder / "accounts.json")]
    explanations = {record["anomaly_id"]: record for record in _read(folder / "explanations.json")}
    views = [
        _view(folder, record, {scan.account.account_id: scan for scan in scans}, explanations)
        for record in _read(folder / "incidents.json")
    ]
    file.write_text(render(ReportView(digest, sorted(views, key=lambda view: -abs(view.impact)))), encoding="utf-8")
    console().print(f"written: {file}, {len(views)} incidents")
    return 0


def _view(folder: Path, record: dict[str, Any], scans: dict[str, AccountScan], explanations: dict[str, Any]) -> IncidentView:
    incident = from_json(Incident, record, what="incidents.json")
    explained = explanations.get(incident.anomaly_id)
    explanation = from_json(Explanation, explained, what="explanations.json") if explained else None
    file = folder / "evidence" / f"{incident.anomaly_id}.json"
    history = [(event["at"], event["kind"]) for event in record.get("history", [])]
    return incident_view(incident, scans.get(incident.account_id), explanation, _read(file) if file.exists() else None, history)


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InvalidInput(f"{file}: no such file. Remedy: give the --out folder of a finished scan") from None
    except json.JSONDecodeError as error:
        raise InvalidInput(f"{file}, line {error.lineno}: not valid JSON ({error.msg}). Remedy: run the scan again") from None
