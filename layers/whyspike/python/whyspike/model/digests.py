"""The digest of one scan as typed values; docs/digest.md gives the format that is stored of it.

Money is in US dollars, rounded for people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from whyspike.model.anomalies import Kind, Severity
from whyspike.model.aws_anomalies import BesideAws
from whyspike.model.bills import CostMetric
from whyspike.model.commitments import CommitmentEnd
from whyspike.model.feedback import IncidentState
from whyspike.model.months import MonthSummary
from whyspike.model.outcomes import LeftOut


class Group(StrEnum):
    """The list of the digest that an incident stands in."""

    FOUND = "found"
    PLANNED = "planned"
    ESCALATED = "escalated"
    ONGOING = "ongoing"
    OVER = "over"  # what would be ongoing, and is back within the expected spend
    RESOLVED = "resolved"
    NOW_NORMAL = "now-normal"  # it costs as much as it did, which is the new level
    RESTATED = "restated"
    RECURRING = "recurring"  # charges of a quarter or a year that came before, said once
    GROWING = "growing"  # slowly, said when it begins and when it has doubled
    DROPS = "drops"
    MINOR = "minor"


class Cap(StrEnum):
    """A cap of the scan or of its month, in the words for what it caps."""

    COST_EXPLORER = "Cost Explorer requests"
    CLAUDE = "Claude tokens"
    COST_EXPLORER_MONTH = "Cost Explorer requests of the month"
    CLAUDE_MONTH = "Claude tokens of the month"


@dataclass(frozen=True)
class AccountShare:
    """One account's incident within a line of several."""

    incident_id: str
    account_id: str
    account_name: str
    owner: str
    usd: float  # a day while it goes on, else in all


@dataclass(frozen=True)
class DigestLine:
    """One incident, or several that have one cause: then `accounts` are theirs, the money is
    their sum, and what names one account is of the largest. `title`, `what` and `amount` are the
    words that its owner reads; it has dollars a day and a month only while it goes on."""

    incident_id: str
    happened: str
    account_id: str
    account_name: str
    title: str
    what: str
    service: str
    services: tuple[str, ...]
    kind: Kind
    severity: Severity
    state: IncidentState
    onset: date
    when: str  # "since 2026-11-05"
    goes_on: bool
    amount: str
    per_day_usd: float
    impact_usd: float
    monthly_usd: float
    owner: str
    reason: str
    accounts: tuple[AccountShare, ...] = ()
    cause: str = ""  # of several: what is known of it; of one: how many others share it
    unanswered_days: int = 0  # since its owner was first told, where nobody has answered

    @property
    def owned_by(self) -> str:
        """ "owner #shop", or "3 owners" of accounts that share the cause"""
        several = len({share.owner for share in self.accounts} - {"unowned"}) > 1
        return self.owner if several else f"owner {self.owner}"

    @property
    def account_ids(self) -> tuple[str, ...]:
        return tuple(share.account_id for share in self.accounts) or (self.account_id,)


@dataclass(frozen=True)
class Shortfall:
    """What an account did not get, a scan or its message, why, what to do about it, and the
    command that then makes up for it."""

    account_id: str
    name: str
    error: str
    reason: str
    remedy: str
    again: str


@dataclass(frozen=True)
class ExplanationShortfall(Shortfall):
    """One flagged item whose owner was told the numbers alone."""

    item_id: str


@dataclass(frozen=True)
class TargetShortfall:
    """A target that did not take what it was to be told: how many messages wait for it, since when,
    why, and what to do about it. The next scan sends them."""

    name: str
    waiting: int
    since: date
    error: str
    reason: str
    remedy: str


@dataclass(frozen=True)
class Unowned:
    """An account whose incidents fell through to the default channel, and what would give it an
    owner."""

    account_id: str
    name: str
    remedy: str


@dataclass(frozen=True)
class AccountDays:
    """Days of an account's bill that are told apart, and `reason`: what is so of them, in words."""

    account_id: str
    name: str
    days: tuple[date, ...]
    reason: str


@dataclass(frozen=True)
class Coverage:
    """Who was scanned and told, and who was not; of whose bill nothing is known yet (`no_bill`),
    whose history is too short (`not_judged`), which recent days no bill came for (`gaps`),
    which days were judged late, since no scan had judged them (`judged_late`), what else could
    not be asked, one sentence each (`not_asked`), and of whom earlier months are not known
    (`months_unknown`)."""

    in_scope: int
    scanned: int
    not_scanned: tuple[Shortfall, ...] = ()
    owners_not_told: tuple[Shortfall, ...] = ()
    not_explained: tuple[ExplanationShortfall, ...] = ()
    settings: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    no_bill: tuple[AccountDays, ...] = ()
    not_judged: tuple[AccountDays, ...] = ()
    gaps: tuple[AccountDays, ...] = ()
    judged_late: tuple[AccountDays, ...] = ()
    never_judged: tuple[AccountDays, ...] = ()  # no scan ran, and they are too long ago
    not_asked: tuple[str, ...] = ()
    months_unknown: tuple[AccountDays, ...] = ()
    targets: tuple[TargetShortfall, ...] = ()  # that did not take what they were to be told


@dataclass(frozen=True)
class ScanCost:
    """What the scan used and what AWS and Anthropic bill for it; `capped` is what a cap cut off."""

    ce_requests: int
    ce_usd: float
    claude_requests: int
    claude_tokens: int
    claude_usd: float
    total_usd: float
    capped: tuple[Cap, ...] = ()


@dataclass(frozen=True)
class PracticeFigures:
    """Over the incidents of the period; None where nothing can be said yet."""

    period_days: int
    count: int
    spend_per_anomaly_usd: float | None
    time_to_acknowledge_hours: float | None
    time_to_resolve_days: float | None
    spend_avoided_usd: float
    unactionable_share: float | None


@dataclass(frozen=True)
class Digest:
    """What was found, what was not scanned and why, what it cost. `headline` is one sentence: on a
    quiet day it is the whole digest."""

    scan_id: str
    scan_date: date
    coverage: Coverage
    counts: Mapping[Group, int]
    lines: Mapping[Group, tuple[DigestLine, ...]]
    largest: DigestLine | None
    unowned: tuple[Unowned, ...]
    daily_excess_usd: float
    scan_cost: ScanCost
    figures: PracticeFigures
    headline: str
    # of how many accounts which cost was judged
    metrics: Mapping[CostMetric, int] = field(default_factory=dict)
    daily_spend_usd: float = 0.0  # of the accounts that were judged, on the newest day of each
    month: MonthSummary | None = None  # once a week
    ends: tuple[CommitmentEnd, ...] = ()  # of commitments, within 30 days
    beside_aws: BesideAws | None = None  # None: AWS's own detector was not asked, or refused
