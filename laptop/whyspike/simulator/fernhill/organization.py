"""Writes the default organisation: sixteen accounts in four organisational units, a hundred days,
and what was planted in them.

The folder has the format of docs/try-it.md and the same bytes for the same seed and date.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from whyspike.simulator.fernhill.bill import COLUMNS, RESOURCE_DAYS, bill_rows
from whyspike.simulator.fernhill.commitments import bought, plan_rows
from whyspike.simulator.fernhill.detector import listed
from whyspike.simulator.fernhill.lines import lines_of
from whyspike.simulator.fernhill.plan import (
    PlannedAccount,
    PlannedIncident,
    incidents,
    plan,
)
from whyspike.simulator.fernhill.trail import record, routine_calls

DAYS = 100
SEED = 42
# A Friday in the first week of a month: the replay of ten days crosses the month-start charges.
SCAN_DATE = date(2026, 11, 6)


def generate(folder: Path, seed: int = SEED, scan_date: date = SCAN_DATE) -> Path:
    """The folder, filled: organization.json, budgets.json, accounts/<id>/...,
    anomaly_detection.json, settings/owners.json, and planted.json, which only tests and readers
    look at."""
    accounts = folder / "accounts"
    accounts.mkdir(parents=True, exist_ok=True)
    (folder / "settings").mkdir(exist_ok=True)
    organization = {
        "id": plan().id,
        "management_account": plan().management_account,
        "hub_account": plan().hub_account,
        "scan_date": scan_date.isoformat(),
    }
    _write_json(folder / "organization.json", organization)
    _write_json(folder / "budgets.json", {"Budgets": list(plan().budgets)})
    _write_json(folder / "anomaly_detection.json", listed(scan_date))
    _write_json(folder / "settings" / "owners.json", plan().owners)
    _write_json(folder / "planted.json", planted(scan_date))
    for account in plan().accounts:
        _write_account(accounts / account.id, account, Random(f"{seed} {account.id}"), scan_date)
    return folder


def planted(scan_date: date = SCAN_DATE) -> dict[str, Any]:
    """What a scan of `scan_date` must find, what happened before, and who cannot be scanned or has
    no owner."""
    return {
        "incidents": [_truth(incident, scan_date) for incident in incidents().to_find],
        "earlier": [_truth(incident, scan_date) for incident in incidents().earlier],
        "not_scanned": [
            account.id for account in plan().accounts if "denied" in account.access.values()
        ],
        "suspended": [account.id for account in plan().accounts if account.state != "ACTIVE"],
        "unowned": [account.id for account in plan().accounts if not account.owned],
    }


def _truth(incident: PlannedIncident, scan_date: date) -> dict[str, Any]:
    driver = incident.changes[0]
    return {
        "id": incident.id,
        "account_id": plan().account(incident.account).id,
        "account": incident.account,
        "service": driver.service,
        "usage_type": driver.usage_type,
        "kind": incident.kind,
        "category": incident.category,
        "onset": (scan_date + timedelta(days=incident.onset)).isoformat(),
        "ongoing": incident.ongoing,
        "actor": incident.actor,
        "event": incident.calls[0].name if incident.actor else None,
        "cause": incident.cause,
        "life": incident.life,
    }


def _write_account(folder: Path, account: PlannedAccount, random: Random, scan_date: date) -> None:
    folder.mkdir(exist_ok=True)
    planted_here = [
        incident
        for incident in (*incidents().to_find, *incidents().earlier)
        if incident.account == account.name
    ]
    access = {
        "assume_role": "ok",
        "cost_explorer": "ok",
        "cloudtrail": "ok",
        "resource_level": True,
        **account.access,
    }
    _write_json(
        folder / "account.json",
        {
            "id": account.id,
            "name": account.name,
            "email": f"aws+{account.name}@{plan().domain}",
            "ou_path": account.ou_path,
            "state": account.state,
            "joined": "2023-04-17",
            "tags": account.tags,
            "access": access,
        },
    )
    days = [scan_date - timedelta(days=age) for age in range(DAYS - 1, -1, -1)]
    changes = [change for incident in planted_here for change in incident.changes]
    rows = [
        row.fields(account.id)
        for row in bill_rows(account, lines_of(account, random), changes, days, random)
    ]
    plans = plan_rows(account, days, Random(f"plans {account.id}"))
    rows += [row.fields(account.id) for row in plans]
    if content := bought(account, scan_date):
        _write_json(folder / "commitments.json", content)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *rows])
    _write_gz(folder / "bill.csv.gz", text.getvalue())
    calls = [
        *routine_calls(random, RESOURCE_DAYS),
        *(call for incident in planted_here for call in incident.calls),
    ]
    records_by_region: dict[str, list[dict[str, Any]]] = {}
    for call in calls:
        records_by_region.setdefault(call.region or account.region, []).append(
            record(call, account, scan_date, random)
        )
    for records in records_by_region.values():
        records.sort(key=lambda item: str(item["EventTime"]), reverse=True)
    _write_gz(folder / "cloudtrail.json.gz", json.dumps(records_by_region, indent=1))


def _write_json(file: Path, data: object) -> None:
    file.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def _write_gz(file: Path, text: str) -> None:
    # Neither name nor time in the header, so that equal content is equal bytes.
    with (
        file.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
    ):
        packed.write(text.encode())
