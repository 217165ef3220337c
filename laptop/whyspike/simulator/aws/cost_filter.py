"""Cost Explorer's filter Expression as a selection of bill rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whyspike.simulator.aws.models import AwsError
from whyspike.simulator.organization.bill import Bill, Column

Rows = NDArray[np.bool_]

COLUMN_OF_DIMENSION = {
    "AZ": "az",
    "INSTANCE_TYPE": "instance_type",
    "LINKED_ACCOUNT": "account",
    "OPERATION": "operation",
    "RECORD_TYPE": "record_type",
    "REGION": "region",
    "RESOURCE_ID": "resource_id",
    "SERVICE": "service",
    "USAGE_TYPE": "usage_type",
}
COLUMN_OF_TAG = {"team": "tag_team", "env": "tag_env"}

_MATCHES: Mapping[str, Callable[[str, str], bool]] = {
    "EQUALS": str.__eq__,
    "STARTS_WITH": str.startswith,
    "ENDS_WITH": str.endswith,
    "CONTAINS": str.__contains__,
}


def select(bill: Bill, expression: Mapping[str, Any]) -> Rows:
    """The rows that the Expression admits. Raises AwsError ValidationException for an expression
    that Cost Explorer refuses."""
    if len(expression) != 1:
        raise AwsError("ValidationException", "Expression should have exactly one root operator")
    operator, operand = next(iter(expression.items()))
    if operator == "Not":
        return ~select(bill, operand)
    if operator in ("And", "Or"):
        if len(operand) < 2:
            raise AwsError("ValidationException", f"{operator} must have at least two operands")
        combine = np.logical_and if operator == "And" else np.logical_or
        return np.asarray(combine.reduce([select(bill, part) for part in operand]), dtype=bool)
    if operator == "Dimensions":
        return _matching(column_of(bill, operand.get("Key", "")), operand)
    if operator == "Tags":
        return _matching(tag_column(bill, operand.get("Key", "")), operand)
    raise AwsError(
        "ValidationException",
        f"{operator} is not supported by this simulation; filter by Dimensions or Tags",
    )


def column_of(bill: Bill, dimension: str) -> Column:
    """The bill's column for a Cost Explorer dimension."""
    if dimension not in COLUMN_OF_DIMENSION:
        known = ", ".join(COLUMN_OF_DIMENSION)
        raise AwsError(
            "ValidationException",
            f"{dimension or 'no dimension'} is not on the simulated bill ({known})",
        )
    return bill.columns[COLUMN_OF_DIMENSION[dimension]]


def tag_column(bill: Bill, tag: str) -> Column:
    """The column of a cost-allocation tag; a tag that is not activated is empty on every row, as in
    AWS."""
    if tag in COLUMN_OF_TAG:
        return bill.columns[COLUMN_OF_TAG[tag]]
    return Column(np.zeros(len(bill), dtype=np.int32), ("",))


def _matching(column: Column, operand: Mapping[str, Any]) -> Rows:
    options = set(operand.get("MatchOptions", ["EQUALS", "CASE_SENSITIVE"]))
    values: Sequence[str] = operand.get("Values", [])
    if "ABSENT" in options:
        wanted = [value == "" for value in column.values]
    elif not values:
        raise AwsError("ValidationException", "Values must not be empty")
    else:
        wanted = [_admits(value, values, options) for value in column.values]
    return np.array([*wanted, False], dtype=bool)[column.codes]


def _admits(text: str, values: Sequence[str], options: set[str]) -> bool:
    how = next((name for name in _MATCHES if name in options), "EQUALS")
    if "CASE_INSENSITIVE" in options:
        return any(_MATCHES[how](text.lower(), value.lower()) for value in values)
    return any(_MATCHES[how](text, value) for value in values)
