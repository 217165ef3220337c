"""What a principal did besides the call in question: the same on other days, for the first time,
from elsewhere, or what intruders do. An event is judged against the habits that the trail shows,
not alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from whyspike.attribution.bill.cause import BillCause
from whyspike.attribution.trail.events import Event
from whyspike.attribution.trail.executions import acts_on_a_setting
from whyspike.attribution.trail.timing import midnight
from whyspike.knowledge.calls import Deed, deed_of
from whyspike.knowledge.events import intrusion_sign
from whyspike.knowledge.identity import noun_of
from whyspike.model import Kind

NEW_CALLS = (
    3  # from which on a principal that never made a call before uses it, and did not try it once
)
MIN_BURST = 2  # separate days
BURST_SHARE = 0.4  # of the largest, for a day to be one of them
MOSTLY = 0.8
_USAGE_CALL = re.compile(
    r"^(Invoke|Converse|Retrieve|Get|Decrypt|Query|Scan|Describe|List|Head|Send)"
)
_IDENTITY_CALL = re.compile(
    r"^(Create|Attach|Put|Update)(Role|User|AccessKey|LoginProfile|ServiceSpecificCredential|InstanceProfile)"
)
_AROUND = timedelta(days=3)  # an intruder looks around and acts within days
_MAX_DENIED = 2  # denied calls that count


def is_usage_call(event: Event) -> bool:
    """A call that is itself what is billed."""
    return event.read_only or bool(_USAGE_CALL.match(event.base_name))


def routine(event: Event, events: Sequence[Event], bill: BillCause) -> tuple[float, str]:
    """Takes off for calls that this principal made likewise on other days before the onset."""
    onset = midnight(bill.onset)
    own = [other for other in events if _same_call(other, event) and other.person == event.person]
    days_before = {
        other.time.date()
        for other in own
        if other.region == event.region
        and other.time < min(onset, event.time) - timedelta(hours=12)
        and _signature(other) == _signature(event)
    }
    if len(days_before) >= 2:
        return (
            -1.0 - 0.3 * min(4, len(days_before)),
            f"this principal did the same on {len(days_before)} days before",
        )
    if days_before:
        return -0.6, "this principal did the same on another day before"
    later = {other.time.date() for other in own if other.time.date() > event.time.date()}
    if len(later) >= 3 and event.time >= onset - timedelta(days=1):
        return 1.0, "such calls began then and were repeated since"
    return 0.0, ""


def common(event: Event, events: Sequence[Event], bill: BillCause, tied: bool) -> tuple[float, str]:
    """The same kind of call on other days, by whomever: then one of them on the day of the onset
    tells little."""
    if tied:
        return 0.0, ""
    days = {
        other.time.date()
        for other in events
        if _same_call(other, event)
        and other.source == event.source
        and other.time.date() != event.time.date()  # the call itself, and others of its burst
        and other.time.date() < bill.onset - timedelta(days=1)
        and _signature(other) == _signature(event)
    }
    return (
        (-0.6 * min(3, len(days)), f"such calls are common here ({len(days)} other days)")
        if days
        else (0.0, "")
    )


def usage(event: Event, events: Sequence[Event], bill: BillCause) -> tuple[float, str]:
    """A call that is the billed usage itself tells who uses, not what changed; unless the usage is
    new, or the user."""
    if not is_usage_call(event):
        return 0.0, ""
    if bill.new_service or bill.new_region or bill.new_line:
        return 0.8, "it is the new usage itself"
    if is_new_caller(event, events, bill):
        return 0.8, "it is the usage itself, by a principal that never made such calls before"
    return -2.5, "it is the usage itself, which went on before"


def is_effect(event: Event, events: Sequence[Event], bill: BillCause) -> bool:
    """A call that follows from another: by a service of AWS that acts on a setting, by an identity
    that was just made, or the usage of a line that was used before. Whoever made the setting, the
    identity or the deployment is the better answer.
    """
    if acts_on_a_setting(event):
        return True
    if not is_usage_call(event):
        return made_from_the_same_address(event, events)
    return _was_made(event, events) or not (bill.new_service or bill.new_region or bill.new_line)


def follows_its_creation(event: Event, events: Sequence[Event], bill: BillCause) -> bool:
    """A change of what the same caller made within the day before, of a line that is new: the
    creation is the cause, whatever was set afterwards."""
    if not bill.new_line or deed_of(event.base_name) is not Deed.CHANGES:
        return False
    noun = noun_of(event.base_name)
    return any(
        deed_of(other.base_name) is Deed.MAKES
        and noun_of(other.base_name) == noun
        and other.person == event.person
        and other.region == event.region
        and not other.error
        and timedelta(0) <= event.time - other.time <= timedelta(days=1)
        for other in events
    )


def made_from_the_same_address(event: Event, events: Sequence[Event]) -> bool:
    """The identity was made by a call from the same public address: whoever made it goes on under
    another name."""
    return event.external and _was_made(event, [other for other in events if other.ip == event.ip])


def _was_made(event: Event, events: Sequence[Event]) -> bool:
    return any(
        event.principal in identities_made(other) and other.time <= event.time and not other.error
        for other in events
    )


def coincides(event: Event, events: Sequence[Event], bill: BillCause) -> bool:
    """Somebody makes such calls on each of the separate days that rose, and hardly on others."""
    if bill.kind != Kind.BURST:
        return False
    peak = max(cost - bill.expected for _, cost in bill.daily)
    risen = {day for day, cost in bill.daily if cost - bill.expected >= BURST_SHARE * peak > 0}
    calls = [
        other.time.date()
        for other in events
        if _same_call(other, event) and other.person == event.person and not other.error
    ]
    on_risen = [day for day in calls if day in risen]
    return (
        len(risen) >= MIN_BURST and set(on_risen) == risen and len(on_risen) >= MOSTLY * len(calls)
    )


def is_new_caller(event: Event, events: Sequence[Event], bill: BillCause) -> bool:
    """Several such calls by this principal since the onset and none before, in a trail that reaches
    back."""
    own = [
        other.time
        for other in events
        if _same_call(other, event) and other.principal == event.principal
    ]
    start = midnight(bill.onset)
    return (
        len(own) >= NEW_CALLS and min(own) >= start and any(other.time < start for other in events)
    )


def identities_made(event: Event) -> frozenset[str]:
    """Users and roles that this call created or gave rights or credentials to."""
    if event.source != "iam.amazonaws.com" or not _IDENTITY_CALL.match(event.base_name):
        return frozenset()
    return frozenset(str(name) for name in event.values("rolename", "username"))


def unusual_address(event: Event, events: Sequence[Event]) -> bool:
    """A public address from which this principal did not call before; one that always calls from
    new ones has no usual one."""
    if not event.external:
        return False
    earlier = [
        other
        for other in events
        if other.principal == event.principal and other.time < event.time - timedelta(hours=12)
    ]
    public = {other.ip for other in earlier if other.external}
    return event.ip not in {other.ip for other in earlier} and len(public) < 2


def changed_address(event: Event, events: Sequence[Event]) -> bool:
    """The same session (or user) called from elsewhere before: evidence of a usual address that
    this one is not."""
    earlier = {
        other.ip
        for other in events
        if (other.principal, other.session) == (event.principal, event.session)
        and other.time < event.time
        and other.ip != event.ip
    }
    return bool(earlier) and unusual_address(event, events)


def signs_of_intrusion(event: Event, events: Sequence[Event]) -> tuple[int, tuple[str, ...]]:
    """Points (knowledge.intrusion_sign, one more for a denied call) and names of what this
    principal did from this address."""
    near = [
        other
        for other in events
        if other.principal == event.principal
        and other.ip == event.ip
        and abs(other.time - event.time) <= _AROUND
    ]
    weights = {other.base_name: intrusion_sign(other.source, other.name) for other in near}
    denied = {
        other.base_name
        for other in near
        if "denied" in other.error.lower() or "unauthorized" in other.error.lower()
    }
    names = sorted(name for name, weight in weights.items() if weight or name in denied)
    return sum(weights.values()) + min(_MAX_DENIED, len(denied)), tuple(names)


def _same_call(one: Event, other: Event) -> bool:
    return one.base_name == other.base_name


def _signature(event: Event) -> frozenset[str]:
    return frozenset(key for key, _ in event.leaves)
