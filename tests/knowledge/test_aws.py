"""The tables of AWS knowledge hold together: names exist, lines have sources, families are reached,
templates are valid."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader
from hypothesis import given, settings
from hypothesis import strategies as st

from whyspike.data import table
from whyspike.knowledge.aws import (
    CATEGORIES,
    cause,
    causes,
    causes_for,
    default_category,
    families,
    family_of,
    intrusion_sign,
    is_routine,
    normalise_event_name,
    normalise_event_source,
    strip_region_prefix,
    weight_of,
)

TABLES = [
    "usage_families.csv",
    "cause_events.csv",
    "routine_events.csv",
    "benign_parameters.csv",
    "intrusion_signs.csv",
    "event_sources.csv",
    "event_source_aliases.csv",
    "event_exceptions.csv",
    "resource_fields.csv",
    "first_commands.csv",
    "fixes.csv",
]
EVENT_TABLES = ["cause_events.csv", "routine_events.csv", "intrusion_signs.csv"]
EC2, OTHER, RDS, S3 = (
    "Amazon Elastic Compute Cloud - Compute",
    "EC2 - Other",
    "Amazon Relational Database Service",
    "Amazon Simple Storage Service",
)
VPC, CLOUDWATCH, SAGEMAKER, LAMBDA = (
    "Amazon Virtual Private Cloud",
    "AmazonCloudWatch",
    "Amazon SageMaker",
    "AWS Lambda",
)
FAMILIES = [
    (EC2, "BoxUsage:m5.4xlarge", "ec2-instances"),
    (EC2, "APS3-SpotUsage:c6i.8xlarge", "ec2-spot"),
    (EC2, "USW2-DedicatedUsage:m5.large", "ec2-dedicated"),
    (EC2, "HeavyUsage:m5.large", "ec2-reservation-fee"),
    (OTHER, "EU-CPUCredits:t3", "ec2-cpu-credits"),
    (OTHER, "EUC1-EBS:VolumeUsage.gp3", "ebs-volumes"),
    (OTHER, "EBS:VolumeP-IOPS.io2", "ebs-iops"),
    (OTHER, "EBS:VolumeP-Throughput.gp3", "ebs-throughput"),
    (OTHER, "APN1-EBS:SnapshotUsage", "ebs-snapshots"),
    (OTHER, "USE1-NatGateway-Bytes", "nat-bytes"),
    (OTHER, "NatGateway-Hours", "nat-hours"),
    (OTHER, "DataTransfer-Regional-Bytes", "transfer-regional"),
    (OTHER, "USE1-USW2-AWS-Out-Bytes", "transfer-inter-region"),
    (OTHER, "USE2-DataTransfer-Out-Bytes", "transfer-internet"),
    (VPC, "USE1-TransitGateway-Bytes", "tgw-bytes"),
    (VPC, "EU-VpcEndpoint-Bytes", "vpc-endpoint-bytes"),
    (VPC, "EU-VpcEndpoint-Hours", "vpc-endpoint-hours"),
    (VPC, "PublicIPv4:IdleAddress", "elastic-ip"),
    ("Amazon Elastic Load Balancing", "USE2-LCUUsage", "elb-lcu"),
    ("Amazon Elastic Load Balancing", "LoadBalancerUsage", "elb-hours"),
    (RDS, "Multi-AZUsage:db.r6g.4xlarge", "rds-instances"),
    (RDS, "EU-Aurora:StorageIOUsage", "aurora-io"),
    (RDS, "Aurora:ServerlessV2Usage", "aurora-serverless"),
    (RDS, "Aurora:StorageUsage", "rds-storage"),
    (RDS, "RDS:GP3-Storage", "rds-storage"),
    (RDS, "RDS:PIOPS", "rds-iops"),
    (RDS, "RDS:ChargedBackupUsage", "rds-backup"),
    (RDS, "APN2-ExtendedSupport:Yr1-Yr2:MySQL8.0", "rds-extended-support"),
    (RDS, "HeavyUsage:db.r6g.2xlarge", "reservation-fee"),
    (
        "Amazon Elastic Container Service for Kubernetes",
        "USE1-AmazonEKS-Hours:extendedSupport",
        "eks-extended-support",
    ),
    (
        "Amazon Elastic Container Service for Kubernetes",
        "USE1-AmazonEKS-Hours:perCluster",
        "eks-cluster",
    ),
    ("Amazon Elastic Container Service", "EU-Fargate-GB-Hours", "fargate"),
    ("Amazon DynamoDB", "EU-WriteRequestUnits", "dynamodb-on-demand"),
    ("Amazon DynamoDB", "EU-ReadCapacityUnit-Hrs", "dynamodb-provisioned"),
    ("Amazon DynamoDB", "TimedPITRStorage-ByteHrs", "dynamodb-backup"),
    ("Amazon DynamoDB", "TimedStorage-ByteHrs", "dynamodb-storage"),
    ("Amazon ElastiCache", "NodeUsage:cache.r6g.large", "elasticache-nodes"),
    ("Amazon OpenSearch Service", "ESInstance:r6g.large.search", "opensearch-instances"),
    ("Amazon OpenSearch Service", "ES:GP3-Storage", "opensearch-storage"),
    ("Amazon Redshift", "USW2-Redshift:ServerlessUsage", "redshift-serverless"),
    ("Amazon Redshift", "USW2-Node:ra3.4xlarge", "redshift-nodes"),
    (S3, "USW2-TimedStorage-GDA-ByteHrs", "s3-storage"),
    (S3, "EU-Requests-Tier1", "s3-requests"),
    (S3, "USE1-EU-AWS-Out-Bytes", "transfer-inter-region"),
    (S3, "DataTransfer-Out-Bytes", "s3-transfer"),
    (S3, "USE1-Retrieval-SIA", "s3-retrieval"),
    ("Amazon Elastic File System", "USE1-ProvisionedTP-MiBpsHrs", "efs-throughput"),
    ("Amazon Elastic File System", "USE1-TimedStorage-ByteHrs", "efs-storage"),
    ("Amazon CloudFront", "EU-DataTransfer-Out-Bytes", "cloudfront-bytes"),
    ("Amazon CloudFront", "US-Requests-Tier2-HTTPS", "cloudfront-requests"),
    (LAMBDA, "EU-Lambda-GB-Second", "lambda-compute"),
    (LAMBDA, "USW2-Request", "lambda-requests"),
    (LAMBDA, "EU-Lambda-Provisioned-Concurrency", "lambda-provisioned"),
    ("Amazon API Gateway", "USE1-ApiGatewayRequest", "apigw-requests"),
    ("AWS Step Functions", "EU-StateTransition", "stepfunctions"),
    ("Amazon Simple Queue Service", "Requests-Tier1", "sqs"),
    ("Amazon Kinesis", "USW2-Storage-ShardHour", "kinesis-shards"),
    ("Amazon Managed Streaming for Apache Kafka", "USE1-Kafka.m5.large", "msk-brokers"),
    ("AWS Glue", "USE1-ETL-DPU-Hour", "glue-jobs"),
    ("AWS Glue", "USE1-Crawler-DPU-Hour", "glue-crawler"),
    ("Amazon Athena", "USE1-DataScannedInTB", "athena"),
    (SAGEMAKER, "USE1-Host:ml.g5.2xlarge", "sagemaker-hosting"),
    (SAGEMAKER, "USE1-Train:ml.p3.2xlarge", "sagemaker-training"),
    (SAGEMAKER, "USW2-Notebk:ml.p3.8xlarge", "sagemaker-notebook"),
    (
        "Claude Sonnet 4.5 (Amazon Bedrock Edition)",
        "USE1-MP:USE1_InputTokenCount-Units",
        "bedrock-marketplace-tokens",
    ),
    ("Amazon Bedrock", "USE1-NovaPro-input-tokens", "bedrock-tokens"),
    (CLOUDWATCH, "EU-DataProcessing-Bytes", "logs-ingestion"),
    (CLOUDWATCH, "USE1-VendedLog-Bytes", "logs-ingestion"),
    (CLOUDWATCH, "EU-DataScanned-Bytes", "logs-queries"),
    (CLOUDWATCH, "USE1-TimedStorage-ByteHrs", "logs-storage"),
    (CLOUDWATCH, "EU-CW:GMD-Metrics", "cloudwatch-api"),
    (CLOUDWATCH, "CW:Requests", "cloudwatch-api"),
    (CLOUDWATCH, "CW:MetricMonitorUsage", "cloudwatch-metrics"),
    (CLOUDWATCH, "EU-CW:AlarmMonitorUsage", "cloudwatch-alarms"),
    ("AWS CloudTrail", "USE1-DataEventsRecorded", "cloudtrail-events"),
    ("AWS Config", "ConfigurationItemRecorded", "config-items"),
    ("Amazon GuardDuty", "USE1-PaidS3DataEventsAnalyzed", "guardduty"),
    ("AWS Key Management Service", "us-east-1-KMS-Requests", "kms-requests"),
    ("AWS Secrets Manager", "USE1-AWSSecretsManager-Secrets", "secrets"),
    ("AWS Secrets Manager", "EU-AWSSecretsManagerAPIRequest", "secrets-requests"),
    ("AWS WAF", "EU-RequestV2-Tier1", "waf"),
    ("Amazon Route 53", "DNS-Queries", "route53"),
    ("Amazon EC2 Container Registry (ECR)", "USE1-TimedStorage-ByteHrs", "ecr"),
    ("AWS Support (Business)", "Dollar", "support-fee"),
    ("Savings Plans for AWS Compute usage", "ComputeSP:1yrAllUpfront", "savings-plan-fee"),
    ("Tax", "NoUsageType", "tax"),
    ("Some Vendor Agent", "MP:EU_ingested_gb-Units", "marketplace-saas"),
    ("Some Vendor Machine Image", "SoftwareUsage:c6i.8xlarge", "marketplace-software"),
    ("AWS End User Messaging", "USE1-OutboundSMS-GB", "sns-sms"),
    ("Amazon Bedrock AgentCore", "USE1-Runtime-vCPU-Hours", "bedrock-agents-runtime"),
    (RDS, "RDS:Multi-AZ-GP3-Storage", "rds-storage"),
    (RDS, "Aurora:IO-OptimizedStorageUsage", "rds-storage"),
    (RDS, "USW2-RDS:GP3-PIOPS", "rds-iops"),
    (RDS, "InstanceUsageIOOptimized:db.r6g.large", "rds-instances"),
    (CLOUDWATCH, "USE1-CW:MetricStreamUsage", "cloudwatch-metrics"),
    (CLOUDWATCH, "CW:Canary-runs", "cloudwatch-alarms"),
    (SAGEMAKER, "USE1-Studio:KernelGateway-ml.g4dn.xlarge", "sagemaker-studio"),
    (LAMBDA, "USE1-Lambda-GB-Second-ARM", "lambda-compute"),
    ("Amazon CloudFront", "AP-DataTransfer-Out-OBytes", "cloudfront-bytes"),
    ("Amazon DocumentDB (with MongoDB compatibility)", "USE1-StorageIOUsage", "aurora-io"),
    ("Amazon Kinesis Firehose", "USE1-BilledBytes", "firehose"),
    ("Amazon QuickSight", "QS-User-Enterprise-Month", "quicksight"),
    ("Amazon Glacier", "TimedStorage-ByteHrs", "s3-storage"),
    ("AWS Something New", "USE1-Thing", "other"),
]


def lines(name: str) -> list[dict[str, str]]:
    return list(table(name))


# ------------------------------------------------------------------ tables


@pytest.mark.parametrize("name", TABLES)
def test_every_line_is_whole_and_names_its_source(name: str) -> None:
    for line in lines(name):
        assert None not in line, line
        assert None not in line.values(), line
        assert re.fullmatch(
            r"api|cur|infracost|cudos|invoice|names|gk|doc:\S.{3,}", line["source"]
        ), line


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("usage_families.csv", ("family",)),
        ("routine_events.csv", ("event_source", "event_name")),
        ("intrusion_signs.csv", ("event_source", "event_name")),
        ("event_sources.csv", ("event_source",)),
        ("event_source_aliases.csv", ("alias",)),
        ("benign_parameters.csv", ("parameter",)),
        ("resource_fields.csv", ("field",)),
        (
            "cause_events.csv",
            ("event_source", "event_name", "families", "direction", "category", "telling"),
        ),
    ],
)
def test_no_line_is_written_twice(name: str, keys: tuple[str, ...]) -> None:
    seen = [tuple(line[key] for key in keys) for line in lines(name)]
    assert sorted(seen) == sorted(set(seen))


@cache
def operations(service: str) -> frozenset[str]:
    return frozenset(Loader().load_service_model(service, "service-2")["operations"])


@pytest.mark.parametrize("name", EVENT_TABLES)
def test_every_event_is_an_operation_of_its_service_or_a_listed_exception(name: str) -> None:
    services = {
        line["event_source"]: line["botocore"].split() for line in lines("event_sources.csv")
    }
    exceptions = {
        (line["event_source"], line["event_name"]) for line in lines("event_exceptions.csv")
    }
    unknown = [
        (line["event_source"], line["event_name"])
        for line in lines(name)
        if (line["event_source"], line["event_name"]) not in exceptions
        and not any(
            line["event_name"] in operations(service)
            for service in services.get(line["event_source"], [line["event_source"]])
        )
    ]
    assert unknown == []


# ------------------------------------------------------------------ families


@pytest.mark.parametrize(
    ("service", "usage_type", "family"), FAMILIES, ids=[f"{s}: {u}" for s, u, _ in FAMILIES]
)
def test_a_line_of_the_bill_finds_its_family(service: str, usage_type: str, family: str) -> None:
    assert family_of(service, usage_type).name == family


@pytest.mark.parametrize(
    ("usage_type", "suffix"),
    [
        ("USE1-EU-AWS-Out-Bytes", "AWS-Out-Bytes"),
        ("us-east-1-KMS-Requests", "KMS-Requests"),
        ("EUW1-DataProcessing-Bytes", "DataProcessing-Bytes"),
        ("APS3-BoxUsage:m5.large", "BoxUsage:m5.large"),
        ("BoxUsage:m5.large", "BoxUsage:m5.large"),
        ("us-gov-west-1-KMS-Keys", "KMS-Keys"),
        ("USW2-LAX1-BoxUsage:m5.large", "BoxUsage:m5.large"),
        ("CW:GMD-Metrics", "CW:GMD-Metrics"),
        ("EU-", "EU-"),
    ],
)
def test_region_codes_are_stripped(usage_type: str, suffix: str) -> None:
    assert strip_region_prefix(usage_type) == suffix


@given(st.text(max_size=60), st.none() | st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_line_of_a_bill_has_a_family_of_a_listed_category(
    service: str, usage_type: str | None
) -> None:
    assert default_category(family_of(service, usage_type)) in CATEGORIES


def test_every_category_of_the_tables_is_of_the_closed_list() -> None:
    assert len(CATEGORIES) == 20
    assert {family.category for family in families()} | {
        entry.category for entry in causes()
    } <= CATEGORIES.keys()
    assert {entry.direction for entry in causes()} == {"up", "down", "both"}
    assert all(1 <= entry.weight <= 5 and 1 <= entry.lag_days <= 60 for entry in causes())


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


def test_every_pattern_of_families_meets_a_family() -> None:
    names = [family.name for family in families()]
    patterns = {pattern for entry in causes() for pattern in entry.families}
    patterns |= {
        p
        for name in ("first_commands.csv", "fixes.csv")
        for line in lines(name)
        for p in line["families"].split()
    }
    assert [
        p for p in patterns if not any(re.fullmatch(p.replace("*", ".*"), name) for name in names)
    ] == []


# ------------------------------------------------------------------ events


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
    known = {line["event_source"] for name in EVENT_TABLES for line in lines(name)}
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


def test_the_page_of_categories_is_the_list_in_its_order() -> None:
    page = (Path(__file__).parents[2] / "docs" / "categories.md").read_text(encoding="utf-8")

    assert re.findall(r"^\| ([a-z-]+) \| ([a-z-]+) \| (?!it is)", page, re.MULTILINE)[-20:] == list(
        CATEGORIES.items()
    )
