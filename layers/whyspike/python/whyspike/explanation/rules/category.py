"""Which category a cause is: what changed, not which line grew. The order of the rules is the
precedence of docs/categories.md."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from whyspike.explanation.rules.actor import best_event
from whyspike.knowledge.categories import category_family
from whyspike.knowledge.families import default_category, family_of
from whyspike.model import BillingReason, Kind
from whyspike.model.evidence import BillLine, Detection, RankedEvents, RecordTypeMove

ORGANIC_LINES = 4
ORGANIC_SERVICES = 3
ORGANIC_RATIO = 3.5  # customers rarely more than triple in a day; loops grow a hundredfold
_COMMITTABLE = (
    "ec2-instances",
    "rds-instances",
    "elasticache-nodes",
    "opensearch-instances",
    "redshift-nodes",
    "fargate",
    "lambda-compute",
)
_COMMITMENT_FEES = ("rifee", "savingsplanrecurringfee", "recurring reservation fee")
_TRAFFIC = ("cloudfront", "elb-lcu", "waf", "apigw", "route53", "cognito", "iot")
_REQUEST_DRIVEN: tuple[str, ...] = (
    *_TRAFFIC,
    "lambda",
    "dynamodb-on-demand",
    "s3-requests",
    "sqs",
    "sns",
    "kinesis-bytes",
    "fargate",
    "ec2-instances",
)
_REQUEST_DRIVEN += (
    "transfer-internet",
    "s3-transfer",
    "logs-ingestion",
    "elasticache",
    "aurora",
    "stepfunctions",
)
INTRUSION_POINTS = 2


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
    if _changed_type(bill):
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


def is_intrusion(bill: BillLine, events: RankedEvents) -> bool:
    """Somebody who should not be there: a long-term key from an address that it never used, or a
    role's session from another address than before; and usage that is new here, or calls that
    intruders make."""
    event = best_event(events)
    if event is None or bill.excess_usd_per_day <= 0:
        return False
    long_term = event.principal_type in ("iam-user", "root")
    machine = bill.untagged and str(event.session).startswith("i-")  # an instance's own credentials
    if not (event.unusual_address if long_term or machine else event.changed_address):
        return False
    new = 2 if bill.new_service or bill.new_region else 1 if bill.new_service_in_region else 0
    return new + event.signs_of_intrusion.points >= INTRUSION_POINTS


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
    if "upfront" in record_type or record_type in _COMMITMENT_FEES or family.endswith("-fee"):
        return "commitment-purchase"
    if "support" in record_type or record_type == "fee":
        return "marketplace-or-support-charge"
    return "extended-support-charge" if family.endswith("extended-support") else None


def _of_cover(bill: BillLine, events: RankedEvents, detection: Detection) -> str | None:
    """What ended or changed around the same usage: a commitment, credits, a price."""
    reasons = {anomaly.billing_reason for anomaly in detection.anomalies}
    moves = {move.record_type.lower(): move for move in bill.record_types_usd_per_day or ()}
    flat = bill.usage_per_day is not None and bill.usage_per_day.flat
    if bill.excess_usd_per_day > 0 and _cover_ended(moves):
        return "commitment-expired"
    if BillingReason.COMMITMENT_EXPIRED in reasons and flat:
        return "commitment-expired"
    if BillingReason.CREDITS_USED_UP in reasons:
        return "billing-artefact"
    if flat and best_event(events) is None:
        committable = not moves and bill.family in _COMMITTABLE
        return "commitment-expired" if committable else "billing-artefact"
    return None


def _cover_ended(moves: Mapping[str, RecordTypeMove]) -> bool:
    """Hours went from what a Savings Plan or reservation covers to on demand."""
    covered = [
        move for name, move in moves.items() if "covered" in name or name == "discountedusage"
    ]
    before = sum(move.quantity_before for move in covered)
    after = sum(move.quantity_after for move in covered)
    on_demand = moves.get("usage")
    return bool(
        on_demand and before > 0 and after < 0.7 * before and on_demand.after > on_demand.before
    )


def is_late_data(bill: BillLine, detection: Detection) -> bool:
    """Most services cost far less on the last day: the bill of that day is not complete yet."""
    share = detection.share_of_services_lower_on_the_last_day
    return bool(bill.excess_usd_per_day < 0 and bill.onset == detection.scan_date and share >= 0.6)


def is_organic(bill: BillLine) -> bool:
    """Many request-driven lines of several services grew together and in a like proportion, traffic
    lines among them."""
    if bill.excess_usd_per_day <= 0:
        return False
    lines = [
        line
        for line in bill.moved_with_it
        if family_of(line.service, line.usage_type).name.startswith(_REQUEST_DRIVEN)
    ]
    lines = [line for line in lines if line.ratio]
    own = (
        bill.actual_usd_per_day / bill.expected_usd_per_day
        if bill.expected_usd_per_day >= 0.01
        else None
    )
    services = {bill.driver.service, *(line.service for line in lines)}
    traffic = [
        bill.family,
        *(family_of(line.service, line.usage_type).name for line in lines),
    ]
    if own is None or len(lines) < ORGANIC_LINES or len(services) < ORGANIC_SERVICES:
        return False
    if not any(family.startswith(_TRAFFIC) for family in traffic):
        return False
    ratios = [own, *(line.ratio for line in lines if line.ratio)]
    return bool(own <= ORGANIC_RATIO and median(ratios) >= 1.15)


def _changed_type(bill: BillLine) -> bool:
    """One line fell as another of the same kind in the same service rose: another type, size, class
    or mode."""
    own = bill.family.split("-")[0]
    fell = [
        line
        for line in bill.moved_against_it
        if family_of(line.service, line.usage_type).name.split("-")[0] == own
    ]
    gone = sum(line.excess_usd for line in fell)
    return bool(bill.excess_usd_per_day > 0 and gone < -0.1 * bill.excess_usd_per_day)
