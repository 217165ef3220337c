"""The deterministic explainer: evidence in, the whole explanation out, in the schema that Claude
answers in.

It runs when Claude is off or fails, and Claude's answer is compared with it. It reads evidence
items alone, as they are stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from whyspike.explanation.claims.brief import brief_of, causes_of
from whyspike.explanation.claims.evidence import CaseEvidence, CellEvidence, case_evidence
from whyspike.explanation.claims.rendering import text_of, unexplained_text
from whyspike.explanation.facts.bill import is_late_data
from whyspike.explanation.rules.actor import actor_of
from whyspike.explanation.rules.advice import advise
from whyspike.explanation.rules.category import category_of
from whyspike.explanation.rules.message import message_of
from whyspike.explanation.rules.unknowns import unknown_notes
from whyspike.explanation.words import plain
from whyspike.knowledge.families import default_category, family_of
from whyspike.model import Actor, Driver, EvidenceItem, Explanation, Finding, Gap, Kind
from whyspike.model.evidence import BillLine, Detection, RankedEvent, RankedEvents, SeenAnomaly

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
    """One cause with what the rules make of it."""

    cell: CellEvidence
    category: str
    actor: Actor
    verdict: str
    kind: Kind

    @property
    def bill(self) -> BillLine:
        return self.cell.bill

    @property
    def events(self) -> RankedEvents:
        return self.cell.trail

    @property
    def event(self) -> RankedEvent | None:
        """The event of the named actor."""
        named = (self.actor.name, self.actor.event, self.actor.event_time)
        return next(
            (
                event
                for event in self.events.events
                if (event.principal, event.event, event.event_time) == named
            ),
            None,
        )


def explain(items: Sequence[EvidenceItem]) -> Explanation:
    """The explanation that the rules read out of the evidence; never raises on evidence that
    `attribution` made."""
    evidence = case_evidence(items)
    if evidence.detection.anomalies[0].kind is Kind.UNIT_PRICE:
        return _price_moved(evidence.detection.anomalies[0])
    gaps = tuple(dict.fromkeys(item.gap for item in items if item.gap))
    judged = judge(evidence)
    if not judged:
        return _unexplained(evidence.detection, gaps)
    verdict = verdict_of(judged)
    stood_in = {gap for gap, missing in evidence.gaps.items() if missing and missing.instead}
    claims = message_of(judged, evidence)
    advice = advise(judged, verdict, evidence.detection)
    return Explanation(
        verdict=verdict,
        findings=tuple(finding_of(one) for one in judged),
        text=text_of(claims, evidence, verdict),
        brief=brief_of(claims, evidence, verdict),
        causes=causes_of(claims, evidence),
        commands=advice.commands,
        fix=advice.fix,
        written_by="rules",
        confidence=confidence_of(judged, set(gaps) - (stood_in & {Gap.COST_EXPLORER})),
        gaps=gaps,
        notes=unknown_notes(evidence),
    )


def verdict_of(judged: Sequence[Judged]) -> str:
    """What the bill says the whole is, whoever explains it."""
    return INCIDENT if any(one.verdict == INCIDENT for one in judged) else NO_INCIDENT


def judge(evidence: CaseEvidence) -> tuple[Judged, ...]:
    """What the rules make of each cause, the largest first."""
    judged = []
    for cell in evidence.cells.values():
        bill, events = cell.bill, cell.trail
        if evidence.price_moved_everywhere:
            events = replace(events, events=())
        category = category_of(bill, events, evidence.detection)
        judged.append(
            Judged(
                cell,
                category,
                actor_of(category, events, bill.recurs),
                _verdict(bill, evidence.detection),
                Kind.NONE if bill.recurs else bill.kind,
            )
        )
    return _one_growth(judged)


def _one_growth(judged: Sequence[Judged]) -> tuple[Judged, ...]:
    """More customers are one cause, however many lines of the bill they reach: the line that grew
    most stands for them."""
    grown = [one for one in judged if one.category == "organic-traffic"]
    kept = max(grown, key=lambda one: one.bill.excess_usd_per_day, default=None)
    return tuple(one for one in judged if one is kept or one.category != "organic-traffic")


def _verdict(bill: BillLine, detection: Detection) -> str:
    record_type = (bill.driver.record_type or "").lower()
    booked = record_type in ("credit", "refund", "tax") and not bill.ongoing
    booked = booked or bill.family == "tax"
    if bill.recurs or booked or bill.kind is Kind.MIX_SHIFT or is_late_data(bill, detection):
        return NO_INCIDENT
    return INCIDENT


def finding_of(judged: Judged) -> Finding:
    """A cause as the explanation tells it."""
    bill = judged.bill
    return Finding(
        kind=judged.kind,
        category=judged.category,
        driver=bill.driver,
        actor=judged.actor,
        onset=bill.onset,
        ongoing=bill.ongoing and not (judged.verdict == NO_INCIDENT and judged.kind is Kind.NONE),
        excess_usd_per_day=bill.excess_usd_per_day,
        evidence=judged.cell.evidence,
    )


def confidence_of(judged: Sequence[Judged], gaps: AbstractSet[Gap]) -> str:
    """`gaps` are those that nothing stood in for."""
    leading = judged[0]
    if gaps & {Gap.CLOUDTRAIL, Gap.ASSUME_ROLE, Gap.COST_EXPLORER}:
        return "low"
    if leading.category in _SURE or (leading.event and leading.event.tied_to_driver):
        return "high"
    return "medium" if leading.actor.kind != "unknown" else "low"


def _price_moved(anomaly: SeenAnomaly) -> Explanation:
    """The bill's lines show nothing of it, and nobody in the account did it."""
    driver = Driver(anomaly.service, anomaly.usage_type)
    finding = Finding(
        anomaly.kind,
        "billing-artefact",
        driver,
        Actor("none"),
        anomaly.onset,
        anomaly.ongoing,
        anomaly.actual_usd - anomaly.expected_usd,
        ("E1",),
    )
    return Explanation(
        INCIDENT,
        (finding,),
        f"*{plain(anomaly.service)}*: {plain(anomaly.reason)}",
        (),
        "Look up whether a private price, a Savings Plan, a reservation or a volume tier covers"
        " this usage no longer, or covers it anew.",
        "rules",
        "medium",
        (),
    )


def _unexplained(detection: Detection, gaps: tuple[Gap, ...]) -> Explanation:
    """No line of the bill could be read: what detection saw is said, and what would settle it."""
    anomaly = detection.anomalies[0]
    finding = Finding(
        anomaly.kind,
        default_category(family_of(anomaly.service, anomaly.usage_type)),
        Driver(anomaly.service, anomaly.usage_type),
        Actor("unknown"),
        detection.onset,
        anomaly.ongoing,
        anomaly.actual_usd - anomaly.expected_usd,
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
