"""An event as a candidate for the cause, and calls of one burst as one candidate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from whyspike.attribution.trail.events import Event
from whyspike.knowledge.events import CauseEvent

BURST = timedelta(hours=6)
_BURST_POINTS = {
    3: 0.5,
    8: 0.5,
}  # the fourth and the ninth call of a burst: many at once are the larger change


@dataclass(frozen=True)
class Candidate:
    """An event, its score as a cause, what speaks for it and what against it, and how often the
    same principal made the same call besides."""

    event: Event
    score: float
    speaks_for: tuple[str, ...]
    category: str
    tied: bool  # touched the driver's resources, carries its names or its type
    unusual_address: bool = (
        False  # from a public address from which this principal never called before
    )
    changed_address: bool = False  # and it is known to have called from elsewhere
    common: bool = False  # such calls are made on other days too
    effect: bool = False  # follows from somebody else's call
    again: int = 0  # the same call by the same principal within the burst (several targets at once)
    signs: tuple[int, tuple[str, ...]] = (0, ())  # of an intruder: points, and the calls
    speaks_against: tuple[str, ...] = ()
    only_repeated: bool = False  # nothing known ties it to this cost
    entry: CauseEvent | None = field(default=None, compare=False)


def merged(ranked: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Calls of one burst (same principal and name within six hours) as one candidate: the first of
    the best."""
    kept: list[Candidate] = []
    for item in ranked:
        twin = next((other for other in kept if _same_burst(item.event, other.event)), None)
        if twin is None:
            kept.append(item)
            continue
        at = kept.index(twin)
        first = (
            item if item.event.time < twin.event.time and item.score >= twin.score - 0.5 else twin
        )
        score = round(twin.score + _BURST_POINTS.get(twin.again + 1, 0.0), 2)
        kept[at] = replace(
            twin, event=first.event, score=score, tied=twin.tied or item.tied, again=twin.again + 1
        )
    return tuple(sorted(kept, key=lambda item: -item.score))


def _same_burst(one: Event, other: Event) -> bool:
    return (
        one.name == other.name
        and one.principal == other.principal
        and one.session == other.session
        and one.region == other.region
        and abs(one.time - other.time) <= BURST
    )
