"""CloudFormation's own checks, which come before any resource."""

from __future__ import annotations

from typing import Any

import pytest

from whyspike.simulator.stack_parameters import StackRefused, holds, stack_parameters

PSEUDO = {"AWS::Region": "eu-west-1", "AWS::StackName": "whyspike"}
TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Mail": {"Type": "String", "Default": ""},
        "Count": {"Type": "Number", "Default": 3, "MinValue": 1, "MaxValue": 5},
        "Needed": {"Type": "String", "AllowedPattern": "[a-z]+"},
    },
    "Rules": {
        "NoMailHere": {
            "RuleCondition": {"Fn::Contains": [["eu-west-1", "eu-west-2"], {"Ref": "AWS::Region"}]},
            "Assertions": [
                {
                    "Assert": {"Fn::Equals": [{"Ref": "Mail"}, ""]},
                    "AssertDescription": "there is no mail in this Region",
                }
            ],
        }
    },
}


def given(**values: str) -> dict[str, str]:
    return stack_parameters(TEMPLATE, {"Needed": "x", **values}, PSEUDO)


def test_defaults_and_pseudo_parameters_are_among_the_values() -> None:
    assert given(Count="5") == {**PSEUDO, "Mail": "", "Count": "5", "Needed": "x"}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"Typo": "1"}, r"\[Typo\] do not exist"),
        ({"Count": "6"}, "not greater than 5"),
        ({"Count": "0.9"}, "not less than 1"),
        ({"Count": "NaN"}, "must be a number"),
        ({"Needed": "X"}, "must match pattern"),
        ({"Mail": "a@b.example"}, "no mail in this Region"),
    ],
    ids=["unknown", "high", "low", "no number", "pattern", "rule"],
)
def test_what_does_not_fit_is_refused_with_its_reason(values: dict[str, str], reason: str) -> None:
    with pytest.raises(StackRefused, match=reason):
        given(**values)


def test_a_parameter_without_a_default_must_be_given() -> None:
    with pytest.raises(StackRefused, match=r"\[Needed\] must have values"):
        stack_parameters(TEMPLATE, {}, PSEUDO)


def test_a_rule_counts_only_where_its_condition_holds() -> None:
    elsewhere = {**PSEUDO, "AWS::Region": "us-east-1"}
    assert stack_parameters(TEMPLATE, {"Needed": "x", "Mail": "a@b.example"}, elsewhere)


def test_a_function_that_is_not_known_is_never_taken_as_true() -> None:
    with pytest.raises(ValueError, match="Fn::EachMemberIn"):
        holds({"Fn::EachMemberIn": [["a"], ["a"]]}, PSEUDO)
