"""Cost Explorer as a pure function of a bill: GetCostAndUsage, GetCostAndUsageWithResources,
GetDimensionValues, GetTags.

Requests and answers are checked against botocore's service model. Facts: at most two GroupBy; Start
inclusive, End exclusive; zero groups omitted; a page may split a day; 13 months of history;
resource ids of the last 14 days. The page size is AWS's secret; ours is a parameter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from whyspike.simulator.aws.cost_filter import column_of, select, tag_column
from whyspike.simulator.aws.cost_groups import Period, grouped, periods_of, totals
from whyspike.simulator.aws.models import AwsError, check_answer, check_request
from whyspike.simulator.aws.pages import (
    TokenOfAnotherRequest,
    UnreadableToken,
    page_offset,
    page_token,
)
from whyspike.simulator.organization.bill import Bill

METRICS = (
    "AmortizedCost",
    "BlendedCost",
    "NetAmortizedCost",
    "NetUnblendedCost",
    "UnblendedCost",
    "UsageQuantity",
)
PAGE_SIZE = 5_000  # groups a page


def answer(
    operation: str,
    request: Mapping[str, Any],
    bill: Bill,
    scan_date: date,
    *,
    resource_level: bool = True,
    account_names: Mapping[str, str] | None = None,
    page_size: int = PAGE_SIZE,
) -> dict[str, Any]:
    """The response to one request, asked on the day after `scan_date` about the bill as seen at the
    end of `scan_date`.

    `bill` is all that the caller may see: one account, or
    `whyspike.simulator.organization.bill.join` of several for the management account.
    Raises AwsError with the code that Cost Explorer would send.
    """
    check_request("ce", operation, request)
    if operation not in _ANSWERS:
        raise AwsError(
            "NotImplementedException", f"the simulation does not answer ce {operation}", 501
        )
    _check_period(request, scan_date)
    if operation == "GetCostAndUsageWithResources":
        _check_resources(request, scan_date, resource_level)
    result = _ANSWERS[operation](request, bill.as_of(scan_date), scan_date, page_size)
    if operation == "GetDimensionValues" and request["Dimension"] == "LINKED_ACCOUNT":
        for value in result["DimensionValues"]:
            value["Attributes"] = {
                "description": (account_names or {}).get(value["Value"], value["Value"])
            }
    check_answer("ce", operation, result)
    return result


def _cost_and_usage(
    request: Mapping[str, Any], bill: Bill, scan_date: date, page_size: int
) -> dict[str, Any]:
    metrics = request.get("Metrics") or []
    unknown = [metric for metric in metrics if metric not in METRICS]
    if unknown or not metrics:
        raise AwsError(
            "ValidationException", f"Metrics {unknown} should be from {', '.join(METRICS)}"
        )
    if request.get("Granularity") not in ("DAILY", "MONTHLY"):
        raise AwsError(
            "ValidationException", "hourly granularity is not enabled; use DAILY or MONTHLY"
        )
    definitions = request.get("GroupBy", [])
    if len(definitions) > 2:
        raise AwsError("ValidationException", "You can group by at most 2 dimensions or tags")
    offset = _offset(request)
    start, end = _period(request)
    rows = (bill.days >= start.toordinal()) & (bill.days < end.toordinal())
    if "Filter" in request:
        rows &= select(bill, request["Filter"])
    bill = bill.where(rows)
    periods = periods_of(start, end, request["Granularity"])
    if not definitions:
        return {
            "ResultsByTime": [
                _result(period, scan_date, Total=total)
                for period, total in totals(bill, periods, metrics)
            ]
        }
    columns, prefixes = [], []
    for definition in definitions:
        kind, key = definition.get("Type", "DIMENSION"), definition.get("Key", "")
        if kind not in ("DIMENSION", "TAG"):
            raise AwsError(
                "ValidationException", f"grouping by {kind} is not supported by this simulation"
            )
        columns.append(tag_column(bill, key) if kind == "TAG" else column_of(bill, key))
        prefixes.append(f"{key}$" if kind == "TAG" else "")
    groups = grouped(bill, periods, columns, prefixes, metrics)
    page = groups.page(offset, page_size)
    of_period: dict[int, list[dict[str, Any]]] = {
        index: [] for index in _periods_of_page(page, len(periods), offset, len(groups))
    }
    for index, group in page:
        of_period[index].append(group)
    result: dict[str, Any] = {
        "GroupDefinitions": [dict(definition) for definition in definitions],
        "ResultsByTime": [
            _result(periods[index], scan_date, Groups=found) for index, found in of_period.items()
        ],
        "DimensionValueAttributes": [],
    }
    return _with_token(result, request, offset + page_size, len(groups))


def _periods_of_page(
    page: list[tuple[int, dict[str, Any]]], periods: int, offset: int, groups: int
) -> range:
    """The periods that a page shows: those of its groups; empty ones before, between and (on the
    last page) after them."""
    start = page[0][0] if page and offset else 0
    end = page[-1][0] + 1 if page and offset + len(page) < groups else periods
    return range(start, end)


def _result(
    period: Period, scan_date: date, Total: Mapping[str, Any] | None = None, Groups: Any = ()
) -> dict[str, Any]:
    today = scan_date + timedelta(days=1)
    closed = (today - timedelta(days=5)).replace(
        day=1
    )  # a month is final some days into the next one
    return {
        "TimePeriod": {"Start": period[0].isoformat(), "End": period[1].isoformat()},
        "Total": dict(Total or {}),
        "Groups": list(Groups),
        "Estimated": period[0] >= closed,
    }


def _dimension_values(
    request: Mapping[str, Any], bill: Bill, _scan_date: date, page_size: int
) -> dict[str, Any]:
    bill = _in_period(request, bill)
    texts = _present(bill, request["Dimension"], None, request.get("SearchString", ""))
    offset = _offset(request)
    page = texts[offset : offset + int(request.get("MaxResults", page_size))]
    values = [{"Value": text, "Attributes": {}} for text in page]
    result = {"DimensionValues": values, "ReturnSize": len(page), "TotalSize": len(texts)}
    return _with_token(result, request, offset + len(page), len(texts))


def _tags(
    request: Mapping[str, Any], bill: Bill, _scan_date: date, page_size: int
) -> dict[str, Any]:
    bill = _in_period(request, bill)
    key = request.get("TagKey")
    texts = _present(bill, None, key, request.get("SearchString", "")) if key else ["env", "team"]
    offset = _offset(request)
    page = texts[offset : offset + int(request.get("MaxResults", page_size))]
    return _with_token(
        {"Tags": page, "ReturnSize": len(page), "TotalSize": len(texts)},
        request,
        offset + len(page),
        len(texts),
    )


def _in_period(request: Mapping[str, Any], bill: Bill) -> Bill:
    start, end = _period(request)
    rows = (bill.days >= start.toordinal()) & (bill.days < end.toordinal())
    return bill.where(rows & select(bill, request["Filter"]) if "Filter" in request else rows)


def _present(bill: Bill, dimension: str | None, tag: str | None, search: str) -> list[str]:
    column = column_of(bill, dimension) if dimension else tag_column(bill, tag or "")
    texts = {column.values[code] for code in set(column.codes.tolist())}
    return sorted(text for text in texts if search.lower() in text.lower())


def _period(request: Mapping[str, Any]) -> tuple[date, date]:
    period = request["TimePeriod"]
    try:
        return date.fromisoformat(period["Start"][:10]), date.fromisoformat(period["End"][:10])
    except ValueError as error:
        raise AwsError("ValidationException", f"Start or End time is invalid: {error}") from None


def _check_period(request: Mapping[str, Any], scan_date: date) -> None:
    start, end = _period(request)
    today = scan_date + timedelta(days=1)
    if start >= end:
        raise AwsError(
            "ValidationException", "Start date (and hour) should be before end date (and hour)"
        )
    oldest = date(today.year - 1, today.month, 1) - timedelta(days=1)
    if start < oldest.replace(day=1):
        raise AwsError(
            "ValidationException",
            "You haven't enabled historical data beyond 13 months; start later",
        )


def _check_resources(request: Mapping[str, Any], scan_date: date, resource_level: bool) -> None:
    if not resource_level:
        raise AwsError(
            "DataUnavailableException",
            "Resource-level data is not enabled: opt in on the Cost Management preferences page",
        )
    start, _ = _period(request)
    # at nine in the morning the midnight of fourteen days ago is earlier than fourteen days ago
    if start <= scan_date - timedelta(days=13):
        raise AwsError(
            "ValidationException",
            "Start date cannot be earlier than 14 days ago for resource-level data",
        )
    groups_it = any(
        definition.get("Key") == "RESOURCE_ID" for definition in request.get("GroupBy", [])
    )
    if not groups_it and '"Key": "RESOURCE_ID"' not in json.dumps(request["Filter"]):
        raise AwsError(
            "ValidationException",
            "GetCostAndUsageWithResources requires RESOURCE_ID in GroupBy or Filter",
        )


def _with_token(
    result: dict[str, Any], request: Mapping[str, Any], offset: int, total: int
) -> dict[str, Any]:
    if offset < total:
        result["NextPageToken"] = page_token(request, "NextPageToken", offset)
    return result


def _offset(request: Mapping[str, Any]) -> int:
    try:
        return page_offset(request, "NextPageToken")
    except UnreadableToken:
        raise AwsError(
            "InvalidNextTokenException",
            "The pagination token is invalid. Try again without a pagination token.",
        ) from None
    except TokenOfAnotherRequest:
        raise AwsError(
            "RequestChangedException",
            "Your request parameters changed between pages. Try again with the old parameters.",
        ) from None


_ANSWERS = {
    "GetCostAndUsage": _cost_and_usage,
    "GetCostAndUsageWithResources": _cost_and_usage,
    "GetDimensionValues": _dimension_values,
    "GetTags": _tags,
}
