"""The words of whyspike as types (docs/glossary.md): frozen values, parsed once at the door (see payload.py).

Money is Decimal in US dollars; float64 appears in `CostSeries` (it feeds numpy) and in ratios.
Dates are UTC usage dates; a period includes its start and excludes its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

# ------------------------------------------------------------------ accounts and owners


class AccountState(StrEnum):
    """Organizations `State` (`Status` is retired)."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    PENDING_CLOSURE = "PENDING_CLOSURE"
    PENDING_ACTIVATION = "PENDING_ACTIVATION"
    CLOSED = "CLOSED"


@dataclass(frozen=True)
class Owner:
    """Who is told. `source` is the link of the chain that named the owner; `default` means unowned."""

    name: str
    source: str  # resource-tag | account-tag | ou | alternate-contact | default
    channel: str | None = None  # Slack channel, "#name" or id
    email: str | None = None


@dataclass(frozen=True)
class Account:
    """A member account of the organisation."""

    account_id: str
    name: str
    email: str = ""
    ou_path: str = ""  # "Workloads/Prod"
    state: AccountState = AccountState.ACTIVE
    joined: date | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    owner: Owner | None = None


@dataclass(frozen=True)
class Scan:
    """One run of the workflow over the organisation; travels in every state's input."""

    scan_id: str  # the scan date, or "<scan date>-<suffix>" for a partial run
    scan_date: date  # the usage date that is judged
    lookback_days: int = 90


@dataclass(frozen=True)
class AccountTask:
    """Input of a state that works on one account."""

    scan: Scan
    account: Account


@dataclass(frozen=True)
class AnomalyTask(AccountTask):
    """Input of ExplainAnomaly: one flagged item of the account."""

    anomaly_id: str


# ------------------------------------------------------------------ bills


class RecordClass(StrEnum):
    """What kind of charge a record type is; only `USAGE` can be a usage anomaly."""

    USAGE = "usage"
    CREDIT = "credit"
    REFUND = "refund"
    TAX = "tax"
    FEE = "fee"  # support, marketplace subscriptions and other one-off or monthly fees
    COMMITMENT = "commitment"  # reservation and Savings Plan fees, upfront and recurring, and negations
    OTHER = "other"  # a record type that AWS invented since; judged apart and logged


@dataclass(frozen=True)
class CostSeries:
    """One daily series of an account's bill; `costs[i]` is None where the bill has no row for that day."""

    service: str
    costs: tuple[float | None, ...]
    record_class: RecordClass = RecordClass.USAGE
    usage_type: str | None = None  # None: the whole service


@dataclass(frozen=True)
class DailyCosts:
    """Unblended daily costs of one account. `dates` are contiguous, oldest first, and end with the scan date;
    every series has their length."""

    account_id: str
    dates: tuple[date, ...]
    series: tuple[CostSeries, ...]
    currency: str = "USD"
    requests: int = 0  # Cost Explorer requests that it took


@dataclass(frozen=True)
class CostQuery:
    """One question to Cost Explorer, daily, [start, end). `group_by` holds at most two of its dimensions ("USAGE_TYPE")
    or tags ("TAG:team"); `filter` is an Expression of its API. `with_resources` asks GetCostAndUsageWithResources
    (RESOURCE_ID; the last 14 days only)."""

    start: date
    end: date
    group_by: tuple[str, ...]
    filter: Mapping[str, Any] | None = None
    metrics: tuple[str, ...] = ("UnblendedCost", "UsageQuantity")
    with_resources: bool = False
    max_pages: int | None = None  # pages to read at most; None: all


@dataclass(frozen=True)
class CostRow:
    """One group of one day. `keys` follow `CostQuery.group_by`; a tag value comes without its "key$" ("" is untagged)."""

    usage_date: date
    keys: tuple[str, ...]
    cost: float  # first metric, in `currency`
    quantity: float = 0.0  # UsageQuantity, 0.0 where it was not asked for
    unit: str = ""  # unit of the quantity
    currency: str = "USD"


@dataclass(frozen=True)
class CostAnswer:
    """All pages of one query, merged by date; zero groups are absent, as in the API."""

    query: CostQuery
    rows: tuple[CostRow, ...]
    requests: int  # pages that were paid for


# ------------------------------------------------------------------ anomalies


class Kind(StrEnum):
    """Shape of an anomaly."""

    SPIKE = "spike"  # up for a day or a few, then back
    BURST = "burst"  # several separate days
    LEVEL_SHIFT = "level-shift"
    RAMP = "ramp"
    NEW_SERVICE = "new-service"
    DROP = "drop"
    MIX_SHIFT = "mix-shift"  # from one usage type to another, little net change
    NONE = "none"


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Cause(StrEnum):
    """Why a series other than usage moved; USAGE for ordinary anomalies."""

    USAGE = "usage"
    CREDITS_USED_UP = "credits-used-up"
    COMMITMENT_EXPIRED = "commitment-expired"
    CALENDAR_CHARGE = "calendar-charge"  # first month-start charge, told as what it is
    FEE = "fee"
    OTHER = "other"


@dataclass(frozen=True)
class Anomaly:
    """FinOps Foundation: unpredicted variation of spend, larger than history would let one expect."""

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
    cause: Cause = Cause.USAGE
    alert: bool = True  # False: digest only (drops, immaterial news)


@dataclass(frozen=True)
class FlaggedItem:
    """Anomalies of one account that share an onset: explained together, told together."""

    anomaly_id: str  # "<account_id>-<onset>-<8 hex of the leading scope>"
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
    """What DetectAnomalies found in one account; stored at `scans/<scan_id>/accounts/<account_id>.json`."""

    scan: Scan
    account: Account
    costs: DailyCosts
    items: tuple[FlaggedItem, ...]


# ------------------------------------------------------------------ evidence and explanations


class Gap(StrEnum):
    """Evidence that was denied or missing."""

    ASSUME_ROLE = "assume_role"
    CLOUDTRAIL = "cloudtrail"
    TAGS = "tags"
    RESOURCE_LEVEL = "resource_level"
    COST_EXPLORER = "cost_explorer"


@dataclass(frozen=True)
class EvidenceItem:
    """One thing that was looked up. `content` is data from a bill, a tag or a log: hostile until escaped."""

    id: str  # "E1", "E2", ...
    source: str  # detection | cost-explorer | cloudtrail | resource | organization
    request: str  # what was asked, in words or as the call
    content: Any  # JSON value
    gap: Gap | None = None


@dataclass(frozen=True)
class Driver:
    """The cell of the bill that carries the impact."""

    service: str
    usage_type: str | None = None
    region: str | None = None
    tag_team: str | None = None
    tag_env: str | None = None
    record_type: str | None = None
    resource_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Actor:
    """Who did it. `none`: the evidence shows that nobody changed anything; `unknown`: it cannot tell."""

    kind: str = "unknown"  # iam-role | iam-user | root | aws-service | none | unknown
    name: str | None = None
    session: str | None = None
    event: str | None = None
    event_source: str | None = None
    event_time: str | None = None


@dataclass(frozen=True)
class Finding:
    """One cause within a flagged item."""

    kind: Kind
    category: str  # one of the closed list in docs/categories.md
    driver: Driver
    actor: Actor
    onset: date
    ongoing: bool
    excess_usd_per_day: float
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Derivation:
    """A number of the text that stands in no evidence item, and how it follows from those that do."""

    value: float
    op: str  # add | sub | mul | div | ratio | pct | share | mean | count
    args: tuple[float, ...]


@dataclass(frozen=True)
class Explanation:
    """The hypothesis why; `text` is Slack mrkdwn of at most 200 words, `commands` are read-only AWS CLI."""

    verdict: str  # incident | not-an-incident
    findings: tuple[Finding, ...]
    text: str
    commands: tuple[str, ...]
    fix: str
    written_by: str  # model id, or "rules"
    confidence: str  # high | medium | low
    gaps: tuple[Gap, ...] = ()
    derived: tuple[Derivation, ...] = ()
    notes: tuple[str, ...] = ()  # what the checks removed or doubted; shown in the report


# ------------------------------------------------------------------ incidents and feedback


class IncidentState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    EXPECTED = "expected"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    RESTATED = "restated"


class FeedbackKind(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    EXPECTED = "expected"  # AWS: PLANNED_ACTIVITY
    SNOOZE = "snooze"
    FALSE_ALARM = "false-alarm"  # AWS: NO


@dataclass(frozen=True)
class AcceptedLevel:
    """A level of spend that a person called expected: from `onset` on it belongs to the baseline."""

    account_id: str
    service: str
    onset: date
    usage_type: str | None = None  # None: the whole service
    record_class: RecordClass = RecordClass.USAGE
