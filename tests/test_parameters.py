"""What the template takes, the code takes, and the reverse: every parameter's values go through the
readers that the functions use."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from typing import Any
from zoneinfo import available_timezones

import pytest

from tests.support.aws_schedules import why_not
from tests.support.deployed import PROJECT, environment, functions, template
from tests.support.test_aws_schedules import BAD, GOOD
from tools.expand_template import read_template
from whyspike.detection.settings import detection_settings
from whyspike.errors import InvalidInput
from whyspike.incidents.owners import owner_settings
from whyspike.simulator.stack_parameters import StackRefused, stack_parameters, why_refused
from whyspike.steps.configuration import Configuration, read_configuration
from whyspike.steps.explain_anomaly.wiring import tag_keys
from whyspike.steps.scope import Start, plan_scan

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ROLE_FILES = ("member-role.yaml", "organization-roles.yaml")


def parameters() -> dict[str, Any]:
    given: dict[str, Any] = template()["Parameters"]
    return given


def refusal(name: str, value: str) -> str | None:
    return why_refused(parameters()[name], value)


# ------------------------------------------------------------------ how a parameter is written


@pytest.mark.parametrize("name", sorted(parameters()))
def test_a_parameter_is_described_limited_and_has_a_default(name: str) -> None:
    parameter = parameters()[name]
    assert parameter["Description"]
    assert "Default" in parameter
    if parameter["Type"] == "Number":
        assert "AllowedValues" in parameter or {"MinValue", "MaxValue"} <= set(parameter)
    else:
        assert {"AllowedValues", "AllowedPattern"} & set(parameter)
    assert refusal(name, str(parameter["Default"])) is None


@pytest.mark.parametrize("file", ["template.yaml", *(f"organization/{f}" for f in ROLE_FILES)])
def test_a_pattern_is_explained_in_a_sentence(file: str) -> None:
    for name, parameter in read_template(PROJECT / file)["Parameters"].items():
        if "AllowedPattern" in parameter:
            assert len(parameter.get("ConstraintDescription", "").split()) > 3, name


def test_every_parameter_stands_in_exactly_one_group() -> None:
    groups = template()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    assert sorted(grouped) == sorted(parameters())


@pytest.mark.parametrize("name", ROLE_FILES)
def test_the_roles_take_what_the_hub_takes(name: str) -> None:
    """ExternalId, role name and billing view are given to several stacks."""
    for shared, parameter in read_template(PROJECT / "organization" / name)["Parameters"].items():
        if shared in parameters():
            for rule in ("AllowedPattern", "AllowedValues", "Default"):
                assert parameter.get(rule) == parameters()[shared].get(rule), shared


@pytest.mark.parametrize("environment_name", ["default", "prod"])
def test_samconfig_sets_parameters_that_exist_to_values_that_are_allowed(
    environment_name: str,
) -> None:
    config = tomllib.loads((PROJECT / "samconfig.toml").read_text())[environment_name]
    overrides = dict(
        pair.split("=", 1) for pair in config["deploy"]["parameters"]["parameter_overrides"].split()
    )
    for name, value in overrides.items():
        assert refusal(name, value) is None, name
    # IAM cuts the names of roles, and the member roles trust them by name.
    assert len(config["global"]["parameters"]["stack_name"]) <= 24


def test_sync_gives_a_dev_stack_what_deploy_gives_it() -> None:
    config = tomllib.loads((PROJECT / "samconfig.toml").read_text())
    deployed, synced = (config["default"][name]["parameters"] for name in ("deploy", "sync"))
    for name in ("parameter_overrides", "capabilities", "tags"):
        assert synced[name] == deployed[name]
    assert "sync" not in config["prod"]


# ------------------------------------------------------------------ taken by both

FREE_TEXT = {
    "OrganizationRoleArn": [
        "",
        "arn:aws:iam::999988887777:role/whyspike-organization",
        "arn:aws-cn:iam::999988887777:role/finops/reader",
    ],
    "MemberRoleName": ["whyspike-member", "a", "x" * 64, "Fin.Ops_+=,@reader"],
    "ExternalId": ["whyspike", "5b0f3c53-0c5e-4b0e-a3a4-5f0b4e7f0a11", "a:b/c=d,e.f@g+h"],
    "OwnerTagKeys": ["owner", "owner,team", "cost centre, Owner , team:lead"],
    "CostTagKeys": ["team,env", " cost-centre , stage ", "user:Team,map-migrated", "team,team"],
    "ScheduleExpression": GOOD,
    "ScheduleTimeZone": ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"],
    "BillingViewArn": ["", "arn:aws:billing::999988887777:billingview/custom-0a1b2c3d-4e5f"],
    "ClaudeModel": [
        "claude-sonnet-5-5",
        "eu.anthropic.claude-sonnet-5-5-v1:0",
        "arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/abc",
    ],
    "AnthropicBaseUrl": ["https://api.anthropic.com", "http://gateway.internal:8080/anthropic"],
    "DefaultChannel": ["#finops", "#kosten-übersicht", "C0123456789", "G0123456789"],
    "DigestChannel": ["#finops", "C0123456789"],
    "EmailSender": ["", "finops@example.com", "fin.ops+aws@mail.example.co.uk"],
    "EventBusName": ["", "default", "cost-incidents_2.eu"],
    "TargetsSecretArn": [
        "",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:whyspike/targets-a1B2c3",
    ],
    "AlarmEmail": ["", "on-call@example.com"],
    "SlackApiUrl": ["https://slack.com/api/", "https://slack.example.com/proxy/api/"],
}


def accepted() -> list[tuple[str, str]]:
    """Both ends of each number, its halves, each allowed value, and the texts above."""
    found: list[tuple[str, str]] = []
    for name, parameter in parameters().items():
        values = [str(each) for each in parameter.get("AllowedValues", [])]
        if parameter["Type"] == "Number" and not values:
            low, high = parameter["MinValue"], parameter["MaxValue"]
            values = [str(low), str(high), str((low + high) / 2), str(low + 0.5)]
        found += [(name, value) for value in values or FREE_TEXT[name]]
    return found


ACCEPTED = accepted()


@pytest.mark.parametrize(
    ("name", "value"), ACCEPTED, ids=[f"{name}={value}" for name, value in ACCEPTED]
)
def test_what_the_template_takes_every_function_takes(name: str, value: str) -> None:
    assert refusal(name, value) is None
    given = stack_parameters(template(), {**BESIDE.get((name, value), {}), name: value}, PSEUDO)
    for function in functions():
        variables = {
            variable: given.get(written["Ref"], "x") if "Ref" in written else "x"
            for variable, written in environment(function).items()
            if isinstance(written, dict)
        }
        config = read_configuration({"BUCKET_NAME": "b", "TABLE_NAME": "t", **variables})
        readable(config)
        for variable, written in environment(function).items():
            if written == {"Ref": name}:
                assert as_given(config, variable.lower(), value), variable


BESIDE = {  # what a Rule asks for
    ("ClaudeProvider", "bedrock"): {"ClaudeModel": "anthropic.claude-sonnet-5-5"},
    ("FeedbackToAws", "true"): {"CompareWithAws": "true"},
}
PSEUDO = {
    "AWS::StackName": "whyspike",
    "AWS::AccountId": "111122223333",
    "AWS::Region": "eu-west-1",
    "AWS::Partition": "aws",
}


def readable(config: Configuration) -> None:
    """What the steps make of the configuration before they do anything."""
    assert len(tag_keys(config)) == 2
    assert owner_settings(None, config.owner_tag_keys, config.default_channel).tag_keys
    assert plan_scan(Start(), NOW, config.lookback_days).lookback_days == config.lookback_days
    detection_settings(
        config.sensitivity,
        config.minimum_impact_usd,
        config.minimum_impact_percent,
        large_impact_usd=config.large_impact_usd,
    )


def as_given(config: Configuration, field: str, value: str) -> bool:
    """Whether the field holds what was deployed: counted things are cut to whole numbers."""
    if field not in Configuration.__dataclass_fields__:
        return True  # a variable of Powertools
    read = getattr(config, field)
    if isinstance(read, bool):
        return read == (value == "true")
    if isinstance(read, int):
        return read == int(float(value))
    return bool(read == (float(value) if isinstance(read, float) else value))


@pytest.mark.parametrize("name", ["DefaultChannel", "DigestChannel", "EmailSender"])
def test_an_address_of_the_template_is_one_of_the_settings(name: str) -> None:
    field = "default_email" if name == "EmailSender" else "default_channel"
    for value in filter(None, FREE_TEXT[name]):
        assert owner_settings({field: value})


def test_every_time_zone_of_a_place_is_taken() -> None:
    copies = ("SystemV/", "posix/", "right/")  # of the same zones, on some hosts
    zones = {z for z in available_timezones() if "/" in z and not z.startswith(copies)}
    assert len(zones) > 400
    assert {zone for zone in zones if refusal("ScheduleTimeZone", zone)} == set()


# ------------------------------------------------------------------ refused by both

REFUSED = {
    "OrganizationRoleArn": ["whyspike-organization", "arn:aws:iam::1:role/x"],
    "MemberRoleName": ["", "path/whyspike-member", "x" * 65],
    "ExternalId": ["with spaces", "a", ""],
    "OwnerTagKeys": ["", "owner,", " ", "owner,,team"],
    "CostTagKeys": ["", "team", "team,env,app", "team,", ",env", "team, "],
    "ScheduleExpression": ["0 9 * * *", "cron(garbage)", "rate(day)", "at(2026-11-22T00:00:00)"],
    "ScheduleTimeZone": ["", "Mars/Phobos", "CEST", "Europe/", "+01:00"],
    "ScheduleState": ["enabled"],
    "CostSource": ["payers"],
    "PayerFallback": ["yes", ""],
    "BillingViewArn": ["arn:aws:iam::111122223333:role/x"],
    "ClaudeProvider": ["openai"],
    "ClaudeModel": ["", "claude sonnet"],
    "AnthropicBaseUrl": ["", "api.anthropic.com"],
    "DefaultChannel": ["", "finops", "#fin ops", "@olaf", "#a@b"],
    "DigestChannel": ["", "finops"],
    "EmailSender": ["nobody", "whyspike <finops@example.com>", "a@b"],
    "TargetsSecretArn": ["whyspike-targets", "arn:aws:iam::111122223333:role/x"],
    "EventBusName": ["aws.partner/example.com/x", "cost incidents", "a" * 257],
    "AlarmEmail": ["on-call"],
    "SlackApiUrl": ["http://slack.com/api/", "https://slack.com/api", ""],
    "Architecture": ["amd64"],
    "LogLevel": ["LOUD", "DEBUG"],  # at DEBUG the SDK would log what STS answers
    "LogRetentionDays": ["8"],
    "MaxConcurrency": ["0", "1001", "many"],
    "LookbackDays": ["13", "366", ""],
    "Sensitivity": ["0", "4.1", "NaN"],
    "MinimumImpactUsd": ["-1", "100001", "Infinity"],
    "ScanExpectedHours": ["200"],  # CloudWatch looks back seven days at most
}
WRONG = [(name, value) for name, values in REFUSED.items() for value in values]


@pytest.mark.parametrize(("name", "value"), WRONG, ids=[f"{name}={value}" for name, value in WRONG])
def test_cloudformation_refuses_a_wrong_parameter(name: str, value: str) -> None:
    with pytest.raises(StackRefused, match=name):
        stack_parameters(template(), {name: value}, PSEUDO)


@pytest.mark.parametrize("value", REFUSED["CostTagKeys"])
def test_the_code_refuses_other_than_two_cost_tags_too(value: str) -> None:
    if value:  # an empty variable is one that is not set
        with pytest.raises(InvalidInput, match="two tag keys"):
            tag_keys(Configuration("b", "t", cost_tag_keys=value))


@pytest.mark.parametrize("value", ["finops", "#fin ops", "@olaf", "#a@b"])
def test_the_settings_refuse_the_channels_that_the_template_refuses(value: str) -> None:
    with pytest.raises(InvalidInput, match="channel"):
        owner_settings({"default_channel": value})


@pytest.mark.parametrize("value", ["nobody", "whyspike <finops@example.com>", "a@b"])
def test_the_settings_refuse_the_addresses_that_the_template_refuses(value: str) -> None:
    with pytest.raises(InvalidInput, match="e-mail"):
        owner_settings({"default_email": value})


@pytest.mark.parametrize("expression", [*GOOD, *BAD])
def test_a_schedule_that_eventbridge_takes_is_taken(expression: str) -> None:
    """The reverse holds for its form: a field beyond its range is refused by EventBridge Scheduler,
    while the stack is made."""
    if refusal("ScheduleExpression", expression):
        assert why_not(expression)


def test_a_parameter_that_does_not_exist_is_refused() -> None:
    with pytest.raises(StackRefused, match="Sensitvity"):
        stack_parameters(template(), {"Sensitvity": "2"}, PSEUDO)
