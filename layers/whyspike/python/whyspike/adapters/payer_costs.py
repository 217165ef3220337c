"""Costs of the whole organisation from one place: the management account or a custom billing view (CostSource=payer).

Cost Explorer groups by two dimensions at most, and LINKED_ACCOUNT and SERVICE take both; the record classes are therefore asked
one after the other, each with a filter. That is a handful of paged queries for any number of accounts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from whyspike.adapters.configuration import Configuration
from whyspike.adapters.cost_explorer import RequestCounter, query, to_daily_costs
from whyspike.adapters.scan_bucket import ScanBucket
from whyspike.detection.record_types import KNOWN_RECORD_TYPES
from whyspike.model import Account, CostAnswer, CostQuery, CostRow, DailyCosts, RecordClass, Scan
from whyspike.payload import dumps, from_json


def slice_key(scan: Scan, account_id: str) -> str:
    return f"scans/{scan.scan_id}/costs/{account_id}.json"


def write_slices(
    ce: Any, config: Configuration, scan: Scan, accounts: Sequence[Account], usage: RequestCounter, bucket: ScanBucket
) -> None:
    """Asks once for everybody and stores each account's `DailyCosts`; an account without a row gets an empty bill."""
    start = scan.scan_date - timedelta(days=scan.lookback_days - 1)
    rows: dict[str, list[CostRow]] = defaultdict(list)
    for record_class, expression in _filters().items():
        wanted = CostQuery(start, scan.scan_date + timedelta(days=1), ("LINKED_ACCOUNT", "SERVICE"), expression, ("UnblendedCost",))
        for row in query(ce, wanted, usage, config.billing_view_arn).rows:
            account_id, service = row.keys
            rows[account_id].append(CostRow(row.usage_date, (service, record_class), row.cost, currency=row.currency))
    for account in accounts:
        answer = CostAnswer(CostQuery(start, scan.scan_date, ("SERVICE", "RECORD_TYPE")), tuple(rows[account.account_id]), 0)
        costs = to_daily_costs(account.account_id, start, scan.scan_date, answer, class_of=RecordClass)
        bucket.write(slice_key(scan, account.account_id), dumps(costs), "application/json")


def read_slice(bucket: ScanBucket, scan: Scan, account_id: str) -> DailyCosts:
    """The slice that DiscoverAccounts stored for this account."""
    return from_json(DailyCosts, bucket.read_json(slice_key(scan, account_id)), what=f"costs of account {account_id}")


def _filters() -> Mapping[RecordClass, dict[str, Any]]:
    """A Cost Explorer Expression for each record class; OTHER is what none of the known record types names."""
    named = {
        record_class: {"Dimensions": {"Key": "RECORD_TYPE", "Values": sorted(values)}}
        for record_class, values in KNOWN_RECORD_TYPES.items()
    }
    everything = sorted(value for values in KNOWN_RECORD_TYPES.values() for value in values)
    return {**named, RecordClass.OTHER: {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": everything}}}}
