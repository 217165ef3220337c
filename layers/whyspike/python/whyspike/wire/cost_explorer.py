"""Cost Explorer: paged, counted queries, and the daily costs of one account.

Each page costs $0.01, so that every page is reserved with `usage` before it is asked. boto3 has no
paginator for GetCostAndUsage; a page may split a day, therefore rows are merged by date and keys.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Any, Protocol

from whyspike.errors import MixedCurrencies
from whyspike.knowledge.record_types import KNOWN_RECORD_TYPES, record_class_of
from whyspike.model import CostAnswer, CostQuery, CostRow, CostSeries, DailyCosts, RecordClass
from whyspike.wire.failures import mapped

EFFECTIVE = "NetAmortizedCost"


class RequestCounter(Protocol):
    """What counts and caps the requests of a scan (see wire.table.usage); raises BudgetExhausted
    at the cap."""

    def reserve_cost_explorer(self, requests: int = 1) -> None: ...


_USAGE_FILTER = {
    "Dimensions": {"Key": "RECORD_TYPE", "Values": sorted(KNOWN_RECORD_TYPES[RecordClass.USAGE])}
}


def query(
    client: Any, wanted: CostQuery, usage: RequestCounter, billing_view_arn: str = ""
) -> CostAnswer:
    """All pages of `wanted`, of the caller's account or of a custom billing view. `client` is a
    boto3 Cost Explorer client.

    Raises Throttled, NotReady, CostExplorerDenied or BudgetExhausted.
    """
    merged: dict[tuple[date, tuple[str, ...]], CostRow] = {}
    requests = 0
    parameters = _parameters(wanted) | (
        {"BillingViewArn": billing_view_arn} if billing_view_arn else {}
    )
    for page in islice(
        _pages(client, parameters, usage, with_resources=wanted.with_resources), wanted.max_pages
    ):
        requests += 1
        for row in _rows(page, wanted):
            slot = (row.usage_date, row.keys)
            merged[slot] = _sum(merged[slot], row) if slot in merged else row
    return CostAnswer(wanted, tuple(merged[slot] for slot in sorted(merged)), requests)


def daily_costs(
    client: Any,
    account_id: str,
    start: date,
    scan_date: date,
    usage: RequestCounter,
    *,
    usage_types: bool = False,
) -> DailyCosts:
    """Daily costs of one account from `start` to `scan_date`, both included, by service and record
    class.

    `usage_types` adds one series per service and usage type, for one more request.
    """
    end = scan_date + timedelta(days=1)
    by_record = query(
        client, CostQuery(start, end, ("SERVICE", "RECORD_TYPE"), metrics=("UnblendedCost",)), usage
    )
    by_usage = (
        query(
            client,
            CostQuery(
                start, end, ("SERVICE", "USAGE_TYPE"), _USAGE_FILTER, metrics=("UnblendedCost",)
            ),
            usage,
        )
        if usage_types
        else None
    )
    return to_daily_costs(account_id, start, scan_date, by_record, by_usage)


def to_daily_costs(
    account_id: str,
    start: date,
    scan_date: date,
    by_record: CostAnswer,
    by_usage: CostAnswer | None = None,
    class_of: Callable[[str], RecordClass] = record_class_of,
) -> DailyCosts:
    """Aligns rows by date: a day without a row stays None. Raises MixedCurrencies when a bill has
    more than one currency. `class_of` reads the second key of `by_record`."""
    dates = tuple(start + timedelta(days=i) for i in range((scan_date - start).days + 1))
    rows = by_record.rows + (by_usage.rows if by_usage else ())
    currencies = {row.currency for row in rows}
    if len(currencies) > 1:
        raise MixedCurrencies(
            f"account {account_id}: bill in {', '.join(sorted(currencies))}; scan each currency's"
            " billing view on its own"
        )
    series = _aligned(dates, by_record, lambda keys: (keys[0], class_of(keys[1]), None))
    if by_usage:
        series += _aligned(dates, by_usage, lambda keys: (keys[0], RecordClass.USAGE, keys[1]))
    requests = by_record.requests + (by_usage.requests if by_usage else 0)
    return DailyCosts(account_id, dates, series, next(iter(currencies), "USD"), requests)


def _aligned(dates: tuple[date, ...], answer: CostAnswer, name: Any) -> tuple[CostSeries, ...]:
    index = {day: i for i, day in enumerate(dates)}
    sums: dict[tuple[str, RecordClass, str | None], list[float | None]] = defaultdict(
        lambda: [None] * len(dates)
    )
    for row in answer.rows:
        if row.usage_date not in index:
            continue
        costs = sums[name(row.keys)]
        position = index[row.usage_date]
        costs[position] = (costs[position] or 0.0) + row.cost
    return tuple(
        CostSeries(service, tuple(costs), record_class, usage_type)
        for (service, record_class, usage_type), costs in sorted(
            sums.items(), key=lambda item: tuple(map(str, item[0]))
        )
    )


def _parameters(wanted: CostQuery) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "TimePeriod": {"Start": wanted.start.isoformat(), "End": wanted.end.isoformat()},
        "Granularity": "DAILY",
        "Metrics": list(wanted.metrics),
        "GroupBy": [
            (
                {"Type": "TAG", "Key": key.removeprefix("TAG:")}
                if key.startswith("TAG:")
                else {"Type": "DIMENSION", "Key": key}
            )
            for key in wanted.group_by
        ],
    }
    if wanted.filter is not None:
        parameters["Filter"] = dict(wanted.filter)
    return parameters


def _pages(
    client: Any, parameters: dict[str, Any], usage: RequestCounter, *, with_resources: bool
) -> Iterator[dict[str, Any]]:
    call: Any = (
        client.get_cost_and_usage_with_resources if with_resources else client.get_cost_and_usage
    )
    token: str | None = None
    while True:
        usage.reserve_cost_explorer()
        with mapped("ce with resources" if with_resources else "ce", "Cost Explorer"):
            page = call(**parameters, **({"NextPageToken": token} if token else {}))
        yield page
        token = page.get("NextPageToken")
        if not token:
            return


def _rows(page: dict[str, Any], wanted: CostQuery) -> Iterator[CostRow]:
    tags = [
        key.removeprefix("TAG:") + "$" if key.startswith("TAG:") else "" for key in wanted.group_by
    ]
    for day in page["ResultsByTime"]:
        usage_date = date.fromisoformat(day["TimePeriod"]["Start"])
        for group in day["Groups"]:
            metrics = group["Metrics"]
            cost, quantity, effective = (
                metrics[wanted.metrics[0]],
                metrics.get("UsageQuantity", {}),
                metrics.get(EFFECTIVE),
            )
            yield CostRow(
                usage_date,
                tuple(key.removeprefix(tag) for key, tag in zip(group["Keys"], tags, strict=True)),
                float(cost["Amount"]),
                float(quantity.get("Amount", 0.0)),
                str(quantity.get("Unit", "")),
                str(cost["Unit"]),
                float(effective["Amount"]) if effective else None,
            )


def _sum(one: CostRow, other: CostRow) -> CostRow:
    effective = (
        None
        if one.effective is None or other.effective is None
        else one.effective + other.effective
    )
    return CostRow(
        one.usage_date,
        one.keys,
        one.cost + other.cost,
        one.quantity + other.quantity,
        one.unit,
        one.currency,
        effective,
    )
