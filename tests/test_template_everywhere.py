"""The template as CloudFormation would get it: translated, in every Region that is promised, with
parameters that change what is made."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs

from tests.support.deployed import expanded, template
from whyspike.simulator.stack_parameters import StackRefused, holds, stack_parameters

# On by default in every account (docs/deploy.md).
PROMISED = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
]
PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc"}
ROLE = "arn:aws:iam::999988887777:role/whyspike-organization"
VIEW = "arn:aws:billing::999988887777:billingview/custom-0a1b2c3d"
NO_URL = {"PublicFeedbackUrl": "false"}
BEDROCK = {"ClaudeProvider": "bedrock", "ClaudeModel": "eu.anthropic.claude-sonnet-5-5"}
RESERVED = {"ExplainConcurrency": "10", "NotifyConcurrency": "2", "FeedbackConcurrency": "5"}

COMBINATIONS: dict[str, tuple[dict[str, str], list[str]]] = {
    "the defaults, everywhere": ({}, PROMISED),
    "hub is management account, payer": ({"CostSource": "payer"}, ["us-east-1"]),
    "role of the payer": ({"OrganizationRoleArn": ROLE}, ["eu-west-1"]),
    "role of the payer, all at once": (
        {"OrganizationRoleArn": ROLE, "CostSource": "payer"},
        ["eu-central-1"],
    ),
    "billing view, no fallback": (
        {"CostSource": "payer", "BillingViewArn": VIEW, "PayerFallback": "false"},
        ["us-west-2"],
    ),
    "role and no fallback": (
        {"OrganizationRoleArn": ROLE, "PayerFallback": "false"},
        ["ap-southeast-2"],
    ),
    "Claude on Bedrock": (BEDROCK, ["eu-west-3"]),
    "Claude on Bedrock by the payer's role": (
        {**BEDROCK, "OrganizationRoleArn": ROLE, "ClaudeLookups": "0"},
        ["us-east-2"],
    ),
    "no Claude": ({"ClaudeProvider": "off"}, ["eu-north-1"]),
    "no public URL": (NO_URL, ["ap-south-1"]),
    "no public URL, no Claude, mail alone": (
        {**NO_URL, "ClaudeProvider": "off", "EmailSender": "finops@example.com"},
        ["ca-central-1"],
    ),
    "mail and alarms": (
        {"EmailSender": "finops@example.com", "AlarmEmail": "on-call@example.com"},
        ["sa-east-1"],
    ),
    "everything reserved, arm64": ({**RESERVED, "Architecture": "arm64"}, ["ap-northeast-1"]),
    "reserved without a URL": ({**RESERVED, **NO_URL}, ["ap-northeast-3"]),
    "no schedule, short memory": (
        {"ScheduleState": "DISABLED", "LogRetentionDays": "1", "ScanRetentionDays": "1"},
        ["us-west-1"],
    ),
    "weekdays, elsewhere": (
        {
            "ScheduleExpression": "cron(0 9 ? * MON-FRI *)",
            "ScheduleTimeZone": "Asia/Tokyo",
            "ScanExpectedHours": "74",
        },
        ["ap-northeast-2"],
    ),
    "Regions that opt in": ({}, ["af-south-1", "ap-east-1", "eu-south-1", "me-south-1"]),
    "Regions without function URLs": (NO_URL, ["il-central-1", "eu-central-2", "ap-southeast-7"]),
    "China": ({**NO_URL, "ClaudeProvider": "off"}, ["cn-north-1", "cn-northwest-1"]),
}


def pseudo_parameters(region: str) -> dict[str, str]:
    partition = next((p for start, p in PARTITIONS.items() if region.startswith(start)), "aws")
    return {
        "AWS::StackName": "whyspike",
        "AWS::AccountId": "111122223333",
        "AWS::Region": region,
        "AWS::Partition": partition,
    }


def made(given: dict[str, str], region: str) -> dict[str, Any]:
    """The translated template with these values as its defaults, and without what its conditions
    leave out there."""
    values = stack_parameters(template(), given, pseudo_parameters(region))
    whole = copy.deepcopy(expanded())
    for name, parameter in whole["Parameters"].items():
        text = values[name]
        parameter["Default"] = json.loads(text) if parameter["Type"] == "Number" else text
    named = whole["Conditions"]
    for section in ("Resources", "Outputs"):
        whole[section] = {
            name: each
            for name, each in whole[section].items()
            if "Condition" not in each or holds({"Condition": each["Condition"]}, values, named)
        }
        whole[section] = branched(whole[section], values, named)
    return whole


def branched(value: Any, values: dict[str, str], named: dict[str, Any]) -> Any:
    """The value with each Fn::If as it is decided."""
    if isinstance(value, dict):
        if "Fn::If" in value:
            name, true, false = value["Fn::If"]
            chosen = true if holds({"Condition": name}, values, named) else false
            return branched(chosen, values, named)
        return {key: branched(member, values, named) for key, member in value.items()}
    return [branched(each, values, named) for each in value] if isinstance(value, list) else value


def complaints(whole: dict[str, Any], regions: list[str]) -> list[str]:
    """Errors alone: what a combination leaves out may leave a condition unused."""
    found = lint(json.dumps(whole), config=ManualArgs(regions=regions))
    said = [f"{match.rule.id} {match.message}" for match in found]
    return [line for line in said if line.startswith("E")]


@pytest.mark.slow
@pytest.mark.parametrize(("given", "regions"), COMBINATIONS.values(), ids=COMBINATIONS)
def test_a_combination_of_parameters_is_one_that_cloudformation_takes(
    given: dict[str, str], regions: list[str]
) -> None:
    for region in regions:
        stack_parameters(template(), given, pseudo_parameters(region))
    assert complaints(made(given, regions[0]), regions) == []


@pytest.mark.slow
def test_a_region_without_function_urls_is_one_that_the_check_knows() -> None:
    (complaint,) = complaints(made({}, "il-central-1"), ["il-central-1"])
    assert "'AWS::Lambda::Url' does not exist in 'il-central-1'" in complaint


@pytest.mark.parametrize(
    ("region", "given", "reason"),
    [
        ("us-gov-west-1", {}, "GovCloud .* has no Cost Explorer.* Deploy whyspike in"),
        ("us-gov-east-1", NO_URL, "GovCloud .* has no Cost Explorer.* Deploy whyspike in"),
        ("eusc-de-east-1", NO_URL, "European Sovereign Cloud"),
        ("cn-north-1", {}, "no Lambda function URLs. Deploy with PublicFeedbackUrl=false"),
        ("cn-northwest-1", {**NO_URL, **BEDROCK}, "no Amazon Bedrock. Deploy with"),
        ("cn-north-1", {**NO_URL, "EmailSender": "a@example.com"}, "no SES. Deploy without"),
        ("eu-west-1", {"ClaudeProvider": "bedrock"}, "ClaudeModel is the id or ARN of a model"),
    ],
    ids=["gov west", "gov east", "sovereign", "China", "China Bedrock", "China SES", "model"],
)
def test_what_a_partition_or_provider_lacks_is_refused_with_a_sentence(
    region: str, given: dict[str, str], reason: str
) -> None:
    with pytest.raises(StackRefused, match=reason):
        stack_parameters(template(), given, pseudo_parameters(region))


@pytest.mark.parametrize("region", [*PROMISED, "cn-north-1", "cn-northwest-1"])
def test_where_nothing_is_lacking_nothing_is_refused(region: str) -> None:
    given = {**NO_URL, "ClaudeProvider": "off"} if region.startswith("cn-") else {}
    assert stack_parameters(template(), given, pseudo_parameters(region))
