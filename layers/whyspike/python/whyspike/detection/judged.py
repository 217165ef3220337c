"""Which days of an account's bill a scan could judge, and which it could not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from whyspike.detection.scoring import CONSTANTS
from whyspike.model import BillDays, DailyCosts, RecordClass

_NAMED_DAYS = 7  # a gap that was named for a week is named no longer
SPENT_DAYS = 60


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
    """`days` with what the account used on each of the SPENT_DAYS days up to `scan_date`, oldest
    first, to the cent in the bill's currency; fees, taxes and credits are left out."""
    known = set(costs.known_days)
    sums = dict.fromkeys(known, 0.0)
    for series in costs.series:
        if series.usage_type is None and series.record_class is RecordClass.USAGE:
            for day, cost in zip(costs.dates, series.costs, strict=True):
                if day in known and cost is not None and cost == cost:
                    sums[day] += cost
    last = (scan_date - timedelta(days=back) for back in range(SPENT_DAYS - 1, -1, -1))
    spent = tuple(Decimal(f"{sums[day]:.2f}") if day in sums else None for day in last)
    return replace(days, spent=spent)
