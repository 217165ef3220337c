"""A small IAM evaluator: identity policies and trust policies with Allow, Deny, wildcards, policy
variables and the common condition operators.

Source: IAM user guide, "Policy evaluation logic" and "JSON policy elements". An operator that is
not known here raises, so that a policy is never judged by half.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

_VARIABLE = re.compile(r"\$\{([A-Za-z0-9-]+:[^}]+)\}")
Policy = Mapping[str, Any]
Context = Mapping[str, str]


def allows(policies: Iterable[Policy], action: str, resource: str, context: Context) -> bool:
    """Whether some statement allows and none denies `action` ("ce:GetCostAndUsage") on `resource`
    (an ARN, or "*" for none)."""
    effects = {
        statement["Effect"]
        for policy in policies
        for statement in _statements(policy, context)
        if _acts(statement, action)
        and _concerns(statement, resource)
        and _conditions_hold(statement, context)
    }
    return "Allow" in effects and "Deny" not in effects


def trusts(
    trust_policy: Policy, principal_arn: str, account_id: str, action: str, context: Context
) -> bool:
    """Whether a role's trust policy lets the role or user `principal_arn` of `account_id` assume
    it."""
    names = {"*", account_id, f"arn:aws:iam::{account_id}:root", principal_arn}
    effects = set()
    for statement in _statements(trust_policy, context):
        principal = statement.get("Principal", {})
        trusted = {"*"} if principal == "*" else set(_list(principal.get("AWS", [])))
        if trusted & names and _acts(statement, action) and _conditions_hold(statement, context):
            effects.add(statement["Effect"])
    return effects == {"Allow"}


def _statements(policy: Policy, context: Context) -> list[Policy]:
    """The statements with their policy variables filled in. A policy without Version 2012-10-17
    has none: there, "${aws:PrincipalOrgID}" is text like any other."""
    statements = _list(policy["Statement"])
    if policy.get("Version") != "2012-10-17":
        return statements
    lower = {key.lower(): value for key, value in context.items()}
    return [_filled(statement, lower) for statement in statements]


def _filled(value: Any, context: Context) -> Any:
    if isinstance(value, Mapping):
        return {key: _filled(member, context) for key, member in value.items()}
    if isinstance(value, list):
        return [_filled(member, context) for member in value]
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: context.get(found[1].lower(), found[0]), value)
    return value


def _acts(statement: Policy, action: str) -> bool:
    if "NotAction" in statement:
        return not any(
            _like(pattern.lower(), action.lower()) for pattern in _list(statement["NotAction"])
        )
    return any(_like(pattern.lower(), action.lower()) for pattern in _list(statement["Action"]))


def _concerns(statement: Policy, resource: str) -> bool:
    if "NotResource" in statement:
        return not any(_like(pattern, resource) for pattern in _list(statement["NotResource"]))
    return any(_like(pattern, resource) for pattern in _list(statement.get("Resource", [])))


def _conditions_hold(statement: Policy, context: Context) -> bool:
    lower = {key.lower(): value for key, value in context.items()}
    return all(
        _condition_holds(
            operator, lower.get(key.lower()), [str(value) for value in _list(expected)]
        )
        for operator, keys in statement.get("Condition", {}).items()
        for key, expected in keys.items()
    )


def _condition_holds(operator: str, value: str | None, expected: Sequence[str]) -> bool:
    name = operator.removeprefix("ForAllValues:").removeprefix("ForAnyValue:")
    if value is None:
        return (
            name.endswith("IfExists")
            or operator.startswith("ForAllValues:")
            or (name == "Null" and "true" in expected)
        )
    match name.removesuffix("IfExists"):
        case "StringEquals" | "ArnEquals" if name.startswith("String"):
            return value in expected
        case "StringNotEquals":
            return value not in expected
        case "StringLike" | "ArnLike" | "ArnEquals":
            return any(_like(pattern, value) for pattern in expected)
        case "StringNotLike" | "ArnNotLike":
            return not any(_like(pattern, value) for pattern in expected)
        case "Bool" | "StringEqualsIgnoreCase":
            return value.lower() in [text.lower() for text in expected]
        case "Null":
            return "false" in expected
    raise ValueError(f"condition operator {operator} is not known to the simulator")


def _like(pattern: str, text: str) -> bool:
    return _regex(pattern).fullmatch(text) is not None


@cache
def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(
        "".join({"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in pattern), re.DOTALL
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
