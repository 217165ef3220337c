"""Which Savings Plans and reservations end soon, whose usage they cover, and what that usage costs
from the day after on. Pure; docs/commitments.md states the method."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from whyspike.model import CostRow
from whyspike.model.commitments import (
    THRESHOLDS,
    AccountCommitments,
    Commitment,
    CommitmentEnd,
    UsageShare,
)
from whyspike.words.amounts import counted, dollars
from whyspike.words.days import day

MEASURED_DAYS = 7  # of the bill, whose mean is what is covered a day
PRICED_DAYS = 14  # of the bill, in which a price on demand is looked for
_NAMED = 3  # in a line of the digest
_COMPUTE = ("Elastic Compute Cloud", "Lambda", "Container Service", "Kubernetes", "Fargate")


def soon(commitment: Commitment, today: date) -> bool:
    """It ends within the largest threshold."""
    return 0 <= (commitment.last_day - today).days <= max(THRESHOLDS)


def covered_on_demand(rows: Sequence[CostRow], commitment: Commitment) -> float | None:
    """What the covered hours of a reservation's instance type cost on demand, in dollars a day:
    their mean of the last days, at most as many as it pays for, at the price of the hours that the
    same meter billed on demand. `rows` are by usage type and record type. None where the bill
    shows no covered hour, or no price."""
    if not rows:
        return None
    first = max(row.usage_date for row in rows) - timedelta(days=MEASURED_DAYS - 1)
    covered: dict[str, float] = defaultdict(float)
    billed: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in rows:
        usage_type, record_type = row.keys
        if usage_type.rpartition(":")[2] not in _names(commitment.unit):
            continue
        if record_type == "DiscountedUsage" and row.usage_date >= first:
            covered[usage_type] += row.quantity / MEASURED_DAYS
        elif record_type == "Usage":
            billed[usage_type][0] += row.cost
            billed[usage_type][1] += row.quantity
    hours = sum(covered.values())
    if not hours or any(billed[meter][1] <= 0 for meter in covered):
        return None
    usd = sum(each * billed[meter][0] / billed[meter][1] for meter, each in covered.items())
    return usd * min(1.0, 24 * commitment.count / hours)


def _names(unit: str) -> set[str]:
    """OpenSearch leaves its suffix out on the bill."""
    return {unit, unit.removesuffix(".search")}


def commitment_ends(
    found: Sequence[AccountCommitments], names: Mapping[str, str], today: date
) -> tuple[CommitmentEnd, ...]:
    """What ends within 30 days, the soonest first. `found` is what was learned of each account,
    `names` those of all accounts in scope by id, `today` the day on which the scan runs."""
    ending = [
        (each, account) for account in found for each in account.commitments if soon(each, today)
    ]
    ends = [
        _plan_end(each, found, names, today)
        if each.is_plan
        else _reservation_end(each, account, names, today)
        for each, account in ending
    ]
    return tuple(sorted(ends, key=lambda end: (end.days_left, -(end.more_usd or 0.0))))


def _end(commitment: Commitment, names: Mapping[str, str], today: date) -> CommitmentEnd:
    left = (commitment.last_day - today).days
    account = names.get(commitment.account_id, commitment.account_id)
    threshold = min(each for each in THRESHOLDS if left <= each)
    return CommitmentEnd(commitment, account, left, threshold)


def _plan_end(
    plan: Commitment,
    found: Sequence[AccountCommitments],
    names: Mapping[str, str],
    today: date,
) -> CommitmentEnd:
    """Plans are shared in the organisation, and the bill does not say which plan covered what: each
    is taken to cover its part, by commitment, of all that plans of its kind cover."""
    end, pool = _end(plan, names, today), _pool_of_plan(plan)
    untold = [account for account in found if account.plan_usage is None]
    usage = {
        account.account_id: sum(
            usd for service, usd in account.plan_usage.items() if _pool_of(service) == pool
        )
        for account in found
        if account.plan_usage
    }
    paid = sum(
        each.usd_a_day or 0.0
        for account in found
        for each in account.commitments
        if each.is_plan and _pool_of_plan(each) == pool
    )
    if untold:
        why = f"the bill of {counted(len(untold), 'account')} does not tell covered usage apart"
        return replace(end, why_unknown=why, shares=_own(plan, names))
    part = (plan.usd_a_day or 0.0) / paid if paid else 0.0
    shares = [
        UsageShare(account_id, names.get(account_id, account_id), usd * part)
        for account_id, usd in sorted(usage.items(), key=lambda item: -item[1])
        if usd * part >= 0.005
    ]
    total = sum(share.on_demand_usd or 0.0 for share in shares)
    unread = len(set(names) - {account.account_id for account in found})
    return replace(end, on_demand_usd=total, shares=tuple(shares), unread=unread)


def _reservation_end(
    reservation: Commitment,
    account: AccountCommitments,
    names: Mapping[str, str],
    today: date,
) -> CommitmentEnd:
    end = _end(reservation, names, today)
    usd = {each.commitment_id: each.on_demand_usd for each in account.covered}.get(
        reservation.commitment_id
    )
    if usd is None:
        why = (
            f"its account's bill has no hours of {reservation.unit} that it covers, or none on"
            " demand to tell their price"
        )
        return replace(end, why_unknown=why, shares=_own(reservation, names))
    share = UsageShare(reservation.account_id, end.account_name, usd)
    return replace(end, on_demand_usd=usd, shares=(share,))


def _own(commitment: Commitment, names: Mapping[str, str]) -> tuple[UsageShare, ...]:
    account_id = commitment.account_id
    return (UsageShare(account_id, names.get(account_id, account_id), None),)


def _pool_of_plan(plan: Commitment) -> str:
    return "compute" if plan.covers in ("Compute", "EC2Instance") else plan.covers.lower()


def _pool_of(service: str) -> str:
    if "SageMaker" in service:
        return "sagemaker"
    return "compute" if any(name in service for name in _COMPUTE) else "database"


def not_read_words(found: Sequence[AccountCommitments], names: Mapping[str, str]) -> list[str]:
    """What could not be read, one sentence for each kind of refusal."""
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for account in found:
        for each in account.not_read:
            where = names.get(account.account_id, account.account_id)
            groups[each.what, each.error, each.reason].append(where)
    return [
        f"{what} of {_some(accounts)}: {reason.rstrip('.')}. Remedy: {_remedy(error)}"
        for (what, error, reason), accounts in groups.items()
    ]


def _remedy(error: str) -> str:
    if error in ("Throttled", "Unreachable", "Uncertain", "NotReady", "Unfinished"):
        return "nothing; the next scan asks again"
    return (
        "deploy organization/member-role.yaml of this version with WatchCommitments=true, or set"
        " WatchCommitments=false here"
    )


def end_words(end: CommitmentEnd) -> str:
    """The end of a commitment in one sentence, as plain text: "Compute Savings Plan, bought by
    payer, ends on Fri 13 Nov, in 7 days: its usage then costs about $54.00 a day more, $180 on
    demand instead of $126"."""
    return f"{ending_words(end)}: {price_words(end)}"


def ending_words(end: CommitmentEnd) -> str:
    """What ends and when, of whom."""
    region = f" in {end.commitment.region}" if end.commitment.region else ""
    left = {0: "today", 1: "tomorrow"}.get(end.days_left, f"in {end.days_left} days")
    name = f"{end.commitment.name}{region}, bought by {end.account_name},"
    return f"{name} ends on {day(end.commitment.last_day)}, {left}"


def price_words(end: CommitmentEnd) -> str:
    """What the usage costs from the day after on."""
    more, paid = end.more_usd, end.commitment.usd_a_day
    if more is None or end.on_demand_usd is None:
        return f"what its usage costs then is not known: {end.why_unknown}"
    if not end.on_demand_usd:
        return "it covers no usage on the bills that were read"
    rate = f"about {dollars(abs(more))} a day {'more' if more >= 0 else 'less'}"
    without = f" ({counted(end.unread, 'account')} not read)" if end.unread else ""
    return (
        f"its usage then costs {rate}, {dollars(end.on_demand_usd)} on demand instead of"
        f" {dollars(paid or 0.0)}{without}"
    )


def share_words(end: CommitmentEnd) -> str:
    """ "in data-platform-prod ($180) and 2 more accounts" """
    known = [share for share in end.shares if share.on_demand_usd]
    named = [f"{each.account_name} ({dollars(each.on_demand_usd or 0)})" for each in known[:_NAMED]]
    rest = len(known) - _NAMED
    more = f" and {counted(rest, 'more account')}" if rest > 0 else ""
    return f"in {', '.join(named)}{more}" if named else ""


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {counted(more, 'more account')}" if more > 0 else "")
