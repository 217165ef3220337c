"""Charges of a quarter, half a year or a year, which a lookback of 90 days cannot know: an anomaly
is one where earlier calendar months show as much, in that rhythm and in no month between.

A charge of usage must have come twice, since an old incident of like size is no rhythm; of a year
there is only one, and a line of the digest says so. Fees and commitments are booked by contract:
once is enough.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import median

import numpy as np

from whyspike.detection.table import Floats
from whyspike.model import (
    Anomaly,
    BillingReason,
    CostSeries,
    EarlierMonths,
    Kind,
    RecordClass,
)
from whyspike.words.amounts import dollars
from whyspike.words.days import month

_YEAR = 12  # months
_PERIODS = (3, 6, _YEAR)
_LIKE = 1.5  # times what it was, at most, or at least the reciprocal: it is the same charge
_SAME = 1.1  # times what it was, at most: nobody needs to read of it
_BETWEEN = 0.5  # of it, that no month between may stand out by
_SPREAD_DAYS = 5  # on which it is booked; what lasts longer is a level
_SINGLE_DAYS = 3  # the same for what came once
_TURN_DAYS = 3  # from a month's turn, where it may have come in the month beside
_NEIGHBOURS = (-2, -1, 1, 2)  # months whose daily cost is the level of a month
_MIN_NEIGHBOURS = 2
_NO_CHARGE = (Kind.DROP, Kind.MIX_SHIFT, Kind.UNIT_PRICE)


@dataclass(frozen=True)
class _Rhythm:
    """When it came before, and by how much each month stood out; newest first."""

    months: int
    before: tuple[tuple[date, float], ...]

    @property
    def most(self) -> float:
        return max(usd for _, usd in self.before)


def expected_charges(
    anomalies: tuple[Anomaly, ...], earlier: EarlierMonths | None
) -> tuple[Anomaly, ...]:
    """`anomalies` without those that came before in like size; one that is larger than before, or
    that came once, is left for the digest and alerts nobody."""
    if earlier is None:
        return anomalies
    judged = [(anomaly, _rhythm(anomaly, earlier)) for anomaly in anomalies]
    return tuple(
        anomaly if rhythm is None else _line(anomaly, rhythm)
        for anomaly, rhythm in judged
        if rhythm is None or not _as_before(anomaly, rhythm)
    )


def _as_before(anomaly: Anomaly, rhythm: _Rhythm) -> bool:
    known = rhythm.months < _YEAR or anomaly.record_class is not RecordClass.USAGE
    return known and float(anomaly.impact) <= _SAME * rhythm.most


def _line(anomaly: Anomaly, rhythm: _Rhythm) -> Anomaly:
    came = " and ".join(f"{month(when)} by {dollars(usd)}" for when, usd in rhythm.before)
    every = "year" if rhythm.months == _YEAR else f"{rhythm.months} months"
    reason = (
        f"{dollars(anomaly.impact)} more than usual, which comes every {every}: the month stood out"
        f" in {came}."
    )
    return replace(
        anomaly,
        alert=False,
        ongoing=False,
        projected_monthly_impact=anomaly.impact,
        billing_reason=BillingReason.RECURRING_CHARGE,
        reason=reason,
    )


def _rhythm(anomaly: Anomaly, earlier: EarlierMonths) -> _Rhythm | None:
    days = (anomaly.usage_date - anomaly.onset).days + 1
    if not anomaly.alert or anomaly.kind in _NO_CHARGE or days > _SPREAD_DAYS:
        return None
    standing_out = _standing_out(anomaly, earlier)
    for base in _months_of(anomaly.onset):
        for period in _PERIODS:
            before = _before(base, period, standing_out)
            if before and _fits(anomaly, before, period, days):
                return _Rhythm(period, tuple((_first_day(at), usd) for at, usd in before))
    return None


def _fits(anomaly: Anomaly, before: list[tuple[int, float]], period: int, days: int) -> bool:
    size, latest = float(anomaly.impact), before[0][1]
    if size > _LIKE * latest:
        return False
    if len(before) > 1 and before[1][1] > latest / _LIKE:
        return True
    contract = anomaly.record_class is not RecordClass.USAGE
    once = contract or (period == _YEAR and len(before) == 1)
    return once and days <= _SINGLE_DAYS and size * _LIKE >= latest


def _before(base: int, period: int, standing_out: dict[int, float]) -> list[tuple[int, float]]:
    """The months one and two periods before `base`, as far as they are known, and by how much they
    stood out; newest first. Empty where a month between stood out as well."""
    known = [
        (at, standing_out[at]) for at in (base - period, base - 2 * period) if at in standing_out
    ]
    if not known or known[0][0] != base - period or known[0][1] <= 0:
        return []
    least = _BETWEEN * known[0][1]
    between = (m for at, _ in known for m in range(at + 1, at + period))
    return [] if any(standing_out.get(m, 0.0) >= least for m in between) else known


def _standing_out(anomaly: Anomaly, earlier: EarlierMonths) -> dict[int, float]:
    """By how much each known month of the anomaly's service exceeds what the months around it cost
    a day; months are counted from the year 0."""
    costs = _known_costs(earlier, anomaly.service, anomaly.record_class)
    found = {}
    for at, cost in costs.items():
        around = [costs[at + step] / _days(at + step) for step in _NEIGHBOURS if at + step in costs]
        if len(around) >= _MIN_NEIGHBOURS:
            found[at] = cost - median(around) * _days(at)
    return found


def _known_costs(
    earlier: EarlierMonths, service: str, record_class: RecordClass
) -> dict[int, float]:
    """Of each month of which the bill says something; a month without a row of the service is zero
    beside others."""
    mine = [
        series.costs
        for series in earlier.series
        if (series.service, series.record_class, series.usage_type) == (service, record_class, None)
    ]
    return {
        _number(first): sum(each[place] or 0.0 for each in mine)
        for place, first in enumerate(earlier.months)
        if any(series.costs[place] is not None for series in earlier.series)
    }


@dataclass(frozen=True)
class MonthlyLevels:
    """What a day of each of the newest known months cost in the mean, oldest first, back to the
    first that is not known. `usd` [series, months]."""

    months: tuple[date, ...]
    usd: Floats

    def of(self, row: int) -> list[tuple[date, float]]:
        return list(zip(self.months, self.usd[row].tolist(), strict=True))


def monthly_levels(earlier: EarlierMonths | None, series: Sequence[CostSeries]) -> MonthlyLevels:
    """Of services; 0 for other series."""
    if earlier is None or not earlier.months:
        return MonthlyLevels((), np.zeros((len(series), 0)))
    costs = np.array([each.costs for each in earlier.series], dtype=np.float64)
    costs = costs.reshape(len(earlier.series), len(earlier.months))
    unknown = np.flatnonzero(np.isnan(costs).all(axis=0))
    first = int(unknown[-1]) + 1 if len(unknown) else 0
    rows: dict[tuple[str, RecordClass], Floats] = {}
    for each, row in zip(earlier.series, np.nan_to_num(costs[:, first:]), strict=True):
        if each.usage_type is None:
            scope = (each.service, each.record_class)
            rows[scope] = rows.get(scope, np.zeros(len(row))) + row
    months = earlier.months[first:]
    days = np.array([_days(_number(each)) for each in months], dtype=np.float64)
    none = np.zeros(len(months))
    mine = [
        none if each.usage_type else rows.get((each.service, each.record_class), none)
        for each in series
    ]
    return MonthlyLevels(months, np.array(mine).reshape(len(series), len(months)) / days)


def _months_of(onset: date) -> list[int]:
    """The month that a charge of that day belongs to, and the one beside it at a month's turn."""
    base = _number(onset)
    if onset.day <= _TURN_DAYS:
        return [base, base - 1]
    if onset.day > _days(base) - _TURN_DAYS:
        return [base, base + 1]
    return [base]


def _number(day: date) -> int:
    return 12 * day.year + day.month - 1


def _first_day(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def _days(number: int) -> int:
    return monthrange(number // 12, number % 12 + 1)[1]
