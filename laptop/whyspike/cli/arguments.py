"""Arguments that several commands share, parsed once into types. Every InvalidInput names what is
wrong and the remedy."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Annotated, Any

import typer

from whyspike.errors import InvalidInput
from whyspike.words.days import month_start

DATE = "YYYY-MM-DD"
IDS = "ID,ID"

HISTORY_MONTHS = 13  # Cost Explorer keeps thirteen months of daily history


def dated(option: str, *, help: str) -> Any:
    """An option whose value is a date, written as YYYY-MM-DD and nothing else."""
    return typer.Option(
        option, metavar=DATE, help=help, parser=lambda text: parse_date(text, option)
    )


Accounts = Annotated[
    str | None, typer.Option(metavar=IDS, help="only these accounts (default: all)")
]
Sensitivity = Annotated[
    float, typer.Option(min=0.25, max=4, metavar="X", help="one knob, 0.25 to 4")
]
MinimumUsd = Annotated[
    float,
    typer.Option(min=0, max=1e9, metavar="X", help="least dollars a day of an anomaly"),
]
MinimumPercent = Annotated[
    float,
    typer.Option(min=0, max=1e6, metavar="X", help="least percent over the expected spend"),
]
Stack = Annotated[str, typer.Option(metavar="NAME", help="name of the CloudFormation stack")]
Region = Annotated[
    str | None, typer.Option(metavar="REGION", help="region of the stack (default: your profile's)")
]
Profile = Annotated[
    str | None, typer.Option(metavar="NAME", help="AWS profile (default: your environment's)")
]


def parse_date(text: str, what: str) -> date:
    """The date of `text` as YYYY-MM-DD and nothing else."""
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            f"{what} {text!r} is no date. Remedy: write it as YYYY-MM-DD, such as 2026-11-06"
        ) from None


def check_scan_date(
    day: date, clock: date, first_day: date | None, what: str = "--scan-date"
) -> date:
    """`day`, if the data reach it: not after `clock` (the newest day of the data), not older than
    thirteen months, not before the bill's first day."""
    if day > clock:
        raise InvalidInput(
            f"{what} {day} lies after the newest day of the data, {clock}. Remedy: give {clock} or"
            " earlier"
        )
    oldest = month_start(clock, HISTORY_MONTHS)
    if day < oldest:
        raise InvalidInput(
            f"{what} {day} is older than the {HISTORY_MONTHS} months that Cost Explorer keeps."
            f" Remedy: give {oldest} or later"
        )
    if first_day is not None and day < first_day:
        raise InvalidInput(
            f"{what} {day} lies before the first day of the bills, {first_day}. Remedy: give"
            f" {first_day} or later"
        )
    return day


def parse_accounts(text: str | None) -> tuple[str, ...]:
    """Account ids from "111122223333,444455556666"; () when there is no text."""
    if text is None:
        return ()
    ids = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not ids:
        raise InvalidInput(
            "--accounts is empty. Remedy: give account ids separated by commas, or leave it out to"
            " scan all"
        )
    for account_id in ids:
        if not re.fullmatch(r"[0-9]{12}", account_id):
            raise InvalidInput(
                f"--accounts: {account_id!r} is no account id. Remedy: an account id has 12 digits"
            )
    return ids


def check_accounts(chosen: Sequence[str], known: Collection[str], where: str) -> tuple[str, ...]:
    """`chosen`, if every one is in the organisation."""
    unknown = [account_id for account_id in chosen if account_id not in known]
    if unknown:
        some = ", ".join(sorted(known)[:5]) + (", ..." if len(known) > 5 else "")
        raise InvalidInput(
            f"--accounts: {', '.join(unknown)} not in {where}. Remedy: choose from its {len(known)}"
            f" accounts: {some}"
        )
    return tuple(chosen)


def check_active(states: Mapping[str, str], where: str) -> None:
    """`states` of the accounts in scope: at least one must be ACTIVE, for only those are
    scanned."""
    if "ACTIVE" not in states.values():
        said = ", ".join(
            f"{account_id} is {state}" for account_id, state in sorted(states.items())[:5]
        ) + (", ..." if len(states) > 5 else "")
        raise InvalidInput(
            f"no account to scan in {where}: {said}. Remedy: choose accounts that are ACTIVE"
        )
