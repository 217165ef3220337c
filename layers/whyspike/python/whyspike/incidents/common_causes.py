"""Which flagged items of several accounts may have one cause. Pure.

Joined are items of the same service, kind of charge, direction and usage types whose onsets are at
most a day apart; what costs more a unit is not joined with what is used more. That is only a guess:
each is then checked against the one that is explained, and leaves where it does not hold. Two
causes on one day are told apart that way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from statistics import fmean, median

from whyspike.model import Anomaly, DailyCosts, FlaggedItem, RecordClass
from whyspike.model.common_causes import CommonCause, KnownCause, MovedItem

MIN_ACCOUNTS = 3
MIN_ACCOUNTS_BY_SERVICE = 5  # where the bill says no usage types
MIN_OVERLAP = 0.6  # of the shares of usage types in what moved
MAX_ONSET_DAYS = 1
MAX_SLIDE_DAYS = 2  # by which the onset of a known one may slide from scan to scan
MIN_PRICE_MOVE = 0.02  # of the price: less is rounding, or a tier of the month
MAX_PRICE_DISTANCE = 0.02  # of one account's ratio of prices from another's
_PRICE_SHARE = 0.75  # of what a line moved by, that the price has to explain
_DAYS_BEFORE = 28
_MIN_PRICED_DAYS = 14  # before, of the old price


def moved_anomaly(
    item: FlaggedItem, anomaly: Anomaly, account_name: str, costs: DailyCosts
) -> MovedItem:
    """An anomaly of the item as if it were all of it. `costs` are those that it was found in."""
    moved = _moved(anomaly, costs)
    return MovedItem(
        item.account_id,
        account_name,
        item.item_id,
        anomaly.service,
        anomaly.record_class,
        anomaly.impact < 0,
        anomaly.onset,
        float(anomaly.impact),
        moved,
        _price_ratio(anomaly, moved, costs),
    )


def has_same_price(one: float | None, other: float | None) -> bool:
    """The price of a unit moved in both, and by as much."""
    return one is not None and other is not None and abs(one / other - 1) <= MAX_PRICE_DISTANCE


def least_accounts(first: MovedItem) -> int:
    """Of how many accounts on what moved like it may be one cause."""
    return MIN_ACCOUNTS if first.moved else MIN_ACCOUNTS_BY_SERVICE


def ties_to(old: KnownCause, item: MovedItem) -> bool:
    """Its account was tied to the cause, and it moved at that time."""
    return _is_near(old, item) and item.account_id in old.accounts


def join(
    items: Sequence[MovedItem], known: Sequence[KnownCause] = (), used: Iterable[str] = ()
) -> tuple[tuple[CommonCause, ...], tuple[MovedItem, ...]]:
    """(common causes, items that stand alone), the largest first. An account stands once in a
    cause. `known` are those of earlier scans, which keep their id, and go on with one account;
    `used` those that these items have left."""
    taken, left = set(used), sorted(items, key=_by_impact)
    causes: list[CommonCause] = []
    for old in known:
        if old.cause_id in taken:
            continue
        group = _again(old, left)
        if group:
            causes.append(_cause(old.cause_id, group, old.sample_account))
            taken.add(old.cause_id)
            left = _without(left, group)
    alone: list[MovedItem] = []
    while left:
        first = left[0]
        group = _first_of_accounts([first, *(other for other in left[1:] if is_like(first, other))])
        if len(group) >= least_accounts(first):
            causes.append(_cause(_new_id(first), group))
        else:
            group = [first]
            alone.append(first)
        left = _without(left, group)
    return tuple(sorted(causes, key=lambda cause: _by_impact(cause.sample))), tuple(alone)


def _again(old: KnownCause, items: Sequence[MovedItem]) -> list[MovedItem]:
    """The items of accounts that were tied to it, and those that are like them."""
    near = [item for item in items if _is_near(old, item)]
    tied = [item for item in near if ties_to(old, item)]
    if not tied:
        return []
    first = min(tied, key=lambda item: (item.account_id != old.sample_account, *_by_impact(item)))
    return _first_of_accounts(
        [*tied, *(item for item in near if item not in tied and is_like(first, item))]
    )


def _is_near(old: KnownCause, item: MovedItem) -> bool:
    return (item.service, item.record_class, item.falls) == (
        old.service,
        old.record_class,
        old.falls,
    ) and abs((item.onset - old.onset).days) <= MAX_SLIDE_DAYS


def _cause(cause_id: str, group: Sequence[MovedItem], sample_account: str = "") -> CommonCause:
    sample = next((item for item in group if item.account_id == sample_account), group[0])
    others = sorted((item for item in group if item is not sample), key=_by_impact)
    return CommonCause(cause_id, sample, tuple(others))


def _new_id(first: MovedItem) -> str:
    named = "|".join((first.service, first.record_class, str(first.falls), first.account_id))
    return f"{first.onset}-{hashlib.sha256(named.encode()).hexdigest()[:8]}"


def is_like(first: MovedItem, other: MovedItem) -> bool:
    """The two may have one cause, whoever's they are."""
    return (
        (other.service, other.record_class, other.falls)
        == (first.service, first.record_class, first.falls)
        and abs((other.onset - first.onset).days) <= MAX_ONSET_DAYS
        and bool(other.moved) == bool(first.moved)
        and (other.price_ratio is None) == (first.price_ratio is None)
        and (not first.moved or _overlap(first, other) >= MIN_OVERLAP)
    )


def _overlap(first: MovedItem, other: MovedItem) -> float:
    return sum(min(share, other.moved.get(name, 0.0)) for name, share in first.moved.items())


def _moved(leading: Anomaly, costs: DailyCosts) -> dict[str, float]:
    """The share of each usage type of the service in what moved since the onset."""
    if leading.usage_type is not None:
        return {leading.usage_type: 1.0}
    if leading.record_class is not RecordClass.USAGE:
        return {}
    sign = -1.0 if leading.impact < 0 else 1.0
    since = [i for i, day in enumerate(costs.dates) if leading.onset <= day <= leading.usage_date]
    moves: dict[str, float] = {}
    for series in costs.series:
        if series.usage_type is None or series.service != leading.service or not since:
            continue
        before = series.costs[max(since[0] - _DAYS_BEFORE, 0) : since[0]]
        usual = median([cost or 0.0 for cost in before]) if before else 0.0
        move = sign * (fmean([series.costs[i] or 0.0 for i in since]) - usual)
        if move > 0:
            moves[series.usage_type] = move
    whole = sum(moves.values())
    return {name: move / whole for name, move in moves.items()}


def _price_ratio(anomaly: Anomaly, moved: Mapping[str, float], costs: DailyCosts) -> float | None:
    """None where it was not mainly the price of a unit that moved the cost."""
    name = max(moved, key=lambda each: moved[each], default="")
    if moved.get(name, 0.0) < MIN_OVERLAP:
        return None
    series = next(
        (s for s in costs.series if (s.service, s.usage_type) == (anomaly.service, name)), None
    )
    if series is None or series.quantities is None:
        return None
    days = list(zip(costs.dates, series.costs, series.quantities, strict=True))
    used = [(day, cost or 0.0, quantity or 0.0) for day, cost, quantity in days]
    first = anomaly.onset - timedelta(days=_DAYS_BEFORE)
    before = [each for each in used if first <= each[0] < anomaly.onset and each[2] > 0]
    since = [each for each in used if anomaly.onset <= each[0] <= anomaly.usage_date]
    paid, quantity = sum(cost for _, cost, _ in before), sum(each[2] for each in since)
    if len(before) < _MIN_PRICED_DAYS or paid <= 0 or quantity <= 0:
        return None
    old = paid / sum(each[2] for each in before)
    ratio = sum(cost for _, cost, _ in since) / quantity / old
    rise = sum(cost - _usual(day, before) for day, cost, _ in since)
    by_price = old * (ratio - 1) * quantity
    if abs(ratio - 1) < MIN_PRICE_MOVE or rise * by_price <= 0:
        return None
    return round(ratio, 4) if abs(by_price) >= _PRICE_SHARE * abs(rise) else None


def _usual(day: date, before: Sequence[tuple[date, float, float]]) -> float:
    """What such a day of the week cost."""
    alike = [cost for each, cost, _ in before if each.weekday() == day.weekday()]
    return fmean(alike or [cost for _, cost, _ in before])


def _first_of_accounts(items: Sequence[MovedItem]) -> list[MovedItem]:
    return list({item.account_id: item for item in reversed(items)}.values())[::-1]


def _without(items: Sequence[MovedItem], group: Sequence[MovedItem]) -> list[MovedItem]:
    gone = {item.item_id for item in group}
    return [item for item in items if item.item_id not in gone]


def _by_impact(item: MovedItem) -> tuple[float, str]:
    return -abs(item.impact_usd), item.item_id
