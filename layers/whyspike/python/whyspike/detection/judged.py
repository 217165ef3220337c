"""Which days of an account's bill a scan could judge, and which it could not."""

from __future__ import annotations

from datetime import date, timedelta

from whyspike.detection.scoring import CONSTANTS
from whyspike.model import BillDays, DailyCosts

_NAMED_DAYS = 7  # a gap that was named for a week is named no longer


def bill_days(costs: DailyCosts, scan_date: date) -> BillDays:
    """Of the bill up to `scan_date`. Missing are the days since the newest that is known, and those
    of the last week; a history is long enough after a fortnight."""
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
    )
