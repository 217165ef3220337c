"""The values of attribution: the cell of the bill that carries a cause, and what is known about how
it moved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from whyspike.model import Driver, Kind


@dataclass(frozen=True)
class MovedLine:
    """A line of the bill that moved with the cause (or against it), in dollars a day."""

    service: str
    usage_type: str
    expected: float
    actual: float
    onset: date

    @property
    def excess(self) -> float:
        return self.actual - self.expected

    @property
    def ratio(self) -> float | None:
        """Actual over expected; None where nothing was expected."""
        return self.actual / self.expected if self.expected >= 0.01 else None


@dataclass(frozen=True)
class Resource:
    """A resource of the driver's usage type in the last days, by cost; `share` is its part of the
    rise."""

    id: str
    expected: float  # USD a day before the onset
    actual: float  # USD on the last day
    new: bool


@dataclass(frozen=True)
class Usage:
    """Usage quantity of the driver a day, before and after; `flat` says that only the price per
    unit moved."""

    unit: str
    before: float
    after: float
    flat: bool
    free_meter: str | None = None  # on which the same usage was counted before, at no charge


@dataclass(frozen=True)
class RecordMove:
    """A record type (charge type) of the driver's lines a day before and after, in USD and in usage
    quantity."""

    record_type: str
    before: float
    after: float
    quantity_before: float = 0.0
    quantity_after: float = 0.0


@dataclass(frozen=True)
class Effective:
    """Effective cost of the driver in USD a day: commitments spread over their term, discounts
    taken off."""

    before: float
    after: float  # on the last day


@dataclass(frozen=True)
class BillCause:
    """One cause as the bill shows it."""

    driver: Driver
    family: str
    kind: Kind
    onset: date
    ongoing: bool
    expected: float  # USD a day before
    actual: float  # USD on the last day, or the mean of the changed days when it is over
    excess_per_day: float
    excess_total: float
    changed_days: int
    daily: tuple[tuple[date, float], ...]  # the last days of the driver
    companions: tuple[MovedLine, ...] = ()
    opposite: tuple[MovedLine, ...] = ()
    resources: tuple[Resource, ...] = ()
    usage: Usage | None = None
    records: tuple[RecordMove, ...] = ()
    effective: Effective | None = None  # None where no commitment was looked for
    teams: tuple[str, ...] = ()  # values of the team tag in these services
    new_service: bool = False
    new_line: bool = False
    new_region: bool = False  # the account had no usage in this region before
    new_service_in_region: bool = False  # the account used the service, but not in this region
    untagged: bool = False
    same_day_last_month: tuple[date, float] | None = None  # the same excess a month earlier
    share: float | None = None  # of the excess of its service, both of a day
    left: float | None = None  # of that excess, once all causes are taken out; None: not judged
    as_expected_without: bool = False  # the service, once all causes are taken out
    net: float | None = (
        None  # excess of the lines of the service together, where some moved against each other
    )
