"""Meters of API writes: AWS Config, CloudTrail and GuardDuty bill what callers write, whichever
call it is.

A configuration item is recorded for each change of a resource (AWS Config pricing); copies of
management events and GuardDuty's analysis of them are billed by the event (AWS CloudTrail and
Amazon GuardDuty pricing). Who began to write more is then a better answer than any table of calls.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from whyspike.attribution.bill.cause import BillCause
from whyspike.attribution.trail.events import Event
from whyspike.attribution.trail.timing import midnight
from whyspike.knowledge.events import is_routine, normalise_event_source

_METERS = {
    "config-items": re.compile(r""),
    "cloudtrail-events": re.compile(r"(?<!Data)Events"),
    "guardduty": re.compile(r"PaidEventsAnalyzed"),
}
SET_OFF = timedelta(minutes=30)
MIN_A_DAY = 4.0  # calls more than before
MIN_RATIO = 3.0
MIN_SHARE = 0.5  # of the rise of all principals


@dataclass(frozen=True)
class Repeated:
    """The first call of the principal that began to write more, and how often it makes it."""

    event: Event
    calls: int  # since the onset
    meter: bool  # writes are what is billed


def repeated_writes(bill: BillCause, events: Sequence[Event]) -> Repeated | None:
    """Who accounts for most of the rise in the number of write calls in the driver's region, by the
    call made most; None where nobody does, or the trail does not reach back before the onset."""
    start = midnight(bill.onset)
    own = [
        event
        for event in events
        if not event.read_only and not event.error and event.region == bill.driver.region
    ]
    before = [event for event in own if event.time < start]
    after = [event for event in own if event.time >= start]
    if not before or not after or bill.excess_per_day <= 0:
        return None
    days_before = max(1.0, (start - before[0].time) / timedelta(days=1))
    days_after = max(1, (after[-1].time.date() - bill.onset).days + 1)
    earlier = Counter(event.principal for event in before)
    rates = {
        who: (count / days_after, earlier[who] / days_before)
        for who, count in Counter(e.principal for e in after).items()
    }
    rises = {who: now - then for who, (now, then) in rates.items() if now > then}
    leader = max(rises, key=lambda who: rises[who], default=None)
    if (
        leader is None
        or rises[leader] < MIN_A_DAY
        or rises[leader] < MIN_SHARE * sum(rises.values())
    ):
        return None
    if rates[leader][0] < MIN_RATIO * rates[leader][1]:
        return None
    made = Counter(
        event.name
        for event in after
        if event.principal == leader
        and (_is_meter(bill) or not is_routine(event.source, event.name))
    )
    if not made:
        return None
    name, calls = made.most_common(1)[0]
    if not _is_meter(bill) and calls < MIN_A_DAY * days_after:
        return None  # a busy day of many sorts of calls is no loop
    first = next(event for event in after if event.principal == leader and event.name == name)
    return Repeated(first, calls, _is_meter(bill))


def begun_by(first: Event, events: Sequence[Event]) -> Event | None:
    """The call that set off a service of AWS: somebody's last write to that service within the
    minutes before its first call. None where it was no service, or nobody wrote to it."""
    if not first.invoked_by:
        return None
    source = normalise_event_source(first.invoked_by)
    earlier = [
        event
        for event in events
        if timedelta(0) <= first.time - event.time <= SET_OFF
        and normalise_event_source(event.source) == source
        and not (event.read_only or event.error or event.invoked_by)
        and event.principal_kind != "aws-service"
    ]
    return max(earlier, key=lambda event: event.time, default=None)


def _is_meter(bill: BillCause) -> bool:
    pattern = _METERS.get(bill.family)
    return pattern is not None and bool(pattern.search(bill.driver.usage_type or ""))
