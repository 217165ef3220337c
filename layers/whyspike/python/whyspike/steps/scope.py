"""Which accounts are scanned, and for which day. Pure: the inputs are given, nothing is asked."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from whyspike.errors import InvalidInput, NothingToScan
from whyspike.model import ROWS_KEPT, Account, AccountState, Scan
from whyspike.words.days import month_start

_FIRST_YEAR = 2006  # of AWS
HISTORY_MONTHS = 13  # Cost Explorer keeps 13 months of daily history


# What to do about an input that cannot be read.
INPUT = 'give {"scan_date": "2026-11-22"}, or {} for the last complete day'


@dataclass(frozen=True)
class Start:
    """What a person or the schedule starts the workflow with."""

    scan_date: str | None = (
        None  # "2026-11-22"; without it the day before `scheduled_time` is judged
    )
    scheduled_time: str | None = (
        None  # ISO 8601; the time that the run counts as its own, the clock's where it is missing
    )
    account_ids: tuple[str, ...] = ()  # empty: the whole organisation


def plan_scan(start: Start, now: datetime, lookback_days: int) -> Scan:
    """The scan of `start`; without a date the last complete UTC day is judged. Raises InvalidInput
    naming the remedy.

    The lookback of an old date ends where Cost Explorer's history does, since a request from before
    is refused as a whole. A scan of single accounts has an id of its own, so that it never
    overwrites the day's scan of everybody.
    """
    today = (_time(start.scheduled_time) if start.scheduled_time else now).date()
    scan_date = _date(start.scan_date) if start.scan_date else today - timedelta(days=1)
    if scan_date >= today:
        raise InvalidInput(
            f"scan_date {scan_date} is not over yet (today is {today}, UTC)",
            remedy=f"give {today - timedelta(days=1)} or earlier",
        )
    oldest = month_start(today, HISTORY_MONTHS)
    if scan_date < oldest:
        raise InvalidInput(
            f"scan_date {scan_date} is older than {HISTORY_MONTHS} months",
            remedy=f"Cost Explorer answers from {oldest} on",
        )
    lookback_days = min(lookback_days, (scan_date - oldest).days + 1)
    expires_at = int((now + ROWS_KEPT).timestamp())
    return Scan(
        f"{scan_date}{_suffix(start.account_ids)}", scan_date, lookback_days, expires_at, today
    )


def _suffix(account_ids: Sequence[str]) -> str:
    chosen = sorted(set(account_ids))
    if len(chosen) < 2:
        return "".join(f"-{account_id}" for account_id in chosen)
    return "-" + hashlib.sha256(",".join(chosen).encode("utf-8", "replace")).hexdigest()[:12]


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            f"scan_date {text!r} is not a date", remedy="write it like 2026-11-22"
        ) from None


def _time(text: str) -> datetime:
    """In UTC, as every day of the bill is; a time without an offset is UTC's."""
    try:
        given = datetime.fromisoformat(text)
        told = given if given.tzinfo else given.replace(tzinfo=UTC)
        if told.year < _FIRST_YEAR:
            raise ValueError(text)
        return told.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(
            f"scheduled_time {text!r} is not a time", remedy="write it like 2026-11-23T06:00:00Z"
        ) from None


def accounts_in_scope(
    accounts: Sequence[Account], account_ids: Sequence[str] = ()
) -> tuple[tuple[Account, ...], tuple[Account, ...]]:
    """(in scope, left out because they are not ACTIVE), both by account id. Raises InvalidInput for
    an id that the organisation does not have and NothingToScan when no account is left."""
    known = {account.account_id: account for account in accounts}
    unknown = [account_id for account_id in account_ids if account_id not in known]
    if unknown:
        raise InvalidInput(
            f"account {unknown[0]} is not in the organisation",
            remedy=f"choose from its {len(known)} accounts or leave account_ids out",
        )
    chosen = [known[account_id] for account_id in sorted(set(account_ids) or known)]
    active = tuple(account for account in chosen if account.state is AccountState.ACTIVE)
    if not active:
        raise NothingToScan(
            f"none of the organisation's {len(known)} accounts is ACTIVE and in scope. Remedy:"
            " check account_ids and the accounts' states"
        )
    return active, tuple(account for account in chosen if account.state is not AccountState.ACTIVE)
