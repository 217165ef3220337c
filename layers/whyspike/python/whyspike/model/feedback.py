"""States of an incident, and what people answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from whyspike.model.bills import RecordClass


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
    """A level of spend that a person called expected: from `onset` on it belongs to the
    baseline."""

    account_id: str
    service: str
    onset: date
    usage_type: str | None = None  # None: the whole service
    record_class: RecordClass = RecordClass.USAGE


@dataclass(frozen=True)
class ToldDays:
    """Days of one series that an incident was told of, after which the cost went back to what was
    expected: `first` to `last`, both included."""

    service: str
    first: date
    last: date
    usage_type: str | None = None  # None: the whole service
    record_class: RecordClass = RecordClass.USAGE
