"""Which category a cause is: what changed, not which line grew. The order of the rules is the
precedence of docs/categories.md."""

from __future__ import annotations

from whyspike.explanation.facts.bill import (
    COMMITMENT_FEES,
    changed_type,
    cover_ended,
    is_intrusion,
    is_late_data,
    is_organic,
    record_moves,
    was_covered,
    was_free,
)
from whyspike.explanation.facts.trail import best_event
from whyspike.knowledge.categories import category_family
from whyspike.knowledge.families import default_category, family_of
from whyspike.model import BillingReason, Kind
from whyspike.model.evidence import BillLine, Detection, RankedEvents

_COMMITTABLE = (
    "ec2-instances",
    "rds-instances",
    "elasticache-nodes",
    "opensearch-instances",
    "redshift-nodes",
    "fargate",
    "lambda-compute",
)


def category_of(bill: BillLine, events: RankedEvents, detection: Detection) -> str:
    """The category of one cause; `bill`, `events` and `detection` are contents of evidence
    items."""
    if is_intrusion(bill, events):
        return "compromised-credentials"
    accounting = _accounting(bill, events, detection)
    if accounting:
        return accounting
    falling = bill.excess_usd_per_day < 0
    event = best_event(events)
    if is_organic(bill) and not (event and event.tied_to_driver and event.score >= 8):
        return "organic-traffic"
    if changed_type(bill):
        return "resource-config-change"
    if bill.family == "logs-queries" and bill.kind in (Kind.SPIKE, Kind.BURST):
        return (  # a person's query; what queries every day is monitoring
            "batch-job-or-query-runaway"
        )
    if event is not None and (
        not falling
        or event.category in ("resources-removed", "resource-config-change", "scaling-out")
    ):
        category = event.category
        return (
            "resources-removed"
            if falling and category == "scaling-out"
            else _of_volume(bill, category)
        )
    return default_category(bill.family, "down" if falling else "up")


def _of_volume(bill: BillLine, category: str) -> str:
    """Bytes and requests that rise because machines were added are told by what rises; and bytes
    moved by a loop as such."""
    family = family_of(bill.driver.service, bill.driver.usage_type)
    default = default_category(family)
    units = category in ("new-resources-launched", "scaling-out") and family.measures in (
        "bytes",
        "requests",
        "tokens",
    )
    moved = category_family(default) == "network" and category_family(category) == "usage-volume"
    return default if (units or moved) and default != "organic-traffic" else category


def _accounting(bill: BillLine, events: RankedEvents, detection: Detection) -> str | None:
    """Categories of the billing family, where usage is as before or is no usage."""
    if is_late_data(bill, detection):
        return "billing-artefact"
    return (
        _of_record_type(bill)
        or _of_cover(bill, events, detection)
        or ("marketplace-or-support-charge" if bill.family.startswith("marketplace") else None)
    )


def _of_record_type(bill: BillLine) -> str | None:
    """What the kind of charge says: credits, tax, commitments and fees are no usage."""
    family = bill.family
    record_type = (bill.driver.record_type or "").lower()
    discount = "discount" in record_type.replace("discountedusage", "")
    if discount or "credit" in record_type or "refund" in record_type:
        return "billing-artefact"
    if "tax" in (family, record_type):
        return "billing-artefact"
    if family == "support-fee":
        return "marketplace-or-support-charge"
    if "upfront" in record_type or record_type in COMMITMENT_FEES or family.endswith("-fee"):
        return "commitment-purchase"
    if "support" in record_type or record_type == "fee":
        return "marketplace-or-support-charge"
    return "extended-support-charge" if family.endswith("extended-support") else None


def _of_cover(bill: BillLine, events: RankedEvents, detection: Detection) -> str | None:
    """What ended or changed around the same usage: a commitment, credits, a price."""
    reasons = {anomaly.billing_reason for anomaly in detection.anomalies}
    moves = record_moves(bill)
    flat = bill.usage_per_day is not None and bill.usage_per_day.flat
    if was_covered(bill):
        return "commitment-expired"
    if bill.usage_per_day and bill.usage_per_day.free_meter:
        return "billing-artefact"
    if bill.excess_usd_per_day > 0 and cover_ended(moves):
        return "commitment-expired"
    if BillingReason.COMMITMENT_EXPIRED in reasons and flat:
        return "commitment-expired"
    if BillingReason.CREDITS_USED_UP in reasons:
        return "billing-artefact"
    if was_free(bill) and moves:
        return "billing-artefact"
    if flat and best_event(events) is None:
        committable = not moves and bill.family in _COMMITTABLE
        return "commitment-expired" if committable else "billing-artefact"
    return None
