"""Anomalies, and the items in which they are explained and told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from whyspike.model.accounts import Account, Scan
from whyspike.model.bills import DailyCosts, RecordClass


class Kind(StrEnum):
    """Shape of an anomaly."""

    SPIKE = "spike"  # up for a day or a few, then back
    BURST = "burst"  # several separate days
    LEVEL_SHIFT = "level-shift"
    RAMP = "ramp"
    NEW_SERVICE = "new-service"
    DROP = "drop"
    MIX_SHIFT = "mix-shift"  # from one usage type to another, little net change
    UNIT_PRICE = "unit-price"  # of a usage type, where its quantity hides it from the bill
    NONE = "none"


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class BillingReason(StrEnum):
    """Why a series other than usage moved; USAGE for ordinary anomalies."""

    USAGE = "usage"
    CREDITS_USED_UP = "credits-used-up"
    COMMITMENT_EXPIRED = "commitment-expired"
    CALENDAR_CHARGE = "calendar-charge"  # first month-start charge, told as what it is
    RECURRING_CHARGE = "recurring-charge"  # of a quarter, half a year or a year, known before
    FEE = "fee"
    OTHER = "other"


@dataclass(frozen=True)
class Anomaly:
    """FinOps Foundation: unpredicted variation of spend, larger than history would let one
    expect."""

    account_id: str
    service: str
    kind: Kind
    onset: date  # first usage date
    usage_date: date  # the usage date that was judged (scan date or one of the three days before)
    actual_spend: Decimal  # of usage_date
    expected_spend: Decimal
    expected_low: Decimal
    expected_high: Decimal
    impact: Decimal  # actual minus expected, summed from onset to scan date; negative for a drop
    impact_percentage: float | None  # of usage_date; None where nothing was expected
    projected_monthly_impact: Decimal
    score: float  # how unusual; above the threshold of the settings it is an anomaly
    severity: Severity
    reason: str  # "Wednesdays cost $40-46 for eight weeks; yesterday cost $288"
    ongoing: bool = True
    record_class: RecordClass = RecordClass.USAGE
    usage_type: str | None = None  # set where the bill was judged that finely
    billing_reason: BillingReason = BillingReason.USAGE
    alert: bool = True  # False: digest only (drops, immaterial news)
    growth_weeks: int = 0  # over which it grew without a day that stands out; 0: no such growth


@dataclass(frozen=True)
class FlaggedItem:
    """Anomalies of one account that share an onset: explained together, told together."""

    item_id: str  # "<account_id>-<onset>-<8 hex of the leading scope>"
    account_id: str
    onset: date
    anomalies: tuple[Anomaly, ...]  # largest impact first; never empty

    @property
    def leading(self) -> Anomaly:
        return self.anomalies[0]

    @property
    def alert(self) -> bool:
        return any(anomaly.alert for anomaly in self.anomalies)


@dataclass(frozen=True)
class AccountScan:
    """What DetectAnomalies found in one account; stored at
    `scans/<scan_id>/accounts/<account_id>.json`."""

    scan: Scan
    account: Account
    costs: DailyCosts
    items: tuple[FlaggedItem, ...]
