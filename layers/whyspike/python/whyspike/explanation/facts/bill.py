"""What the bill establishes about a cause, whoever explains it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from statistics import median

from whyspike.explanation.facts.trail import best_event
from whyspike.knowledge.families import family_of
from whyspike.model import BillingReason, Kind
from whyspike.model.evidence import BillLine, Detection, MovingLine, RankedEvents, RecordTypeMove

ORGANIC_LINES = 4
ORGANIC_SERVICES = 3
ORGANIC_RATIO = 3.5  # customers rarely more than triple in a day; loops grow a hundredfold
_TRAFFIC = ("cloudfront", "elb-lcu", "waf", "apigw", "route53", "cognito", "iot")
_REQUEST_DRIVEN: tuple[str, ...] = (
    *_TRAFFIC,
    "lambda",
    "dynamodb-on-demand",
    "s3-requests",
    "sqs",
    "sns",
    "kinesis-bytes",
    "firehose",
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
SAME_QUANTITY = 0.1  # by which days differ
FREE_USD = 0.01  # a day


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


def cover_ended(moves: Mapping[str, RecordTypeMove]) -> bool:
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
    if bill.excess_usd_per_day <= 0 or bill.expected_usd_per_day < FREE_USD:
        return False
    lines = request_driven(bill)
    own = bill.actual_usd_per_day / bill.expected_usd_per_day
    services = {bill.driver.service, *(line.service for line in lines)}
    traffic = [
        bill.family,
        *(family_of(line.service, line.usage_type).name for line in lines),
    ]
    if len(lines) < ORGANIC_LINES or len(services) < ORGANIC_SERVICES:
        return False
    if not any(family.startswith(_TRAFFIC) for family in traffic):
        return False
    ratios = [own, *(line.ratio for line in lines if line.ratio)]
    return bool(own <= ORGANIC_RATIO and median(ratios) >= 1.15)


def request_driven(bill: BillLine) -> tuple[MovingLine, ...]:
    """The lines that moved with a cell and grow as requests do."""
    return tuple(
        line
        for line in bill.moved_with_it
        if line.ratio and family_of(line.service, line.usage_type).name.startswith(_REQUEST_DRIVEN)
    )


def changed_type(bill: BillLine) -> bool:
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


class Nature(StrEnum):
    """What a cell's move is, as far as the bill alone shows it."""

    LATE_DATA = "late-data"
    MOVED = "moved"  # between lines, with little net change
    CREDITS_USED_UP = "credits-used-up"
    EXTENDED_SUPPORT = "extended-support"
    MARKETPLACE = "marketplace"
    SUPPORT_FEE = "support-fee"
    COMMITMENT_FEE = "commitment-fee"
    OTHER_CHARGE = "other-charge"  # credit, refund, tax, discount
    COVER_ENDED = "cover-ended"
    CHANGED_TYPE = "changed-type"
    GREW_TOGETHER = "grew-together"
    PAID_NOW = "paid-now"  # a free meter or a trial ended
    RATE = "rate"
    QUANTITY = "quantity"
    NEW_LINE = "new-line"


def nature(bill: BillLine, detection: Detection) -> Nature | None:
    """The first that the bill shows, in this order; None where it shows none."""
    shown = {
        Nature.LATE_DATA: is_late_data(bill, detection),
        Nature.MOVED: bill.kind is Kind.MIX_SHIFT and bool(bill.moved_against_it),
        **_charges(bill),
        Nature.COVER_ENDED: was_covered(bill)
        or (bill.excess_usd_per_day > 0 and cover_ended(record_moves(bill))),
        Nature.CREDITS_USED_UP: any(
            anomaly.billing_reason is BillingReason.CREDITS_USED_UP
            for anomaly in detection.anomalies
        ),
        Nature.GREW_TOGETHER: is_organic(bill),
        Nature.CHANGED_TYPE: changed_type(bill),
        Nature.PAID_NOW: was_free(bill),
        Nature.RATE: usage_is_flat(bill),
        Nature.QUANTITY: usage_moved(bill),
        Nature.NEW_LINE: bill.new_line or bill.new_service,
    }
    return next((one for one, holds in shown.items() if holds), None)


def _charges(bill: BillLine) -> dict[Nature, bool]:
    """Charges that are no AWS usage, by family and record type."""
    kind = (bill.driver.record_type or "").lower()
    discount = "discount" in kind.replace("discountedusage", "")
    return {
        Nature.OTHER_CHARGE: discount
        or "credit" in kind
        or "refund" in kind
        or "tax" in (bill.family, kind),
        Nature.SUPPORT_FEE: bill.family == "support-fee" or "support" in kind,
        Nature.COMMITMENT_FEE: bill.family.endswith("-fee")
        or "upfront" in kind
        or kind in COMMITMENT_FEES,
        Nature.EXTENDED_SUPPORT: bill.family.endswith("extended-support"),
        Nature.MARKETPLACE: bill.family.startswith("marketplace"),
    }


COMMITMENT_FEES = ("rifee", "savingsplanrecurringfee", "recurring reservation fee")


def record_moves(bill: BillLine) -> Mapping[str, RecordTypeMove]:
    """What each record type of the cell did, by its name in lower case."""
    return {move.record_type.lower(): move for move in bill.record_types_usd_per_day or ()}


def was_free(bill: BillLine) -> bool:
    """The same usage was counted at no charge before: on another meter, or on this one."""
    usage = bill.usage_per_day
    on_this = usage_is_flat(bill) and bill.expected_usd_per_day < FREE_USD
    return bool(usage and (usage.free_meter or on_this))


def was_covered(bill: BillLine) -> bool:
    """The same hours stood on a reservation's line before."""
    usage = bill.usage_per_day
    return bool(usage and usage.free_meter and "HeavyUsage:" in usage.free_meter)


def usage_is_flat(bill: BillLine) -> bool:
    """The quantity is as before: the rate changed."""
    usage = bill.usage_per_day
    return bool(usage and usage.flat and usage.before > 0)


def quantity_is_as_before(bill: BillLine) -> bool:
    """As much was used as before, whatever covered it: hours that a commitment covered count with
    those on demand."""
    if usage_is_flat(bill):
        return True
    moves = record_moves(bill)
    if not cover_ended(moves):
        return False
    used = [
        move
        for name, move in moves.items()
        if name in ("usage", "discountedusage") or "covered" in name
    ]
    before = sum(move.quantity_before for move in used)
    after = sum(move.quantity_after for move in used)
    return before > 0 and abs(after - before) <= SAME_QUANTITY * before


def usage_moved(bill: BillLine) -> bool:
    """The quantity changed."""
    usage = bill.usage_per_day
    return bool(usage and not usage.flat and usage.before > 0 and usage.unit)


def rate_is_as_before(bill: BillLine) -> bool:
    """The quantity moved as the cost did."""
    usage = bill.usage_per_day
    if not usage or not usage_moved(bill) or bill.expected_usd_per_day <= 0 or usage.after <= 0:
        return False
    before = bill.expected_usd_per_day / usage.before
    after = bill.actual_usd_per_day / usage.after
    return before > 0 and 0.8 <= after / before <= 1.25
