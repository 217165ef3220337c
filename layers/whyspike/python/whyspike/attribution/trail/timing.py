"""The time between a call and the onset on the bill: what fits, what can act later, what came too
late."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from whyspike.attribution.bill.cause import BillCause
from whyspike.attribution.trail.events import Event
from whyspike.knowledge.events import CauseEvent

_EVENING = 12  # hours before the midnight at which the day of the onset begins
# hours of full effect are more than a fifth of a day's: the day before would be one of the changed
# days
_UNSEEN = 5


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def timing(event: Event, entry: CauseEvent, bill: BillCause) -> tuple[float, str] | None:
    """Points and words for the time between call and onset; None where the call came too late or
    long before."""
    onset = midnight(bill.onset)
    slack = timedelta(days=3 if bill.kind == "ramp" else 1)
    before = onset - event.time
    if event.time >= onset + slack:
        return None
    if event.time >= onset + timedelta(days=1):
        return 0.8, "it was made after the first day of the rise, which may be later than it looks"
    if event.time >= onset:
        return 2.0 + _first_day(event, bill), "it was made on the day of the onset"
    hours = before.total_seconds() / 3600
    if hours <= _EVENING:
        if hours > _UNSEEN and _shows_hours(bill):
            return 0.3, "it was made on the day before the onset, which shows nothing of it"
        return 1.6, "it was made in the evening before the onset"
    days = before.days + 1
    if days <= max(1, min(entry.lag_days, 2)):
        return 0.6, f"it was made {_days(days)} before the onset"
    if days <= entry.lag_days:
        return (
            0.3 if entry.lag_days >= 5 else -0.5
        ), f"it was made {_days(days)} before the onset; such a change can act later"
    if days <= 4:
        return -1.0, f"it was made {_days(days)} before the onset"
    return None


def _days(days: int) -> str:
    return "a day" if days == 1 else f"{days} days"


def _shows_hours(bill: BillCause) -> bool:
    """A step that goes on: its first day shows the hours since the change, and the day before would
    have shown its own."""
    return (
        bill.kind in ("level-shift", "new-service", "drop")
        and bill.ongoing
        and len([day for day, _ in bill.daily if day >= bill.onset]) >= 2
    )


def _first_day(event: Event, bill: BillCause) -> float:
    """The share of the first day's excess tells the hour at which a level shift began."""
    costs = [cost for day, cost in bill.daily if day >= bill.onset]
    if not _shows_hours(bill):
        return 0.0
    full = costs[1] - bill.expected
    if abs(full) < 1:
        return 0.0
    share = max(0.0, min(1.0, (costs[0] - bill.expected) / full))
    hour = event.time.hour + event.time.minute / 60
    apart = abs(24 * (1 - share) - hour)
    return 0.8 if apart <= 2 else 0.3 if apart <= 4 else -0.4 if apart <= 8 else -0.8
