"""The daily costs of one account, from the source that is configured: the account's own Cost Explorer or the payer's slice."""

from __future__ import annotations

from datetime import timedelta

from whyspike.adapters import cost_explorer, member_account, payer_costs
from whyspike.adapters.clients import client
from whyspike.adapters.configuration import Configuration
from whyspike.adapters.scan_bucket import ScanBucket
from whyspike.adapters.scan_usage import ScanUsage
from whyspike.model import AccountTask, DailyCosts


def read(config: Configuration, task: AccountTask, usage: ScanUsage, bucket: ScanBucket) -> DailyCosts:
    """`lookback_days` days up to and including the scan date.

    Raises MemberRoleDenied, CostExplorerDenied, CostExplorerThrottled, CostDataNotReady, BudgetExhausted or MixedCurrencies.
    """
    scan, account_id = task.scan, task.account.account_id
    if config.cost_source == "payer":
        return payer_costs.read_slice(bucket, scan, account_id)
    credentials = member_account.assume(
        client("sts"), account_id, config.member_role_name, config.external_id, scan.scan_id, config.partition
    )
    start = scan.scan_date - timedelta(days=scan.lookback_days - 1)
    ce = client("ce", credentials)
    return cost_explorer.daily_costs(ce, account_id, start, scan.scan_date, usage, usage_types=config.usage_type_detection)
