"""How the simulated Claude reads evidence: the fenced values alone, judged as the rules judge them,
answered in hypotheses and claims.

Only what the evidence holds is claimed, so an honest answer passes every check; the lies are made
from it (simulator/claude/lies.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Any

from whyspike.explanation.answer import (
    Answer,
    FixAdvice,
    Hypothesis,
    NextCheck,
    Standing,
    to_value,
)
from whyspike.explanation.claims.evidence import CaseEvidence, case_evidence
from whyspike.explanation.claims.reading import reading_problem
from whyspike.explanation.claims.types import Claim, Reading
from whyspike.explanation.prompts.texts import is_cut_note
from whyspike.explanation.prompts.view import DAILY
from whyspike.explanation.rules.explain import Judged, judge
from whyspike.explanation.rules.message import message_of
from whyspike.model import EvidenceItem
from whyspike.payload import from_json

# What the prompt's view leaves out because it says nothing, by the kind of value around it.
_OF_ITEM: dict[str, Any] = {"source": "", "request": ""}
_OF_CAUSE: dict[str, Any] = {
    "moved_with_it": [],
    "moved_against_it": [],
    "new_service": False,
    "new_line": False,
    "new_region": False,
    "untagged": False,
    "ongoing": False,
    "daily_usd": {},
}
_OF_TRAIL: dict[str, Any] = {"events": [], "available": False, "complete": False}
_OF_EVENT: dict[str, Any] = {
    "event_id": "",
    "region": "",
    "principal_type": "",
    "principal": "",
    "source_ip": "",
    "public_address": False,
    "user_agent": "",
    "request_parameters": "",
    "category": "",
    "tied_to_driver": False,
    "score": 0.0,
}
_OF_LOOK_UP: dict[str, Any] = {"region": "", "complete": False}
_READINGS = (
    "The quantity of this meter moved with the work that uses it.",
    "Hours that a commitment covered are billed at the full rate now.",
    "The same usage is billed at another rate now.",
)


def honest_answer(evidence: Sequence[Any]) -> dict[str, Any]:
    """An answer in the schema. `evidence`: items as JSON values, in the layout of
    whyspike/explanation/prompts/view.py."""
    found = case_evidence(evidence_of(evidence))
    judged = judge(found)
    listed = {one["id"]: one.get("checks", {}) for one in evidence}
    claims: tuple[Claim, ...] = message_of(judged, found)
    if judged:
        cell = found.cells[judged[0].cell.ref]
        fitting = (one for one in _READINGS if not reading_problem(one, cell, found.detection))
        claims = (*claims, *(Reading(text, cell.ref) for text in islice(fitting, 1)))
    return to_value(
        Answer(
            hypotheses=tuple(_hypothesis(one, found) for one in judged),
            message=claims,
            next=tuple(
                NextCheck(name, one.cell.ref)
                for one in judged[:1]
                for name in list(listed.get(one.cell.ref, ()))[:3]
            ),
            fix=FixAdvice(judged[0].category, judged[0].cell.ref) if judged else None,
        )
    )


def evidence_of(values: Sequence[Any]) -> tuple[EvidenceItem, ...]:
    """The items out of their view; what the view leaves out has the value that says nothing."""
    return from_json(
        tuple[EvidenceItem, ...],
        [_restored(one) for one in _whole(list(values))],
        what="evidence",
    )


def _hypothesis(one: Judged, found: CaseEvidence) -> Hypothesis:
    actor = found.ref_of(one.cell, one.event) if one.event else ""
    return Hypothesis(
        category=one.category,
        cell=one.cell.ref,
        actor=actor,
        supports=(one.cell.ref, *([actor] if actor else [])),
        against=(),
        standing=Standing.LEADING,
    )


def _restored(value: dict[str, Any]) -> dict[str, Any]:
    """An evidence item out of its view, with what was left out as the value that says nothing."""
    content: dict[str, Any] = {
        key: inner for key, inner in value.items() if key not in ("id", "asked", "checks", "ref")
    }
    match content["about"]:
        case "cause on the bill":
            content = _OF_CAUSE | content
            if usage := content.get("usage_per_day"):
                content["usage_per_day"] = {"flat": False, "unit": ""} | usage
            if moves := content.get("resources"):
                content["resources"] = [{"new": False} | move for move in moves]
        case "events ranked as causes":
            content = _OF_TRAIL | content
            content["events"] = [_OF_EVENT | event for event in content["events"]]
            content["calls_by_day"] = [
                {"region": ""} | calls for calls in content.get("calls_by_day", [])
            ]
        case "lines that moved most":
            content["lines"] = [{"daily_usd": {}} | line for line in content.get("lines", [])]
        case "look-up of costs":
            content = {"service": "", "usage_type": ""} | content
            content["groups"] = [{"value": ""} | group for group in content.get("groups", [])]
        case "look-up of events":
            content = _OF_LOOK_UP | content
            content["events"] = [_OF_EVENT | event for event in content.get("events", [])]
        case "account":
            content = {"ou_path": "", "tags": {}} | content
        case "detection":
            content["anomalies"] = [{"ongoing": False} | one for one in content["anomalies"]]
    item = _OF_ITEM | {"id": value["id"], "content": content}
    gap = content.get("denied_or_missing")
    return item | ({"gap": gap} if gap else {})


def _days(value: dict[str, Any]) -> dict[str, float]:
    """The inverse of `by_day`."""
    first = date.fromisoformat(value["from"])
    return {
        str(first + timedelta(days=place)): amount
        for place, amount in enumerate(value["values"])
        if isinstance(amount, int | float)
    }


def _whole(value: Any) -> Any:
    """Without the notes that a list was cut, and without references: they are no evidence."""
    if isinstance(value, dict):
        return {
            key: _days(inner) if key in DAILY else _whole(inner)
            for key, inner in value.items()
            if key != "ref"
        }
    if isinstance(value, list):
        return [_whole(inner) for inner in value if not is_cut_note(inner)]
    return value
