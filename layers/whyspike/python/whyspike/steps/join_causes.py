"""JoinCauses: the judged accounts in, what is to be explained next out, so that one cause in many
accounts is looked into once.

It runs once all accounts are judged: explanations take no request that an account still needed. A
round with samples (and with what stands alone, the largest impact first) is followed by one that
checks the others against their samples; those that do not fit are joined anew among themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from whyspike.detection import item_of
from whyspike.incidents.common_causes import MIN_ACCOUNTS, has_same_price, join
from whyspike.incidents.parting import ItemMoves, item_moves, parts_of
from whyspike.model import Account, FlaggedItem, Scan
from whyspike.model.common_causes import CausePlace, CausePlan, CommonCause, KnownCause, MovedItem
from whyspike.model.outcomes import AccountStatus
from whyspike.payload import to_json
from whyspike.steps.configuration import Configuration
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.clients import client
from whyspike.wire.table.common_causes import CommonCauseTable
from whyspike.wire.table.scans import ScanTable

MAX_ROUNDS = 8  # what has not found its cause by then stands alone
_READERS = 8


@dataclass(frozen=True)
class JoinTask:
    """Input of JoinCauses; `causes` is its output of the round before."""

    scan: Scan
    causes: dict[str, Any] = field(default_factory=dict)

    @property
    def round(self) -> int:
        return int(self.causes.get("round", 0)) + 1


@dataclass(frozen=True)
class Joined:
    """The accounts with `items` to explain in this round (`explain`), the accounts that were judged
    (`tell`), and whether another round follows."""

    round: int
    items: int
    judged: int
    goes_on: bool
    explain: dict[str, str]
    tell: dict[str, str]


@dataclass(frozen=True)
class _ToExplain:
    item: MovedItem
    place: CausePlace = field(default_factory=CausePlace)


def join_causes(task: JoinTask, config: Configuration) -> Joined:
    dynamodb, scan = client("dynamodb"), task.scan
    bucket = ScanBucket(client("s3"), config.bucket_name)
    table = CommonCauseTable(dynamodb, config.table_name)
    outcomes = ScanTable(dynamodb, config.table_name, scan).outcomes()
    judged = [
        account
        for account in bucket.read_manifest(scan)
        if account.account_id in outcomes
        and outcomes[account.account_id].status is not AccountStatus.NOT_SCANNED
    ]
    if task.round == 1:
        flagged = [each for each in judged if outcomes[each.account_id].anomalies]
        known = table.known(scan.scan_date)
        items = _parted(bucket, scan, _item_moves(bucket, scan, flagged), known)
        plan, wanted = _grouped(CausePlan(1), items, known, len(judged))
    else:
        before = bucket.read_cause_plan(scan, task.round - 1)
        plan, wanted = _next(bucket, scan, table, before, task.round, len(judged))
    bucket.write_cause_plan(scan, plan)
    return Joined(
        plan.round,
        len(wanted),
        len(judged),
        bool(plan.causes) and plan.round < MAX_ROUNDS,
        bucket.write_items(scan, f"causes/explain-{plan.round}", _by_account(judged, wanted)),
        bucket.write_items(scan, "causes/tell", [{"account": to_json(a)} for a in judged]),
    )


def _next(
    bucket: ScanBucket,
    scan: Scan,
    table: CommonCauseTable,
    before: CausePlan,
    number: int,
    judged: int,
) -> tuple[CausePlan, list[_ToExplain]]:
    """Even rounds check the others against their samples; odd ones join anew what has left."""
    if number % 2 == 0:
        plan = CausePlan(number, before.causes, before.used)
        return plan, [
            _ToExplain(item, _place_of(cause, item, judged))
            for cause in before.causes
            for item in cause.others
        ]
    left: list[MovedItem] = []
    for cause in before.causes:
        stayed, gone = _checked(bucket, scan, cause)
        left += gone
        if stayed:
            table.store(_known(cause, stayed), scan)
    known = table.known(scan.scan_date) if left else ()
    return _grouped(CausePlan(number, used=before.used), left, known, judged)


def _grouped(
    plan: CausePlan, items: Sequence[MovedItem], known: Sequence[KnownCause], judged: int
) -> tuple[CausePlan, list[_ToExplain]]:
    causes, alone = join(items, known, plan.used)
    if plan.round >= MAX_ROUNDS - 1:  # no round is left to check in
        causes, alone = (), tuple(items)
    ids = [cause.cause_id for cause in causes]
    wanted = [_ToExplain(cause.sample, _place_of_sample(cause, judged)) for cause in causes]
    return CausePlan(plan.round, causes, (*plan.used, *ids)), wanted + list(map(_ToExplain, alone))


def _place_of_sample(cause: CommonCause, judged: int) -> CausePlace:
    ratio = cause.sample.price_ratio
    alike = sum(has_same_price(ratio, item.price_ratio) for item in cause.items)
    if alike < MIN_ACCOUNTS:
        ratio, alike = None, len(cause.items)
    return CausePlace(cause.cause_id, accounts=alike, judged=judged, price_ratio=ratio)


def _place_of(cause: CommonCause, item: MovedItem, judged: int) -> CausePlace:
    sample = cause.sample
    return CausePlace(
        cause.cause_id,
        sample.account_id,
        sample.account_name,
        sample.item_id,
        len(cause.items),
        judged,
        item.price_ratio,
        sample.price_ratio,
    )


def _checked(
    bucket: ScanBucket, scan: Scan, cause: CommonCause
) -> tuple[list[MovedItem], list[MovedItem]]:
    """(those that are tied to the cause, those that are not)"""
    with ThreadPoolExecutor(_READERS) as pool:
        found = list(
            pool.map(lambda item: bucket.read_explanation(scan, item.item_id), cause.others)
        )
    ties = [explanation.tie if explanation else None for explanation in found]
    is_tied = [tie is not None and tie.cause_id == cause.cause_id for tie in ties]
    pairs = list(zip(cause.others, is_tied, strict=True))
    return [item for item, tied in pairs if tied], [item for item, tied in pairs if not tied]


def _known(cause: CommonCause, stayed: Sequence[MovedItem]) -> KnownCause:
    sample = cause.sample
    return KnownCause(
        cause.cause_id,
        sample.service,
        sample.record_class,
        sample.falls,
        sample.onset,
        sample.account_id,
        (sample.account_id, *(item.account_id for item in stayed)),
        tuple(sorted({service for item in (sample, *stayed) for service in item.apart})),
    )


def _item_moves(bucket: ScanBucket, scan: Scan, accounts: Sequence[Account]) -> list[ItemMoves]:
    def read(account: Account) -> list[ItemMoves]:
        found = bucket.read_account_scan(scan, account.account_id)
        return (
            [item_moves(item, account.name, found.costs) for item in found.items] if found else []
        )

    with ThreadPoolExecutor(_READERS) as pool:
        return [item for items in pool.map(read, accounts) for item in items]


def _parted(
    bucket: ScanBucket, scan: Scan, items: Sequence[ItemMoves], known: Sequence[KnownCause]
) -> list[MovedItem]:
    """The items, those that were two things as two; the account's scan then holds both."""
    found: list[MovedItem] = []
    parted: dict[str, dict[str, list[FlaggedItem]]] = {}
    for each, parts in zip(items, parts_of(items, known), strict=True):
        item = each.item
        made = [item_of(item.account_id, part.anomalies) for part in parts]
        if len(made) > 1:
            parted.setdefault(item.account_id, {})[item.item_id] = made
        else:
            made = [item]
        found += [
            replace(part.move, item_id=one.item_id) for part, one in zip(parts, made, strict=True)
        ]
    for account_id, instead in parted.items():
        before = bucket.read_account_scan(scan, account_id)
        if before:
            after = (one for item in before.items for one in instead.get(item.item_id, (item,)))
            bucket.write_account_scan(replace(before, items=tuple(after)))
    return found


def _by_account(judged: Sequence[Account], wanted: Sequence[_ToExplain]) -> list[dict[str, Any]]:
    """One element for each account, the largest impact first: what a cap leaves for explanations
    goes to what costs most."""
    ordered = sorted(wanted, key=lambda each: (-abs(each.item.impact_usd), each.item.item_id))
    items: dict[str, list[dict[str, Any]]] = {}
    for each in ordered:
        element = {"item_id": each.item.item_id, "place": to_json(each.place)}
        items.setdefault(each.item.account_id, []).append(element)
    accounts = {account.account_id: account for account in judged}
    return [
        {"account": to_json(accounts[account_id]), "items": found}
        for account_id, found in items.items()
    ]
