"""The answers of the tools: what a scan knows, as JSON values, nothing made up on the way."""

from __future__ import annotations

from typing import Any

from whyspike.cli.mcp.records import Record, Records
from whyspike.digest.figures import metric_words
from whyspike.errors import InvalidInput
from whyspike.model.bills import DailyCosts
from whyspike.payload import from_json
from whyspike.words.services import service_name

MAX_INCIDENTS = 40  # of one answer
MAX_UNJUDGED = 20
MAX_SHARES = 10  # accounts of one cause
MAX_SERVICES = 15  # of an account, by what they cost in RECENT_DAYS; the others are one line
RECENT_DAYS = 7
DAYS = 30  # of costs, unless more are asked for
OTHERS = "all other services"
_STANDING = ("alert", "onset", "state", "ended_on", "planned", "snoozed_until", "feedback")
_LINE = (
    *("incident_id", "happened", "account_id", "account_name", "what", "service", "severity"),
    *("state", "onset", "goes_on", "amount", "owner", "reason", "cause", "unanswered_days"),
)
_OVER = {
    "per_day_usd": "over_expected_a_day",
    "impact_usd": "over_expected_in_all",
    "monthly_usd": "over_expected_a_month_if_it_goes_on",
}
_UNJUDGED = {
    "not_scanned": "not scanned",
    "no_bill": "no bill yet",
    "not_judged": "not judged yet",
    "gaps": "days without a bill",
}


def incidents(records: Records, account: str = "", skip: int = 0) -> dict[str, Any]:
    """The incidents that the scan saw, began or ended, with the digest's words; `account` is an id
    or a name, empty for all. Whether an account without any was judged is said too."""
    found = [
        _line(standing, line, account)
        for standing, lines in records.digest["lines"].items()
        for line in lines
        if account in ("", *_names(line), *(n for share in line["accounts"] for n in _names(share)))
    ]
    if account and not found:
        _known_account(records, account)  # an account that nobody knows is no quiet account
    shown = found[max(skip, 0) :][:MAX_INCIDENTS]
    left = len(found) - max(skip, 0) - len(shown)
    return {
        "scan_date": records.digest["scan_date"],
        "scanned": records.digest["headline"],
        "currency": _currency(records),
        "incidents": shown,
        **({"more": f"{left} more: skip={max(skip, 0) + len(shown)}"} if left > 0 else {}),
        "not_judged_or_in_part": _unjudged(records, account),
    }


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
    owner = found.get("owner") or {}
    return {
        "incident_id": incident_id,
        "account_id": found["account_id"],
        "account_name": found["account_name"],
        "owner": {key: owner.get(key) for key in ("name", "channel", "email") if owner.get(key)},
        **{key: found.get(key) for key in _STANDING},
        "currency": _currency(records),
        "anomalies": [_anomaly(member["anomaly"]) for member in found["members"]],
        "history": found.get("history", []),
        "explanation": explanation or "not explained yet; the next scan tries again",
        "evidence": records.evidence.get(str(found["item_id"]), {}),
    }


def _line(standing: str, line: Record, account: str) -> dict[str, Any]:
    """`happened` is the digest's word. Of a cause of many accounts, the amounts are of all of
    them, and `accounts` those that were asked for, or the largest."""
    of_all = line["accounts"]
    shares = [share for share in of_all if account in ("", *_names(share))] or of_all
    together = {
        "accounts_of_this_cause": len(of_all),
        "accounts": [dict(share) for share in shares[:MAX_SHARES]],
    }
    return {
        "standing": standing,
        **{key: line[key] for key in _LINE if line[key] not in ("", 0)},
        **{name: line[key] for key, name in _OVER.items()},
        **(together if of_all else {}),
    }


def _anomaly(record: Record) -> dict[str, Any]:
    """With the unit in the name of each amount."""
    return {
        "service": record["service"],
        "usage_type": record["usage_type"],
        "shape": record["kind"],
        "onset": record["onset"],
        "newest_day": record["usage_date"],
        "still_going": record["ongoing"],
        "cost_that_day": _rounded(record["actual_spend"]),
        "expected_that_day": _rounded(record["expected_spend"]),
        "expected_at_most": _rounded(record["expected_high"]),
        "over_expected_in_all": _rounded(record["impact"]),
        "over_expected_a_month_if_it_goes_on": _rounded(record["projected_monthly_impact"]),
        "severity": record["severity"],
        "reason": record["reason"],
    }


def _rounded(amount: str) -> float:
    return round(float(amount), 2)


def _names(row: Record) -> tuple[str, str]:
    return row["account_id"], row["account_name"]


def _currency(records: Records) -> str:
    """Of the bills that were read; one scan has one."""
    return next((str(scan["costs"]["currency"]) for scan in records.accounts), "USD")


def _unjudged(records: Records, account: str) -> list[dict[str, Any]]:
    """Accounts, or the one that was asked for, whose silence is no good news."""
    rows = [
        {"account_id": row["account_id"], "name": row["name"], "why": f"{word}: {row['reason']}"}
        for key, word in _UNJUDGED.items()
        for row in records.digest["coverage"][key]
        if account in ("", row["account_id"], row["name"])
    ]
    more = len(rows) - MAX_UNJUDGED
    return rows[:MAX_UNJUDGED] + ([{"more": f"{more} in get_coverage"}] if more > 0 else [])


def coverage(records: Records) -> dict[str, Any]:
    """Which accounts were judged, which were not and why, with the remedy of each."""
    return {"scan_date": records.digest["scan_date"], **records.digest["coverage"]}


def costs(records: Records, account: str, service: str = "", days: int = DAYS) -> dict[str, Any]:
    """What one account (id or name) cost by service and day, the last `days` that the scan read;
    null is a day that AWS has not billed yet. By the metric that the scan judged."""
    scan = _known_account(records, account)
    bill = from_json(DailyCosts, scan["costs"], what="accounts.json")
    whole = [line for line in bill.series if line.usage_type is None]
    series = [line for line in whole if service in ("", line.service, service_name(line.service))]
    if not series:
        known = ", ".join(sorted({line.service for line in whole})) or "none: the bill is empty"
        raise InvalidInput(f"{service!r} is not on the bill", remedy=f"choose from {known}")
    known_days = set(bill.known_days)
    by_service: dict[str, list[float | None]] = {}
    for line in series:
        values = [
            (cost or 0.0) if day in known_days else None
            for day, cost in zip(bill.dates, line.costs, strict=True)
        ]
        before = by_service.get(line.service)
        by_service[line.service] = _added(before, values) if before else values
    ranked = sorted(by_service, key=lambda name: -_recent(by_service[name]))
    for name in ranked[MAX_SERVICES:]:
        values = by_service.pop(name)
        before = by_service.get(OTHERS)
        by_service[OTHERS] = _added(before, values) if before else values
    dates = [day.isoformat() for day in bill.dates][-max(days, 1) :]
    return {
        "account_id": bill.account_id,
        "account_name": scan["account"]["name"],
        "currency": bill.currency,
        "metric": metric_words({bill.metric: 1}),
        "services": {
            name: {
                day: None if value is None else round(value, 2)
                for day, value in zip(dates, values[-len(dates) :], strict=True)
            }
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
