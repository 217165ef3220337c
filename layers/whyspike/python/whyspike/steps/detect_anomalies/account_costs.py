"""The daily costs of one account, from the source that is configured: the account's own Cost
Explorer or the payer's slice.

An account that refuses (no role, no Cost Explorer) is judged by the payer's bill instead: a denied
role never hides spend.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from botocore.exceptions import ClientError

from whyspike.errors import (
    BudgetExhausted,
    CostExplorerDenied,
    MemberRoleDenied,
    NotReady,
    OrganizationAccessDenied,
    Refused,
)
from whyspike.model import AccountTask, DailyCosts
from whyspike.steps import earlier_months, payer_costs, payer_fallback
from whyspike.steps.configuration import Configuration
from whyspike.steps.daily_costs import daily_costs
from whyspike.wire import sts as member_account
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.clients import client
from whyspike.wire.cost_explorer import LinkedAccountCosts
from whyspike.wire.table.usage import ScanUsage

# What the payer answers where it cannot stand in: then the account's own refusal is what the admin
# must mend. Throttling is tried again.
_NO_STAND_IN = (
    OrganizationAccessDenied,
    CostExplorerDenied,
    NotReady,
    BudgetExhausted,
    ClientError,
)


@dataclass(frozen=True)
class AccountBill:
    """`refused` is why the account itself could not be asked, where the payer was asked in its
    place; else None. `months_unknown` is why nothing is known of earlier months, "" where it is."""

    costs: DailyCosts
    refused: Refused | None = None
    months_unknown: str = ""


def read(
    config: Configuration, task: AccountTask, usage: ScanUsage, bucket: ScanBucket
) -> AccountBill:
    """`lookback_days` days up to and including the scan date.

    Raises MemberRoleDenied or CostExplorerDenied when the account refuses and the payer cannot
    stand in, Throttled, NotReady, BudgetExhausted or MixedCurrencies.
    """
    if config.cost_source == "payer":
        costs = payer_costs.read_slice(bucket, task.scan, task.account.account_id)
        unknown = "" if costs.earlier else earlier_months.unknown_of_payer(task.scan)
        return AccountBill(costs, months_unknown=unknown)
    try:
        return _bill(_own_costs(config, task), config, task, usage, bucket)
    except (MemberRoleDenied, CostExplorerDenied) as refused:
        if not config.payer_fallback:
            raise
        return replace(_of_payer(config, task, usage, bucket, refused), refused=refused)


def _own_costs(config: Configuration, task: AccountTask) -> LinkedAccountCosts:
    scan_id, account_id = task.scan.scan_id, task.account.account_id
    keys = member_account.assume(
        client("sts"),
        account_id,
        config.member_role_name,
        config.external_id,
        scan_id,
        config.partition,
    )
    return LinkedAccountCosts(client("ce", keys), account_id)


def _of_payer(
    config: Configuration,
    task: AccountTask,
    usage: ScanUsage,
    bucket: ScanBucket,
    refused: Refused,
) -> AccountBill:
    """The payer's bill of the account; raises `refused` when the payer refuses too, or when it does
    not see the account at all."""
    try:
        bill = _bill(payer_fallback.open_costs(config, task), config, task, usage, bucket)
    except _NO_STAND_IN as error:
        raise refused from error
    if (
        not bill.costs.series
    ):  # a hub that is not the payer gets an empty answer, which must not read as "no spend"
        raise refused
    return bill


def _bill(
    ce: LinkedAccountCosts,
    config: Configuration,
    task: AccountTask,
    usage: ScanUsage,
    bucket: ScanBucket,
) -> AccountBill:
    """The days first: they are judged also where the months are refused."""
    scan, account_id = task.scan, task.account.account_id
    start = scan.scan_date - timedelta(days=scan.lookback_days - 1)
    costs = daily_costs(
        ce,
        account_id,
        start,
        scan.scan_date,
        usage,
        usage_types=config.usage_type_detection,
        cost_metric=config.cost_metric,
    )
    if not costs.series:
        return AccountBill(costs)
    months = earlier_months.of_account(ce, account_id, scan, bucket, usage, costs.metric)
    requests = costs.requests + months.requests
    return AccountBill(
        replace(costs, earlier=months.earlier, requests=requests), months_unknown=months.unknown
    )
