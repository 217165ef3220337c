"""Whether a call asks for enough to explain the rise: one task of a canary does not explain
forty."""

from __future__ import annotations

from whyspike.attribution.bill.cause import BillCause
from whyspike.attribution.trail.events import Event

_COUNTS: tuple[str, ...] = (
    "desiredcount",
    "maxcount",
    "instancecount",
    "totaltargetcapacity",
    "desiredcapacity",
    "desiredsize",
    "mincount",
)
_COUNTS += (
    "initialinstancecount",
    "maxsize",
    "maxcapacity",
    "numberofworkers",
    "desiredshardcount",
    "targetshardcount",
    "numcachenodes",
)
_RETENTIONS: tuple[str, ...] = (
    "backupretentionperiod",
    "retentioninterval",
    "snapshotretentionlimit",
    "automatedsnapshotretentionperiod",
    "automaticbackupretentiondays",
)
_USUAL_RETENTION = 7  # days; the console's default for databases
_MIN_SHARE = 0.2  # of the rise in units that the call must account for
_SMALL = 2


def size_of(event: Event, bill: BillCause, tied: bool) -> tuple[float, str]:
    """Points off where the call names a number of machines or tasks far below the rise in usage, or
    keeps backups no longer than is usual."""
    kept = [
        float(value)
        for value in event.values(*_RETENTIONS)
        if isinstance(value, int | float) or str(value).isdigit()
    ]
    if (
        kept
        and bill.excess_per_day > 0
        and max(kept) <= _USUAL_RETENTION
        and bill.family.endswith(("backup", "snapshots", "storage"))
    ):
        return -2.5, "keeps backups no longer than is usual"
    counts = [
        float(value)
        for value in event.values(*_COUNTS)
        if isinstance(value, int | float) or str(value).isdigit()
    ]
    if not counts or bill.excess_per_day <= 0:
        return 0.0, ""
    if bill.usage is not None and bill.usage.unit.lower().startswith(("h", "vcpu")):
        rise = (bill.usage.after - bill.usage.before) / 24  # machines running around the clock
        if rise >= _SMALL and max(counts) < _MIN_SHARE * rise:
            return -2.5, "too small for this rise"
    elif not tied and max(counts) <= _SMALL:
        return -1.5, "a single machine or task, for a rise in other units"
    return 0.0, ""
