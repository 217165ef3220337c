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
    return tuple(left for member in members if (left := _left(member, costs)))


def still_high(member: Member, costs: DailyCosts) -> bool:
    """The last day but one (the newest is often incomplete) is still out of the band."""
    now = _cost(costs, member.anomaly, costs.dates[-2]) if len(costs.dates) > 1 else None
    return (
        now is not None and not member.anomaly.expected_low <= now <= member.anomaly.expected_high
    )


def _left(member: Member, costs: DailyCosts) -> Member | None:
    """The member without the last days that are back within the band; as it is while the day that
    was judged stays out of it.

    The band is that of the judged day. A day that the scan does not hold counts as it was told: out
    of the band.
    """
    anomaly = member.anomaly
    if not _is_back(anomaly, _cost(costs, anomaly, anomaly.usage_date)):
        return member
    days = [
        anomaly.onset + timedelta(days=n)
        for n in range((member.last_excess - anomaly.onset).days + 1)
    ]
    known = {day: _cost(costs, anomaly, day) for day in days}
    out = [day for day in days if not _is_back(anomaly, known[day])]
    if not out:
        return None
    each = [_excess(anomaly, known[day]) for day in out]
    last = known[out[-1]]
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


def _cost(costs: DailyCosts, anomaly: Anomaly, day: date) -> Decimal | None:
    """The billed cost of the anomaly's scope on `day` (0 without a row); None where the scan does
    not hold that day or, for a usage type, did not ask so finely."""
    if day not in costs.dates:
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
