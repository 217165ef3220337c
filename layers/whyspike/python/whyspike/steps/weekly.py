"""The weekly summary: when it is due, and where the budgets that it is measured against lie."""

from __future__ import annotations

from datetime import timedelta

from whyspike.errors import InvalidInput
from whyspike.model import Scan
from whyspike.model.months import BudgetList
from whyspike.payload import dumps, from_json
from whyspike.steps.configuration import Configuration
from whyspike.wire.bucket import ScanBucket

WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


def is_due(config: Configuration, scan: Scan) -> bool:
    """The daily scan of the whole organisation that runs on the chosen day of the week."""
    day = scan.scan_date + timedelta(days=1)
    is_daily = scan.is_daily and scan.today in (None, day)
    return is_daily and WEEKDAYS[day.weekday()] == config.weekly_summary


def keep_budgets(bucket: ScanBucket, scan: Scan, budgets: BudgetList) -> None:
    bucket.write(_key(scan), dumps(budgets), "application/json")


def budgets_of(bucket: ScanBucket, scan: Scan) -> BudgetList | None:
    """None where nobody asked for them."""
    try:
        record = bucket.read_json(_key(scan))
        return None if record is None else from_json(BudgetList, record, what="budgets")
    except InvalidInput as error:
        return BudgetList(problem=str(error))


def _key(scan: Scan) -> str:
    return f"scans/{scan.scan_id}/budgets.json"
