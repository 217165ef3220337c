"""Who did it, by rule: the best event when it stands out, else nobody (the evidence is whole) or
unknown (it is not)."""

from __future__ import annotations

from whyspike.explanation.facts.trail import PLAUSIBLE, best_event
from whyspike.model import Actor
from whyspike.model.evidence import FoundEvent, RankedEvents

# Categories in which nobody of the account calls an API: accounting, AWS's own dates, customers.
NOBODY = frozenset(
    {"billing-artefact", "commitment-expired", "extended-support-charge", "organic-traffic"}
)


def actor_of(category: str, events: RankedEvents, recurs: bool = False) -> Actor:
    """The actor of a cause of this category; nobody is to be asked about what `recurs` every month
    as planned."""
    if not events.available:
        return Actor("unknown")
    if category in NOBODY or recurs:
        return Actor("none")
    event = best_event(events)
    if event is not None:
        return caller_of(event)
    ranked = events.events
    if ranked and ranked[0].score >= PLAUSIBLE:
        return Actor("unknown")
    return Actor("none" if events.complete else "unknown")


def caller_of(event: FoundEvent) -> Actor:
    """Who made the call."""
    return Actor(
        event.principal_type,
        event.principal,
        event.session,
        event.event,
        event.event_source,
        event.event_time,
    )
