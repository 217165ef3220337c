"""Whether a call asks for enough to explain the rise: one task of a canary does not explain
forty."""

from __future__ import annotations

import re

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
_MAX_TASK_VCPUS = 16  # vCPUs of one task, where a meter counts them
MIN_COUNT = 2  # one machine is asked for all the time
MAX_COUNT_ERROR = 0.03  # of what runs around the clock since
COUNTED = 1.5  # points: the number is the same as on the bill


def count_of(event: Event, bill: BillCause) -> int | None:
    """The number in the request that is the number of units which the bill counts around the clock
    since; None where no number is."""
    usage = bill.usage
    if usage is None or not bill.ongoing or not usage.unit.lower().startswith("h"):
        return None
    if usage.flat or "vcpu" in (bill.driver.usage_type or "").lower():
        return None
    running = usage.after / 24
    for _, value in event.leaves:
        count = int(value) if re.fullmatch(r"\d{1,6}", str(value)) else 0
        if count >= MIN_COUNT and abs(count - running) <= MAX_COUNT_ERROR * running:
            return count
    return None


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
        return -2.5, "it keeps backups no longer than is usual"
    counts = [
        float(value)
        for value in event.values(*_COUNTS)
        if isinstance(value, int | float) or str(value).isdigit()
    ]
    if not counts or bill.excess_per_day <= 0:
        return 0.0, ""
    if bill.usage is not None and bill.usage.unit.lower().startswith(("h", "vcpu")):
        rise = (bill.usage.after - bill.usage.before) / 24  # machines running around the clock
        if "vcpu" in f"{bill.driver.usage_type} {bill.usage.unit}".lower():
            rise /= _MAX_TASK_VCPUS
        if rise >= _SMALL and max(counts) < _MIN_SHARE * rise:
            return -2.5, "it asks for too little for this rise"
    elif not tied and max(counts) <= _SMALL:
        return -1.5, "it asks for a single machine or task, and the rise is in other units"
    return 0.0, ""
