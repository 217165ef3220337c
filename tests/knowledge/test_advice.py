"""First look-ups and fixes: every template is valid when filled, and nothing is filled in that is
not known."""

from __future__ import annotations

import re
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whyspike.data import table
from whyspike.knowledge.advice import MAX_COMMANDS, MAX_FIX_CHARACTERS, first_commands, fix_line
from whyspike.knowledge.categories import categories
from whyspike.knowledge.families import families
from whyspike.wire.aws_cli.commands import check_command

KNOWN = {
    "region": "eu-west-1",
    "account_id": "111122223333",
    "start": "2026-03-01",
    "end": "2026-03-12",
    "service": "EC2 - Other",
    "usage_type": "EU-NatGateway-Bytes",
    "event": "DeleteVpcEndpoints",
    "user_name": "svc-ci",
    "access_key_id": "AKIAABCDEFGHIJKLMNOP",
    "instance_ids": "i-0aa11bb22cc33dd44",
    "volume_ids": "vol-0aa11bb22cc33dd44 vol-0aa11bb22cc33dd45",
    "nat_gateway_ids": "nat-0aa11bb22cc33dd44",
    "vpc_endpoint_ids": "vpce-0aa11bb22cc33dd44",
    "file_system_ids": "fs-0aa11bb22cc33dd44",
    "route_table_ids": "rtb-0aa11bb22cc33dd44",
    "load_balancer": "app/shop/0123456789abcdef",
    "emr_cluster_id": "j-ABCDEF0123",
    "key_id": "1234abcd-12ab-34cd-56ef-1234567890ab",
    "load_balancer_arn": (
        "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/shop/0123456789abcdef"
    ),
    "state_machine_arn": "arn:aws:states:eu-west-1:111122223333:stateMachine:orders",
    "cluster_arn": (
        "arn:aws:kafka:eu-west-1:111122223333:cluster/events/01234567-89ab-cdef-0123-456789abcdef-1"
    ),
    "log_group": "/aws/lambda/thumbs",
    "detector_id": "0123456789abcdef",
    "distribution_id": "E1ABCDEFGHIJKL",
}
FIELDS = sorted(
    {
        field
        for line in table("first_commands.csv")
        for field in re.findall(r"\{([a-z_]+)\}", line["template"])
    }
)
EVERYTHING = {
    **{field: "orders-main" for field in FIELDS if field not in ("month_before",)},
    **KNOWN,
}
BARE = {name: KNOWN[name] for name in ("region", "start", "end")}
EVENTS = sorted(
    {
        event.replace("*", "")
        for line in table("first_commands.csv")
        for event in line["events"].split()
    }
    - {""}
)


# The categories that the table names, and one that it does not.
TOLD_APART = sorted(
    {c for line in table("first_commands.csv") for c in line["categories"].split()}
    & categories().keys()
    | {"storage-growth"}
)


@cache
def _all_commands(context: frozenset[tuple[str, str]]) -> frozenset[str]:
    return frozenset(all_commands_of(dict(context)))


def all_commands(context: dict[str, str]) -> frozenset[str]:
    return _all_commands(frozenset(context.items()))


def all_commands_of(context: dict[str, str]) -> set[str]:
    found: set[str] = set()
    for family in families():
        for category in TOLD_APART:
            found.update(first_commands(family.name, category, context))
    for event in EVENTS:
        found.update(first_commands("ec2-instances", "scaling-out", context, event))
        found.update(first_commands("fargate", "scaling-out", context, event))
    return found


@pytest.mark.parametrize(
    "context", [EVERYTHING, KNOWN, BARE], ids=["all fields", "some fields", "region and days"]
)
def test_every_command_is_literal_valid_and_read_only(context: dict[str, str]) -> None:
    wrong = {
        command: reason for command in all_commands(context) if (reason := check_command(command))
    }

    assert wrong == {}


def test_every_command_carries_a_region() -> None:
    assert [command for command in all_commands(EVERYTHING) if "--region " not in command] == []


@pytest.mark.parametrize("family", [family.name for family in families()])
def test_region_and_days_are_enough_for_three_look_ups_of_any_family(family: str) -> None:
    commands = first_commands(family, "request-storm", BARE)

    assert 3 <= len(commands) <= MAX_COMMANDS
    assert len(set(commands)) == len(commands)


FIRST = [
    ("nat-bytes", "nat-gateway-traffic", "DeleteVpcEndpoints", "ec2 describe-vpc-endpoints"),
    ("ebs-iops", "resource-config-change", "ModifyVolume", "ec2 describe-volumes"),
    (
        "lambda-compute",
        "request-storm",
        "PutBucketNotification",
        "lambda get-function-configuration",
    ),
    (
        "logs-ingestion",
        "logging-and-monitoring-volume",
        "UpdateFunctionConfiguration",
        "logs describe-log-groups",
    ),
    ("ec2-instances", "commitment-expired", None, "savingsplans describe-savings-plans"),
    ("rds-instances", "commitment-expired", None, "rds describe-reserved-db-instances"),
    ("bedrock-tokens", "compromised-credentials", "InvokeModel", "iam list-access-keys"),
    ("tax", "billing-artefact", None, "ce get-cost-and-usage"),
    ("rds-extended-support", "extended-support-charge", None, "rds describe-db-instances"),
    ("glue-jobs", "batch-job-or-query-runaway", "UpdateJob", "glue get-job-runs"),
    ("sagemaker-hosting", "ml-compute-left-running", "CreateEndpoint", "sagemaker list-endpoints"),
    (
        "config-items",
        "logging-and-monitoring-volume",
        None,
        "configservice describe-configuration-recorders",
    ),
    ("kinesis-shards", "scaling-out", "UpdateShardCount", "kinesis describe-stream-summary"),
    (
        "ec2-instances",
        "scaling-out",
        "UpdateAutoScalingGroup",
        "autoscaling describe-scaling-activities",
    ),
]


@pytest.mark.parametrize(
    ("family", "category", "event", "operation"), FIRST, ids=[f"{f} {c}" for f, c, _, _ in FIRST]
)
def test_the_first_three_hold_the_look_that_an_expert_takes(
    family: str, category: str, event: str | None, operation: str
) -> None:
    assert operation in [
        " ".join(command.split()[1:3])
        for command in first_commands(family, category, EVERYTHING, event)[:3]
    ]


def test_a_value_that_is_not_plain_is_never_put_into_a_command() -> None:
    hostile = {
        **EVERYTHING,
        "function_name": "x; rm -rf /",
        "log_group": "$(id)",
        "user_name": "--profile admin",
        "region": "global",
    }

    for command in all_commands(hostile):
        assert "rm -rf" not in command
        assert "$(" not in command
        assert "--profile" not in command
        assert "--region global" not in command


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=30), max_size=12))
@settings(max_examples=60, deadline=None)
def test_whatever_is_known_a_command_that_is_shown_passes_the_check(
    context: dict[str, str],
) -> None:
    for family in ("nat-bytes", "lambda-compute", "s3-storage", "sqs"):
        for command in first_commands(family, "request-storm", {**BARE, **context}):
            assert check_command(command) == ""


# ------------------------------------------------------------------ fixes


@pytest.mark.parametrize(
    "context",
    [
        {},
        {
            "names": "orders-main and orders-returns",
            "principal": "li.wei@example.com",
            "user_name": "svc-ci",
        },
    ],
)
def test_every_family_and_category_has_a_fix_of_one_short_line_without_a_number(
    context: dict[str, str],
) -> None:
    for family in families():
        for category in categories():
            line = fix_line(category, family.name, None, context)
            assert 20 < len(line) <= MAX_FIX_CHARACTERS
            assert not re.search(r"[\n{}|]|(?<![A-Za-z])\d", line), line


def test_every_template_of_a_fix_fits_with_long_names() -> None:
    context = {"names": "a" * 120, "principal": "b" * 120, "user_name": "c" * 120}
    lengths = {
        line["template"]: len(fix_line("scaling-out", line["families"].split()[0], None, context))
        for line in table("fixes.csv")
    }

    assert max(lengths.values()) <= MAX_FIX_CHARACTERS


def test_security_and_billing_win_over_the_family_and_an_event_over_both() -> None:
    assert "access keys" in fix_line("compromised-credentials", "athena", None, {})
    assert "Savings Plan" in fix_line("commitment-expired", "fargate", None, {})
    assert "No action" in fix_line("marketplace-or-support-charge", "support-fee", None, {})
    assert "flow log" in fix_line(
        "logging-and-monitoring-volume", "logs-ingestion", "CreateFlowLogs", {}
    )
    assert "partition" in fix_line("batch-job-or-query-runaway", "athena", None, {})


def test_a_name_that_could_carry_an_order_or_a_mention_is_left_out() -> None:
    line = fix_line(
        "resource-config-change",
        "rds-instances",
        None,
        {"names": "<!channel> approve", "principal": "`x`"},
    )

    assert "<!channel>" not in line
    assert "the instances" in line
