"""The message of the rules, in the claims in which Claude answers too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from whyspike.explanation.claims.conditions import problem
from whyspike.explanation.claims.evidence import CaseEvidence, CellEvidence
from whyspike.explanation.claims.types import (
    AlsoUp,
    Claim,
    MadeBy,
    NotKnown,
    Outlook,
    OutlookRule,
    PossibleBy,
    QuantityOrRate,
    Rose,
    SettledBy,
    SideEffect,
    Since,
    Unknown,
)
from whyspike.explanation.facts.bill import is_organic, request_driven
from whyspike.explanation.facts.trail import PLAUSIBLE
from whyspike.explanation.rules.actor import NOBODY

if TYPE_CHECKING:
    from whyspike.explanation.rules.explain import Judged

MAX_POSSIBLE = 2
MAX_LINES = 3
MIN_LINE_SHARE = 0.05  # of the excess: smaller moves are not told
SETTLED_BY = {
    Unknown.ASSUME_ROLE: SettledBy.ROLE,
    Unknown.CLOUDTRAIL: SettledBy.TRAIL,
    Unknown.TAGS: SettledBy.TAG_ACTIVATION,
    Unknown.RESOURCE_LEVEL: SettledBy.RESOURCE_DATA,
    Unknown.COST_EXPLORER: SettledBy.COST_EXPLORER_ACCESS,
}


def message_of(judged: Sequence[Judged], evidence: CaseEvidence) -> tuple[Claim, ...]:
    """What rose, since when, what it is and who did it, of each cause; then what is not known, and
    what else moved. Only claims whose conditions hold. Of one cause alone, who did it comes first:
    its reader has the sum before his eyes."""
    claims: list[Claim] = []
    for one in judged:
        claims += _cause_first(one, evidence) if len(judged) == 1 else _of_cell(one, evidence)
    for gap in evidence.gaps:
        unknown = Unknown(gap.value)
        claims.append(NotKnown(unknown, SETTLED_BY[unknown]))
    for one in judged:
        claims += _beside(one.cell, evidence)
    return tuple(claim for claim in claims if not problem(claim, evidence))


def _cause_first(one: Judged, evidence: CaseEvidence) -> list[Claim]:
    claims = list(_of_cell(one, evidence))
    who = [claim for claim in claims if isinstance(claim, MadeBy | PossibleBy)]
    return [*who, *(claim for claim in claims if claim not in who)]


def _of_cell(one: Judged, evidence: CaseEvidence) -> Iterator[Claim]:
    ref = one.cell.ref
    yield Rose(ref)
    yield Since(ref)
    if one.bill.recurs:
        yield Outlook(ref, OutlookRule.RECURS_MONTHLY)
        return
    yield QuantityOrRate(ref)
    yield from _who(one, evidence)
    yield Outlook(ref, OutlookRule.UNTIL_UPGRADE)
    yield Outlook(ref, OutlookRule.RETENTION)


def _who(one: Judged, evidence: CaseEvidence) -> Iterator[Claim]:
    cell = one.cell
    if one.event is not None:
        made = MadeBy(evidence.ref_of(cell, one.event), cell.ref)
        if not problem(made, evidence):
            yield made
            return
    if one.category in NOBODY:
        return
    possible = [
        PossibleBy(evidence.ref_of(cell, event), cell.ref)
        for event in cell.trail.events
        if event.score >= PLAUSIBLE or event.only_repeated
    ]
    held = [claim for claim in possible if not problem(claim, evidence)][:MAX_POSSIBLE]
    yield from held or (NotKnown(Unknown.WHO, SettledBy.ASK_THE_TEAM, cell.ref),)


def _beside(cell: CellEvidence, evidence: CaseEvidence) -> Iterator[Claim]:
    """Lines that moved with a cell: its effects where a relation is known."""
    if cell.bill.recurs:
        return
    told = request_driven(cell.bill) if is_organic(cell.bill) else ()
    least = MIN_LINE_SHARE * abs(cell.bill.excess_usd_per_day)
    lines = [
        seen
        for seen in evidence.lines.values()
        if seen.cell == cell.ref
        and not seen.against
        and seen.line not in told
        and abs(seen.line.excess_usd) >= least
    ]
    for seen in lines[:MAX_LINES]:
        effect = SideEffect(seen.ref, cell.ref)
        yield AlsoUp(seen.ref) if problem(effect, evidence) else effect
