"""First look-ups and fixes: every template is valid when filled, and nothing is filled in that is
not known."""

from __future__ import annotations

import re
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whyspike.data import table
from whyspike.knowledge.advice import (
    MAX_COMMANDS,
    MAX_FIX_CHARACTERS,
    first_commands,
    fix_line,
    with_names,
)
from whyspike.knowledge.categories import categories
from whyspike.knowledge.events import causes
from whyspike.knowledge.families import OTHER, default_category, families
from whyspike.knowledge.naming import NamedResource, kind_of, names_for, plain_name
from whyspike.model import CostMetric
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


MAIN = NamedResource("orders-main", "", billed=True)
RETURNS = NamedResource("orders-returns", "", billed=True)


@pytest.mark.parametrize(
    ("context", "resources"),
    [
        ({}, ()),
        ({"principal": "li.wei@example.com", "user_name": "svc-ci"}, (MAIN, RETURNS)),
    ],
    ids=["nothing known", "people and resources known"],
)
def test_every_family_and_category_has_a_fix_of_one_short_line_without_a_number(
    context: dict[str, str], resources: tuple[NamedResource, ...]
) -> None:
    for family in families():
        for category in categories():
            line = fix_line(category, family.name, None, context, resources)
            assert 20 < len(line) <= MAX_FIX_CHARACTERS
            assert not re.search(r"[\n{}|]|(?<![A-Za-z])\d", line), line


def test_every_template_of_a_fix_fits_with_long_names() -> None:
    context = {"principal": "b" * 120, "user_name": "c" * 120}
    named = [NamedResource("a" * 120, "", billed=True)]
    lengths = {
        line["template"]: len(
            fix_line("scaling-out", line["families"].split()[0], None, context, named)
        )
        for line in table("fixes.csv")
    }

    assert max(lengths.values()) <= MAX_FIX_CHARACTERS


def test_every_family_that_calls_can_move_has_advice_of_its_own() -> None:
    """The billing family's advice is the same whatever was bought, and what no table knows has no
    words of its own."""
    common = {line["template"] for line in table("fixes.csv") if line["families"] == "*"}
    for family in families():
        moved = any(entry.moves(family.name) for entry in causes())
        if moved and family.measures != "fee" and family.name != OTHER:
            line = fix_line(default_category(family), family.name, None, {})
            assert all(line != _unfilled(template) for template in common), family.name


def _unfilled(template: str) -> str:
    return re.sub(r"\{[^{}|]*\|([^{}]*)\}", r"\1", template)


def test_a_meter_of_its_familys_other_unit_keeps_its_advice_for_an_event() -> None:
    line = fix_line("resource-config-change", "cognito:users", "UpdateUserPool", {})

    assert "feature plan" in line


# The kind that a sentence means by its noun; the table must ask for it.
NOUNS = {
    "the bucket": "bucket",
    "the table": "table",
    "the function": "function",
    "the volumes": "volume",
    "the snapshots": "snapshot",
    "the database": "db",
    "the databases": "db",
    "the stream": "stream",
    "the queue": "queue",
    "the state machine": "statemachine",
    "the repository": "repository",
    "the trail": "trail",
    "the domain": "domain",
    "the log groups": "loggroup",
    "the file system": "filesystem",
    "the distribution": "distribution",
    "the job": "job",
    "the workgroup": "workgroup",
    "the Auto Scaling group": "autoscalinggroup",
}
SAMPLES = {
    "bucket": "arn:aws:s3:::orders",
    "table": "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
    "function": "arn:aws:lambda:eu-west-1:111122223333:function:orders",
    "volume": "vol-0aa11bb22cc33dd44",
    "snapshot": "snap-0aa11bb22cc33dd44",
    "instance": "i-0aa11bb22cc33dd44",
    "db": "arn:aws:rds:eu-west-1:111122223333:db:orders",
    "cluster": "arn:aws:redshift:eu-west-1:111122223333:cluster:orders",
    "stream": "arn:aws:kinesis:eu-west-1:111122223333:stream/orders",
    "queue": "arn:aws:sqs:eu-west-1:111122223333:orders",
    "topic": "arn:aws:sns:eu-west-1:111122223333:orders",
    "statemachine": "arn:aws:states:eu-west-1:111122223333:stateMachine:orders",
    "repository": "arn:aws:ecr:eu-west-1:111122223333:repository/orders",
    "trail": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/orders",
    "domain": "arn:aws:es:eu-west-1:111122223333:domain/orders",
    "loggroup": "arn:aws:logs:eu-west-1:111122223333:log-group:orders",
    "filesystem": "arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/orders",
    "distribution": "arn:aws:cloudfront::111122223333:distribution/orders",
    "job": "arn:aws:glue:eu-west-1:111122223333:job/orders",
    "workgroup": "arn:aws:athena:eu-west-1:111122223333:workgroup/orders",
    "autoscalinggroup": (
        "arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:1-2:autoScalingGroupName/orders"
    ),
    "service": "arn:aws:ecs:eu-west-1:111122223333:service/prod/orders",
    "notebookinstance": "arn:aws:sagemaker:eu-west-1:111122223333:notebook-instance/orders",
}


def test_a_sentence_takes_only_resources_of_its_kind() -> None:
    """All lines of the table by all kinds: no bucket stands where a function is meant."""
    seen = 0
    for line in table("fixes.csv"):
        found = re.search(r"\{names(?::([a-z ]+))?\|([^{}]*)\}", line["template"])
        if not found:
            continue
        kinds = (found[1] or "").split()
        if found[2] in NOUNS:
            assert NOUNS[found[2]] in kinds, line["template"]
        for kind, identifier in SAMPLES.items():
            one = NamedResource(plain_name(identifier), kind_of(identifier), billed=True)
            assert one.kind == kind
            filled = with_names(line["template"], [one])
            assert (one.name in filled) is (not kinds or kind in kinds), (line["template"], kind)
            seen += 1
    assert seen > 1000


def test_what_the_bill_names_comes_before_what_the_event_names() -> None:
    touched = NamedResource("orders-bucket", "bucket", touched=True)
    billed = NamedResource("orders-fn", "function", billed=True)

    assert names_for(("function",), [touched, billed]) == "orders-fn"
    assert names_for(("bucket",), [touched, billed]) == "orders-bucket"
    assert names_for(("table",), [touched, billed]) is None


def test_of_many_billed_resources_those_that_the_event_touched_are_named() -> None:
    many = [NamedResource(f"vol-{n}", "volume", billed=True, touched=n == 2) for n in range(5)]

    assert names_for(("volume",), many) == "vol-2"
    assert names_for(("volume",), many[:2]) == "vol-0 and vol-1"


def test_what_only_the_event_named_is_looked_at_where_the_event_was_made() -> None:
    known = {**BARE, "event_region": "us-west-2", "dlm_policy": "policy-0aa11bb22cc33dd44"}
    asked = ("ebs-snapshots", "snapshot-backup-growth", known, "UpdateLifecyclePolicy")

    here = first_commands(*asked)
    there = first_commands(*asked, of_event=frozenset({"dlm_policy"}))

    assert "--policy-id policy-0aa11bb22cc33dd44 --region eu-west-1" in here[0]
    assert "--policy-id policy-0aa11bb22cc33dd44 --region us-west-2" in there[0]
    assert [c for c in there[1:] if "us-west-2" in c] == []


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
        {"principal": "`x`"},
        [NamedResource("<!channel> approve", "db", billed=True)],
    )

    assert "<!channel>" not in line
    assert "the instances" in line


@pytest.mark.parametrize("metric", CostMetric)
def test_costs_are_asked_for_by_the_metric_that_was_judged(metric: CostMetric) -> None:
    asked = [
        set(command.partition("--metrics ")[2].partition(" --")[0].split())
        for command in all_commands({**KNOWN, "cost_metric": str(metric)})
        if command.startswith("aws ce get-cost-and-usage")
    ]

    beside = {"UsageQuantity", "UnblendedCost", "NetUnblendedCost"}
    assert len(asked) > 5
    assert all(metric in metrics for metrics in asked)
    alone = {metric, "UsageQuantity"}
    assert all(metrics <= alone or metrics == {metric} | beside for metrics in asked)


def test_a_metric_that_cost_explorer_lacks_is_not_asked_for() -> None:
    assert all_commands({**KNOWN, "cost_metric": "BlendedCost; id"}) == all_commands(KNOWN)
