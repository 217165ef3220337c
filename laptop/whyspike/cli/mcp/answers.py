"""The answers of the tools: what a scan knows, as JSON values, nothing made up on the way."""

from __future__ import annotations

from typing import Any

from whyspike.cli.mcp.records import Record, Records
from whyspike.errors import InvalidInput
from whyspike.model.bills import DailyCosts
from whyspike.payload import from_json

MAX_SERVICES = 15  # of an account, by what they cost in RECENT_DAYS; the others are one line
RECENT_DAYS = 7
OTHERS = "all other services"
_STANDING = ("alert", "onset", "state", "ended_on", "planned", "snoozed_until", "feedback")


def incidents(records: Records, account: str = "") -> dict[str, Any]:
    """The incidents that the scan saw, began or ended, with the digest's words; `account` is an id
    or a name, empty for all."""
    found = [
        {"standing": standing, **line}
        for standing, lines in records.digest["lines"].items()
        for line in lines
        if account in ("", line["account_id"], line["account_name"])
    ]
    if account and not found:
        _known_account(records, account)  # an account that nobody knows is no quiet account
    return {"scan_date": records.digest["scan_date"], "incidents": found}


def incident(records: Records, incident_id: str) -> dict[str, Any]:
    """One incident: how it stands, why, what to do, and the evidence that the text cites."""
    found = records.incident(incident_id)
    if found is None:
        known = ", ".join(str(i["incident_id"]) for i in records.incidents[:20])
        raise InvalidInput(
            f"there is no incident {incident_id!r} in this scan",
            remedy=f"choose from {known}" if known else "this scan saw none",
        )
    explanation = records.explanations.get(str(found["item_id"]))
    return {
        "incident_id": incident_id,
        "account_id": found["account_id"],
        "account_name": found["account_name"],
        "owner": found.get("owner"),
        **{key: found.get(key) for key in _STANDING},
        "anomalies": [member["anomaly"] for member in found["members"]],
        "history": found.get("history", []),
        "explanation": explanation or "not explained yet; the next scan tries again",
        "evidence": records.evidence.get(str(found["item_id"]), {}),
    }


def coverage(records: Records) -> dict[str, Any]:
    """Which accounts were judged, which were not and why, with the remedy of each."""
    return {"scan_date": records.digest["scan_date"], **records.digest["coverage"]}


def costs(records: Records, account: str, service: str = "") -> dict[str, Any]:
    """Unblended dollars by day of one account (id or name), by service; null is a day that AWS has
    not billed yet."""
    scan = _known_account(records, account)
    bill = from_json(DailyCosts, scan["costs"], what="accounts.json")
    whole = [line for line in bill.series if line.usage_type is None]
    series = [line for line in whole if service in ("", line.service)]
    if not series:
        known = ", ".join(sorted({line.service for line in whole})) or "none: the bill is empty"
        raise InvalidInput(f"{service!r} is not on the bill", remedy=f"choose from {known}")
    days = set(bill.known_days)
    by_service: dict[str, list[float | None]] = {}
    for line in series:
        values = [
            (cost or 0.0) if day in days else None
            for day, cost in zip(bill.dates, line.costs, strict=True)
        ]
        before = by_service.get(line.service)
        by_service[line.service] = _added(before, values) if before else values
    ranked = sorted(by_service, key=lambda name: -_recent(by_service[name]))
    for name in ranked[MAX_SERVICES:]:
        values = by_service.pop(name)
        before = by_service.get(OTHERS)
        by_service[OTHERS] = _added(before, values) if before else values
    return {
        "account_id": bill.account_id,
        "account_name": scan["account"]["name"],
        "currency": bill.currency,
        "dates": [day.isoformat() for day in bill.dates],
        "services": {
            name: [None if value is None else round(value, 2) for value in values]
            for name, values in by_service.items()
        },
    }


def _known_account(records: Records, account: str) -> Record:
    for scan in records.accounts:
        if account in (scan["account"]["account_id"], scan["account"]["name"]):
            return scan
    unjudged = records.digest["coverage"]["not_scanned"]
    for row in unjudged:
        if account in (row["account_id"], row["name"]):
            raise InvalidInput(f"{account} was not scanned: {row['reason']}", remedy=row["remedy"])
    known = ", ".join(str(scan["account"]["name"]) for scan in records.accounts[:30])
    raise InvalidInput(f"no account {account!r} in this scan", remedy=f"choose from {known}")


def _added(one: list[float | None], other: list[float | None]) -> list[float | None]:
    """Day by day; a day is unknown for all services of an account, or for none."""
    return [None if a is None or b is None else a + b for a, b in zip(one, other, strict=True)]


def _recent(values: list[float | None]) -> float:
    return sum(value or 0.0 for value in values[-RECENT_DAYS:])
