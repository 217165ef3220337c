"""AWS Budgets: the monthly cost budgets of the management account, which limit its organisation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from whyspike.model.months import Budget, BudgetList
from whyspike.payload import finite
from whyspike.wire.failures import mapped, understood

_BUDGETS = "AWS Budgets"
BUDGETS_REMEDY = (
    "update the stack of organization/organization-roles.yaml with ReadsBudgets=true, or deploy"
    " with ReadBudgets=false"
)
MAX_PAGES = 20  # of a hundred budgets each
_CURRENCY = "USD"
# What a budget leaves out of the bill, or counts otherwise, and what it is where nobody says.
_COUNTS_ALL = {"UseBlended": False, "UseAmortized": False}


def monthly_budgets(client: Any, account_id: str, until: date) -> BudgetList:
    """Those that limit the costs of a month, of accounts or of all, and that have begun by `until`.
    Raises Refused, Throttled, Unreachable or Uncertain."""
    with understood(_BUDGETS):
        records = [record for page in _pages(client, account_id) for record in page]
        found = [_budget(record) for record in records if _begins(record) <= until]
    kept = tuple(budget for budget in found if budget)
    return BudgetList(kept, len(found) - len(kept))


def _pages(client: Any, account_id: str) -> Iterator[list[dict[str, Any]]]:
    """What comes after MAX_PAGES is not read. Without ShowFilterExpression a filter that is an
    expression would not be told, and the budget would look like one of the whole bill."""
    token: dict[str, str] = {}
    for _ in range(MAX_PAGES):
        with mapped("budgets", _BUDGETS, BUDGETS_REMEDY, reads=True):
            page = client.describe_budgets(
                AccountId=account_id, MaxResults=100, ShowFilterExpression=True, **token
            )
        yield page.get("Budgets") or []
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def _budget(record: Mapping[str, Any]) -> Budget | None:
    """None for what limits no month's costs of whole accounts."""
    accounts, limit = _accounts(record), record.get("BudgetLimit")
    is_monthly_cost = (record["BudgetType"], record["TimeUnit"]) == ("COST", "MONTHLY")
    if accounts is None or not is_monthly_cost or not limit or limit["Unit"] != _CURRENCY:
        return None
    spend = record.get("CalculatedSpend", {})
    return Budget(
        str(record["BudgetName"]),
        finite(limit["Amount"]),
        accounts,
        _counts_all(record),
        _amount(spend.get("ActualSpend")),
        _amount(spend.get("ForecastedSpend")),
    )


def _begins(record: Mapping[str, Any]) -> date:
    start: datetime | None = (record.get("TimePeriod") or {}).get("Start")
    return start.date() if start else date.min


def _accounts(record: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The accounts that the budget is limited to, () without such a filter; None with another one,
    or with a billing view, which may show a part of the bill."""
    if record.get("BillingViewArn", "").rpartition("/")[2] not in ("", "primary"):
        return None
    filters = record.get("CostFilters") or {}
    if filters:
        return tuple(filters["LinkedAccount"]) if set(filters) == {"LinkedAccount"} else None
    named = [
        _values(term) if _key(term) == "LINKED_ACCOUNT" else () if _is_record_type(term) else None
        for term in _terms(record)
    ]
    if None in named or sum(bool(values) for values in named) > 1:
        return None
    return next((values for values in named if values), ())


def _counts_all(record: Mapping[str, Any]) -> bool:
    """It counts every charge as it is invoiced: unblended, nothing left out."""
    kinds = record.get("CostTypes") or {}
    return (
        all(value == _COUNTS_ALL.get(name, True) for name, value in kinds.items())
        and (record.get("Metrics") or ["UnblendedCost"]) == ["UnblendedCost"]
        and not any(map(_is_record_type, _terms(record)))
    )


def _terms(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a filter expression asks for, all of which must hold."""
    expression = record.get("FilterExpression") or {}
    joined: list[Mapping[str, Any]] = expression.get("And") or [expression]
    return [term for term in joined if term]


def _key(term: Mapping[str, Any]) -> str:
    """The dimension of a plain term, else ""."""
    dimension = term.get("Dimensions") or {}
    plain = set(term) == {"Dimensions"} and dimension.get("MatchOptions", ["EQUALS"]) == ["EQUALS"]
    return str(dimension["Key"]) if plain else ""


def _values(term: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(term["Dimensions"]["Values"])


def _is_record_type(term: Mapping[str, Any]) -> bool:
    """It leaves kinds of charges out: "Not" those, or only these."""
    return _key(term.get("Not") or term) == "RECORD_TYPE"


def _amount(spend: Mapping[str, str] | None) -> float | None:
    return finite(spend["Amount"]) if spend else None
