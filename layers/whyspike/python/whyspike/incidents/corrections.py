"""What a restated bill leaves of an incident's anomalies: all of it, some of its days, or nothing.
Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from whyspike.incidents.incident import Member, scope_of
from whyspike.model import Anomaly, DailyCosts


def corrected(members: Sequence[Member], costs: DailyCosts) -> tuple[Member, ...]:
    """The members that were not seen, as the bill has them now; empty when the bill has taken every
    day of them back."""
    known = frozenset(costs.known_days)
    return tuple(left for member in members if (left := _left(member, costs, known)))


def taken_back(members: Sequence[Member], costs: DailyCosts) -> bool:
    """The bill has less than half of what the members' days were above the expected spend."""
    known = frozenset(costs.known_days)
    was = now = Decimal(0)
    for member in members:
        anomaly = member.anomaly
        days = [day for day in _days(anomaly.onset, anomaly.usage_date) if day in known]
        was += anomaly.impact
        now += sum((_excess(anomaly, _cost(costs, anomaly, day, known)) for day in days), Decimal())
    return now * 2 < was


def still_high(member: Member, costs: DailyCosts) -> bool:
    """The last known day but one (the newest is often incomplete) is still out of the band."""
    known = costs.known_days
    now = _cost(costs, member.anomaly, known[-2], frozenset(known)) if len(known) > 1 else None
    return (
        now is not None and not member.anomaly.expected_low <= now <= member.anomaly.expected_high
    )


def _left(member: Member, costs: DailyCosts, known: frozenset[date]) -> Member | None:
    """The member without the last days that are back within the band; as it is while the day that
    was judged stays out of it.

    The band is that of the judged day. A day that the scan does not hold counts as it was told: out
    of the band; a day of which the bill says nothing counts for nothing.
    """
    anomaly = member.anomaly
    if not _is_back(anomaly, _cost(costs, anomaly, anomaly.usage_date, known)):
        return member
    days = [
        day
        for day in _days(anomaly.onset, member.last_excess)
        if day in known or day not in costs.dates
    ]
    cost = {day: _cost(costs, anomaly, day, known) for day in days}
    out = [day for day in days if not _is_back(anomaly, cost[day])]
    if not out:
        return None
    each = [_excess(anomaly, cost[day]) for day in out]
    last = cost[out[-1]]
    return replace(
        member,
        anomaly=replace(
            anomaly,
            usage_date=out[-1],
            actual_spend=anomaly.actual_spend if last is None else last,
            impact=sum(each, Decimal(0)),
            ongoing=False,
        ),
    )


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _excess(anomaly: Anomaly, cost: Decimal | None) -> Decimal:
    """Dollars over the expected spend of one day; the judged day's where the day is not known."""
    return (anomaly.actual_spend if cost is None else cost) - anomaly.expected_spend


def _is_back(anomaly: Anomaly, cost: Decimal | None) -> bool:
    if cost is None:
        return False
    return (
        cost <= anomaly.expected_high
        if anomaly.actual_spend >= anomaly.expected_spend
        else cost >= anomaly.expected_low
    )


def _cost(costs: DailyCosts, anomaly: Anomaly, day: date, known: frozenset[date]) -> Decimal | None:
    """The billed cost of the anomaly's scope on `day` (0 without a row beside others); None where
    the bill says nothing of that day or, for a usage type, was not asked so finely."""
    if day not in known or day not in costs.dates:
        return None
    at = costs.dates.index(day)
    rows = [
        s.costs[at]
        for s in costs.series
        if (s.service, s.record_class, s.usage_type) == scope_of(anomaly)
    ]
    finer = any(s.usage_type is not None for s in costs.series)
    if not rows and anomaly.usage_type is not None and not finer:
        return None
    return sum((Decimal(str(row)) for row in rows if row is not None), Decimal(0))
