"""Calls that a service of AWS made on a setting: a scaler within its limits, a schedule, a cluster
that starts its machines.

They show what the setting was of, so that whoever made it is found among others who made the same
kind of setting elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from whyspike.attribution.bill.cause import BillCause
from whyspike.attribution.trail.events import Event
from whyspike.attribution.trail.magnitude import size_of
from whyspike.attribution.trail.ties import TIED, Names, tags_of, tie_of
from whyspike.attribution.trail.timing import midnight
from whyspike.knowledge.events import CauseEvent, normalise_event_source
from whyspike.knowledge.resources import aliases_of

ARMED = 3.0  # points for the setting
ARMED_LAG_DAYS = 14
_SCHEDULING = frozenset(
    {
        ("scheduler", "CreateSchedule"),
        ("scheduler", "UpdateSchedule"),
        ("events", "PutRule"),
        ("events", "PutTargets"),
        ("events", "EnableRule"),
    }
)
_BEFORE, _AFTER = (
    timedelta(hours=12),
    timedelta(days=2),
)  # around the midnight at which the day of the onset begins
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_UNITS = {unit: timedelta(**{f"{unit}s": 1}) for unit in ("minute", "hour", "day")}
_APART = timedelta(minutes=3)  # schedules start a little late
MIN_CALLS = 3
_MIN_NAME_CHARACTERS = 6  # characters of a role's or a session's name that is one of its own


@dataclass(frozen=True)
class Execution:
    """One such call that can have moved the cause; `marks` are the names (in lower case) that the
    setting must hold."""

    event: Event
    entry: CauseEvent
    marks: frozenset[str]


def acts_on_a_setting(event: Event) -> bool:
    """Made by a service of AWS in its own right. What CloudFormation calls in a person's session is
    that person's doing."""
    if event.principal_kind == "aws-service":
        return True
    return event.invoked_by.endswith(".amazonaws.com") and not event.invoked_by.startswith(
        "cloudformation"
    )


def executions(
    events: Sequence[Event],
    bill: BillCause,
    names: Names,
    entry_of: Callable[[Event], CauseEvent | None],
) -> tuple[Execution, ...]:
    """The calls on settings, about the day of the onset, that are tied to the driver and large
    enough for what moved."""
    start = midnight(bill.onset)
    near = [
        event
        for event in events
        if acts_on_a_setting(event)
        and start - _BEFORE <= event.time < start + _AFTER
        and not event.error
    ]
    found = []
    for event in near:
        entry = entry_of(event)
        if (
            entry is not None
            and tie_of(event, names)[0] >= TIED
            and not size_of(event, bill, tied=True)[0]
        ):
            found.append(Execution(event, entry, _marks(event, names)))
    return tuple(found)


def armed_by(event: Event, made: Sequence[Execution]) -> Execution | None:
    """The execution that this call set up: it names what the execution acted on, its session or the
    role that it ran as."""
    if acts_on_a_setting(event):
        return None
    texts = {value.lower() for _, value in event.leaves if isinstance(value, str)}
    texts |= {text.rpartition("/")[2] for text in texts} | event.targets
    later = [
        one
        for one in made
        if event.time <= one.event.time and event.base_name != one.event.base_name
    ]
    return next((one for one in later if texts & one.marks), None)


def keeps_time(event: Event, events: Sequence[Event], names: Names) -> bool:
    """A schedule at a fixed rate, since which somebody's calls on the driver come at that rate."""
    found = [_RATE.fullmatch(str(value)) for value in event.values("scheduleexpression")]
    rates = [int(match[1]) * _UNITS[match[2]] for match in found if match]
    if not is_schedule(event) or not rates:
        return False
    calls: dict[tuple[str, str], list[datetime]] = {}
    for other in sorted(events, key=lambda one: one.time):
        later = other.time >= event.time and not other.read_only and not other.error
        if later and other is not event and other.targets & names.resources:
            calls.setdefault((other.principal, other.base_name), []).append(other.time)
    return any(
        len(times) >= MIN_CALLS and abs((times[1] - times[0]) - rate) <= _APART
        for times in calls.values()
        for rate in rates
    )


def is_schedule(event: Event) -> bool:
    """A schedule can make any call; which one it made is known only by its executions."""
    return (normalise_event_source(event.source), event.base_name) in _SCHEDULING


def _marks(event: Event, names: Names) -> frozenset[str]:
    clusters = {
        alias
        for value in event.values("cluster", "clustername", "clusterarn")
        for alias in aliases_of(str(value))
    }
    acted_on = event.targets - names.parents - clusters - {names.team}
    groups = {value for key, value in tags_of(event.parameters) if key.startswith("aws:")}
    own = {
        name.lower()
        for name in (event.session, event.principal)
        if len(name) >= _MIN_NAME_CHARACTERS and not name.startswith("AWSServiceRole")
    }
    return frozenset(acted_on | groups | own)
