"""Which anomalies of an account's item were two things that happened on one day, as the other
accounts show. Pure.

Within one account all that began on a day is one item. Where one of its anomalies began in many
accounts, and in most of them without another, the two are not one thing: what happened everywhere
is told apart from what happened here too. What the same calls can move, such as an instance and its
volume, needs more accounts to be told apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from whyspike.incidents.common_causes import (
    MAX_ONSET_DAYS,
    is_like,
    least_accounts,
    moved_anomaly,
    ties_to,
)
from whyspike.knowledge.families import family_of
from whyspike.model import Anomaly, DailyCosts, FlaggedItem
from whyspike.model.common_causes import KnownCause, MovedItem

_MAX_SHARE = 0.5  # of the accounts of one, in which the other may be too
_MAX_SHARE_RELATED = 0.25  # where the same calls can move both
_MIN_ACCOUNTS_RELATED = 10  # in which one moved without the other


@dataclass(frozen=True)
class ItemMoves:
    """A flagged item, with each of its anomalies as one that could stand alone."""

    item: FlaggedItem
    moves: tuple[MovedItem, ...]  # of its anomalies, in their order


@dataclass(frozen=True)
class Part:
    """Anomalies of an item that are one thing, and how they moved."""

    anomalies: tuple[Anomaly, ...]
    move: MovedItem


def item_moves(item: FlaggedItem, account_name: str, costs: DailyCosts) -> ItemMoves:
    """`costs` are those that the item was found in."""
    return ItemMoves(
        item,
        tuple(moved_anomaly(item, anomaly, account_name, costs) for anomaly in item.anomalies),
    )


def parts_of(
    items: Sequence[ItemMoves], known: Sequence[KnownCause] = ()
) -> list[tuple[Part, ...]]:
    """Of each item its parts, the one with the leading anomaly first; most have one. `known` are
    common causes of earlier scans, and what was told apart from them."""
    kinds = _Kinds.of(items)
    every = [_parts(each, kinds, known) for each in items]
    beside: dict[str, list[MovedItem]] = defaultdict(list)
    for parts in every:
        for part in parts:
            beside[part.move.account_id].append(part.move)
    return [
        tuple(_with_services(part, beside[part.move.account_id]) for part in parts)
        for parts in every
    ]


def _with_services(part: Part, beside: Sequence[MovedItem]) -> Part:
    """It names what else began in its account at that time, and is no part of it."""
    move = part.move
    services = {
        other.service
        for other in beside
        if other.falls == move.falls and abs((other.onset - move.onset).days) <= MAX_ONSET_DAYS
    }
    return replace(part, move=replace(move, apart=tuple(sorted(services - {move.service}))))


def _parts(each: ItemMoves, kinds: _Kinds, known: Sequence[KnownCause]) -> tuple[Part, ...]:
    groups: list[list[int]] = []
    for place, move in enumerate(each.moves):
        home = next(
            (group for group in groups if not _is_apart(each.moves[group[0]], move, kinds, known)),
            None,
        )
        if home is None:
            groups.append([place])
        else:
            home.append(place)
    return tuple(_part(each, group) for group in groups)


def _part(each: ItemMoves, group: Sequence[int]) -> Part:
    anomalies = tuple(each.item.anomalies[place] for place in group)
    impact = float(sum(anomaly.impact for anomaly in anomalies))
    return Part(anomalies, replace(each.moves[group[0]], impact_usd=impact))


def _is_apart(one: MovedItem, other: MovedItem, kinds: _Kinds, known: Sequence[KnownCause]) -> bool:
    if one.service == other.service:
        return False
    return (
        kinds.is_without(one, other)
        or kinds.is_without(other, one)
        or any(
            ties_to(cause, first) and second.service in cause.apart
            for cause in known
            for first, second in ((one, other), (other, one))
        )
    )


@dataclass(frozen=True)
class _Kinds:
    """What moved alike in several accounts is one kind. `accounts` counts the accounts of a kind,
    `together` those in which an item holds both of two kinds."""

    kind_of: Mapping[int, int]  # by the identity of a move
    accounts: Mapping[int, int]
    together: Mapping[tuple[int, int], int]

    @staticmethod
    def of(items: Sequence[ItemMoves]) -> _Kinds:
        firsts: dict[tuple[object, ...], list[tuple[int, MovedItem]]] = defaultdict(list)
        kind_of: dict[int, int] = {}
        accounts: dict[int, set[str]] = defaultdict(set)
        for move in sorted(
            (move for each in items for move in each.moves),
            key=lambda move: (-abs(move.impact_usd), move.item_id),
        ):
            alike = firsts[move.service, move.record_class, move.falls]
            kind = next((number for number, first in alike if is_like(first, move)), None)
            if kind is None:
                kind = len(accounts)
                alike.append((kind, move))
            kind_of[id(move)] = kind
            accounts[kind].add(move.account_id)
        together: Counter[tuple[int, int]] = Counter()
        for each in items:
            kinds = sorted({kind_of[id(move)] for move in each.moves})
            together.update(combinations(kinds, 2))
        return _Kinds(kind_of, {kind: len(ids) for kind, ids in accounts.items()}, together)

    def is_without(self, one: MovedItem, other: MovedItem) -> bool:
        """`one` moved in enough accounts in which `other` did not."""
        first, second = self.kind_of[id(one)], self.kind_of[id(other)]
        both = self.together.get((min(first, second), max(first, second)), 0)
        every = self.accounts[first]
        related = bool(_sources(one) & _sources(other))
        least = _MIN_ACCOUNTS_RELATED if related else least_accounts(one)
        share = _MAX_SHARE_RELATED if related else _MAX_SHARE
        return every - both >= least and both < share * every


def _sources(move: MovedItem) -> set[str]:
    """What the calls are made to that can move it."""
    return {
        source
        for usage_type in (move.moved or {"": 1.0})
        for source in family_of(move.service, usage_type).event_sources
    }
