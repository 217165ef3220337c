"""Evidence as typed values: what was looked up and what it showed. It becomes JSON only where it is
stored and where Claude reads it; what is None is not known, and left out there.

Every text is data from a bill, a tag or a log: hostile until escaped. Dollars and quantities are a
day's unless the name says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from whyspike.model.anomalies import BillingReason, Kind
from whyspike.model.bills import CostMetric, RecordClass
from whyspike.model.common_causes import Bond
from whyspike.model.explanations import Driver, Gap


@dataclass(frozen=True, kw_only=True)
class SeenAnomaly:
    """One anomaly as detection judged it."""

    service: str
    usage_type: str | None = None
    kind: Kind
    onset: date
    record_class: RecordClass
    billing_reason: BillingReason
    actual_usd: float
    expected_usd: float
    impact_usd: float
    ongoing: bool
    reason: str


@dataclass(frozen=True, kw_only=True)
class Detection:
    """What was flagged, and on which day."""

    about: Literal["detection"] = "detection"
    account_id: str
    scan_date: date
    onset: date
    share_of_services_lower_on_the_last_day: float = 0.0
    metric: CostMetric | None = None  # of all costs; None: unblended
    anomalies: tuple[SeenAnomaly, ...]


@dataclass(frozen=True, kw_only=True)
class MovingLine:
    """Another line of the bill that moved on the same day."""

    service: str
    usage_type: str
    onset: date
    expected_usd: float
    actual_usd: float
    excess_usd: float
    ratio: float | None = None


@dataclass(frozen=True, kw_only=True)
class UsagePerDay:
    """`flat`: usage is as before, so that the rate changed. `free_meter`: the usage type on which
    the same usage was counted before, at no charge."""

    unit: str
    before: float
    after: float
    flat: bool
    free_meter: str | None = None


@dataclass(frozen=True, kw_only=True)
class UsdPerDay:
    before: float
    after: float


@dataclass(frozen=True, kw_only=True)
class RecordTypeMove:
    """Dollars and quantity of one record type, before and after."""

    record_type: str
    before: float
    after: float
    quantity_before: float
    quantity_after: float


@dataclass(frozen=True, kw_only=True)
class ResourceMove:
    id: str
    before_usd: float
    after_usd: float
    new: bool


@dataclass(frozen=True, kw_only=True)
class DayExcess:
    date: date
    excess_usd: float


@dataclass(frozen=True, kw_only=True)
class BillLine:
    """One cause on the bill: its cell, what it cost and what moved with it."""

    about: Literal["cause on the bill"] = "cause on the bill"
    driver: Driver
    family: str
    kind: Kind
    onset: date
    ongoing: bool
    expected_usd_per_day: float
    actual_usd_per_day: float
    excess_usd_per_day: float
    excess_usd_since_onset: float
    changed_days: int
    daily_usd: Mapping[date, float]
    moved_with_it: tuple[MovingLine, ...]
    moved_against_it: tuple[MovingLine, ...]
    new_service: bool
    new_line: bool
    new_region: bool
    new_service_in_region: bool = False
    untagged: bool
    net_of_moved_lines_usd_per_day: float | None = None
    usage_per_day: UsagePerDay | None = None
    effective_usd_per_day: UsdPerDay | None = None
    record_types_usd_per_day: tuple[RecordTypeMove, ...] | None = None
    resources: tuple[ResourceMove, ...] | None = None
    resources_that_moved: int | None = None
    same_day_last_month: DayExcess | None = None
    # Proof: its part of the service's excess, and what is left of that excess once all causes of
    # the evidence are taken out of the bill and the service is judged again.
    share_of_service_excess: float | None = None
    left_of_service_excess_usd_per_day: float | None = None
    service_as_expected_without_causes: bool | None = None

    @property
    def recurs(self) -> bool:
        """The same charge came on the same day of the month before."""
        return self.same_day_last_month is not None


@dataclass(frozen=True, kw_only=True)
class IntrusionSigns:
    points: int = 0
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SettingChange:
    """A setting of an event's request that had another value before: in the same call of an earlier
    day (`seen_at`), or in what the service answered."""

    setting: str
    before: str
    after: str
    seen_at: str | None = None


@dataclass(frozen=True, kw_only=True)
class CallsByDay:
    """How often a principal made a write call, on the days on which it did."""

    principal: str
    session: str | None = None  # of a person
    event: str
    region: str
    by_day: Mapping[date, int]


@dataclass(frozen=True, kw_only=True)
class FoundEvent:
    """One CloudTrail record; times as CloudTrail writes them. `access_key_id` is that of a
    long-term key."""

    event_time: str
    event: str
    event_source: str
    region: str
    principal_type: str
    principal: str
    session: str | None = None
    resources: tuple[str, ...] = ()
    access_key_id: str | None = None
    request_parameters: str = ""


@dataclass(frozen=True, kw_only=True)
class RankedEvent(FoundEvent):
    """A record as a candidate for the cause. `tied_to_driver`: it touched the driver's resources,
    carries its names or its type; `only_repeated`: nothing known ties it to this cost, it is made
    again and again since the onset and was not before."""

    event_id: str
    source_ip: str
    public_address: bool
    user_agent: str
    score: float
    speaks_for: tuple[str, ...] = ()
    speaks_against: tuple[str, ...] = ()
    category: str
    tied_to_driver: bool
    only_repeated: bool = False
    unusual_address: bool = False
    changed_address: bool = False
    made_on_other_days: bool = False
    effect_of_another_call: bool = False
    signs_of_intrusion: IntrusionSigns = IntrusionSigns()
    same_call_again: int = 0
    setting_changes: tuple[SettingChange, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RankedEvents:
    """The events around one cause, the likeliest first."""

    about: Literal["events ranked as causes"] = "events ranked as causes"
    available: bool
    complete: bool
    events_read: int
    candidates: int
    events: tuple[RankedEvent, ...]
    calls_by_day: tuple[CallsByDay, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MissingEvidence:
    """Evidence that was denied or missing, why, and what was read in its place."""

    about: Literal["missing evidence"] = "missing evidence"
    denied_or_missing: Gap
    reason: str
    instead: str | None = None


@dataclass(frozen=True, kw_only=True)
class CostGroup:
    value: str
    expected_usd_per_day: float
    actual_usd_per_day: float
    excess_usd_per_day: float


@dataclass(frozen=True, kw_only=True)
class CostGroups:
    """The answer to a look-up: costs grouped by a dimension, the largest change first."""

    about: Literal["look-up of costs"] = "look-up of costs"
    by: str
    service: str
    usage_type: str
    groups: tuple[CostGroup, ...]


@dataclass(frozen=True, kw_only=True)
class FoundEvents:
    """The answer to a look-up: write events of one Region; `found` counts those that are not shown
    too."""

    about: Literal["look-up of events"] = "look-up of events"
    region: str
    complete: bool
    found: int = 0
    events: tuple[FoundEvent, ...]


@dataclass(frozen=True, kw_only=True)
class LineByDay:
    """A line of the bill as it was billed, `usual_usd` the median of the days before. Quantities
    and unit prices are known for the lines of the flagged services."""

    service: str
    usage_type: str
    usual_usd: float
    daily_usd: Mapping[date, float]
    unit: str | None = None
    daily_quantity: Mapping[date, float] | None = None
    usd_per_unit_before: float | None = None
    usd_per_unit_after: float | None = None


@dataclass(frozen=True, kw_only=True)
class RegionMove:
    """The same meter in another Region, named by its usage type."""

    usage_type: str
    usual_usd: float
    actual_usd: float


@dataclass(frozen=True, kw_only=True)
class LinesByDay:
    """The lines of the account that moved most, whatever is made of them; and the meters of the
    flagged services that moved in other Regions, where they are not among them."""

    about: Literal["lines that moved most"] = "lines that moved most"
    lines: tuple[LineByDay, ...]
    moved_in_other_regions: tuple[RegionMove, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EarlierIncident:
    """An incident of the account that an earlier scan told, and what its owner said of it."""

    service: str
    onset: date
    state: str
    impact_usd: float
    feedback: str | None = None


@dataclass(frozen=True, kw_only=True)
class Announced:
    """Planned activity whose days touch those of the anomaly."""

    what: str
    service: str | None
    start: date
    until: date
    expected_usd: float


@dataclass(frozen=True, kw_only=True)
class AccountContext:
    """What the account is for, whose it is, and what was told or announced of it; None is not
    known."""

    about: Literal["account"] = "account"
    name: str
    ou_path: str
    owner: str | None = None
    tags: Mapping[str, str]
    planned: tuple[Announced, ...] | None = None
    earlier_incidents: tuple[EarlierIncident, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class FoundElsewhere:
    """What was found in the account that was looked into for all that share a cause, and the same
    call in this one's trail."""

    about: Literal["one cause in several accounts"] = "one cause in several accounts"
    cause_id: str
    looked_into_account: str
    looked_into_name: str
    bond: Bond
    found_there: str
    same_call: FoundEvent | None = None


@dataclass(frozen=True, kw_only=True)
class Widespread:
    """The same moved in many accounts on one day. `price_ratio`: in all of them by the price of a
    unit, which is so many times that of before, at the usage of before."""

    about: Literal["moved alike in many accounts"] = "moved alike in many accounts"
    accounts: int
    judged: int
    price_ratio: float | None = None


Content: TypeAlias = (
    Detection
    | BillLine
    | RankedEvents
    | MissingEvidence
    | CostGroups
    | FoundEvents
    | LinesByDay
    | AccountContext
    | FoundElsewhere
    | Widespread
)


@dataclass(frozen=True)
class EvidenceItem:
    """One thing that was looked up."""

    id: str  # "E1", "E2", ...
    source: str  # detection | cost-explorer | cloudtrail | resource | organization
    request: str  # what was asked, in words or as the call
    content: Content
    gap: Gap | None = None


@dataclass(frozen=True)
class StoredEvidence:
    """All evidence of one flagged item, look-ups included."""

    item_id: str
    account_id: str
    items: tuple[EvidenceItem, ...]
