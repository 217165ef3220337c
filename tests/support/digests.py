"""Accounts, incidents and digests for the digest's tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from whyspike.digest.digest import make_digest
from whyspike.digest.message import digest_message
from whyspike.incidents.incident import Incident, Member
from whyspike.incidents.owners import OwnerSettings
from whyspike.messages.blocks import as_text
from whyspike.model import Account, Anomaly, IncidentState, Kind, Owner, Scan, Severity
from whyspike.model.digests import Digest
from whyspike.model.outcomes import (
    AccountOutcome,
    AccountStatus,
    Failure,
    NotExplained,
    ScanSummary,
    UsageCounts,
)

DAY = date(2026, 11, 22)
SCAN = Scan("2026-11-22", DAY)
SCANNED = AccountOutcome(AccountStatus.SCANNED)
NOT_SCANNED, NOT_TOLD = AccountStatus.NOT_SCANNED, AccountStatus.OWNER_NOT_TOLD


def failed(
    status: AccountStatus, error: str = "MemberRoleDenied", reason: str = "no", remedy: str = ""
) -> AccountOutcome:
    return AccountOutcome(status, Failure(error, reason, remedy))


def account(number: int, name: str = "") -> Account:
    return Account(f"{number:012d}", name or f"account-{number}")


def incident(number: int = 1, per_day: int = 100, **changes: Any) -> Incident:
    anomaly = Anomaly(
        f"{number:012d}",
        "EC2 - Other",
        Kind.LEVEL_SHIFT,
        DAY,
        DAY,
        Decimal(40 + per_day),
        Decimal(40),
        Decimal(30),
        Decimal(50),
        Decimal(per_day),
        2.5,
        Decimal(per_day * 30),
        3.0,
        Severity.HIGH,
        "it cost more",
    )
    base = Incident(
        f"{number:012d}-2026-11-22-aaaaaaaa",
        f"{number:012d}",
        f"account-{number}",
        DAY,
        IncidentState.OPEN,
        (Member(anomaly, DAY),),
        DAY,
        DAY,
        DAY,
        "2026-11-22",
        f"{number:012d}-2026-11-22-aaaaaaaa",
        True,
        Owner("core-api", "account-tag", "#core-api"),
    )
    return replace(base, **changes)


def digest_of(
    accounts: list[Account],
    outcomes: dict[str, AccountOutcome],
    *found: tuple[Incident, str],
    recent: tuple[Incident, ...] = (),
    owners: OwnerSettings | None = None,
    left_aside: tuple[str, ...] = (),
    not_explained: tuple[NotExplained, ...] = (),
    answerable: bool = True,
    **usage: Any,
) -> Digest:
    summary = ScanSummary(settings=left_aside)
    return make_digest(
        SCAN,
        accounts,
        summary,
        outcomes,
        found,
        recent,
        UsageCounts(**usage),
        not_explained,
        owners,
        answerable=answerable,
    )


def unexplained(number: int, name: str, reason: str, error: str = "X") -> NotExplained:
    return NotExplained(f"a-{number}", f"{number:012d}", name, Failure(error, reason))


def digest_with(*found: tuple[Incident, str], **more: Any) -> Digest:
    """The digest of a scan in which every account was scanned."""
    accounts = [account(int(i.account_id)) for i, _ in found]
    return digest_of(accounts, {a.account_id: SCANNED for a in accounts}, *found, **more)


def said(digest: Digest) -> str:
    return as_text(digest_message(digest, "").blocks)


def spike(number: int = 1, total: int = 541, **changes: Any) -> Incident:
    """It was over by the scan date."""
    before = incident(number, total)
    member = before.members[0]
    return replace(
        before,
        members=(replace(member, anomaly=replace(member.anomaly, kind=Kind.SPIKE, ongoing=False)),),
        **changes,
    )
