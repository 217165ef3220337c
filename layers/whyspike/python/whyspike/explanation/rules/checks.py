"""The catalogue of first looks at a cell: read-only commands, filled in from the evidence, out of
which Claude may choose."""

from __future__ import annotations

from collections.abc import Mapping

from whyspike.explanation.claims.evidence import CellEvidence
from whyspike.explanation.facts.trail import best_event
from whyspike.explanation.rules.advice import context_of
from whyspike.explanation.rules.category import category_of
from whyspike.knowledge.advice import first_commands
from whyspike.knowledge.events import cause, normalise_event_name
from whyspike.knowledge.families import default_category
from whyspike.model.evidence import Detection

MAX_CHECKS = 8


def checks_of(cell: CellEvidence, detection: Detection) -> Mapping[str, str]:
    """Commands by name (C1, C2 ...): those of the categories that the rules, the meter and the
    cell's events speak for."""
    event = best_event(cell.trail)
    causes = cause(event.event_source, event.event) if event else ()
    categories = dict.fromkeys(
        (
            category_of(cell.bill, cell.trail, detection),
            *(entry.category for entry in causes if entry.moves(cell.bill.family)),
            default_category(cell.bill.family),
        )
    )
    known = context_of(cell.bill, event, detection)
    event_name = normalise_event_name(event.event) if event else None
    commands = dict.fromkeys(
        command
        for category in categories
        for command in first_commands(
            cell.bill.family, category, known.fields, event_name, of_event=known.of_event
        )
    )
    offered = list(commands)[:MAX_CHECKS]
    return {f"C{place}": command for place, command in enumerate(offered, start=1)}
