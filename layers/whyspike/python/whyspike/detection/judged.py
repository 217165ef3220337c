"""Which days of an account's bill a scan could judge, and which it could not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from whyspike.detection.scoring import CONSTANTS
from whyspike.model import BillDays, DailyCosts, RecordClass

_NAMED_DAYS = 7  # a gap that was named for a week is named no longer
SPENT_DAYS = 60
BILLED_DAYS = 62  # a month and the one before it


def bill_days(costs: DailyCosts, scan_date: date, judged_until: date | None = None) -> BillDays:
    """Of the bill up to `scan_date`. Missing are the days since the newest that is known, and those
    of the last week; a history is long enough after a fortnight. `judged_until` is the newest day
    that an earlier scan judged (None: nobody knows): what lies between was judged by none."""
    known = [day for day in costs.known_days if day <= scan_date]
    if not known:
        return BillDays(newest=None)
    first, newest = known[0], known[-1]
    begin = min(newest, max(first, scan_date - timedelta(days=_NAMED_DAYS - 1)))
    days = (begin + timedelta(days=n) for n in range((scan_date - begin).days + 1))
    begins = first + timedelta(days=CONSTANTS.least_days)
    return BillDays(
        newest,
        tuple(day for day in days if day not in known),
        begins if newest < begins else None,
        tuple(day for day in known if judged_until and judged_until < day < newest),
    )


def with_spent(days: BillDays, costs: DailyCosts, scan_date: date) -> BillDays:
    """`days` with what the account used on each of the SPENT_DAYS days up to `scan_date` (without
    fees, taxes and credits) and what it was billed in all on each of BILLED_DAYS, oldest first, to
    the cent in the bill's currency."""
    known = set(costs.known_days)
    used, billed = dict.fromkeys(known, 0.0), dict.fromkeys(known, 0.0)
    for series in costs.series:
        if series.usage_type is not None:  # a part of its service
            continue
        for day, cost in zip(costs.dates, series.costs, strict=True):
            if day in known and cost is not None and cost == cost:
                billed[day] += cost
                used[day] += cost if series.record_class is RecordClass.USAGE else 0.0
    return replace(
        days,
        spent=_last(used, scan_date, SPENT_DAYS),
        billed=_last(billed, scan_date, BILLED_DAYS),
    )


def _last(sums: Mapping[date, float], scan_date: date, number: int) -> tuple[Decimal | None, ...]:
    last = (scan_date - timedelta(days=back) for back in range(number - 1, -1, -1))
    return tuple(Decimal(f"{sums[day]:.2f}") if day in sums else None for day in last)
