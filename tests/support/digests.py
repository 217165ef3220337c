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

DAY = date(2026, 11, 22)
SCAN = Scan("2026-11-22", DAY)
SCANNED = {"status": "scanned"}


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
    outcomes: dict[str, Any],
    *found: tuple[Incident, str],
    recent: tuple[Incident, ...] = (),
    owners: OwnerSettings | None = None,
    left_aside: tuple[str, ...] = (),
    not_explained: tuple[dict[str, str], ...] = (),
    **usage: Any,
) -> Any:
    summary = {"left_out": [], "settings": list(left_aside)}
    return make_digest(
        SCAN, accounts, summary, outcomes, found, recent, usage, not_explained, owners
    )


def unexplained(number: int, name: str, cause: str) -> dict[str, str]:
    return {
        "anomaly_id": f"a-{number}",
        "account_id": f"{number:012d}",
        "name": name,
        "error": "X",
        "cause": cause,
    }


def digest_with(*found: tuple[Incident, str], **more: Any) -> Any:
    """The digest of a scan in which every account was scanned."""
    accounts = [account(int(i.account_id)) for i, _ in found]
    return digest_of(accounts, {a.account_id: SCANNED for a in accounts}, *found, **more)


def said(digest: Any) -> str:
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
