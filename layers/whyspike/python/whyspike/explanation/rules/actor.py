"""Who did it, by rule: the best event when it stands out, else nobody (the evidence is whole) or
unknown (it is not)."""

from __future__ import annotations

from whyspike.model import Actor
from whyspike.model.evidence import RankedEvent, RankedEvents

# Calibrated on the sample organisations and on variations of them (docs/attribution.md). What ties
# an event to the driver is
# worth more than its score: without a tie an event must be strong and alone.
TIED_SCORE, TIED_MARGIN = 6.5, 0.75
UNTIED_SCORE, UNTIED_MARGIN = 6.0, 1.2
COMMON = 0.8  # more, without a tie, where such calls are made on other days too
PLAUSIBLE = 4.0  # below it no event is worth a doubt

# Categories in which nobody of the account calls an API: accounting, AWS's own dates, customers.
NOBODY = frozenset(
    {"billing-artefact", "commitment-expired", "extended-support-charge", "organic-traffic"}
)


def best_event(events: RankedEvents) -> RankedEvent | None:
    """The event that stands out as the cause, or None: naming the wrong one does more harm than
    naming none."""
    ranked = events.events
    if not events.available or not ranked:
        return None
    first = ranked[0]
    # A service of AWS acts on a setting that somebody made, a program uses what was deployed:
    # effects, and no rivals of a cause. Who made the setting is the better answer, where known.
    if first.effect_of_another_call:
        first = next(
            (
                event
                for event in ranked
                if not event.effect_of_another_call
                and event.tied_to_driver
                and event.score >= TIED_SCORE
            ),
            first,
        )
    enough, margin = (
        (TIED_SCORE, TIED_MARGIN) if first.tied_to_driver else (UNTIED_SCORE, UNTIED_MARGIN)
    )
    enough += COMMON if first.made_on_other_days and not first.tied_to_driver else 0.0
    rivals = [
        other.score
        for other in ranked[1:]
        if other.principal != first.principal and not other.effect_of_another_call
    ]
    if first.score < enough or (rivals and first.score - max(rivals) < margin):
        return None
    return first


def actor_of(category: str, events: RankedEvents, recurs: bool = False) -> Actor:
    """The actor of a cause of this category; nobody is to be asked about what `recurs` every month
    as planned."""
    if not events.available:
        return Actor("unknown")
    if category in NOBODY or recurs:
        return Actor("none")
    event = best_event(events)
    if event is not None:
        return Actor(
            event.principal_type,
            event.principal,
            event.session,
            event.event,
            event.event_source,
            event.event_time,
        )
    ranked = events.events
    if ranked and ranked[0].score >= PLAUSIBLE:
        return Actor("unknown")
    return Actor("none" if events.complete else "unknown")
