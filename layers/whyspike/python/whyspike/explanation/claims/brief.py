"""The claims of an explanation as an owner's message has room for: each in a short sentence, and
what stands in the message anyway, or may wait for its details, in none."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch

from whyspike.explanation.claims.evidence import CaseEvidence
from whyspike.explanation.claims.rendering import (
    HOSTILE_NOTE,
    NOT_AN_INCIDENT,
    has_hostile_text,
    sentence_of,
    speaks_of,
)
from whyspike.explanation.claims.types import (
    AlsoUp,
    Claim,
    MadeBy,
    NotKnown,
    PossibleBy,
    Rose,
    RuledOutBy,
    SideEffect,
    Since,
    Unknown,
)
from whyspike.explanation.facts.trail import person_of
from whyspike.explanation.words import name, names, plain
from whyspike.knowledge.events import normalise_event_name
from whyspike.knowledge.naming import plain_name
from whyspike.model import Kind
from whyspike.model.evidence import BillLine, FoundEvent, RankedEvent
from whyspike.words.amounts import dollars
from whyspike.words.days import moment_of

_NEARLY_ALL = 0.9  # of the service's change: the headline has the dollars


def brief_of(message: Sequence[Claim], evidence: CaseEvidence, verdict: str) -> str:
    """Slack mrkdwn, a line for each claim that is told, in the order of the claims."""
    lines = [] if verdict == "incident" else [NOT_AN_INCIDENT]
    causes = 0
    for claim in message:
        said = _brief(claim, evidence)
        if isinstance(claim, Rose):
            causes += 1
            said = said if causes == 1 else f"Another cause: {said}"
        lines.append(said)
    if has_hostile_text(evidence):
        lines.append(HOSTILE_NOTE)
    return "\n".join(filter(None, lines))


@singledispatch
def _brief(claim: Claim, evidence: CaseEvidence) -> str:
    return sentence_of(claim, evidence)


@_brief.register
def _(claim: Rose, evidence: CaseEvidence) -> str:
    bill = evidence.cells[claim.cell].bill
    driver = bill.driver
    where = f" in {name(driver.region)}" if driver.region and driver.region != "NoRegion" else ""
    on = [plain_name(one) for one in driver.resource_ids]
    resources = f", on {names(on, 2)}" if on else ""
    line = f" {name(driver.usage_type)}" if driver.usage_type else ""
    return f"*{plain(driver.service)}*{line}{where}{resources}{_part(bill)}."


def _part(bill: BillLine) -> str:
    """What it is of the service's change, where it is not nearly all of it."""
    share = bill.share_of_service_excess
    if bill.kind is Kind.NONE or (share is not None and share >= _NEARLY_ALL):
        return ""
    a_day = "" if bill.changed_days == 1 and not bill.ongoing else " a day"
    return f", {dollars(bill.excess_usd_per_day, sign=True)}{a_day}"


@_brief.register
def _(claim: Since, evidence: CaseEvidence) -> str:
    """The headline says since when."""
    bill = evidence.cells[claim.cell].bill
    return "It grows day by day." if bill.ongoing and bill.kind is Kind.RAMP else ""


@_brief.register
def _(claim: MadeBy, evidence: CaseEvidence) -> str:
    event = evidence.events[claim.event].event
    said = f"Most likely {_act(event)}."
    return " ".join(filter(None, (said, speaks_of(event))))


@_brief.register
def _(claim: PossibleBy, evidence: CaseEvidence) -> str:
    return f"Possible, not certain: {_act(evidence.events[claim.event].event)}."


@_brief.register
def _(claim: NotKnown, evidence: CaseEvidence) -> str:
    """What could not be read stands at the end of the message."""
    return sentence_of(claim, evidence) if claim.gap is Unknown.WHO else ""


@_brief.register(RuledOutBy)
@_brief.register(SideEffect)
@_brief.register(AlsoUp)
def _(_claim: Claim, _evidence: CaseEvidence) -> str:
    return ""


def _act(event: FoundEvent) -> str:
    """Who did what to what, and when; the person rather than the role that many share."""
    principal, person = person_of(event)
    session = f" ({name(event.session)})" if event.session and not person else ""
    who = name(person) if person else f"{name(principal)}{session}"
    touched = [plain_name(one) for one in event.resources]
    target = f" on {names(touched, 1)}" if touched else ""
    again = event.same_call_again if isinstance(event, RankedEvent) else 0
    more = f" (and {again} more such)" if again else ""
    call = name(normalise_event_name(event.event))
    return f"{call}{target}{more} by {who}, {moment_of(event.event_time)}"
