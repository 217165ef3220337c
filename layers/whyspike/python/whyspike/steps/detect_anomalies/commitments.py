"""The Savings Plans and reservations of one account, read while it is judged (WatchCommitments).

None of it is worth a judged bill: what cannot be read is stored as such, and the digest names it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta

from whyspike.digest.commitment_ends import PRICED_DAYS, covered_on_demand, soon
from whyspike.errors import BudgetExhausted, MemberRoleDenied, Refused, Retryable, WhyspikeError
from whyspike.knowledge.regions import region_of
from whyspike.model import AccountTask, CostQuery, DailyCosts
from whyspike.model.commitments import AccountCommitments, Commitment, CoveredUnits, NotRead
from whyspike.steps.configuration import Configuration
from whyspike.wire import commitments as wire
from whyspike.wire import sts as member_account
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.clients import Credentials, client, regions_with
from whyspike.wire.cost_explorer import LinkedAccountCosts, RequestCounter, query
from whyspike.words.services import service_name

_READERS = 8
MAX_SECONDS = 90.0  # for all lists of one account; the function has 300
_UNREAD = (Refused, Retryable, BudgetExhausted)
# What a Region answers that the account has not switched on: there is nothing to read.
_REGION_IS_OFF = {
    "AuthFailure",
    "InvalidClientTokenId",
    "OptInRequired",
    "UnrecognizedClientException",
}


@dataclass(frozen=True)
class _List:
    """One list to read, in words, and how."""

    what: str
    read: Callable[[], tuple[Commitment, ...]]


def store_commitments(
    config: Configuration,
    task: AccountTask,
    costs: DailyCosts,
    usage: RequestCounter,
    bucket: ScanBucket,
) -> None:
    """Stores what could be learned; where the account refuses its role, which the digest names by
    itself, only what its bill tells."""
    if not (config.watch_commitments and task.scan.is_daily):
        return
    account_id = task.account.account_id
    try:
        keys = member_account.assume(
            client("sts"),
            account_id,
            config.member_role_name,
            config.external_id,
            task.scan.scan_id,
            config.partition,
        )
    except MemberRoleDenied:
        found = AccountCommitments(account_id, plan_usage=costs.plan_usage)
    except Retryable as error:
        found = AccountCommitments(account_id, (), costs.plan_usage, (), (_unread(_ALL, error),))
    else:
        found = _read(config, task, costs, usage, keys)
    bucket.write_commitments(task.scan, found)


_ALL = "Savings Plans and reservations"


def _read(
    config: Configuration,
    task: AccountTask,
    costs: DailyCosts,
    usage: RequestCounter,
    keys: Credentials,
) -> AccountCommitments:
    account_id = task.account.account_id
    lists = [_plans(config, account_id, keys)]
    for kind in wire.RESERVATIONS:
        lists += [
            _reservations(kind, account_id, region, keys)
            for region in _regions(costs, kind, config.partition)
        ]
    until = time.monotonic() + MAX_SECONDS
    with ThreadPoolExecutor(_READERS) as pool:
        answers = list(pool.map(lambda wanted: _try(wanted, until), lists))
    commitments = tuple(each for found, _ in answers for each in found)
    problems = [problem for _, problem in answers if problem]
    ce = LinkedAccountCosts(client("ce", keys), account_id)
    covered, unpriced = _covered(ce, commitments, task, usage)
    return AccountCommitments(
        account_id, commitments, costs.plan_usage, covered, (*problems, *unpriced)
    )


def _plans(config: Configuration, account_id: str, keys: Credentials) -> _List:
    region = wire.SAVINGS_PLANS_REGION.get(config.partition, "us-east-1")
    plans = client("savingsplans", keys, region, brief=True)
    return _List("Savings Plans", lambda: wire.savings_plans(plans, account_id))


def _reservations(
    kind: wire.Reservations, account_id: str, region: str, keys: Credentials
) -> _List:
    asked = client(kind.client, keys, region, brief=True)  # made here: not a thing for threads
    return _List(
        f"{service_name(kind.service)} reservations in {region}",
        lambda: wire.reservations(asked, kind, account_id, region),
    )


def _regions(costs: DailyCosts, kind: wire.Reservations, partition: str) -> Sequence[str]:
    """Where the account's bill has usage, of those that have the service; all of them where the
    bill tells no Region, or one that is not known here."""
    offered = regions_with(kind.client, partition)
    named = {region_of(each.usage_type) for each in costs.series if each.usage_type}
    if partition != "aws" or not named or None in named:
        return offered
    return [region for region in offered if region in named]


def _try(wanted: _List, until: float) -> tuple[tuple[Commitment, ...], NotRead | None]:
    """`until` is the time from which on nothing is begun."""
    if time.monotonic() >= until:
        return (), NotRead(wanted.what, "Unfinished", f"not read within {MAX_SECONDS:.0f} seconds")
    try:
        return wanted.read(), None
    except Refused as error:
        return (), None if error.code in _REGION_IS_OFF else _unread(wanted.what, error)
    except Retryable as error:
        return (), _unread(wanted.what, error)


def _unread(what: str, error: WhyspikeError) -> NotRead:
    return NotRead(what, type(error).__name__, error.reason[:300])


def _covered(
    ce: LinkedAccountCosts,
    commitments: Sequence[Commitment],
    task: AccountTask,
    usage: RequestCounter,
) -> tuple[tuple[CoveredUnits, ...], list[NotRead]]:
    """What the reservations that end soon cover, at its price on demand: one request for each
    service and Region."""
    today = task.scan.today or task.scan.scan_date + timedelta(days=1)
    wanted = [
        each for each in commitments if not each.is_plan and not each.renewed and soon(each, today)
    ]
    found: list[CoveredUnits] = []
    problems: list[NotRead] = []
    for service, region in sorted({(each.covers, each.region) for each in wanted}):
        try:
            rows = query(ce, _hours(service, region, task.scan.scan_date), usage).rows
        except _UNREAD as error:
            problems.append(_unread(f"usage of {service_name(service)} in {region}", error))
            continue
        found += [
            CoveredUnits(each.commitment_id, covered_on_demand(rows, each))
            for each in wanted
            if (each.covers, each.region) == (service, region)
        ]
    return tuple(found), problems


def _hours(service: str, region: str, last: date) -> CostQuery:
    narrowed = {
        "SERVICE": [service],
        "REGION": [region],
        "RECORD_TYPE": ["DiscountedUsage", "Usage"],
    }
    dimensions = [
        {"Dimensions": {"Key": key, "Values": values}} for key, values in narrowed.items()
    ]
    return CostQuery(
        last - timedelta(days=PRICED_DAYS - 1),
        last + timedelta(days=1),
        ("USAGE_TYPE", "RECORD_TYPE"),
        {"And": dimensions},
    )
