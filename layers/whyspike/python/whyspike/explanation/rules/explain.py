"""The deterministic explainer: evidence in, the whole explanation out, in the schema that Claude
answers in.

It runs when Claude is off or fails, and Claude's answer is compared with it. It reads evidence
items alone, as they are stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Any

from whyspike.explanation.rules.actor import actor_of, best_event
from whyspike.explanation.rules.advice import advise
from whyspike.explanation.rules.category import category_of, is_late_data
from whyspike.explanation.rules.text import text_of, unexplained_text
from whyspike.knowledge.families import default_category, family_of
from whyspike.model import Actor, Driver, EvidenceItem, Explanation, Finding, Gap, Kind

INCIDENT, NO_INCIDENT = "incident", "not-an-incident"
MAX_COMMANDS = 5
_SURE = frozenset(
    {
        "extended-support-charge",
        "commitment-purchase",
        "marketplace-or-support-charge",
        "billing-artefact",
        "commitment-expired",
    }
)


@dataclass(frozen=True)
class Judged:
    """One cause with what the rules make of it; `bill` and `events` are contents of the items named
    in `evidence`."""

    bill: Mapping[str, Any]
    events: Mapping[str, Any]
    category: str
    actor: Actor
    verdict: str
    kind: Kind
    evidence: tuple[str, ...]

    @property
    def event(self) -> Mapping[str, Any] | None:
        """The event of the named actor."""
        return best_event(self.events) if self.actor.event else None


def explain(items: Sequence[EvidenceItem]) -> Explanation:
    """The explanation that the rules read out of the evidence; never raises on evidence that
    `attribution` made."""
    detection: Mapping[str, Any] = next(
        (item.content for item in items if item.source == "detection"), {}
    )
    gaps = tuple(dict.fromkeys(item.gap for item in items if item.gap))
    judged = _judged(items, detection)
    if not judged:
        return _unexplained(detection, gaps)
    verdict = INCIDENT if any(one.verdict == INCIDENT for one in judged) else NO_INCIDENT
    by_payer = frozenset(item.gap for item in items if item.gap and item.content.get("instead"))
    text = text_of(judged, verdict, gaps, by_payer)
    advice = advise(judged, verdict, detection)
    return Explanation(
        verdict=verdict,
        findings=tuple(_finding(one) for one in judged),
        text=text,
        commands=advice.commands,
        fix=advice.fix,
        written_by="rules",
        confidence=_confidence(judged, set(gaps) - (by_payer & {Gap.COST_EXPLORER})),
        gaps=gaps,
    )


def _judged(items: Sequence[EvidenceItem], detection: Mapping[str, Any]) -> tuple[Judged, ...]:
    bills = [item for item in items if item.source == "cost-explorer"]
    events = [item for item in items if item.source == "cloudtrail" and not item.gap]
    judged = []
    for bill, seen in zip(bills, events, strict=True):
        category = category_of(bill.content, seen.content, detection)
        verdict = _verdict(bill.content, detection)
        recurs = bill.content.get("same_day_last_month") is not None
        kind = Kind.NONE if recurs else Kind(bill.content["kind"])
        actor = actor_of(category, seen.content, recurs)
        judged.append(
            Judged(bill.content, seen.content, category, actor, verdict, kind, (bill.id, seen.id))
        )
    return _one_growth(judged)


def _one_growth(judged: Sequence[Judged]) -> tuple[Judged, ...]:
    """More customers are one cause, however many lines of the bill they reach: the line that grew
    most stands for them."""
    grown = [one for one in judged if one.category == "organic-traffic"]
    kept = max(grown, key=lambda one: float(one.bill["excess_usd_per_day"]), default=None)
    return tuple(one for one in judged if one is kept or one.category != "organic-traffic")


def _verdict(bill: Mapping[str, Any], detection: Mapping[str, Any]) -> str:
    record_type = str(bill["driver"].get("record_type") or "").lower()
    recurring = bill.get("same_day_last_month") is not None
    booked = record_type in ("credit", "refund", "tax") and not bill["ongoing"]
    booked = booked or bill["family"] == "tax"
    if recurring or booked or bill["kind"] == Kind.MIX_SHIFT or is_late_data(bill, detection):
        return NO_INCIDENT
    return INCIDENT


def _finding(judged: Judged) -> Finding:
    bill, driver = judged.bill, judged.bill["driver"]
    return Finding(
        kind=judged.kind,
        category=judged.category,
        driver=Driver(
            driver["service"],
            driver["usage_type"],
            driver["region"],
            driver["tag_team"],
            driver["tag_env"],
            driver["record_type"],
            tuple(bill.get("resource_ids", ())),
        ),
        actor=judged.actor,
        onset=date.fromisoformat(bill["onset"]),
        ongoing=bool(bill["ongoing"])
        and not (judged.verdict == NO_INCIDENT and judged.kind == Kind.NONE),
        excess_usd_per_day=float(bill["excess_usd_per_day"]),
        evidence=judged.evidence,
    )


def _confidence(judged: Sequence[Judged], gaps: AbstractSet[Gap]) -> str:
    """`gaps` are those that nothing stood in for."""
    leading = judged[0]
    if gaps & {Gap.CLOUDTRAIL, Gap.ASSUME_ROLE, Gap.COST_EXPLORER}:
        return "low"
    if leading.category in _SURE or (leading.event and leading.event["tied_to_driver"]):
        return "high"
    return "medium" if leading.actor.kind != "unknown" else "low"


def _unexplained(detection: Mapping[str, Any], gaps: tuple[Gap, ...]) -> Explanation:
    """No line of the bill could be read: what detection saw is said, and what would settle it."""
    anomaly = (detection.get("anomalies") or [{}])[0]
    service = str(anomaly.get("service", ""))
    finding = Finding(
        Kind(anomaly.get("kind", "level-shift")),
        default_category(family_of(service, anomaly.get("usage_type"))),
        Driver(service, anomaly.get("usage_type")),
        Actor("unknown"),
        date.fromisoformat(detection["onset"]),
        bool(anomaly.get("ongoing", True)),
        float(anomaly.get("actual_usd", 0.0)) - float(anomaly.get("expected_usd", 0.0)),
        ("E1",),
    )
    text = unexplained_text(anomaly, gaps)
    return Explanation(
        INCIDENT,
        (finding,),
        text,
        (),
        "Give the member role the denied access, then read the cost by usage type.",
        "rules",
        "low",
        gaps,
    )
