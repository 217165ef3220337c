"""What must hold for a claim: relations within the evidence, checked the same whoever claims it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import singledispatch
from typing import Any

from whyspike.explanation.claims.evidence import CaseEvidence, CellEvidence, SeenLine
from whyspike.explanation.claims.reading import reading_problem
from whyspike.explanation.claims.types import (
    AlsoUp,
    Claim,
    MadeBy,
    NotKnown,
    Outlook,
    OutlookRule,
    PossibleBy,
    QuantityOrRate,
    Reading,
    Rose,
    RuledOut,
    RuledOutBy,
    SettledBy,
    SideEffect,
    Since,
    Unknown,
)
from whyspike.explanation.facts.bill import (
    Nature,
    is_organic,
    nature,
    quantity_is_as_before,
    rate_is_as_before,
)
from whyspike.explanation.facts.trail import best_event, other_resource, relation
from whyspike.explanation.hostile import is_hostile
from whyspike.knowledge.events import cause
from whyspike.knowledge.families import base_family, family_of
from whyspike.knowledge.resources import parameter_leaves
from whyspike.model import Gap
from whyspike.model.evidence import Detection, FoundEvent, MovingLine, RankedEvent

MIN_LINES_TOGETHER = 2  # other lines that rose: fewer, and the line moved alone
_SETTLED = {
    Unknown.ASSUME_ROLE: SettledBy.ROLE,
    Unknown.CLOUDTRAIL: SettledBy.TRAIL,
    Unknown.TAGS: SettledBy.TAG_ACTIVATION,
    Unknown.RESOURCE_LEVEL: SettledBy.RESOURCE_DATA,
    Unknown.COST_EXPLORER: SettledBy.COST_EXPLORER_ACCESS,
    Unknown.WHO: SettledBy.ASK_THE_TEAM,
}


@singledispatch
def problem(claim: Claim, _: CaseEvidence) -> str:
    """Why a claim does not hold, for whoever made it; empty where it does."""
    raise TypeError(f"no condition for {type(claim).__name__}")


def _no_cell(ref: str, evidence: CaseEvidence) -> str:
    return "" if ref in evidence.cells else f"{ref[:40]!r} is no cause on the bill"


@problem.register
def _(claim: Rose, evidence: CaseEvidence) -> str:
    return _no_cell(claim.cell, evidence)


@problem.register
def _(claim: Since, evidence: CaseEvidence) -> str:
    return _no_cell(claim.cell, evidence)


@problem.register
def _(claim: QuantityOrRate, evidence: CaseEvidence) -> str:
    if missing := _no_cell(claim.cell, evidence):
        return missing
    if nature(evidence.cells[claim.cell].bill, evidence.detection) is None:
        return f"the bill does not show for {claim.cell} whether quantity or rate changed"
    return ""


# ------------------------------------------------------------------ events


@problem.register
def _(claim: MadeBy, evidence: CaseEvidence) -> str:
    found, why = _pair(claim.event, claim.cell, evidence)
    return why if found is None else _made(*found)


@problem.register
def _(claim: PossibleBy, evidence: CaseEvidence) -> str:
    found, why = _pair(claim.event, claim.cell, evidence)
    return why if found is None else _possible(*found, evidence.detection)


def _pair(
    event: str, cell: str, evidence: CaseEvidence
) -> tuple[tuple[FoundEvent, CellEvidence] | None, str]:
    """The event and the cell of two references, or why there is no such pair."""
    if missing := _no_cell(cell, evidence):
        return None, missing
    seen = evidence.events.get(event)
    if seen is None:
        return None, f"{event[:40]!r} is no event of the evidence"
    if evidence.price_moved_everywhere:
        return None, "the price of a unit moved in many accounts at once: no call here did it"
    if seen.cell not in (None, cell):
        return None, f"{event} was ranked for {seen.cell}, not for {cell}"
    return (seen.event, evidence.cells[cell]), ""


def _made(event: FoundEvent, cell: CellEvidence) -> str:
    """Why an event is not most likely the cause: its time, its relation, or others with the same
    one."""
    best = best_event(cell.trail)
    how = relation(event, cell.bill)
    if not how.in_time:
        return "it was not made before the onset, within the days in which such a call shows"
    if event is best:
        return ""
    if best is not None and (best.principal, best.event) != (event.principal, event.event):
        return f"{best.event} by {best.principal} stands out; a second one can only be possible"
    proven = how.touches or (how.fits and how.same_region and _began_then(event))
    if not proven:
        return "it names no resource of this cost, so it can only be possible"
    rivals = {
        (other.principal, other.session)
        for other in cell.trail.events
        if other.principal != event.principal
        and not other.effect_of_another_call
        and relation(other, cell.bill).in_time
        and relation(other, cell.bill).touches
    }
    return "others made calls with the same relation: name each as possible" if rivals else ""


def _began_then(event: FoundEvent) -> bool:
    """A call that one principal repeats since the onset and never made before."""
    return isinstance(event, RankedEvent) and (
        not event.made_on_other_days and (event.only_repeated or event.same_call_again > 0)
    )


_ACCOUNTING = (Nature.COVER_ENDED, Nature.CREDITS_USED_UP, Nature.LATE_DATA, Nature.OTHER_CHARGE)
_ENDS = re.compile(r"^(Stop|Terminate|Delete|Remove|Deregister|Disable|Release|Cancel)")


def _possible(event: FoundEvent, cell: CellEvidence, detection: Detection) -> str:
    """Why an event cannot even be called possible."""
    how, best = relation(event, cell.bill), best_event(cell.trail)
    if not how.in_time:
        return "it was not made before the onset, within the days in which such a call shows"
    if event is best:
        return ""
    if nature(cell.bill, detection) in _ACCOUNTING:
        return "the bill shows accounting, and no usage that a call could have changed"
    if (
        cell.bill.excess_usd_per_day > 0
        and _ENDS.match(event.event)
        and not (how.touches or how.fits)
    ):
        return "it ends something, and the cost rose"
    repeated = isinstance(event, RankedEvent) and event.only_repeated
    if not (how.any or repeated):
        return "nothing relates it to this cost: no resource, no call that moves this meter there"
    if best is not None and not how.touches and best.principal != event.principal:
        return f"{best.event} by {best.principal} stands out, and it touches nothing of this cost"
    return ""


@problem.register
def _(claim: RuledOutBy, evidence: CaseEvidence) -> str:
    if missing := _no_cell(claim.cell, evidence):
        return missing
    cell = evidence.cells[claim.cell]
    if not claim.event:
        holds = _READINGS_RULED_OUT.get(claim.reason)
        if holds is None:
            return f"{claim.reason} is a reason about an event, and none is given"
        return "" if holds(cell) else f"the bill does not show {claim.reason} for {claim.cell}"
    found, why = _pair(claim.event, claim.cell, evidence)
    if found is None:
        return why
    if found[0] is best_event(cell.trail):
        return "this event stands out as the cause"
    excluded = _EVENT_RULED_OUT.get(claim.reason)
    if excluded is None:
        return f"{claim.reason} is a reason about the cell, not about an event"
    return "" if excluded(found[0], cell) else f"the record does not show {claim.reason}"


def _alone(cell: CellEvidence) -> bool:
    lines = [line for line in cell.bill.moved_with_it if line.ratio and line.ratio > 1.1]
    return len(lines) < MIN_LINES_TOGETHER and not is_organic(cell.bill)


_READINGS_RULED_OUT: dict[RuledOut, Callable[[CellEvidence], bool]] = {
    RuledOut.NOT_QUANTITY: lambda cell: quantity_is_as_before(cell.bill),
    RuledOut.NOT_RATE: lambda cell: rate_is_as_before(cell.bill),
    RuledOut.NOT_CUSTOMERS: _alone,
}
_EVENT_RULED_OUT: dict[RuledOut, Callable[[FoundEvent, CellEvidence], bool]] = {
    RuledOut.AFTER_ONSET: lambda event, cell: relation(event, cell.bill).after_onset,
    RuledOut.OTHER_RESOURCE: lambda event, cell: other_resource(event, cell.bill),
    RuledOut.OTHER_REGION: lambda event, cell: (
        not relation(event, cell.bill).same_region and not relation(event, cell.bill).touches
    ),
    RuledOut.ROUTINE: lambda event, cell: (
        isinstance(event, RankedEvent)
        and event.made_on_other_days
        and not relation(event, cell.bill).touches
    ),
}


# ------------------------------------------------------------------ other lines


@problem.register
def _(claim: SideEffect, evidence: CaseEvidence) -> str:
    if missing := _no_cell(claim.of, evidence):
        return missing
    seen = evidence.lines.get(claim.line)
    if seen is None:
        return f"{claim.line[:40]!r} is no other line of the evidence"
    if seen.cell != claim.of or seen.against:
        return f"{claim.line} did not move with {claim.of}"
    if _speaks(seen):
        return _SPEAKS
    if not related(seen.line, evidence.cells[claim.of]):
        return "the evidence gives no relation of the two: it is at most also up"
    return ""


def related(line: MovingLine, cell: CellEvidence) -> bool:
    """Whether a line belongs with a cell by a known relation: a line of the same service that the
    event which stands out moves too, or that is measured of the same things."""
    driver = cell.bill.driver
    if not line.usage_type or line.service != driver.service:
        return False
    family = family_of(line.service, line.usage_type).name
    if base_family(family).split("-")[0] == base_family(cell.bill.family).split("-")[0]:
        return True
    event = best_event(cell.trail)
    entries = cause(event.event_source, event.event) if event else ()
    direction = "down" if line.excess_usd < 0 else "up"
    return any(entry.moves(family, direction) for entry in entries)


@problem.register
def _(claim: AlsoUp, evidence: CaseEvidence) -> str:
    seen = evidence.lines.get(claim.line)
    if seen is None:
        return f"{claim.line[:40]!r} is no other line of the evidence"
    if _speaks(seen):
        return _SPEAKS
    return f"{claim.line} moved the other way" if seen.against else ""


_SPEAKS = "the line's name is text that gives orders"


def _speaks(seen: SeenLine) -> bool:
    return is_hostile(seen.line.usage_type) or is_hostile(seen.line.service)


# ------------------------------------------------------------------ the unknown, the future


@problem.register
def _(claim: NotKnown, evidence: CaseEvidence) -> str:
    if claim.settled_by is not _SETTLED[claim.gap]:
        return f"{claim.settled_by} does not settle {claim.gap}: {_SETTLED[claim.gap]} does"
    if claim.gap is not Unknown.WHO:
        known = Gap(claim.gap.value) not in evidence.gaps
        return f"{claim.gap} is no gap of the evidence" if known else ""
    if missing := _no_cell(claim.cell, evidence):
        return missing
    if evidence.widespread:
        return "it began in many accounts at once: the team of this one cannot tell who did it"
    if not evidence.cells[claim.cell].trail.available:
        return "CloudTrail is a gap of the evidence: say that"
    return ""


@problem.register
def _(claim: Outlook, evidence: CaseEvidence) -> str:
    if missing := _no_cell(claim.cell, evidence):
        return missing
    if not _OUTLOOKS[claim.rule](evidence.cells[claim.cell]):
        return f"the evidence holds no rule {claim.rule} for {claim.cell}"
    return ""


RETENTION = ("retention", "retain", "expiration")  # in the name of a setting
_OUTLOOKS: dict[OutlookRule, Callable[[CellEvidence], bool]] = {
    OutlookRule.RECURS_MONTHLY: lambda cell: cell.bill.recurs,
    OutlookRule.UNTIL_UPGRADE: lambda cell: (
        cell.bill.ongoing and cell.bill.family.endswith("extended-support")
    ),
    OutlookRule.RETENTION: lambda cell: bool(setting(cell, *RETENTION)) or rule_deleted(cell),
    OutlookRule.COMMITMENT_TERM: lambda cell: bool(setting(cell, "term", "duration")),
}


def setting(cell: CellEvidence, *words: str) -> tuple[str, str] | None:
    """The first plain number of the leading event's request whose name holds one of the words: name
    and value as the record has them."""
    event = best_event(cell.trail)
    try:
        request: Any = json.loads(event.request_parameters) if event else {}
    except (ValueError, RecursionError):
        return None
    for leaf in parameter_leaves(request):
        path, _, value = leaf.partition("=")
        last = path.rsplit(".", 1)[-1]
        if any(word in path.lower() for word in words) and value.isdigit():
            return last, value
    return None


def rule_deleted(cell: CellEvidence) -> bool:
    """Whether the leading event took away a rule that removed what is kept."""
    event = best_event(cell.trail)
    return bool(event and re.match(r"Delete\w*(Lifecycle|Retention)", event.event))


@problem.register
def _(claim: Reading, evidence: CaseEvidence) -> str:
    if missing := _no_cell(claim.cell, evidence):
        return missing
    return reading_problem(claim.text, evidence.cells[claim.cell], evidence.detection)
