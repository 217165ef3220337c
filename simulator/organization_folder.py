"""Loads an organisation folder (docs: an organisation to bring along) and says in one line what is wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from simulator.bill import Bill
from simulator.bill_file import read_bill, read_text
from whyspike.errors import InvalidInput

STATES = ("ACTIVE", "SUSPENDED", "PENDING_CLOSURE", "PENDING_ACTIVATION", "CLOSED")
ACCOUNT_ID = re.compile(r"\d{12}")


@dataclass(frozen=True)
class Access:
    """What the member account allows; each "ok" or "denied". `resource_level`: resource-level data is enabled in Cost Explorer."""

    assume_role: str = "ok"
    cost_explorer: str = "ok"
    cloudtrail: str = "ok"
    resource_level: bool = True


@dataclass(frozen=True)
class SimulatedAccount:
    """`events`: LookupEvents records by region, newest first."""

    id: str
    name: str
    email: str
    ou_path: str
    state: str
    joined: date | None
    tags: Mapping[str, str]
    access: Access
    bill: Bill = field(repr=False)
    events: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class OrganizationFolder:
    path: Path
    id: str
    management_account: str
    hub_account: str
    scan_date: date
    accounts: Mapping[str, SimulatedAccount]


def load(folder: Path) -> OrganizationFolder:
    """The folder's organisation. Raises InvalidInput naming the file, the line where there is one, and the remedy."""
    if not folder.is_dir():
        raise InvalidInput(f"{folder}: no such folder; give the folder that holds organization.json and accounts/")
    file = folder / "organization.json"
    data = _object(file)
    accounts_folder = folder / "accounts"
    if not accounts_folder.is_dir():
        raise InvalidInput(f"{accounts_folder}: no such folder; add accounts/<account_id>/ with account.json and bill.csv.gz")
    accounts = [_account(entry) for entry in sorted(accounts_folder.iterdir()) if entry.is_dir()]
    if not accounts:
        raise InvalidInput(
            f"{accounts_folder}: the organisation has no account; add accounts/<account_id>/ with account.json and bill.csv.gz"
        )
    return OrganizationFolder(
        folder,
        _text(file, data, "id"),
        _account_id(file, data, "management_account"),
        _account_id(file, data, "hub_account"),
        _date(file, "scan_date", _text(file, data, "scan_date")),
        {account.id: account for account in accounts},
    )


def _account(folder: Path) -> SimulatedAccount:
    file = folder / "account.json"
    data = _object(file)
    account_id = _account_id(file, data, "id")
    if account_id != folder.name:
        raise InvalidInput(f"{file}: id is {account_id} but the folder is called {folder.name}; make them the same")
    state = data.get("state", "ACTIVE")
    if state not in STATES:
        raise InvalidInput(f"{file}: state is {state!r}; use one of {', '.join(STATES)}")
    tags = data.get("tags", {})
    if not isinstance(tags, dict) or not all(isinstance(value, str) for value in tags.values()):
        raise InvalidInput(f"{file}: tags must be an object of texts")
    joined = data.get("joined")
    return SimulatedAccount(
        account_id,
        _text(file, data, "name"),
        str(data.get("email", "")),
        str(data.get("ou_path", "")).strip("/"),
        state,
        _date(file, "joined", str(joined)) if joined else None,
        tags,
        _access(file, data.get("access", {})),
        read_bill(_plain_or_gz(folder, "bill.csv"), account_id),
        _events(folder),
    )


def _access(file: Path, data: Any) -> Access:
    if not isinstance(data, dict):
        raise InvalidInput(f'{file}: access must be an object such as {{"assume_role": "ok"}}')
    for key, value in data.items():
        if key == "resource_level":
            if not isinstance(value, bool):
                raise InvalidInput(f"{file}: access.resource_level is {value!r}; use true or false")
        elif key not in Access.__dataclass_fields__:
            raise InvalidInput(f"{file}: access.{key} is unknown; use one of {', '.join(Access.__dataclass_fields__)}")
        elif value not in ("ok", "denied"):
            raise InvalidInput(f'{file}: access.{key} is {value!r}; use "ok" or "denied"')
    return Access(**data)


def _events(folder: Path) -> dict[str, tuple[Mapping[str, Any], ...]]:
    if not any((folder / name).exists() for name in ("cloudtrail.json.gz", "cloudtrail.json")):
        return {}
    file = _plain_or_gz(folder, "cloudtrail.json")
    data = _object(file)
    for region, records in data.items():
        if not isinstance(records, list):
            raise InvalidInput(f"{file}: {region} must hold a list of LookupEvents records")
        for position, record in enumerate(records):
            if not isinstance(record, dict) or not {"EventId", "EventName", "EventTime"} <= record.keys():
                raise InvalidInput(
                    f"{file}: {region}[{position}] lacks EventId, EventName or EventTime; use records as LookupEvents gives them"
                )
            if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", str(record["EventTime"])):
                raise InvalidInput(f"{file}: {region}[{position}] EventTime is {record['EventTime']!r}; write it as 2026-03-12T21:29:16Z")
    return {region: tuple(sorted(records, key=lambda record: str(record["EventTime"]), reverse=True)) for region, records in data.items()}


def _plain_or_gz(folder: Path, name: str) -> Path:
    packed = folder / f"{name}.gz"
    return packed if packed.exists() or not (folder / name).exists() else folder / name


def _object(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(read_text(file))
    except json.JSONDecodeError as error:
        raise InvalidInput(f"{file}, line {error.lineno}: not valid JSON ({error.msg}); correct it there") from None
    if not isinstance(data, dict):
        raise InvalidInput(f"{file}: must hold a JSON object")
    return data


def _text(file: Path, data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value:
        raise InvalidInput(f'{file}: "{key}" is missing or not a text; add it')
    return value


def _account_id(file: Path, data: Mapping[str, Any], key: str) -> str:
    value = _text(file, data, key)
    if not ACCOUNT_ID.fullmatch(value):
        raise InvalidInput(f'{file}: "{key}" is {value!r}; an account id has 12 digits')
    return value


def _date(file: Path, key: str, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise InvalidInput(f'{file}: "{key}" is {value!r}; write it as YYYY-MM-DD') from None
