"""DetectAnomalies: one member account in, its cost anomalies of the scan date out, grouped into
items to explain."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from whyspike.detection import (
    bill_days,
    detection_settings,
    find_anomalies,
    group_items,
    with_spent,
    zero_days,
)
from whyspike.errors import Refused
from whyspike.incidents.yardsticks import accepted_levels, told_days
from whyspike.model import AccountScan, AccountTask, FlaggedItem, Scan
from whyspike.steps.configuration import Configuration
from whyspike.steps.detect_anomalies import account_costs
from whyspike.steps.detect_anomalies.commitments import store_commitments
from whyspike.steps.scan_stores import scan_bucket, scan_table, scan_usage
from whyspike.steps.settings import settings_of
from whyspike.wire.clients import client
from whyspike.wire.table.incidents import IncidentTable


@dataclass(frozen=True)
class AccountJudged:
    """`refused` is why the account itself could not be asked, where the payer stood in."""

    anomalies: int
    requests: int
    items: tuple[FlaggedItem, ...]
    refused: Refused | None


def detect_anomalies(task: AccountTask, config: Configuration) -> AccountJudged:
    bucket, account = scan_bucket(config), task.account
    usage = scan_usage(config, task.scan)
    bill = account_costs.read(config, task, usage, bucket)
    table = IncidentTable(client("dynamodb"), config.table_name)
    incidents = table.incidents_of(account.account_id)
    settings = detection_settings(
        config.sensitivity,
        config.minimum_impact_usd,
        config.minimum_impact_percent,
        settings_of(bucket, task.scan).detection,
        accepted_levels(incidents),
        told=told_days(incidents),
        large_impact_usd=config.large_impact_usd,
    )
    costs = replace(bill.costs, zero_days=zero_days(bill.costs, account.joined))
    judged_until = _judged_until(config, task)
    anomalies = find_anomalies(costs, task.scan.scan_date, settings, judged_until)
    items = group_items(account.account_id, anomalies)
    bucket.write_account_scan(AccountScan(task.scan, account, costs, items))
    days = bill_days(costs, task.scan.scan_date, judged_until)
    days = with_spent(days, costs, task.scan.scan_date)
    scan_table(config, task.scan).write_judged(
        account,
        len(anomalies),
        costs.requests,
        bill.refused,
        replace(days, months_unknown=bill.months_unknown, metric=costs.metric),
    )
    store_commitments(config, task, costs, usage, bucket)
    return AccountJudged(len(anomalies), costs.requests, items, bill.refused)


def _judged_until(config: Configuration, task: AccountTask) -> date | None:
    """The newest day of the account's bill that a daily scan before this one judged: the day
    before, where no scan failed, and no more than `catch_up_days` ago; None where no scan ever
    ran."""
    for back in range(1, config.catch_up_days + 1):
        day = task.scan.scan_date - timedelta(days=back)
        earlier = scan_table(config, Scan(day.isoformat(), day))
        if judged := earlier.judged_until(task.account.account_id):
            return judged
    if scan_table(config, task.scan).last_daily():  # longer ago: as far back as is made up for
        return task.scan.scan_date - timedelta(days=config.catch_up_days)
    return None
