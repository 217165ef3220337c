"""Each line of a bill finds the family of usage types that it belongs to."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whyspike.knowledge.categories import categories
from whyspike.knowledge.families import (
    default_category,
    family_of,
    strip_region_prefix,
)

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
    (CLOUDWATCH, "USE1-CW:MetricStreamUsage", "cloudwatch-streams"),
    (OTHER, "USE1-EBS:FastSnapshotRestore", "ebs-fast-restore"),
    ("AWS Network Firewall", "USE1-Endpoint-Hour", "network-firewall:hours"),
    ("AWS Network Firewall", "USE1-Traffic-GB-Processed", "network-firewall"),
    ("AWS Transfer Family", "EUC1-ProtocolHours", "datasync:hours"),
    ("Amazon Lightsail", "USE1-Snapshot-Bytes", "lightsail:bytes"),
    ("Kiro", "USE1-Kiro-Pro-User", "kiro"),
    ("EC2 Image Builder", "USE1-Thing", "other"),
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
    assert default_category(family_of(service, usage_type)) in categories()


@pytest.mark.parametrize(
    ("service", "usage_type", "like"),
    [
        ("AmazonEC2", "USE1-BoxUsage:m5.large", "Amazon Elastic Compute Cloud - Compute"),
        ("AmazonS3", "USE1-TimedStorage-ByteHrs", "Amazon Simple Storage Service"),
        ("AWSLambda", "USE1-Request", "AWS Lambda"),
        ("Elastic Load Balancing", "USE1-LoadBalancerUsage", "Amazon Elastic Load Balancing"),
        ("AmazonRDS", "USE1-InstanceUsage:db.m5.large", "Amazon Relational Database Service"),
    ],
)
def test_a_service_is_known_by_its_code_and_its_short_name(
    service: str, usage_type: str, like: str
) -> None:
    assert family_of(service, usage_type) == family_of(like, usage_type)


@pytest.mark.parametrize("service", ["EC2", "S3", "CloudFront", "All services"])
def test_a_short_name_without_a_usage_type_is_no_product_of_a_third_party(service: str) -> None:
    assert family_of(service, None).category != "marketplace-or-support-charge"
