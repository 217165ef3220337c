"""An item whose cause may have been found in another account: checked against this account's own
trail, which costs nothing, before it gets that explanation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from whyspike.attribution.bill.plan import Case
from whyspike.attribution.evidence import found_event
from whyspike.explanation.common_cause import bond_of, change_of, shared
from whyspike.explanation.rules.explain import explain
from whyspike.incidents.common_causes import has_same_price
from whyspike.model import EvidenceItem, Explanation
from whyspike.model.common_causes import Bond, CausePlace, Tie
from whyspike.model.evidence import RankedEvents, StoredEvidence
from whyspike.steps.explain_anomaly.gather import Sources, gather_trail


@dataclass(frozen=True)
class Explained:
    """An explanation with all that it was written from, and what ties it to a common cause."""

    explanation: Explanation
    evidence: StoredEvidence
    tie: Tie | None = None


def explain_as_elsewhere(
    case: Case,
    sources: Sources,
    place: CausePlace,
    found_there: Explanation,
    there: Sequence[EvidenceItem],
) -> Explained:
    """With a tie where the cause holds here too; without one what the account's trail alone lets
    the rules say, until the item is looked into itself. Asks Cost Explorer for nothing."""
    free = replace(sources, cost_explorer=None, open_payer=None)
    same_price = has_same_price(place.price_ratio, place.sample_price_ratio)
    if place.price_ratio and not same_price:
        place = replace(place, price_ratio=None)
    if same_price:  # no call of the account does that
        free = replace(free, open_cloudtrail=None)
    change = change_of(found_there)
    event_name = change.event if change else None
    trail = gather_trail(case, free, _region_of(found_there, there), event_name)
    calls = [found_event(event) for event in trail.named]
    found = (
        (Bond.SAME_PRICE, None)
        if same_price
        else bond_of(found_there, there, trail.items, calls, trail.was_read)
    )
    if found is None:
        return Explained(explain(trail.items), _stored(case, trail.items))
    explanation, content, tie = shared(found_there, trail.items, place, *found)
    asked = f"account {place.sample_account}, looked into for all that share the cause"
    item = EvidenceItem(f"E{len(trail.items) + 1}", "organization", asked, content)
    return Explained(explanation, _stored(case, (*trail.items, item)), tie)


def _stored(case: Case, items: tuple[EvidenceItem, ...]) -> StoredEvidence:
    return StoredEvidence(case.item.item_id, case.item.account_id, items)


def _region_of(found_there: Explanation, there: Sequence[EvidenceItem]) -> str | None:
    """Where the change was made; else where the cost lies."""
    if not found_there.findings:
        return None
    actor = found_there.findings[0].actor
    made = [
        event.region
        for item in there
        if isinstance(item.content, RankedEvents)
        for event in item.content.events
        if event.region and (event.event, event.event_time) == (actor.event, actor.event_time)
    ]
    return made[0] if made else found_there.findings[0].driver.region
