"""The daily costs of one account out of Cost Explorer's rows: asked for, and aligned by date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from statistics import median
from typing import Any

from whyspike.errors import MixedCurrencies
from whyspike.knowledge.record_types import KNOWN_RECORD_TYPES, record_class_of
from whyspike.model import CostAnswer, CostMetric, CostQuery, CostSeries, DailyCosts, RecordClass
from whyspike.steps.cost_metrics import AUTO, asked, chosen, counted
from whyspike.wire.cost_explorer import RequestCounter, query

_MEASURED_DAYS = 3  # of what Savings Plans cover
_ON_DEMAND = (CostMetric.UNBLENDED, CostMetric.NET_UNBLENDED)  # what covered usage costs in them
_USAGE_FILTER = {
    "Dimensions": {"Key": "RECORD_TYPE", "Values": sorted(KNOWN_RECORD_TYPES[RecordClass.USAGE])}
}


def daily_costs(
    client: Any,
    account_id: str,
    start: date,
    scan_date: date,
    usage: RequestCounter,
    *,
    usage_types: bool = False,
    cost_metric: str = AUTO,
) -> DailyCosts:
    """Daily costs of one account from `start` to `scan_date`, both included, by service and record
    class.

    `usage_types` adds one series per service and usage type, with its quantities, for one more
    request. `cost_metric`: as in steps.cost_metrics.
    """
    end = scan_date + timedelta(days=1)
    wanted = CostQuery(start, end, ("SERVICE", "RECORD_TYPE"), metrics=asked(cost_metric))
    answer = query(client, wanted, usage)
    metric = chosen(cost_metric, answer.rows)
    by_record = replace(answer, rows=counted(answer.rows, metric))
    by_usage = (
        query(
            client,
            CostQuery(
                start, end, ("SERVICE", "USAGE_TYPE"), _USAGE_FILTER, (metric, "UsageQuantity")
            ),
            usage,
        )
        if usage_types
        else None
    )
    costs = to_daily_costs(account_id, start, scan_date, by_record, by_usage)
    return replace(
        costs,
        metric=metric,
        plan_usage=_plan_usage(by_record) if metric in _ON_DEMAND else None,
    )


def _plan_usage(by_record: CostAnswer) -> dict[str, float]:
    """The median of the last days of the bill, by service: neither a plan that has just ended nor a
    day that is not complete moves it. Cost Explorer tells covered usage at its price on demand, and
    takes it back as a negation."""
    last = sorted({row.usage_date for row in by_record.rows})[-_MEASURED_DAYS:]
    covered: dict[str, dict[date, float]] = defaultdict(lambda: dict.fromkeys(last, 0.0))
    for row in by_record.rows:
        service, record_type = row.keys
        if record_type == "SavingsPlanCoveredUsage" and row.usage_date in last:
            covered[service][row.usage_date] += row.cost
    return {service: median(days.values()) for service, days in covered.items()}


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
    series = aligned(dates, by_record, lambda keys: (keys[0], class_of(keys[1]), None))
    if by_usage:
        series += aligned(dates, by_usage, lambda keys: (keys[0], RecordClass.USAGE, keys[1]))
    requests = by_record.requests + (by_usage.requests if by_usage else 0)
    return DailyCosts(account_id, dates, series, next(iter(currencies), "USD"), requests)


def aligned(dates: tuple[date, ...], answer: CostAnswer, name: Any) -> tuple[CostSeries, ...]:
    """A series for each name that `name` makes of a row's keys, with its sum of each of `dates`;
    None where it has no row."""
    index = {day: i for i, day in enumerate(dates)}
    measured = "UsageQuantity" in answer.query.metrics
    sums: dict[tuple[str, RecordClass, str | None], list[tuple[float, float] | None]] = defaultdict(
        lambda: [None] * len(dates)
    )
    for row in answer.rows:
        if row.usage_date not in index:
            continue
        days = sums[name(row.keys)]
        position = index[row.usage_date]
        cost, quantity = days[position] or (0.0, 0.0)
        days[position] = cost + row.cost, quantity + row.quantity
    return tuple(
        CostSeries(
            service,
            tuple(day and day[0] for day in days),
            record_class,
            usage_type,
            tuple(day and day[1] for day in days) if measured and usage_type else None,
        )
        for (service, record_class, usage_type), days in sorted(
            sums.items(), key=lambda item: tuple(map(str, item[0]))
        )
    )
