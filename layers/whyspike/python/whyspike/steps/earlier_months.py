"""The calendar months before that of the scan: asked once an account, or batch of accounts, and
month, and kept in the bucket.

What cannot be had (no history that far back, the cap, a refusal) keeps no account from being
judged: it is judged as without, the digest says so, and the next scan asks again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol, TypeVar

from botocore.exceptions import ClientError

from whyspike.errors import InvalidInput, WhyspikeError
from whyspike.knowledge.record_types import record_class_of
from whyspike.model import (
    CostAnswer,
    CostMetric,
    CostQuery,
    CostRow,
    EarlierMonths,
    RecordClass,
    Scan,
)
from whyspike.payload import dumps, from_json, to_json
from whyspike.steps.configuration import Configuration
from whyspike.steps.cost_metrics import asked, counted
from whyspike.steps.daily_costs import aligned
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.cost_explorer import RequestCounter, query
from whyspike.words.days import month, month_start

T = TypeVar("T")

MONTHS = 12  # what Cost Explorer keeps, and the month of a year ago is among them
PAYERS_CHARGES = (  # those of which the payer is asked: refunds, taxes, credits have no rhythm
    RecordClass.USAGE,
    RecordClass.FEE,
    RecordClass.COMMITMENT,
)

_AGAIN = "asked again by the next scan"
_SPARED = "what is left of CostExplorerRequestCap is kept for the days"


@dataclass(frozen=True)
class Months:
    """`unknown` is why there are none; `requests` what they took of Cost Explorer now."""

    earlier: EarlierMonths | None
    requests: int = 0
    unknown: str = ""


class SparingCounter(RequestCounter, Protocol):
    """A counter that knows whether there is enough left to ask for what can wait."""

    def half_is_left(self) -> bool: ...


def of_account(
    client: Any,
    account_id: str,
    scan: Scan,
    bucket: ScanBucket,
    usage: SparingCounter,
    metric: CostMetric = CostMetric.UNBLENDED,
) -> Months:
    """Those that are kept, or else one request; `client` is narrowed to the account, and `metric`
    the one that its days are judged by."""
    key = _key(scan, account_id)
    kept = _kept(bucket, key, EarlierMonths)
    if kept and kept.metric is metric:
        return Months(kept)
    if not usage.half_is_left():
        return Months(None, unknown=f"{_asked_for(scan)}: {_SPARED}; {_AGAIN}")
    try:
        answer = ask(client, scan.scan_date, usage, metric)
    except (WhyspikeError, ClientError) as error:
        return Months(None, unknown=_unknown(scan, error))
    earlier = to_earlier_months(scan.scan_date, answer, metric)
    bucket.write(key, dumps(earlier), "application/json")
    return Months(earlier, answer.requests)


def _kept(bucket: ScanBucket, key: str, kind: type[T]) -> T | None:
    """What an earlier scan kept; None too where this version cannot read it: it is asked for
    again."""
    try:
        record = bucket.read_json(key)
        return None if record is None else from_json(kind, record, what=key)
    except InvalidInput:
        return None


def of_batch(
    client: Any,
    metrics: Mapping[str, CostMetric],
    scan: Scan,
    bucket: ScanBucket,
    usage: RequestCounter,
    filters: Mapping[RecordClass, Mapping[str, Any]],
    config: Configuration,
) -> Mapping[str, EarlierMonths]:
    """By account, of a batch that is asked of the payer: a query for each class of charges, of
    those accounts that are not kept yet. `metrics`: of each account, the one that its days are
    judged by. An account without a row has no series; what could not be asked is not there."""
    key = _key(scan, f"from-{next(iter(metrics))}")
    kept = {
        account_id: months
        for account_id, months in (_kept(bucket, key, dict[str, EarlierMonths]) or {}).items()
        if months.metric is metrics.get(account_id)
    }
    missing = [account_id for account_id in metrics if account_id not in kept]
    if not missing:
        return kept
    asked_for = asked(config.cost_metric)
    linked = {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": missing}}
    rows: dict[str, list[CostRow]] = defaultdict(list)
    try:
        for record_class in PAYERS_CHARGES:
            narrowed = {"And": [linked, filters[record_class]]}
            wanted = _query(scan.scan_date, asked_for, ("LINKED_ACCOUNT", "SERVICE"), narrowed)
            for row in query(client, wanted, usage, config.billing_view_arn).rows:
                account_id, service = row.keys
                rows[account_id].append(replace(row, keys=(service, record_class)))
    except (WhyspikeError, ClientError):
        return kept
    for account_id in missing:
        metric = metrics[account_id]
        mine = counted(rows.get(account_id, ()), metric)
        answer = CostAnswer(_query(scan.scan_date, (metric,)), mine, 0)
        kept[account_id] = to_earlier_months(scan.scan_date, answer, metric, RecordClass)
    record = {account_id: to_json(months) for account_id, months in kept.items()}
    bucket.write(key, dumps(record), "application/json")
    return kept


def before(scan_date: date) -> tuple[date, ...]:
    """The first days of the MONTHS months before that of the scan, oldest first."""
    return tuple(month_start(scan_date, back) for back in range(MONTHS, 0, -1))


def ask(
    client: Any,
    scan_date: date,
    usage: RequestCounter,
    metric: CostMetric = CostMetric.UNBLENDED,
) -> CostAnswer:
    """The months of an account, by service and record type. Raises as `query` does."""
    return query(client, _query(scan_date, (metric,)), usage)


def to_earlier_months(
    scan_date: date,
    answer: CostAnswer,
    metric: CostMetric = CostMetric.UNBLENDED,
    class_of: Callable[[str], RecordClass] = record_class_of,
) -> EarlierMonths:
    """`class_of` reads the second key of `answer`."""
    months = before(scan_date)
    series = aligned(months, answer, lambda keys: (keys[0], class_of(keys[1]), None))
    return EarlierMonths(months, series, metric)


def unknown_of_payer(scan: Scan) -> str:
    """Why the payer's slice of an account has none."""
    return f"{_asked_for(scan)}: the payer did not answer; {_AGAIN}"


def _query(
    scan_date: date,
    metrics: tuple[str, ...],
    group_by: tuple[str, str] = ("SERVICE", "RECORD_TYPE"),
    narrowed: Mapping[str, Any] | None = None,
) -> CostQuery:
    first, end = before(scan_date)[0], scan_date.replace(day=1)
    return CostQuery(first, end, group_by, narrowed, metrics, monthly=True)


def _unknown(scan: Scan, error: Exception) -> str:
    reason = error.reason if isinstance(error, WhyspikeError) else str(error)
    return f"{_asked_for(scan)}: {reason.rstrip('.')}; {_AGAIN}"


def _asked_for(scan: Scan) -> str:
    first = before(scan.scan_date)[0]
    return f"no months since {month(first)}, so that charges of a quarter or a year are told"


def _key(scan: Scan, of: str) -> str:
    return f"months/{scan.scan_date:%Y-%m}/{of}.json"
