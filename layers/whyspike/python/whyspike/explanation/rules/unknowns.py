"""What the tables of knowledge do not hold of a case: counted in its notes, so that they can grow
where it matters."""

from __future__ import annotations

from whyspike.explanation.claims.evidence import CaseEvidence
from whyspike.explanation.hostile import is_hostile
from whyspike.knowledge.events import cause, is_routine
from whyspike.knowledge.families import OTHER, base_family

MAX_SHOWN = 5


def unknown_notes(evidence: CaseEvidence) -> tuple[str, ...]:
    """A note on the meters, and one on the writes around them, that no table knows."""
    meters = [
        f"{cell.bill.driver.service} {cell.bill.driver.usage_type or ''}".strip()
        for cell in evidence.cells.values()
        if base_family(cell.bill.family) == OTHER
    ]
    writes = [
        f"{event.event_source.removesuffix('.amazonaws.com')}:{event.event}"
        for cell in evidence.cells.values()
        for event in cell.trail.events
        if not cause(event.event_source, event.event)
        and not is_routine(event.event_source, event.event)
    ]
    notes = (_note("usage types", meters), _note("kinds of writes", writes))
    return tuple(note for note in notes if note)


def _note(what: str, found: list[str]) -> str:
    kinds = [one for one in dict.fromkeys(found) if not is_hostile(one)]
    if not kinds:
        return ""
    more = ", ..." if len(kinds) > MAX_SHOWN else ""
    return f"{what} that no table knows ({len(kinds)}): {', '.join(kinds[:MAX_SHOWN])}{more}"
