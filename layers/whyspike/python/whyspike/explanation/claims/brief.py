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
from whyspike.explanation.facts.trail import PLAUSIBLE, person_of
from whyspike.explanation.words import name, names, plain
from whyspike.knowledge.events import normalise_event_name
from whyspike.knowledge.naming import plain_name
from whyspike.model import Kind
from whyspike.model.evidence import BillLine, FoundEvent, RankedEvent
from whyspike.words.amounts import dollars
from whyspike.words.days import moment_of

_NEARLY_ALL = 0.9  # of the service's change: the headline has the dollars


def brief_of(message: Sequence[Claim], evidence: CaseEvidence, verdict: str) -> str:
    """Slack mrkdwn, a line for each claim that is told, in the order of the claims. Of several
    causes, what `causes_of` leaves over: which detail belongs to which the long text says."""
    lines = [] if verdict == "incident" else [NOT_AN_INCIDENT]
    if len(_rose(message)) > 1:
        made = [claim.event for claim in message if isinstance(claim, MadeBy)]
        lines += dict.fromkeys(speaks_of(evidence.events[event].event) for event in made)
    else:
        lines += [_brief(claim, evidence) for claim in message]
    if has_hostile_text(evidence):
        lines.append(HOSTILE_NOTE)
    return "\n".join(filter(None, lines))


def causes_of(message: Sequence[Claim], evidence: CaseEvidence) -> tuple[str, ...]:
    """Where there are several causes, a line of mrkdwn for each: what it costs, and who did it as
    far as that is told. Empty where there is one."""
    rose = _rose(message)
    if len(rose) < 2:
        return ()
    return tuple(
        f"{_line_of(claim, evidence)}{_who_of(claim, message, evidence)}" for claim in rose
    )


def _rose(message: Sequence[Claim]) -> list[Rose]:
    return [claim for claim in message if isinstance(claim, Rose)]


def _line_of(claim: Rose, evidence: CaseEvidence) -> str:
    bill = evidence.cells[claim.cell].bill
    meter = f" {name(bill.driver.usage_type)}" if bill.driver.usage_type else ""
    return f"*{plain(bill.driver.service)}*{meter}{_part(bill, always=True)}"


def _who_of(rose: Rose, message: Sequence[Claim], evidence: CaseEvidence) -> str:
    """What was done and by whom; else on what it is, and that nobody is known to have done it."""
    own = [claim for claim in message if getattr(claim, "cell", "") == rose.cell]
    for claim in own:
        if isinstance(claim, MadeBy):
            return f": most likely {_act(evidence.events[claim.event].event)}"
    possible = [claim for claim in own if isinstance(claim, PossibleBy)]
    if possible:
        others = ", among others" if len(possible) > 1 else ""
        act = _act(evidence.events[possible[0].event].event)
        return f": possible, not certain: {act}{others}"
    cell = evidence.cells[rose.cell]
    on = [plain_name(one) for one in cell.bill.driver.resource_ids]
    resources = f", on {names(on, 1)}" if on else ""
    if not any(isinstance(claim, NotKnown) and claim.gap is Unknown.WHO for claim in own):
        return resources
    plausible = any(event.score >= PLAUSIBLE for event in cell.trail.events)
    if cell.trail.complete and not plausible:
        return f"{resources}: no change in CloudTrail explains it"
    return f"{resources}: who did it is not known"


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


def _part(bill: BillLine, *, always: bool = False) -> str:
    """What it is of the service's change; unless `always`, where it is not nearly all of it."""
    share = bill.share_of_service_excess
    nearly_all = share is not None and share >= _NEARLY_ALL and not always
    if bill.kind is Kind.NONE or nearly_all:
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
