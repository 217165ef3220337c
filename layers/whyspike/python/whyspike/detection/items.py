"""Anomalies of one account that share an onset become one item: explained together, told
together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from whyspike.model import Anomaly, FlaggedItem, Kind, RecordClass

_ONSET_TOLERANCE_DAYS = (
    1  # a change late in the evening shows in some services only on the next day
)
_SLOW_TOLERANCE_DAYS = 7  # the onset of a ramp is known to the week


def group_items(account_id: str, anomalies: Iterable[Anomaly]) -> tuple[FlaggedItem, ...]:
    """One item for each onset and direction, largest impact first within an item; items that alert
    come first.

    What a service shows as a whole stands for its usage types of the same onset, unless they moved
    the other way.
    """
    groups: list[list[Anomaly]] = []
    for anomaly in sorted(_without_subsumed(list(anomalies)), key=_order):
        home = next(
            (group for group in groups if any(_belongs(anomaly, other) for other in group)), None
        )
        if home is None:
            groups.append([anomaly])
        else:
            home.append(anomaly)
    items = [item_of(account_id, group) for group in groups]
    return tuple(
        sorted(items, key=lambda item: (not item.alert, -abs(item.leading.impact), item.item_id))
    )


def _order(anomaly: Anomaly) -> tuple[bool, bool, object, str, str, str]:
    """Leading first: what alerts, then service level, then largest impact."""
    return (
        not anomaly.alert,
        anomaly.usage_type is not None and anomaly.kind not in {Kind.MIX_SHIFT, Kind.RAMP},
        -abs(anomaly.impact),
        anomaly.service,
        str(anomaly.record_class),
        anomaly.usage_type or "",
    )


def _direction(anomaly: Anomaly) -> str:
    if anomaly.record_class is not RecordClass.USAGE and anomaly.kind is not Kind.DROP:
        return "up"
    return "down" if anomaly.kind is Kind.DROP else "up"


def _near(one: Anomaly, other: Anomaly) -> bool:
    days = (other.onset - one.onset).days
    if one.service == other.service and Kind.RAMP in {one.kind, other.kind}:
        ramp, shift = (one, other) if one.kind is Kind.RAMP else (other, one)
        return abs(days) <= _SLOW_TOLERANCE_DAYS or (
            ramp.ongoing and shift.onset >= ramp.onset
        )  # the service shows it later
    return abs(days) <= _ONSET_TOLERANCE_DAYS


def _belongs(one: Anomaly, other: Anomaly) -> bool:
    priced = Kind.UNIT_PRICE in {one.kind, other.kind}
    return (  # what the bill does not show is no part of what it shows
        not (priced and one.kind is not other.kind)
        and _direction(one) == _direction(other)
        and _near(one, other)
    )


def _without_subsumed(anomalies: list[Anomaly]) -> list[Anomaly]:
    services = [a for a in anomalies if a.usage_type is None]
    return [a for a in anomalies if not any(_subsumes(service, a) for service in services)]


def _subsumes(service: Anomaly, fine: Anomaly) -> bool:
    """A ramp in one usage type, beside a shift of the whole, is a second thing that happened."""
    return (
        fine.usage_type is not None
        and fine.kind is not Kind.MIX_SHIFT
        and (fine.kind is not Kind.RAMP or service.kind is Kind.RAMP)
        and service.service == fine.service
        and service.record_class is fine.record_class
        and _belongs(service, fine)
    )


def item_of(account_id: str, group: Sequence[Anomaly]) -> FlaggedItem:
    """The item of these anomalies, the leading one first."""
    leading = group[0]
    scope = "\x1f".join(
        (account_id, leading.service, str(leading.record_class), leading.usage_type or "")
    )
    digest = sha256(scope.encode()).hexdigest()[:8]
    return FlaggedItem(
        f"{account_id}-{leading.onset.isoformat()}-{digest}",
        account_id,
        leading.onset,
        tuple(group),
    )
