"""The evidence as claims refer to it: cells, events and lines by their references."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from whyspike.model import EvidenceItem, Gap
from whyspike.model.evidence import (
    BillLine,
    Detection,
    FoundEvent,
    FoundEvents,
    MissingEvidence,
    MovingLine,
    RankedEvent,
    RankedEvents,
    Widespread,
)


@dataclass(frozen=True)
class CellEvidence:
    """A cause on the bill with the events that were ranked for it."""

    ref: str
    bill: BillLine
    trail_ref: str
    trail: RankedEvents

    @property
    def evidence(self) -> tuple[str, ...]:
        return self.ref, self.trail_ref


@dataclass(frozen=True)
class SeenEvent:
    """An event and the cell for which it was ranked; None for one that a look-up found."""

    ref: str
    event: FoundEvent
    cell: str | None


@dataclass(frozen=True)
class SeenLine:
    """A line of the bill beside a cell. `against`: it moved the other way."""

    ref: str
    line: MovingLine
    cell: str
    against: bool


@dataclass(frozen=True)
class CaseEvidence:
    """What one flagged item's claims may refer to."""

    detection: Detection
    cells: Mapping[str, CellEvidence] = field(default_factory=dict)
    events: Mapping[str, SeenEvent] = field(default_factory=dict)
    lines: Mapping[str, SeenLine] = field(default_factory=dict)
    gaps: Mapping[Gap, MissingEvidence | None] = field(default_factory=dict)
    items: frozenset[str] = frozenset()  # ids
    widespread: Widespread | None = None

    @property
    def price_moved_everywhere(self) -> bool:
        """No call in this account did it."""
        return self.widespread is not None and self.widespread.price_ratio is not None

    def ranked(self, ref: str) -> RankedEvent | None:
        """The event of a reference, where it was ranked for a cell."""
        seen = self.events.get(ref)
        return seen.event if seen and isinstance(seen.event, RankedEvent) else None

    def ref_of(self, cell: CellEvidence, event: RankedEvent) -> str:
        """The reference of an event of a cell's trail."""
        return f"{cell.trail_ref}/events/{cell.trail.events.index(event)}"


def case_evidence(items: Sequence[EvidenceItem]) -> CaseEvidence:
    """The index of the items of one flagged item; the trail that follows a cause is the cause's."""
    detection = next(item.content for item in items if isinstance(item.content, Detection))
    bills = [(item.id, item.content) for item in items if isinstance(item.content, BillLine)]
    trails = [(item.id, item.content) for item in items if isinstance(item.content, RankedEvents)]
    cells = {
        bill_ref: CellEvidence(bill_ref, bill, trail_ref, trail)
        for (bill_ref, bill), (trail_ref, trail) in zip(bills, trails, strict=True)
    }
    events = [
        SeenEvent(f"{cell.trail_ref}/events/{place}", event, cell.ref)
        for cell in cells.values()
        for place, event in enumerate(cell.trail.events)
    ] + [
        SeenEvent(f"{item.id}/events/{place}", event, None)
        for item in items
        if isinstance(item.content, FoundEvents)
        for place, event in enumerate(item.content.events)
    ]
    lines = [
        SeenLine(f"{cell.ref}/{name}/{place}", line, cell.ref, against)
        for cell in cells.values()
        for name, moved, against in (
            ("moved_with_it", cell.bill.moved_with_it, False),
            ("moved_against_it", cell.bill.moved_against_it, True),
        )
        for place, line in enumerate(moved)
    ]
    return CaseEvidence(
        detection,
        cells,
        {seen.ref: seen for seen in events},
        {seen.ref: seen for seen in lines},
        {
            item.gap: item.content if isinstance(item.content, MissingEvidence) else None
            for item in items
            if item.gap
        },
        frozenset(item.id for item in items),
        next((item.content for item in items if isinstance(item.content, Widespread)), None),
    )
