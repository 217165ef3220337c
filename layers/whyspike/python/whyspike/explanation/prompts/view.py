"""The evidence as Claude reads it: compact, with a reference at each entry that a claim may name,
and without what says nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from whyspike.explanation.claims.evidence import case_evidence
from whyspike.explanation.rules.checks import checks_of
from whyspike.model import EvidenceItem
from whyspike.model.evidence import BillLine
from whyspike.payload import to_json

# Lists whose entries claims refer to.
_REFERRED = frozenset({"events", "moved_with_it", "moved_against_it"})
# What the program keeps for itself: ids of records, how its ranking came about.
_UNTOLD = frozenset({"event_id", "speaks_for", "speaks_against", "resources_that_moved", "about"})
# Members with a value that says nothing, though it is no flag.
_NOTHING = {"same_call_again": 0, "share_of_services_lower_on_the_last_day": 0.0}
# Values of every day: the first day, then one value a day.
DAILY = frozenset({"daily_usd", "daily_quantity"})
MIN_SCORE = 1.0  # of an event: less, and it is noise that costs attention
MAX_REQUEST = 160  # characters
_FILTER = re.compile(r" \{.*?\}(?=;|$)")


def view(items: Sequence[EvidenceItem]) -> list[dict[str, Any]]:
    """One JSON value an item. False flags, zero points, empty lists and what is unknown are left
    out; a request that several items share stands once."""
    checked = any(isinstance(item.content, BillLine) for item in items)
    evidence = case_evidence(items) if checked else None
    seen_requests: set[str] = set()
    values = []
    for item in items:
        content = to_json(item.content, without_none=True)
        value: dict[str, Any] = {"id": item.id, "about": content["about"]}
        if item.request not in seen_requests:
            seen_requests.add(item.request)
            value["asked"] = _FILTER.sub("", item.request)[:MAX_REQUEST]
        value |= _told(content, item.id)
        if evidence and isinstance(item.content, BillLine):
            value["checks"] = checks_of(evidence.cells[item.id], evidence.detection)
        values.append(value)
    return values


def _told(value: Any, path: str) -> Any:
    if isinstance(value, dict):
        return {
            key: by_day(inner) if key in DAILY else _told(inner, f"{path}/{key}")
            for key, inner in value.items()
            if key not in _UNTOLD and _says_something(inner) and _NOTHING.get(key) != inner
        }
    if isinstance(value, list):
        return list(_entries(value, path))
    return value


def _entries(values: Sequence[Any], path: str) -> Iterator[Any]:
    referred = path.rsplit("/", 1)[-1] in _REFERRED
    for place, inner in enumerate(values):
        told = _told(inner, f"{path}/{place}")
        if not (referred and isinstance(told, dict)):
            yield told
        elif inner.get("score", MIN_SCORE + 1) > MIN_SCORE:
            yield {"ref": f"{path}/{place}"} | told


def by_day(daily: Mapping[str, float]) -> dict[str, Any]:
    """Values of days in a row as `from` and `values`, null where the bill has no such day."""
    days = [date.fromisoformat(day) for day in daily]
    row = [days[0] + timedelta(days=place) for place in range((days[-1] - days[0]).days + 1)]
    return {"from": str(row[0]), "values": [daily.get(str(day)) for day in row]}


def _says_something(value: Any) -> bool:
    """Whether a value is more than a flag that is not set, a list of nothing or no points."""
    if value is False or value in ("", [], {}, None):
        return False
    return bool(value != {"points": 0, "calls": []})
