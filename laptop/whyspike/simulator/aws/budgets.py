"""AWS Budgets' DescribeBudgets as a pure function of the budgets of an organisation folder and its
bill.

Facts (API reference, DescribeBudgets): an account's budgets are told to it alone; pages of at most
100; a filter that is an expression only where it is asked for; what is used is of the month that
now is.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np

from whyspike.simulator.aws.models import AwsError, check_answer, check_request
from whyspike.simulator.aws.pages import (
    TokenOfAnotherRequest,
    UnreadableToken,
    page_offset,
    page_token,
)
from whyspike.simulator.organization.bill import Bill

PAGE_SIZE = 100


def answer(
    operation: str,
    request: Mapping[str, Any],
    account_id: str,
    budgets: Sequence[Mapping[str, Any]],
    bill: Bill,
    as_of: date,
) -> dict[str, Any]:
    """The response to one request of `account_id`, whose `budgets` are records of the API without
    their CalculatedSpend. Raises AwsError with the code that AWS Budgets would send."""
    check_request("budgets", operation, request)
    if operation != "DescribeBudgets":
        raise AwsError(
            "NotImplementedException", f"the simulation does not answer budgets {operation}", 501
        )
    if request["AccountId"] != account_id:
        raise AwsError("AccessDeniedException", f"Account {request['AccountId']} is not yours.")
    try:
        start = page_offset(request, "NextToken")
    except (UnreadableToken, TokenOfAnotherRequest):
        raise AwsError("InvalidNextTokenException", "The token is not valid.") from None
    size = min(int(request.get("MaxResults", PAGE_SIZE)), PAGE_SIZE)
    shown = [_shown(each, request, bill, as_of) for each in budgets[start : start + size]]
    result: dict[str, Any] = {"Budgets": shown}
    if start + size < len(budgets):
        result["NextToken"] = page_token(request, "NextToken", start + size)
    check_answer("budgets", operation, result)
    return result


def _shown(
    budget: Mapping[str, Any], request: Mapping[str, Any], bill: Bill, as_of: date
) -> dict[str, Any]:
    used = _used(budget, bill, as_of + timedelta(days=1))
    days = calendar.monthrange(as_of.year, as_of.month)[1]
    foreseen = used / max((as_of + timedelta(days=1)).day - 1, 1) * days
    record = {
        **budget,
        "CalculatedSpend": {"ActualSpend": _spend(used), "ForecastedSpend": _spend(foreseen)},
    }
    if not request.get("ShowFilterExpression"):
        record.pop("FilterExpression", None)
    return record


def _used(budget: Mapping[str, Any], bill: Bill, today: date) -> float:
    """Of the month that `today` is in, by the accounts that a plain filter names."""
    rows = bill.days >= today.replace(day=1).toordinal()
    if named := (budget.get("CostFilters") or {}).get("LinkedAccount"):
        accounts = bill.columns["account"]
        rows &= np.array([value in named for value in accounts.values], dtype=bool)[accounts.codes]
    return float(bill.cost[rows].sum())


def _spend(amount: float) -> dict[str, str]:
    return {"Amount": f"{amount:.3f}", "Unit": "USD"}
