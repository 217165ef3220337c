"""Which days of an account's bill a scan could judge, and which it could not."""

from __future__ import annotations

from datetime import date, timedelta

from whyspike.detection.scoring import CONSTANTS
from whyspike.model import BillDays, DailyCosts

_NAMED_DAYS = 7  # a gap that was named for a week is named no longer


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
