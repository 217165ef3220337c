"""Cost Explorer: paged, counted queries.

Each page costs $0.01, so that every page is reserved with `usage` before it is asked. boto3 has no
paginator for GetCostAndUsage; a page may split a day, therefore rows are merged by date and keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Protocol

from whyspike.errors import Uncertain
from whyspike.model import CostAnswer, CostMetric, CostQuery, CostRow
from whyspike.payload import finite
from whyspike.wire.failures import mapped, understood

MAX_READS = 3  # of a query from its first page on
EFFECTIVE = CostMetric.NET_AMORTIZED
NET = CostMetric.NET_UNBLENDED


class RequestCounter(Protocol):
    """What counts and caps the requests of a scan (see wire.table.usage); raises BudgetExhausted
    at the cap."""

    def reserve_cost_explorer(self, requests: int = 1) -> None: ...


@dataclass(frozen=True)
class LinkedAccountCosts:
    """The two Cost Explorer calls of a boto3 client, narrowed to one linked account.

    Whoever asks may be the payer, whose Cost Explorer answers for every account of the
    organisation unless the query names one: the management account is scanned like any other, and
    stands in for accounts that refuse. `client` is that account's or, with `billing_view_arn`, of
    whoever that custom billing view is shared with.
    """

    client: Any
    account_id: str
    billing_view_arn: str = ""

    def get_cost_and_usage(self, **request: Any) -> dict[str, Any]:
        return dict(self.client.get_cost_and_usage(**self._narrowed(request)))

    def get_cost_and_usage_with_resources(self, **request: Any) -> dict[str, Any]:
        return dict(self.client.get_cost_and_usage_with_resources(**self._narrowed(request)))

    def _narrowed(self, request: dict[str, Any]) -> dict[str, Any]:
        linked = {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": [self.account_id]}}
        view = {"BillingViewArn": self.billing_view_arn} if self.billing_view_arn else {}
        return {
            **request,
            **view,
            "Filter": {"And": [linked, request["Filter"]]} if "Filter" in request else linked,
        }


def query(
    client: Any, wanted: CostQuery, usage: RequestCounter, billing_view_arn: str = ""
) -> CostAnswer:
    """All pages of `wanted`, of the caller's account or of a custom billing view. `client` is a
    boto3 Cost Explorer client.

    A query that loses its place between two pages (another token, other data) is asked anew, since
    its pages are good together only. Raises Throttled, NotReady, Unreachable, Uncertain,
    CostExplorerDenied or BudgetExhausted.
    """
    parameters = _parameters(wanted) | (
        {"BillingViewArn": billing_view_arn} if billing_view_arn else {}
    )
    requests = 0
    for attempt in range(1, MAX_READS + 1):
        merged: dict[tuple[date, tuple[str, ...]], CostRow] = {}
        pages = _pages(client, parameters, usage, with_resources=wanted.with_resources)
        first = requests
        try:
            for page in islice(pages, wanted.max_pages):
                requests += 1
                with understood("Cost Explorer"):
                    rows = tuple(_rows(page, wanted))
                for row in rows:
                    slot = (row.usage_date, row.keys)
                    merged[slot] = _sum(merged[slot], row) if slot in merged else row
        except Uncertain:
            if requests == first or attempt == MAX_READS:
                raise
        else:
            break
    return CostAnswer(wanted, tuple(merged[slot] for slot in sorted(merged)), requests)


def _parameters(wanted: CostQuery) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "TimePeriod": {"Start": wanted.start.isoformat(), "End": wanted.end.isoformat()},
        "Granularity": "MONTHLY" if wanted.monthly else "DAILY",
        "Metrics": [str(metric) for metric in dict.fromkeys(wanted.metrics)],
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
        with understood("Cost Explorer"):
            before, token = token, page.get("NextPageToken")
        if not token:
            return
        if token == before:  # every page costs: what leads nowhere is not followed
            raise Uncertain("Cost Explorer gave the same page again")


def _rows(page: dict[str, Any], wanted: CostQuery) -> Iterator[CostRow]:
    tags = [
        key.removeprefix("TAG:") + "$" if key.startswith("TAG:") else "" for key in wanted.group_by
    ]
    for day in page["ResultsByTime"]:
        usage_date = date.fromisoformat(day["TimePeriod"]["Start"])
        for group in day["Groups"]:
            metrics = group["Metrics"]
            first, quantity = wanted.metrics[0], metrics.get("UsageQuantity", {})
            cost, effective = metrics[first], metrics.get(EFFECTIVE)
            net = None if first == NET else metrics.get(NET)
            yield CostRow(
                usage_date,
                tuple(key.removeprefix(tag) for key, tag in zip(group["Keys"], tags, strict=True)),
                finite(cost["Amount"]),
                finite(quantity.get("Amount", 0.0)),
                str(quantity.get("Unit", "")),
                str(cost["Unit"]),
                finite(effective["Amount"]) if effective else None,
                finite(net["Amount"]) if net else None,
            )


def _sum(one: CostRow, other: CostRow) -> CostRow:
    return CostRow(
        one.usage_date,
        one.keys,
        one.cost + other.cost,
        one.quantity + other.quantity,
        one.unit,
        one.currency,
        _both(one.effective, other.effective),
        _both(one.net, other.net),
    )


def _both(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other
