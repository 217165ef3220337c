"""Costs of the whole organisation from one place: the management account or a custom billing view
(CostSource=payer).

Cost Explorer groups by two dimensions at most, and LINKED_ACCOUNT and SERVICE take both; the record
classes are therefore asked one after the other, each with a filter. That is a handful of paged
queries for a batch of accounts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

from whyspike.errors import AccountNotInBill
from whyspike.knowledge.record_types import KNOWN_RECORD_TYPES
from whyspike.model import Account, CostAnswer, CostQuery, CostRow, DailyCosts, RecordClass, Scan
from whyspike.payload import dumps, from_json
from whyspike.steps import earlier_months
from whyspike.steps.configuration import Configuration
from whyspike.steps.cost_metrics import asked, chosen, counted
from whyspike.steps.daily_costs import to_daily_costs
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.cost_explorer import RequestCounter, query

_WRITERS = 8  # slices that are stored side by side; the client keeps ten connections


def slice_key(scan: Scan, account_id: str) -> str:
    return f"scans/{scan.scan_id}/costs/{account_id}.json"


def write_slices(
    ce: Any,
    config: Configuration,
    scan: Scan,
    accounts: Sequence[Account],
    usage: RequestCounter,
    bucket: ScanBucket,
) -> None:
    """Asks once for all `accounts` (a batch of steps.discover_accounts.batches) and stores each
    one's
    `DailyCosts`; an account without a row gets an empty bill, which `read_slice` refuses."""
    start = scan.scan_date - timedelta(days=scan.lookback_days - 1)
    linked = {
        "Dimensions": {
            "Key": "LINKED_ACCOUNT",
            "Values": [account.account_id for account in accounts],
        }
    }
    of_class = filters()
    rows: dict[str, list[CostRow]] = defaultdict(list)
    for record_class, expression in of_class.items():
        narrowed = {"And": [linked, expression]}
        wanted = CostQuery(
            start,
            scan.scan_date + timedelta(days=1),
            ("LINKED_ACCOUNT", "SERVICE"),
            narrowed,
            asked(config.cost_metric),
        )
        for row in query(ce, wanted, usage, config.billing_view_arn).rows:
            account_id, service = row.keys
            rows[account_id].append(replace(row, keys=(service, record_class)))

    metrics = {
        account.account_id: chosen(config.cost_metric, rows.get(account.account_id, ()))
        for account in accounts
    }
    earlier = earlier_months.of_batch(ce, metrics, scan, bucket, usage, of_class, config)

    def write(account: Account) -> None:
        account_id, metric = account.account_id, metrics[account.account_id]
        answer = CostAnswer(
            CostQuery(start, scan.scan_date, ("SERVICE", "RECORD_TYPE")),
            counted(rows.get(account_id, ()), metric),
            0,
        )
        costs = to_daily_costs(account_id, start, scan.scan_date, answer, class_of=RecordClass)
        costs = replace(costs, earlier=earlier.get(account_id), metric=metric)
        bucket.write(slice_key(scan, account_id), dumps(costs), "application/json")

    with ThreadPoolExecutor(_WRITERS) as pool:
        list(pool.map(write, accounts))  # the list raises what a writer raised


def read_slice(bucket: ScanBucket, scan: Scan, account_id: str) -> DailyCosts:
    """The slice that DiscoverAccounts stored for this account. Raises AccountNotInBill when the
    payer's answer had no row of it: a hub that is not the payer is answered with its own bill
    alone, which must not read as "no spend" of the others.
    """
    costs = from_json(
        DailyCosts,
        bucket.read_json(slice_key(scan, account_id)),
        what=f"costs of account {account_id}",
    )
    if not costs.series:
        raise AccountNotInBill(
            f"the payer does not see account {account_id}, or it had no charge in"
            f" {scan.lookback_days} days",
            remedy="set OrganizationRoleArn (its stack with"
            " QueriesCosts=true) or BillingViewArn; an empty account appears with its first charge",
        )
    return costs


def filters() -> Mapping[RecordClass, dict[str, Any]]:
    """A Cost Explorer Expression for each record class; OTHER is what none of the known record
    types names."""
    named = {
        record_class: {"Dimensions": {"Key": "RECORD_TYPE", "Values": sorted(values)}}
        for record_class, values in KNOWN_RECORD_TYPES.items()
    }
    everything = sorted(value for values in KNOWN_RECORD_TYPES.values() for value in values)
    return {
        **named,
        RecordClass.OTHER: {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": everything}}},
    }
