"""An incident: one anomaly over its whole life. Types only; incidents_judgement decides,
wire.table.incidents stores.

The key is the account, the scope and the onset as first seen (the `item_id` of its first scan);
nothing in it slides. docs/incidents.md draws the life cycle.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from whyspike.incidents.planned import PlannedActivity
from whyspike.model import (
    Anomaly,
    BillingReason,
    CostMetric,
    FeedbackKind,
    IncidentState,
    Kind,
    Owner,
    RecordClass,
    Severity,
)
from whyspike.model.common_causes import Tie

Scope = tuple[str, RecordClass, str | None]  # service, record class, usage type
SEVERITIES = list(Severity)


class NoticeKind(StrEnum):
    """What is told: to an owner about an incident, and to the FinOps channel about a scan."""

    NEW = "new"
    PLANNED = "planned"  # one quiet message: it was announced
    ESCALATED = "escalated"
    CORRECTED = "corrected"  # the bill was corrected to less than half of what was told
    SNOOZE_ENDED = "snooze-ended"
    REOPENED = "reopened"  # came back soon after it had ended
    RESOLVED = "resolved"
    NOW_NORMAL = "now-normal"  # over as an incident: it costs as much, and that is the new level
    RESTATED = "restated"  # the bill was corrected and the anomaly vanished
    DIGEST = "digest"  # the scan as a whole
    CHANGED = "changed"  # any change of an incident, told to machines
    COMMITMENT_ENDS = "commitment-ends"  # of no incident: Savings Plans, reservations


class Ending(StrEnum):
    """Why an incident is closed."""

    BACK_TO_EXPECTED = "back-to-expected"
    NEW_BASELINE = "new-baseline"  # still as high, and no longer unusual
    RESTATED = "restated"
    FALSE_ALARM = "false-alarm"


@dataclass(frozen=True)
class Rules:
    """When an incident is told again, and when it is over."""

    settle_days: int = 2  # known usage dates within the expected band before it is resolved
    slide_days: int = 5  # how far the onset of the same anomaly may slide from scan to scan
    reopen_days: int = 7  # an anomaly that returns this soon after the end is the same incident
    escalation_factor: Decimal = Decimal(2)
    severity_factor: Decimal = Decimal("1.5")  # enough where severity rose as well
    escalation_minimum_usd: Decimal = Decimal(10)  # a day; doubling a few dollars is no news
    snooze_days: int = 7


@dataclass(frozen=True)
class Member:
    """One anomaly of the incident, as last seen."""

    anomaly: Anomaly
    last_seen: date  # scan date
    known_until: date | None = None  # the newest day of that scan's bill; None: its scan date

    @property
    def scope(self) -> Scope:
        return scope_of(self.anomaly)

    @property
    def last_excess(self) -> date:
        """The last usage date known to be out of the expected band."""
        return (
            max(self.known_until or self.last_seen, self.anomaly.usage_date)
            if self.anomaly.ongoing
            else self.anomaly.usage_date
        )


@dataclass(frozen=True)
class Told:
    """What the owner last read about the incident; later changes are measured against it."""

    notice: NoticeKind
    scan_date: date
    impact: Decimal
    per_day: Decimal
    severity: Severity
    ongoing: bool
    known_until: date | None = None  # the newest day that its figures hold; None: its scan date
    first: date | None = None  # the scan date of the first message; None: this one, or not kept

    @property
    def since(self) -> date:
        return self.first or self.scan_date

    @property
    def until(self) -> date:
        return self.known_until or self.scan_date


@dataclass(frozen=True)
class SaidGrowth:
    """What the digest last said of a slow growth: it is said again when it has doubled."""

    scan_date: date
    per_day: Decimal


@dataclass(frozen=True)
class Feedback:
    """What a person answered, and who and when."""

    kind: FeedbackKind
    by: str  # Slack user id
    at: datetime  # UTC
    reason: str = ""


@dataclass(frozen=True)
class Thread:
    """The Slack thread of the incident: its root message."""

    channel: str
    ts: str


@dataclass(frozen=True)
class Incident:
    incident_id: str  # item_id of the flagged item that it was first seen as
    account_id: str
    account_name: str
    onset: date  # as first seen
    state: IncidentState
    members: tuple[Member, ...]  # largest impact first; never empty
    first_scan_date: date
    last_scan_date: (
        date  # the newest scan that judged the incident, whether or not it saw the anomaly
    )
    last_seen: date  # the newest scan that saw the anomaly
    scan_id: str  # the scan that saw it last; with item_id the key of its explanation in the bucket
    item_id: str
    alert: bool = False  # False: digest only
    owner: Owner | None = None
    told: Told | None = None
    planned: str | None = None  # "load test (jane@example.com), up to $500, until 2026-11-27"
    plan: PlannedActivity | None = (
        None  # the entry that covered it last; holds on when the entry is taken out of the file
    )
    snoozed_until: date | None = None  # first scan date that is told again
    ended_on: date | None = None  # scan date that closed it
    ending: Ending | None = None
    feedback: tuple[Feedback, ...] = ()
    notices: int = 0  # messages decided so far; numbers the next one
    version: int = 0  # 0: not stored yet
    judged_until: date | None = None  # the newest day of the bills that judged it
    metric: CostMetric = CostMetric.UNBLENDED  # of its costs, as last seen
    tie: Tie | None = None  # what ties it to a cause that other accounts have too
    said_growth: SaidGrowth | None = None  # of slow growth
    thread: Thread | None = field(
        default=None, compare=False
    )  # set when the first message is delivered
    told_at: datetime | None = field(
        default=None, compare=False
    )  # clock time of the first delivery
    undelivered: bool = field(
        default=False, compare=False
    )  # in a scan's list: the message that it decided on is not known to be there

    @property
    def leading(self) -> Anomaly:
        return self.members[0].anomaly

    @property
    def impact(self) -> Decimal:
        """Dollars over the expected spend since the onset; negative for a drop."""
        return sum((m.anomaly.impact for m in _without_parts(self.members)), Decimal(0))

    @property
    def current(self) -> tuple[Member, ...]:
        """Members that the newest sighting saw, largest impact first; never empty."""
        return _without_parts(
            tuple(m for m in self.members if m.last_seen == self.last_seen) or self.members
        )

    @property
    def per_day(self) -> Decimal:
        """Dollars a day over the expected spend, on the usage dates judged last."""
        return sum(
            (m.anomaly.actual_spend - m.anomaly.expected_spend for m in self.current), Decimal(0)
        )

    @property
    def actual_spend(self) -> Decimal:
        return sum((m.anomaly.actual_spend for m in self.current), Decimal(0))

    @property
    def expected_spend(self) -> Decimal:
        return sum((m.anomaly.expected_spend for m in self.current), Decimal(0))

    @property
    def projected_monthly_impact(self) -> Decimal:
        return sum((m.anomaly.projected_monthly_impact for m in self.current), Decimal(0))

    @property
    def severity(self) -> Severity:
        return max((m.anomaly.severity for m in self.current), key=SEVERITIES.index)

    @property
    def ongoing(self) -> bool:
        return any(m.anomaly.ongoing for m in self.current)

    @property
    def last_excess(self) -> date:
        return max(m.last_excess for m in self.members)

    @property
    def is_closed(self) -> bool:
        return self.state in {IncidentState.RESOLVED, IncidentState.RESTATED}

    @property
    def is_recurring(self) -> bool:
        """A charge of a quarter or a year, which is expected."""
        return self.leading.billing_reason is BillingReason.RECURRING_CHARGE

    @property
    def is_paid_fee(self) -> bool:
        """A fee of a commitment that is known of one day: what was paid, and no rate a day."""
        leading = self.leading
        is_fee = leading.record_class is RecordClass.COMMITMENT and leading.actual_spend > 0
        return is_fee and not self.ongoing

    @property
    def is_growth(self) -> bool:
        """Slow growth that no day shows."""
        return self.leading.growth_weeks > 0

    @property
    def is_drop(self) -> bool:
        return self.leading.kind is Kind.DROP or self.impact < 0


def scope_of(anomaly: Anomaly) -> Scope:
    return anomaly.service, anomaly.record_class, anomaly.usage_type


def _without_parts(members: tuple[Member, ...]) -> tuple[Member, ...]:
    """No double counting: a usage type is part of its service where both are anomalies."""
    whole = {
        (m.anomaly.service, m.anomaly.record_class) for m in members if m.anomaly.usage_type is None
    }
    return tuple(
        m
        for m in members
        if m.anomaly.usage_type is None or (m.anomaly.service, m.anomaly.record_class) not in whole
    )


def as_told(incident: Incident, notice: NoticeKind, scan_date: date) -> Told:
    """What the owner knows once `notice` is delivered."""
    return Told(
        notice,
        scan_date,
        incident.impact,
        incident.per_day,
        incident.severity,
        incident.ongoing,
        incident.judged_until,
        incident.told.since if incident.told else scan_date,
    )


def foreseen(told: Told, days: int) -> Decimal:
    """The total that the message lets one expect after so many more days: a steady anomaly goes on
    at the rate that was told."""
    return max(told.impact, Decimal(0)) + max(told.per_day, Decimal(0)) * (
        days if told.ongoing else 0
    )


_ENDS: dict[Ending | None, NoticeKind] = {
    Ending.NEW_BASELINE: NoticeKind.NOW_NORMAL,
    Ending.RESTATED: NoticeKind.RESTATED,
}  # in what words an end is told; the others are resolved


def end_of(incident: Incident) -> NoticeKind:
    """In what words the end of a closed incident is told."""
    return _ENDS.get(incident.ending, NoticeKind.RESOLVED)


def what_happened(incident: Incident, scan_date: date) -> str:
    """The digest's word for the incident on `scan_date`; the same however often the scan is run.

    A notice kind (new, escalated, resolved, now-normal...), else closed (before, and its days are
    still in view), drop, minor (nobody was told), snoozed, expected, acknowledged, ongoing or
    quiet. What was announced stays planned until it goes beyond its plan.
    """
    if incident.told is None and incident.is_recurring:  # a line of the digest, once
        return "recurring" if incident.first_scan_date == scan_date else "closed"
    if incident.told is None and incident.is_growth:
        news = incident.said_growth is not None and incident.said_growth.scan_date == scan_date
        return "growing" if news else "closed"
    if incident.ended_on == scan_date:
        return str(end_of(incident))
    if incident.told and incident.told.scan_date == scan_date:
        return str(incident.told.notice)
    if incident.is_closed:
        return "closed"
    if incident.is_drop:
        return "drop"
    if incident.told is None:
        return "minor"
    if incident.told.notice is NoticeKind.PLANNED and incident.last_seen == scan_date:
        return str(NoticeKind.PLANNED)
    if incident.state in {
        IncidentState.SNOOZED,
        IncidentState.EXPECTED,
        IncidentState.ACKNOWLEDGED,
    }:
        return str(incident.state)
    return "ongoing" if incident.last_seen == scan_date else "quiet"
