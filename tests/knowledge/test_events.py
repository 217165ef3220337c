"""What an API call can move, and how far its parameters bear it out."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.loaders import Loader

from whyspike.data import table
from whyspike.knowledge.events import (
    cause,
    causes_for,
    intrusion_sign,
    is_routine,
    normalise_event_name,
    normalise_event_source,
    weight_of,
)
from whyspike.knowledge.families import (
    families,
)

EVENT_TABLES = ["cause_events.csv", "routine_events.csv", "intrusion_signs.csv"]


def test_every_family_of_usage_has_events_that_can_move_it() -> None:
    by_dates_or_people = {
        "tax",
        "rds-extended-support",
        "elasticache-extended-support",
        "other",
        "route53-domains",
        "directory",
        "location",
        "certificate",
        "kinesis-video",
        "service-catalog",
        "vpc-other",
        "kinesis-other",
    }
    assert {
        family.name for family in families() if not causes_for(family.name, "up")
    } <= by_dates_or_people


@pytest.mark.parametrize(
    ("dated", "plain"),
    [
        ("UpdateFunctionConfiguration20150331v2", "UpdateFunctionConfiguration"),
        ("PutFunctionConcurrency20171031", "PutFunctionConcurrency"),
        ("UpdateDistribution2020_05_31", "UpdateDistribution"),
        ("RunInstances", "RunInstances"),
        ("UpdateDomainConfig", "UpdateDomainConfig"),
    ],
)
def test_event_names_lose_their_date(dated: str, plain: str) -> None:
    assert normalise_event_name(dated) == plain


def test_a_service_that_records_under_its_other_name_is_known_by_both() -> None:
    """Endpoint prefix and signing name differ for some services; CloudTrail's documentation does
    not say which one is recorded."""
    known = {line["event_source"] for name in EVENT_TABLES for line in table(name)}
    models = [
        Loader().load_service_model(service, "service-2")["metadata"]
        for service in Loader().list_available_services("service-2")
    ]
    pairs = [
        (model["endpointPrefix"], model.get("signingName", model["endpointPrefix"]))
        for model in models
    ]
    others = {
        (a, b) for pair in pairs for a, b in (pair, pair[::-1]) if b in known and a not in known
    }

    assert {
        (normalise_event_source(a + ".amazonaws.com"), b)
        for a, b in others
        if normalise_event_source(a) != b
    } == set()
    assert cause("agreement-marketplace.amazonaws.com", "AcceptAgreementRequest")
    assert not any(normalise_event_source(source) != source for source in known)


def test_a_deleted_endpoint_raises_bytes_of_nat_gateways_and_not_its_own_hours_alone() -> None:
    (entry,) = cause("ec2.amazonaws.com", "DeleteVpcEndpoints")

    assert entry.moves("nat-bytes", "up")
    assert entry.category == "nat-gateway-traffic"
    assert not entry.moves("rds-instances")


def strongest(source: str, name: str, family: str, parameters: dict[str, Any] | None) -> float:
    return max(weight_of(entry, parameters) for entry in cause(source, name) if entry.moves(family))


@pytest.mark.parametrize(
    ("source", "name", "family", "telling", "harmless"),
    [
        (
            "rds",
            "ModifyDBInstance",
            "rds-instances",
            {"dBInstanceClass": "db.r6g.8xlarge"},
            {"preferredMaintenanceWindow": "sun:03:00-sun:03:30"},
        ),
        (
            "ec2",
            "ModifyVolume",
            "ebs-iops",
            {"ModifyVolumeRequest": {"VolumeId": "vol-0abc12345", "Iops": 32000}},
            {"ModifyVolumeRequest": {"Size": 53}},
        ),
        (
            "lambda",
            "UpdateFunctionConfiguration20150331v2",
            "logs-ingestion",
            {"functionName": "a", "environment": {}},
            {"timeout": 57},
        ),
        (
            "dynamodb",
            "UpdateTable",
            "dynamodb-on-demand",
            {"tableName": "t", "billingMode": "PAY_PER_REQUEST"},
            {"deletionProtectionEnabled": True},
        ),
        (
            "autoscaling",
            "UpdateAutoScalingGroup",
            "ec2-instances",
            {"maxSize": 200},
            {"healthCheckGracePeriod": 180},
        ),
        (
            "eks",
            "UpdateNodegroupConfig",
            "ec2-instances",
            {"scalingConfig": {"desiredSize": 0}},
            {"labels": {"addOrUpdateLabels": {"rev": "1"}}},
        ),
        (
            "ecs",
            "UpdateService",
            "fargate",
            {"desiredCount": 40},
            {"healthCheckGracePeriodSeconds": 30},
        ),
        (
            "backup",
            "UpdateBackupPlan",
            "backup-storage",
            {"backupPlan": {"rules": [{"scheduleExpression": "cron"}]}},
            {"backupPlan": {"tags": "x"}},
        ),
        (
            "rds",
            "ModifyDBParameterGroup",
            "logs-ingestion",
            {
                "dBParameterGroupName": "pg",
                "parameters": [{"parameterName": "log_statement", "parameterValue": "all"}],
            },
            {"description": "logging"},
        ),
        (
            "elasticloadbalancing",
            "ModifyLoadBalancerAttributes",
            "transfer-regional",
            {"attributes": [{"key": "load_balancing.cross_zone.enabled", "value": "true"}]},
            {"tags": [{"key": "a"}]},
        ),
    ],
)
def test_the_same_call_weighs_by_what_it_changed(
    source: str, name: str, family: str, telling: dict[str, Any], harmless: dict[str, Any]
) -> None:
    assert strongest(source, name, family, telling) >= 5 * strongest(source, name, family, harmless)
    assert (
        strongest(source, name, family, harmless)
        < strongest(source, name, family, None)
        <= strongest(source, name, family, telling)
    )


def test_the_name_of_a_resource_tells_nothing_and_the_name_of_a_vendor_role_does() -> None:
    named = {"functionName": "environment-loggingConfig", "timeout": 5}

    assert strongest("lambda", "UpdateFunctionConfiguration", "logs-ingestion", named) == 1.0
    assert (
        strongest("iam", "CreateRole", "cloudwatch-api", {"roleName": "DatadogIntegrationRole"})
        == 3.0
    )


def test_reads_and_daily_noise_are_routine_and_causes_are_not() -> None:
    assert is_routine("ec2.amazonaws.com", "DescribeInstances")
    assert is_routine("signin.amazonaws.com", "ConsoleLogin")
    assert is_routine("lambda.amazonaws.com", "PublishVersion20150331")
    assert not is_routine("ec2.amazonaws.com", "RunInstances")
    assert not is_routine(
        "monitoring.amazonaws.com", "GetMetricData"
    )  # a monitoring vendor's calls are what is billed


def test_signs_of_an_intruder_are_weighed() -> None:
    assert (
        intrusion_sign("bedrock.amazonaws.com", "PutUseCaseForModelAccess")
        > intrusion_sign("sts.amazonaws.com", "GetCallerIdentity")
        > 0
    )
    assert intrusion_sign("ec2.amazonaws.com", "CreateTags") == 0
