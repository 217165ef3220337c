"""The same charges written as every kind of file in which people have their bills."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

FIRST = date(2026, 9, 1)


@dataclass(frozen=True)
class Charge:
    day: date
    service: str
    cost: float
    account: str = "012345678901"
    usage_type: str = "USE1-Hours"
    record_type: str = "Usage"


def charges(days: int = 30, cost: float = 10.0) -> list[Charge]:
    """Two services in two accounts, each day, and one tax."""
    found = [Charge(FIRST, "Tax", 12.5, usage_type="", record_type="Tax")]
    for at in range(days):
        day = FIRST + timedelta(days=at)
        found.append(Charge(day, "Amazon Simple Storage Service", cost + at))
        found.append(Charge(day, "AWS Lambda", 1.25, "111122223333", "USE1-Request"))
    return found


def text(rows: Iterable[Sequence[object]], delimiter: str = ",", end: str = "\n") -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator=end).writerows(rows)
    return written.getvalue()


def cur_legacy(found: Sequence[Charge]) -> str:
    heading = (
        *("identity/LineItemId", "lineItem/UsageAccountId", "lineItem/LineItemType"),
        *("lineItem/UsageStartDate", "lineItem/ProductCode", "lineItem/UsageType"),
        *("lineItem/BlendedCost", "lineItem/UnblendedCost", "lineItem/CurrencyCode"),
        *("lineItem/LineItemDescription", "product/ProductName"),
    )
    rows = [
        (
            *("id", c.account, c.record_type, f"{c.day}T23:00:00Z", "code", c.usage_type),
            *(999, c.cost, "USD", 'two\nlines, "quoted"', c.service),
        )
        for c in found
    ]
    return text([heading, *rows], end="\r\n")


def cur_2(found: Sequence[Charge]) -> str:
    """Of an account without discounts: its net costs are empty."""
    heading = (
        *("bill_billing_period_start_date", "line_item_line_item_type", "product"),
        *("line_item_usage_account_id", "line_item_usage_start_date", "line_item_usage_type"),
        *("line_item_unblended_cost", "line_item_net_unblended_cost", "line_item_currency_code"),
        "line_item_product_code",
    )
    rows = [
        (
            *("2026-09-01T00:00:00.000Z", c.record_type, json.dumps({"product_name": c.service})),
            *(c.account, f"{c.day}T05:00:00.000Z", c.usage_type, c.cost, "", "USD", "code"),
        )
        for c in found
    ]
    return text([heading, *rows])


def focus(found: Sequence[Charge], currency: str = "USD", provider: str = "AWS") -> str:
    heading = (
        *("BilledCost", "BillingCurrency", "ChargeCategory", "ChargePeriodStart"),
        *("EffectiveCost", "ProviderName", "ServiceName", "SkuId", "SubAccountId", "x_UsageType"),
    )
    rows = [
        (
            *(c.cost, currency, c.record_type, f"{c.day} 11:00:00", 0.1, provider, c.service),
            *("SKU1", c.account, c.usage_type or "NULL"),
        )
        for c in found
    ]
    return text([heading, *rows])


def console(found: Sequence[Charge]) -> str:
    """Cost Explorer's "Download CSV", by service and daily."""
    services = list(dict.fromkeys(c.service for c in found))
    sums: dict[tuple[date, str], float] = {}
    for c in found:
        sums[c.day, c.service] = sums.get((c.day, c.service), 0.0) + c.cost
    total = [sum(v for (_, s), v in sums.items() if s == service) for service in services]
    rows: list[Sequence[object]] = [
        ("Service", *(f"{service}($)" for service in services), "Total costs($)"),
        ("Service total", *total, sum(total)),
    ]
    for day in sorted({c.day for c in found}):
        costs = [sums.get((day, service), "") for service in services]
        rows.append((day, *costs, sum(float(cost or 0) for cost in costs)))
    return text(rows)


def api_pages(found: Sequence[Charge], pages: int = 2) -> list[dict[str, object]]:
    """`aws ce get-cost-and-usage` by service and usage type; every page has each day."""
    answers: list[dict[str, object]] = []
    for page in range(pages):
        results = [
            {
                "TimePeriod": {"Start": str(day), "End": str(day + timedelta(days=1))},
                "Groups": [
                    {
                        "Keys": [c.service, c.usage_type or "NoUsageType"],
                        "Metrics": {
                            "UnblendedCost": {"Amount": str(c.cost), "Unit": "USD"},
                            "UsageQuantity": {"Amount": "3", "Unit": "N/A"},
                        },
                    }
                    for at, c in enumerate(found)
                    if c.day == day and at % pages == page
                ],
            }
            for day in sorted({c.day for c in found})
        ]
        definitions = [{"Type": "DIMENSION", "Key": key} for key in ("SERVICE", "USAGE_TYPE")]
        answers.append({"GroupDefinitions": definitions, "ResultsByTime": results})
        if page < pages - 1:
            answers[-1]["NextPageToken"] = "more"
    return answers


def own(found: Sequence[Charge], heading: str = "date,service,cost,account") -> str:
    return text([heading.split(","), *((c.day, c.service, c.cost, c.account) for c in found)])


def written(folder: Path, name: str, content: str, encoding: str = "utf-8") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode(encoding))
    return file
