"""What CloudTrail establishes about a cause: which event stands out, and how an event relates to a
cell of the bill."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from whyspike.knowledge.events import CauseEvent, cause, normalise_event_source
from whyspike.knowledge.families import family_of
from whyspike.model.evidence import BillLine, FoundEvent, RankedEvent, RankedEvents

# Calibrated on the sample organisations and on variations of them (docs/attribution.md). What ties
# an event to the driver is
# worth more than its score: without a tie an event must be strong and alone.
TIED_SCORE, TIED_MARGIN = 6.5, 0.75
UNTIED_SCORE, UNTIED_MARGIN = 6.0, 1.2
COMMON = 0.8  # more, without a tie, where such calls are made on other days too
PLAUSIBLE = 4.0  # below it no event is worth a doubt

MAX_LAG = timedelta(days=14)  # before the onset, where no table says how late a call shows
LATE = timedelta(days=1)  # an onset may be a day off: its first day can be too small to be seen
# Services with one endpoint: their events stand in us-east-1 whatever they change.
_EVERYWHERE = frozenset(
    {
        "iam",
        "sts",
        "organizations",
        "cloudfront",
        "route53",
        "savingsplans",
        "support",
        "shield",
        "waf",
        "globalaccelerator",
        "budgets",
    }
)
_ID = re.compile(r"([a-z]+)-(?=[0-9a-f]*\d)[0-9a-f]{8,17}")


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
        if person_of(other) != person_of(first) and not other.effect_of_another_call
    ]
    if first.score < enough or (rivals and first.score - max(rivals) < margin):
        return None
    return first


def person_of(event: FoundEvent) -> tuple[str, str]:
    """The person in the session of a role that many share; else the principal."""
    session = event.session or ""
    return event.principal, session if "@" in session else ""


@dataclass(frozen=True)
class Relation:
    """How an event stands to a cell. `touches`: it names a resource of the cell or was tied to it;
    `fits`: a known call of the kind that moves this meter, in its Region; `near`: a call of the
    billed service in its Region."""

    in_time: bool
    after_onset: bool
    same_region: bool
    touches: bool
    fits: bool
    near: bool

    @property
    def any(self) -> bool:
        return self.touches or (self.same_region and (self.fits or self.near))


def relation(event: FoundEvent, bill: BillLine) -> Relation:
    """The relation of an event to a cell, of facts alone."""
    entries = _entries(event, bill)
    lag = max((timedelta(days=entry.lag_days) for entry in entries), default=MAX_LAG)
    at, onset = moment_of_event(event), datetime.combine(bill.onset, datetime.min.time(), UTC)
    last = onset + timedelta(days=1) + LATE
    family = family_of(bill.driver.service, bill.driver.usage_type)
    source = normalise_event_source(event.event_source)
    region = bill.driver.region
    return Relation(
        in_time=at is not None and onset - max(lag, MAX_LAG) <= at < last,
        after_onset=at is not None and at >= onset + timedelta(days=1),
        same_region=region in (None, "global", "NoRegion", event.region) or source in _EVERYWHERE,
        touches=touches(event, bill),
        fits=bool(entries),
        near=source in family.event_sources,
    )


def touches(event: FoundEvent, bill: BillLine) -> bool:
    """Whether an event names one of the cell's resources, or attribution tied it to the cell."""
    if isinstance(event, RankedEvent) and event.tied_to_driver:
        return True
    return bool(_tails(event.resources) & _tails(resources_of(bill)))


def other_resource(event: FoundEvent, bill: BillLine) -> bool:
    """Whether an event names resources of the kind of the cell's, and none of the cell's."""
    if touches(event, bill) or not event.resources:
        return False
    kinds = {kind for one in resources_of(bill) if (kind := _kind(one))}
    return bool(kinds & {_kind(one) for one in event.resources})


def resources_of(bill: BillLine) -> tuple[str, ...]:
    return (*bill.driver.resource_ids, *(one.id for one in bill.resources or ()))


def moment_of_event(event: FoundEvent) -> datetime | None:
    try:
        return datetime.fromisoformat(event.event_time.replace("Z", "+00:00"))
    except ValueError:
        return None


def _entries(event: FoundEvent, bill: BillLine) -> tuple[CauseEvent, ...]:
    direction = "down" if bill.excess_usd_per_day < 0 else "up"
    return tuple(
        entry
        for entry in cause(event.event_source, event.event)
        if entry.moves(bill.family, direction)
    )


def _tails(names: tuple[str, ...]) -> frozenset[str]:
    """Names without what stands before them in an ARN."""
    return frozenset(re.split(r"[:/]", name)[-1].lower() for name in names if name)


def _kind(resource: str) -> str:
    """What sort of thing an id or ARN names; empty where it does not show."""
    tail = re.split(r"[:/]", resource)[-1]
    if found := _ID.fullmatch(tail):
        return found[1]
    parts = resource.split(":")
    return ":".join((parts[2], parts[5].split("/")[0])) if len(parts) > 5 else ""
