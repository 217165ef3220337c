"""Loads an organisation folder (docs: an organisation to bring along) and says in one line what is
wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from whyspike.errors import InvalidInput
from whyspike.simulator.aws.models import record_faults
from whyspike.simulator.organization.bill import Bill
from whyspike.simulator.organization.bill_file import iso_date, plain_or_gz, read_bill
from whyspike.simulator.organization.commitments_file import Bought, read_commitments
from whyspike.simulator.organization.detector_file import Detector, read_detector
from whyspike.simulator.organization.json_file import read_object
from whyspike.simulator.organization.trail_file import Events, events_of

STATES = ("ACTIVE", "SUSPENDED", "PENDING_CLOSURE", "PENDING_ACTIVATION", "CLOSED")
ACCOUNT_ID = re.compile(r"[0-9]{12}")
EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")  # as Organizations has it, of 6 to 64 characters
LIMITS = {"name": 128, "tag key": 128, "tag value": 256}  # characters, as in Organizations


@dataclass(frozen=True)
class Access:
    """What the member account allows; each "ok" or "denied". `resource_level`: resource-level data
    is enabled in Cost Explorer."""

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
    bought: Bought = field(default_factory=Bought, repr=False)


@dataclass(frozen=True)
class OrganizationFolder:
    path: Path
    id: str
    management_account: str
    hub_account: str
    scan_date: date
    accounts: Mapping[str, SimulatedAccount]
    budgets: tuple[Mapping[str, Any], ...] = ()  # of the management account, records of the API
    detector: Detector | None = None  # AWS's own, of the management account


def load(folder: Path) -> OrganizationFolder:
    """The folder's organisation. Raises InvalidInput naming the file, the line where there is one,
    and the remedy."""
    if not folder.is_dir():
        raise InvalidInput(
            f"{folder}: no such folder",
            remedy="give the folder that holds organization.json and accounts/",
        )
    file = folder / "organization.json"
    data = read_object(file)
    accounts_folder = folder / "accounts"
    if not accounts_folder.is_dir():
        raise InvalidInput(
            f"{accounts_folder}: no such folder",
            remedy="add accounts/<account_id>/ with account.json and bill.csv.gz",
        )
    scan_date = _date(file, "scan_date", _text(file, data, "scan_date"))
    accounts = [
        _account(entry, scan_date) for entry in sorted(accounts_folder.iterdir()) if entry.is_dir()
    ]
    if not accounts:
        raise InvalidInput(
            f"{accounts_folder}: the organisation has no account",
            remedy="add accounts/<account_id>/ with account.json and bill.csv.gz",
        )
    _reaches(file, scan_date, accounts)
    return OrganizationFolder(
        folder,
        _text(file, data, "id"),
        _account_id(file, data, "management_account"),
        _account_id(file, data, "hub_account"),
        scan_date,
        {account.id: account for account in accounts},
        _budgets(folder / "budgets.json"),
        read_detector(folder / "anomaly_detection.json"),
    )


def _budgets(file: Path) -> tuple[Mapping[str, Any], ...]:
    """Records as DescribeBudgets gives them, without what AWS reckons; none where the file is
    missing."""
    if not file.exists():
        return ()
    records = read_object(file).get("Budgets")
    if not isinstance(records, list):
        raise InvalidInput(
            f'{file}: "Budgets" is missing or no list', remedy="docs/try-it.md shows one"
        )
    for number, record in enumerate(records, 1):
        wrong = record_faults("budgets", "Budget", record) if isinstance(record, dict) else "none"
        if wrong:
            raise InvalidInput(
                f"{file}: budget {number}: {wrong}",
                remedy="write it as aws budgets describe-budgets shows one",
            )
    return tuple(records)


def _reaches(file: Path, scan_date: date, accounts: Sequence[SimulatedAccount]) -> None:
    """A scan date after the bills would judge a day that nobody knows anything of."""
    last = max(
        (
            date.fromordinal(int(account.bill.days.max()))
            for account in accounts
            if len(account.bill)
        ),
        default=scan_date,
    )
    if last < scan_date:
        raise InvalidInput(
            f"{file}: scan_date {scan_date} lies after the last day of the bills, {last}",
            remedy=f"set it to {last}, or add rows",
        )


def _account(folder: Path, scan_date: date) -> SimulatedAccount:
    file = folder / "account.json"
    data = read_object(file)
    account_id = _account_id(file, data, "id")
    if account_id != folder.name:
        raise InvalidInput(
            f"{file}: id is {account_id} but the folder is called {folder.name}",
            remedy="make them the same",
        )
    state = data.get("state", "ACTIVE")
    if state not in STATES:
        raise InvalidInput(f"{file}: state is {state!r}", remedy=f"use one of {', '.join(STATES)}")
    tags = data.get("tags", {})
    if not isinstance(tags, dict) or not all(isinstance(value, str) for value in tags.values()):
        raise InvalidInput(
            f"{file}: tags must be an object of texts", remedy='write {"owner": "shop"}'
        )
    for key, value in tags.items():
        _within(file, "tag key", key)
        _within(file, "tag value", value)
    email = _text(file, data, "email")
    if not (6 <= len(email) <= 64 and EMAIL.fullmatch(email)):
        raise InvalidInput(
            f'{file}: "email" is {email!r}',
            remedy="write an address of 6 to 64 characters, such as aws@example.com",
        )
    joined = data.get("joined")
    return SimulatedAccount(
        account_id,
        _within(file, "name", _text(file, data, "name")),
        email,
        str(data.get("ou_path", "")).strip("/"),
        state,
        _date(file, "joined", str(joined)) if joined else None,
        tags,
        _access(file, data.get("access", {})),
        read_bill(plain_or_gz(folder, "bill.csv"), account_id, scan_date),
        _events(folder),
        read_commitments(folder / "commitments.json"),
    )


def _access(file: Path, data: Any) -> Access:
    if not isinstance(data, dict):
        raise InvalidInput(
            f"{file}: access must be an object", remedy='write {"assume_role": "ok"}'
        )
    for key, value in data.items():
        if key == "resource_level":
            if not isinstance(value, bool):
                raise InvalidInput(
                    f"{file}: access.resource_level is {value!r}", remedy="use true or false"
                )
        elif key not in Access.__dataclass_fields__:
            raise InvalidInput(
                f"{file}: access.{key} is unknown",
                remedy=f"use one of {', '.join(Access.__dataclass_fields__)}",
            )
        elif value not in ("ok", "denied"):
            raise InvalidInput(f"{file}: access.{key} is {value!r}", remedy='use "ok" or "denied"')
    return Access(**data)


def _events(folder: Path) -> Events:
    file = plain_or_gz(folder, "cloudtrail.json")
    return events_of(file, read_object(file)) if file.exists() else {}


def _text(file: Path, data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value:
        raise InvalidInput(f'{file}: "{key}" is missing or not a text', remedy="add it")
    return value


def _within(file: Path, what: str, text: str) -> str:
    if len(text) > LIMITS[what]:
        raise InvalidInput(
            f"{file}: {what} {text[:30]!r}... has {len(text)} characters",
            remedy=f"Organizations takes {LIMITS[what]}",
        )
    return text


def _account_id(file: Path, data: Mapping[str, Any], key: str) -> str:
    value = _text(file, data, key)
    if not ACCOUNT_ID.fullmatch(value):
        raise InvalidInput(f'{file}: "{key}" is {value!r}', remedy="an account id has 12 digits")
    return value


def _date(file: Path, key: str, value: str) -> date:
    try:
        return iso_date(value)
    except ValueError:
        raise InvalidInput(
            f'{file}: "{key}" is {value!r}', remedy="write it as YYYY-MM-DD"
        ) from None
