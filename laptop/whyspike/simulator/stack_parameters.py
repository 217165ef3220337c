"""What CloudFormation refuses before it creates anything: parameters that a template does not have,
values outside their constraints, and what the template's Rules forbid.

Source: CloudFormation user guide, "Parameters" and "Rules". A function of Rules that is not known
here raises, so that a rule is never judged by half.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any


class StackRefused(Exception):
    """CloudFormation would answer ValidationError; no resource exists."""


def stack_parameters(
    template: Mapping[str, Any], given: Mapping[str, str], pseudo: Mapping[str, str]
) -> dict[str, str]:
    """The value of every parameter of the template, its defaults included, with the `pseudo`
    parameters ("AWS::Region"). Raises StackRefused with the sentence that the template has for
    it."""
    declared: Mapping[str, Mapping[str, Any]] = template.get("Parameters", {})
    unknown = sorted(set(given) - set(declared))
    if unknown:
        raise StackRefused(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    values = dict(pseudo)
    for name, parameter in declared.items():
        if name not in given and "Default" not in parameter:
            raise StackRefused(f"Parameters: [{name}] must have values")
        values[name] = str(given[name] if name in given else parameter["Default"])
        refused = why_refused(parameter, values[name])
        if refused:
            raise StackRefused(f"Parameter {name} failed to satisfy constraint: {refused}")
    for rule in template.get("Rules", {}).values():
        _check_rule(rule, values)
    return values


def why_refused(parameter: Mapping[str, Any], value: str) -> str | None:
    """Why a parameter does not take the value; None when it does."""
    refused = _outside(parameter, value)
    return refused and str(parameter.get("ConstraintDescription", refused))


def _outside(parameter: Mapping[str, Any], value: str) -> str | None:
    allowed = [str(each) for each in parameter.get("AllowedValues", [value])]
    if value not in allowed:
        return f"must be one of [{', '.join(allowed)}]"
    if parameter["Type"] == "Number":
        return _outside_range(parameter, value)
    pattern = parameter.get("AllowedPattern")
    if pattern and not re.fullmatch(pattern, value):
        return f"must match pattern {pattern}"
    return None


def _outside_range(parameter: Mapping[str, Any], value: str) -> str | None:
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", value):
        return "must be a number"
    if float(value) < float(parameter.get("MinValue", value)):
        return f"must be a number not less than {parameter['MinValue']}"
    if float(value) > float(parameter.get("MaxValue", value)):
        return f"must be a number not greater than {parameter['MaxValue']}"
    return None


def _check_rule(rule: Mapping[str, Any], values: Mapping[str, str]) -> None:
    if "RuleCondition" in rule and not holds(rule["RuleCondition"], values):
        return
    for assertion in rule["Assertions"]:
        if not holds(assertion["Assert"], values):
            raise StackRefused(str(assertion["AssertDescription"]))


def holds(
    condition: Any, values: Mapping[str, str], named: Mapping[str, Any] | None = None
) -> bool:
    """Whether a condition function is true; `named` are the template's Conditions, for those that
    refer to each other."""
    ((function, argument),) = condition.items()
    match function:
        case "Condition":
            return holds((named or {})[argument], values, named)
        case "Fn::Equals":
            left, right = (_value(member, values) for member in argument)
            return bool(left == right)
        case "Fn::Contains":
            return _value(argument[1], values) in [_value(each, values) for each in argument[0]]
        case "Fn::Not":
            return not holds(argument[0], values, named)
        case "Fn::And":
            return all(holds(each, values, named) for each in argument)
        case "Fn::Or":
            return any(holds(each, values, named) for each in argument)
    raise ValueError(f"condition function {function} is not known to the simulator")


def _value(member: Any, values: Mapping[str, str]) -> str:
    return values[member["Ref"]] if isinstance(member, Mapping) else str(member)
