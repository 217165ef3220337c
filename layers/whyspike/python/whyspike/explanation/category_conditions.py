"""Whether a category can be said of a cell: what the evidence must show for each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from whyspike.explanation.claims.evidence import CellEvidence
from whyspike.explanation.facts.bill import Nature, changed_type, is_intrusion, is_organic, nature
from whyspike.knowledge.categories import category_family
from whyspike.knowledge.events import cause
from whyspike.knowledge.families import default_category, family_of
from whyspike.model import BillingReason
from whyspike.model.evidence import Detection, FoundEvent

Holds = Callable[[CellEvidence, Detection, FoundEvent | None], bool]


def category_problem(
    category: str, cell: CellEvidence, detection: Detection, event: FoundEvent | None
) -> str:
    """Why a category does not fit a cell and the event that is taken for its cause, or ''."""
    if category in _CONDITIONS:
        if _CONDITIONS[category](cell, detection, event):
            return ""
        return f"the evidence does not show {category} for {cell.ref}"
    named = _of_meter(category, cell) or (event is not None and category in _of_event(event, cell))
    if not (_usage(cell, detection, event) and named):
        return f"neither the meter of {cell.ref} nor the event speaks for {category}"
    return ""


def _shows(*natures: Nature) -> Holds:
    return lambda cell, detection, _: nature(cell.bill, detection) in natures


def _commitment_ended(cell: CellEvidence, detection: Detection, _: FoundEvent | None) -> bool:
    reasons = {anomaly.billing_reason for anomaly in detection.anomalies}
    shown = nature(cell.bill, detection)
    return shown is Nature.COVER_ENDED or (
        shown is Nature.RATE and BillingReason.COMMITMENT_EXPIRED in reasons
    )


def _usage(cell: CellEvidence, detection: Detection, _: FoundEvent | None) -> bool:
    """More of something is used; the bill shows no accounting."""
    return nature(cell.bill, detection) not in (
        Nature.LATE_DATA,
        Nature.OTHER_CHARGE,
        Nature.SUPPORT_FEE,
        Nature.COMMITMENT_FEE,
        Nature.COVER_ENDED,
        Nature.CREDITS_USED_UP,
        Nature.PAID_NOW,
        Nature.RATE,
    )


def _rose_by_event(cell: CellEvidence, detection: Detection, event: FoundEvent | None) -> bool:
    return (
        _usage(cell, detection, event)
        and cell.bill.excess_usd_per_day > 0
        and event is not None
        and _measures(cell) in ("hours", "units", "byte-hours", "requests", "bytes")
    )


def _measures(cell: CellEvidence) -> str:
    return family_of(cell.bill.driver.service, cell.bill.driver.usage_type).measures


_CONDITIONS: Mapping[str, Holds] = {
    "compromised-credentials": lambda cell, *_: is_intrusion(cell.bill, cell.trail),
    "billing-artefact": _shows(
        Nature.OTHER_CHARGE,
        Nature.CREDITS_USED_UP,
        Nature.LATE_DATA,
        Nature.PAID_NOW,
        Nature.RATE,
    ),
    "commitment-expired": _commitment_ended,
    "commitment-purchase": _shows(Nature.COMMITMENT_FEE),
    "extended-support-charge": _shows(Nature.EXTENDED_SUPPORT),
    "marketplace-or-support-charge": _shows(Nature.MARKETPLACE, Nature.SUPPORT_FEE),
    "resources-removed": lambda cell, *_: cell.bill.excess_usd_per_day < 0,
    "organic-traffic": lambda cell, *_: is_organic(cell.bill),
    "ai-token-usage": lambda cell, *_: _measures(cell) == "tokens",
    "resource-config-change": lambda cell, detection, event: (
        changed_type(cell.bill) or _rose_by_event(cell, detection, event)
    ),
    "scaling-out": _rose_by_event,
    "new-resources-launched": _rose_by_event,
}


def _of_meter(category: str, cell: CellEvidence) -> bool:
    """Whether the meter's usual category is this one or of its family."""
    family = family_of(cell.bill.driver.service, cell.bill.driver.usage_type)
    usual = default_category(family)
    return category == usual or (
        category != "ml-compute-left-running"
        and category_family(category) == category_family(usual)
    )


def _of_event(event: FoundEvent, cell: CellEvidence) -> frozenset[str]:
    return frozenset(
        entry.category
        for entry in cause(event.event_source, event.event)
        if entry.moves(cell.bill.family)
    )
