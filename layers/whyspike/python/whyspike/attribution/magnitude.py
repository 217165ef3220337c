"""Whether a call asks for enough to explain the rise: one task of a canary does not explain forty."""

from __future__ import annotations

from whyspike.attribution.cause import BillCause
from whyspike.attribution.events import Event

_COUNTS = (
    "desiredcount",
    "maxcount",
    "instancecount",
    "totaltargetcapacity",
    "desiredcapacity",
    "desiredsize",
    "mincount",
    "initialinstancecount",
)
_LEAST_SHARE = 0.2  # of the rise in units that the call must account for


def too_small(event: Event, bill: BillCause) -> bool:
    """True where the call names a number of machines or tasks far below the rise in usage hours."""
    counts = [float(value) for value in event.values(*_COUNTS) if isinstance(value, int | float) or str(value).isdigit()]
    usage = bill.usage
    if not counts or usage is None or "h" not in usage.unit.lower()[:4] or bill.excess_per_day <= 0:
        return False
    rise = (usage.after - usage.before) / 24  # machines running around the clock
    return rise >= 2 and max(counts) * 8 < _LEAST_SHARE * rise * 8
