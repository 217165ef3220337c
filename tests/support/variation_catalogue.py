"""The made-up incidents: what moved on the bill, who did it, and what an explanation must say."""

from __future__ import annotations

from tests.support.variations import Call, Effect, Variation
from whyspike.simulator.organization.folder import Access

ARN = "arn:aws:{}:us-east-1:123412341234:{}"
VARIATIONS = (
    Variation(
        "eks-extended-support",
        (
            Effect(
                "Amazon Elastic Container Service for Kubernetes",
                "USE1-AmazonEKS-Hours:extendedSupport",
                72,
                team="platform",
                unit="Hrs",
                resources=(ARN.format("eks", "cluster/orders"),),
            ),
        ),
        "extended-support-charge",
        decoys=(Call("eks", "UpdateAddon", {"name": "orders", "addonName": "coredns"}, hour=8),),
    ),
    Variation(
        "glue-workers-raised",
        (
            Effect(
                "AWS Glue",
                "USE1-ETL-DPU-Hour",
                310,
                before=24,
                team="data",
                unit="DPU-Hour",
                resources=(ARN.format("glue", "job/clicks-daily"),),
            ),
        ),
        "batch-job-or-query-runaway",
        Call(
            "glue",
            "UpdateJob",
            {
                "jobName": "clicks-daily",
                "jobUpdate": {"numberOfWorkers": 90, "workerType": "G.2X", "timeout": 2880},
            },
            "data-ci",
            "gha-44120",
            resources=("clicks-daily",),
        ),
        also=("resource-config-change", "scaling-out"),
    ),
    Variation(
        "athena-full-scans",
        (Effect("Amazon Athena", "USE1-DataScannedInTB", 260, before=15, team="data", unit="TB"),),
        "batch-job-or-query-runaway",
        decoys=(Call("athena", "UpdateNamedQuery", {"name": "old"}, days=3),),
    ),
    Variation(
        "redshift-serverless-capacity",
        (
            Effect(
                "Amazon Redshift",
                "USE1-Redshift:ServerlessUsage",
                340,
                before=60,
                team="data",
                unit="RPU-Hr",
                resources=(ARN.format("redshift-serverless", "workgroup/bi"),),
            ),
        ),
        "resource-config-change",
        Call(
            "redshift-serverless",
            "UpdateWorkgroup",
            {"workgroupName": "bi", "baseCapacity": 512},
            resources=("bi",),
        ),
        also=("scaling-out", "batch-job-or-query-runaway"),
    ),
    Variation(
        "kafka-brokers-larger",
        (
            Effect(
                "Amazon Managed Streaming for Apache Kafka",
                "USE1-Kafka.m5.4xlarge",
                230,
                team="data",
                unit="Hrs",
                resources=(ARN.format("kafka", "cluster/clicks/aa-1"),),
            ),
            Effect(
                "Amazon Managed Streaming for Apache Kafka",
                "USE1-Kafka.m5.large",
                -29,
                before=29,
                team="data",
                unit="Hrs",
                shape="drop",
                resources=(ARN.format("kafka", "cluster/clicks/aa-1"),),
            ),
        ),
        "resource-config-change",
        Call(
            "kafka",
            "UpdateBrokerType",
            {
                "clusterArn": ARN.format("kafka", "cluster/clicks/aa-1"),
                "targetInstanceType": "kafka.m5.4xlarge",
            },
            resources=("clicks",),
        ),
    ),
    Variation(
        "transit-gateway-detour",
        (
            Effect(
                "Amazon Virtual Private Cloud",
                "USE1-TransitGateway-Bytes",
                220,
                before=30,
                team="platform",
                unit="GB",
                resources=(
                    ARN.format("ec2", "transit-gateway-attachment/tgw-attach-0aa11bb22cc33dd44"),
                ),
            ),
        ),
        "nat-gateway-traffic",
        Call(
            "ec2",
            "ReplaceRoute",
            {
                "routeTableId": "rtb-0aa11bb22cc33dd44",
                "destinationCidrBlock": "0.0.0.0/0",
                "transitGatewayId": "tgw-01234567890abcdef",
            },
            "AWSReservedSSO_NetworkAdmin_c4427be1906f",
            "dana@example.com",
            resources=("rtb-0aa11bb22cc33dd44",),
        ),
        decoys=(
            Call(
                "ec2",
                "CreateRoute",
                {"routeTableId": "rtb-099", "destinationCidrBlock": "10.40.0.0/16"},
                "ci-deploy",
                "gha-1",
            ),
        ),
    ),
    Variation(
        "endpoints-in-every-vpc",
        (
            Effect(
                "Amazon Virtual Private Cloud",
                "USE1-VpcEndpoint-Hours",
                140,
                before=30,
                team="platform",
                unit="Hrs",
            ),
        ),
        "new-resources-launched",
        Call(
            "ec2",
            "CreateVpcEndpoint",
            {
                "CreateVpcEndpointRequest": {
                    "VpcId": "vpc-1",
                    "ServiceName": "com.amazonaws.us-east-1.ssm",
                }
            },
            "platform-bootstrap",
            "stack-1",
            repeat=9,
        ),
    ),
    Variation(
        "public-addresses",
        (
            Effect(
                "Amazon Virtual Private Cloud",
                "PublicIPv4:InUseAddress",
                60,
                before=5,
                team="search",
                unit="Hrs",
            ),
        ),
        "new-resources-launched",
        Call("ec2", "AllocateAddress", {"domain": "vpc"}, "scraper-deploy", "gha-77001", repeat=12),
    ),
    Variation(
        "kms-storm-without-bucket-key",
        (
            Effect(
                "AWS Key Management Service",
                "us-east-1-KMS-Requests",
                190,
                before=7,
                team="data",
                unit="Requests",
                resources=(ARN.format("kms", "key/0b1c37e7-1a0b-4325-b0de-31bd350f15af"),),
            ),
            Effect(
                "Amazon Simple Storage Service",
                "Requests-Tier2",
                6,
                before=12,
                team="data",
                unit="Requests",
            ),
        ),
        "request-storm",
        Call(
            "s3",
            "PutBucketEncryption",
            {
                "bucketName": "data-lake-raw",
                "ServerSideEncryptionConfiguration": {
                    "Rule": {
                        "BucketKeyEnabled": False,
                        "ApplyServerSideEncryptionByDefault": {
                            "SSEAlgorithm": "aws:kms",
                            "KMSMasterKeyID": ARN.format(
                                "kms", "key/0b1c37e7-1a0b-4325-b0de-31bd350f15af"
                            ),
                        },
                    }
                },
            },
            resources=("data-lake-raw",),
        ),
    ),
    Variation(
        "secret-for-each-run",
        (
            Effect(
                "AWS Secrets Manager",
                "USE1-AWSSecretsManager-Secrets",
                6,
                team="search",
                unit="Secrets",
                shape="ramp",
            ),
        ),
        "new-resources-launched",
        Call(
            "secretsmanager",
            "CreateSecret",
            {"name": "search-e2e-run-881"},
            "e2e-runner",
            "run-881",
            repeat=12,
            days=0,
        ),
        kind="ramp",
        onset_days_ago=12,
    ),
    Variation(
        "trail-data-events",
        (
            Effect(
                "AWS CloudTrail", "USE1-DataEventsRecorded", 280, team="", env="", unit="Events"
            ),
            Effect(
                "Amazon Simple Storage Service",
                "Requests-Tier1",
                9,
                before=14,
                team="data",
                unit="Requests",
            ),
        ),
        "logging-and-monitoring-volume",
        Call(
            "cloudtrail",
            "PutEventSelectors",
            {
                "trailName": "org-audit",
                "eventSelectors": [
                    {
                        "readWriteType": "All",
                        "dataResources": [{"type": "AWS::S3::Object", "values": ["arn:aws:s3"]}],
                    }
                ],
            },
            "AWSReservedSSO_SecurityAdmin_1",
            "ines@example.com",
            resources=("org-audit",),
        ),
        kind="new-service",
    ),
    Variation(
        "guardduty-s3-protection",
        (
            Effect(
                "Amazon GuardDuty",
                "USE1-PaidS3DataEventsAnalyzed",
                130,
                team="",
                env="",
                unit="Events",
            ),
        ),
        "logging-and-monitoring-volume",
        Call(
            "guardduty",
            "UpdateDetector",
            {"detectorId": "aa12", "dataSources": {"s3Logs": {"enable": True}}},
            "AWSReservedSSO_SecurityAdmin_1",
            "ines@example.com",
        ),
    ),
    Variation(
        "config-records-all",
        (
            Effect(
                "AWS Config",
                "ConfigurationItemRecorded",
                170,
                before=12,
                team="",
                env="",
                unit="ConfigurationItemRecorded",
            ),
        ),
        "logging-and-monitoring-volume",
        Call(
            "config",
            "PutConfigurationRecorder",
            {
                "configurationRecorder": {
                    "name": "default",
                    "recordingGroup": {"allSupported": True},
                }
            },
            "security-baseline",
            "cfn",
        ),
    ),
    Variation(
        "vendor-polls-metrics",
        (
            Effect(
                "AmazonCloudWatch", "CW:GMD-Metrics", 150, before=9, team="platform", unit="Metrics"
            ),
        ),
        "logging-and-monitoring-volume",
        Call(
            "iam",
            "CreateRole",
            {
                "roleName": "DatadogIntegrationRole",
                "assumeRolePolicyDocument": (
                    '{"Principal":{"AWS":"464622532012"},"Condition":{"StringEquals":{"sts:ExternalId":"x"}}}'
                ),
            },
            "AWSReservedSSO_PlatformAdmin_2",
            "olaf@example.com",
            resources=("DatadogIntegrationRole",),
        ),
    ),
    Variation(
        "lifecycle-rule-deleted",
        (
            Effect(
                "Amazon Simple Storage Service",
                "TimedStorage-ByteHrs",
                7,
                before=70,
                team="data",
                unit="GB-Mo",
                shape="ramp",
                resources=("data-clicks-raw",),
            ),
        ),
        "storage-growth",
        Call(
            "s3",
            "DeleteBucketLifecycle",
            {"bucketName": "data-clicks-raw"},
            days=9,
            resources=("data-clicks-raw",),
        ),
        kind="ramp",
        onset_days_ago=13,
    ),
    Variation(
        "lifecycle-transition-requests",
        (
            Effect(
                "Amazon Simple Storage Service",
                "Requests-Tier4",
                420,
                team="data",
                unit="Requests",
                shape="spike",
                resources=("data-archive",),
            ),
        ),
        "resource-config-change",
        Call(
            "s3",
            "PutBucketLifecycle",
            {
                "bucketName": "data-archive",
                "LifecycleConfiguration": {
                    "Rule": {"Transition": {"Days": 1, "StorageClass": "GLACIER_IR"}}
                },
            },
            days=1,
            hour=20,
            resources=("data-archive",),
        ),
        kind="spike",
        ongoing=False,
        also=("request-storm", "storage-growth"),
    ),
    Variation(
        "efs-provisioned-throughput",
        (
            Effect(
                "Amazon Elastic File System",
                "USE1-ProvisionedTP-MiBpsHrs",
                190,
                team="orders",
                unit="MiBps-Hrs",
                resources=(ARN.format("elasticfilesystem", "file-system/fs-0aa11bb22cc33dd44"),),
            ),
        ),
        "resource-config-change",
        Call(
            "elasticfilesystem",
            "UpdateFileSystem",
            {
                "fileSystemId": "fs-0aa11bb22cc33dd44",
                "throughputMode": "provisioned",
                "provisionedThroughputInMibps": 1024.0,
            },
            resources=("fs-0aa11bb22cc33dd44",),
        ),
        kind="new-service",
        also=("new-resources-launched",),
    ),
    Variation(
        "backup-copies-abroad",
        (
            Effect(
                "AWS Backup",
                "USE1-WarmStorage-ByteHrs-EBS",
                5,
                before=20,
                team="platform",
                unit="GB-Mo",
                shape="ramp",
            ),
            Effect(
                "AWS Backup",
                "EU-WarmStorage-ByteHrs-EBS",
                9,
                region="eu-west-1",
                team="platform",
                unit="GB-Mo",
                shape="ramp",
            ),
        ),
        "snapshot-backup-growth",
        Call(
            "backup",
            "UpdateBackupPlan",
            {
                "backupPlanId": "plan-a",
                "backupPlan": {
                    "backupPlanName": "platform-daily",
                    "rules": [
                        {
                            "ruleName": "h",
                            "scheduleExpression": "cron(0 * * * ? *)",
                            "copyActions": [
                                {
                                    "destinationBackupVaultArn": (
                                        "arn:aws:backup:eu-west-1:123412341234:backup-vault:dr"
                                    )
                                }
                            ],
                        }
                    ],
                },
            },
        ),
        kind="ramp",
        onset_days_ago=8,
    ),
    Variation(
        "aurora-serverless-limit",
        (
            Effect(
                "Amazon Relational Database Service",
                "Aurora:ServerlessV2Usage",
                280,
                before=40,
                team="search",
                unit="ACU-Hr",
                resources=(ARN.format("rds", "cluster:search-main"),),
            ),
        ),
        "scaling-out",
        Call(
            "rds",
            "ModifyDBCluster",
            {
                "dBClusterIdentifier": "search-main",
                "serverlessV2ScalingConfiguration": {"minCapacity": 32.0, "maxCapacity": 128.0},
            },
            resources=("search-main",),
        ),
        also=("resource-config-change",),
    ),
    Variation(
        "search-domain-doubled",
        (
            Effect(
                "Amazon OpenSearch Service",
                "ESInstance:r6g.4xlarge",
                260,
                team="search",
                unit="Hrs",
                resources=(ARN.format("es", "domain/catalog"),),
            ),
            Effect(
                "Amazon OpenSearch Service",
                "ESInstance:r6g.xlarge",
                -65,
                before=65,
                team="search",
                unit="Hrs",
                shape="drop",
                resources=(ARN.format("es", "domain/catalog"),),
            ),
        ),
        "resource-config-change",
        Call(
            "es",
            "UpdateDomainConfig",
            {
                "domainName": "catalog",
                "clusterConfig": {"instanceType": "r6g.4xlarge.search", "instanceCount": 6},
            },
            resources=("catalog",),
        ),
    ),
    Variation(
        "cache-nodes-larger",
        (
            Effect(
                "Amazon ElastiCache",
                "NodeUsage:cache.r6g.4xlarge",
                180,
                team="orders",
                unit="Hrs",
                resources=(ARN.format("elasticache", "cluster:carts-001"),),
            ),
            Effect(
                "Amazon ElastiCache",
                "NodeUsage:cache.r6g.xlarge",
                -45,
                before=45,
                team="orders",
                unit="Hrs",
                shape="drop",
                resources=(ARN.format("elasticache", "cluster:carts-001"),),
            ),
        ),
        "resource-config-change",
        Call(
            "elasticache",
            "ModifyReplicationGroup",
            {
                "replicationGroupId": "carts",
                "cacheNodeType": "cache.r6g.4xlarge",
                "applyImmediately": True,
            },
            resources=("carts",),
        ),
    ),
    Variation(
        "endpoint-left-running",
        (
            Effect(
                "Amazon SageMaker",
                "USE1-Host:ml.g5.12xlarge",
                340,
                team="search",
                env="research",
                unit="Hrs",
                resources=(ARN.format("sagemaker", "endpoint/rerank-eval"),),
            ),
        ),
        "ml-compute-left-running",
        Call(
            "sagemaker",
            "CreateEndpoint",
            {"endpointName": "rerank-eval", "endpointConfigName": "rerank-eval-cfg"},
            "AWSReservedSSO_DataScientist_91ab33f0d2c47e65",
            "uma@example.com",
            resources=("rerank-eval",),
        ),
        kind="new-service",
        onset_days_ago=3,
    ),
    Variation(
        "fargate-limit-raised",
        (
            Effect(
                "Amazon Elastic Container Service",
                "USE1-Fargate-vCPU-Hours:perCPU",
                240,
                before=55,
                team="search",
                unit="hours",
            ),
            Effect(
                "Amazon Elastic Container Service",
                "USE1-Fargate-GB-Hours",
                52,
                before=12,
                team="search",
                unit="hours",
            ),
        ),
        "scaling-out",
        Call(
            "autoscaling",
            "RegisterScalableTarget",
            {
                "serviceNamespace": "ecs",
                "resourceId": "service/search/search-api",
                "scalableDimension": "ecs:service:DesiredCount",
                "minCapacity": 4,
                "maxCapacity": 120,
            },
            days=2,
            resources=("service/search/search-api",),
        ),
        decoys=(
            Call(
                "ecs",
                "UpdateService",
                {"cluster": "search", "service": "search-api", "desiredCount": 40},
                "AWSServiceRoleForApplicationAutoScaling_ECSService",
                "AutoScaling-UpdateDesiredCapacity",
                hour=11,
            ),
        ),
    ),
    Variation(
        "step-functions-loop",
        (
            Effect(
                "AWS Step Functions",
                "USE1-StateTransition",
                310,
                before=4,
                team="orders",
                unit="StateTransitions",
                resources=(ARN.format("states", "stateMachine:order-retry"),),
            ),
            Effect("AWS Lambda", "Lambda-GB-Second", 30, before=22, team="orders", unit="seconds"),
            Effect(
                "AmazonCloudWatch",
                "USE1-DataProcessing-Bytes",
                40,
                before=50,
                team="orders",
                unit="GB",
            ),
        ),
        "request-storm",
        Call(
            "states",
            "UpdateStateMachine",
            {
                "stateMachineArn": ARN.format("states", "stateMachine:order-retry"),
                "definition": "{...}",
            },
            "ci-deploy",
            "gha-55001",
            resources=("order-retry",),
        ),
    ),
    Variation(
        "api-polled-by-customers",
        (
            Effect(
                "Amazon API Gateway",
                "USE1-ApiGatewayRequest",
                140,
                before=11,
                team="orders",
                unit="Requests",
            ),
            Effect("AWS Lambda", "Request", 18, before=5, team="orders", unit="Requests"),
        ),
        "request-storm",
    ),
    Variation(
        "mining-in-an-unused-region",
        (
            Effect(
                "Amazon Elastic Compute Cloud - Compute",
                "APN1-BoxUsage:g5.48xlarge",
                1900,
                region="ap-northeast-1",
                team="",
                env="",
                unit="Hrs",
                resources=("i-0aa11bb22cc33dd40", "i-0aa11bb22cc33dd41"),
            ),
            Effect(
                "EC2 - Other",
                "APN1-EBS:VolumeUsage.gp3",
                9,
                region="ap-northeast-1",
                team="",
                env="",
                unit="GB-Mo",
            ),
        ),
        "compromised-credentials",
        Call(
            "ec2",
            "RunInstances",
            {
                "instanceType": "g5.48xlarge",
                "instancesSet": {"items": [{"minCount": 5, "maxCount": 5}]},
            },
            user="deploy-legacy",
            ip="193.56.28.103",
            region="ap-northeast-1",
            resources=("i-0aa11bb22cc33dd40", "i-0aa11bb22cc33dd41"),
            hour=3,
        ),
        decoys=(
            Call(
                "iam",
                "CreateAccessKey",
                {"userName": "deploy-legacy"},
                user="deploy-legacy",
                ip="193.56.28.103",
                hour=2,
            ),
        ),
    ),
    Variation(
        "mail-sent-by-a-thief",
        (
            Effect(
                "Amazon Simple Email Service",
                "EUW3-Recipients",
                420,
                region="eu-west-3",
                team="",
                env="",
                unit="Count",
            ),
        ),
        "compromised-credentials",
        Call(
            "ses",
            "VerifyEmailIdentity",
            {"emailAddress": "promo@shop.example"},
            user="newsletter-smtp",
            ip="185.220.101.7",
            region="eu-west-3",
            hour=4,
        ),
        decoys=(
            Call(
                "ses",
                "UpdateAccountSendingEnabled",
                {"enabled": True},
                user="newsletter-smtp",
                ip="185.220.101.7",
                region="eu-west-3",
                hour=4,
            ),
        ),
        kind="new-service",
    ),
    Variation(
        "spot-to-on-demand",
        (
            Effect(
                "Amazon Elastic Compute Cloud - Compute",
                "BoxUsage:c6i.4xlarge",
                390,
                team="search",
                unit="Hrs",
            ),
            Effect(
                "Amazon Elastic Compute Cloud - Compute",
                "SpotUsage:c6i.4xlarge",
                -130,
                before=130,
                team="search",
                unit="Hrs",
                shape="drop",
            ),
        ),
        "resource-config-change",
        Call(
            "autoscaling",
            "UpdateAutoScalingGroup",
            {
                "autoScalingGroupName": "search-index-c6i",
                "mixedInstancesPolicy": {
                    "instancesDistribution": {"onDemandPercentageAboveBaseCapacity": 100}
                },
            },
            resources=("search-index-c6i",),
        ),
    ),
    Variation(
        "reserved-databases-expired",
        (
            Effect(
                "Amazon Relational Database Service",
                "InstanceUsage:db.r6g.4xlarge",
                210,
                before=0.0,
                team="orders",
                unit="Hrs",
                flat=True,
                quantity=2100.0,
                resources=(ARN.format("rds", "db:orders-1"),),
            ),
            Effect(
                "Amazon Relational Database Service",
                "InstanceUsage:db.r6g.4xlarge",
                0.0001,
                team="orders",
                unit="Hrs",
                record_type="DiscountedUsage",
                shape="end",
                quantity=2100.0,
                resources=(ARN.format("rds", "db:orders-1"),),
            ),
        ),
        "commitment-expired",
        decoys=(
            Call(
                "rds",
                "ModifyDBInstance",
                {"dBInstanceIdentifier": "orders-1", "deletionProtection": True},
            ),
        ),
    ),
    Variation(
        "credits-used-up",
        (
            Effect(
                "Amazon Elastic Compute Cloud - Compute",
                "BoxUsage:m5.2xlarge",
                -300,
                team="",
                env="",
                unit="Hrs",
                record_type="Credit",
                shape="end",
            ),
        ),
        "billing-artefact",
    ),
    Variation(
        "refund-booked",
        (
            Effect(
                "Amazon Relational Database Service",
                "InstanceUsage:db.r6g.xlarge",
                -900,
                team="",
                env="",
                unit="Hrs",
                record_type="Refund",
                shape="spike",
            ),
        ),
        "billing-artefact",
        verdict="not-an-incident",
        kind="drop",
        ongoing=False,
    ),
    Variation(
        "cross-region-replication",
        (
            Effect(
                "Amazon Simple Storage Service",
                "USE1-EUC1-AWS-Out-Bytes",
                330,
                team="data",
                unit="GB",
                resources=("data-clicks-raw",),
            ),
            Effect(
                "Amazon Simple Storage Service",
                "Requests-Tier1",
                20,
                before=14,
                team="data",
                unit="Requests",
            ),
        ),
        "data-transfer",
        Call(
            "s3",
            "PutBucketReplication",
            {
                "bucketName": "data-clicks-raw",
                "ReplicationConfiguration": {
                    "Rule": {"Destination": {"Bucket": "arn:aws:s3:::data-clicks-dr"}}
                },
            },
            resources=("data-clicks-raw",),
        ),
    ),
    Variation(
        "table-capacity-raised",
        (
            Effect(
                "Amazon DynamoDB",
                "WriteCapacityUnit-Hrs",
                160,
                before=12,
                team="orders",
                unit="WriteCapacityUnit-Hrs",
                resources=(ARN.format("dynamodb", "table/carts"),),
            ),
        ),
        "resource-config-change",
        Call(
            "dynamodb",
            "UpdateTable",
            {
                "tableName": "carts",
                "provisionedThroughput": {"writeCapacityUnits": 9000, "readCapacityUnits": 100},
            },
            resources=("carts",),
        ),
        also=("scaling-out",),
    ),
    Variation(
        "lambda-retries",
        (
            Effect(
                "AWS Lambda",
                "Lambda-GB-Second",
                260,
                before=22,
                team="orders",
                unit="seconds",
                resources=(ARN.format("lambda", "function:orders-ingest"),),
            ),
            Effect("AWS Lambda", "Request", 31, before=5, team="orders", unit="Requests"),
            Effect(
                "AmazonCloudWatch",
                "USE1-DataProcessing-Bytes",
                300,
                before=50,
                team="orders",
                unit="GB",
            ),
            Effect(
                "Amazon Simple Queue Service",
                "USE1-Requests-Tier1",
                45,
                before=2,
                team="orders",
                unit="Requests",
            ),
        ),
        "request-storm",
        Call(
            "lambda",
            "CreateEventSourceMapping20150331",
            {
                "functionName": "orders-ingest",
                "eventSourceArn": ARN.format("sqs", "orders-dead"),
                "batchSize": 1,
            },
            resources=("orders-ingest",),
        ),
    ),
    Variation(
        "shards-doubled",
        (
            Effect(
                "Amazon Kinesis",
                "USE1-Storage-ShardHour",
                120,
                before=30,
                team="data",
                unit="Hrs",
                resources=(ARN.format("kinesis", "stream/clicks"),),
            ),
        ),
        "scaling-out",
        Call(
            "kinesis",
            "UpdateShardCount",
            {"streamName": "clicks", "targetShardCount": 400},
            "AWSReservedSSO_PowerUserAccess_5f1c09a2be77d413",
            "oda@example.com",
            resources=("clicks",),
        ),
    ),
    Variation(
        "flow-logs-enabled",
        (Effect("AmazonCloudWatch", "USE1-VendedLog-Bytes", 280, team="platform", unit="GB"),),
        "logging-and-monitoring-volume",
        Call(
            "ec2",
            "CreateFlowLogs",
            {
                "CreateFlowLogsRequest": {
                    "ResourceType": "VPC",
                    "ResourceId": "vpc-0aa1",
                    "TrafficType": "ALL",
                    "LogGroupName": "/vpc/platform",
                }
            },
            "AWSReservedSSO_SecurityAdmin_1",
            "ines@example.com",
        ),
    ),
    Variation(
        "cluster-audit-logs",
        (
            Effect(
                "AmazonCloudWatch",
                "USE1-VendedLog-Bytes",
                190,
                before=8,
                team="platform",
                unit="GB",
                resources=(ARN.format("logs", "log-group:/aws/eks/orders/cluster"),),
            ),
        ),
        "logging-and-monitoring-volume",
        Call(
            "eks",
            "UpdateClusterConfig",
            {
                "name": "orders",
                "logging": {"clusterLogging": [{"types": ["audit", "api"], "enabled": True}]},
            },
            "terraform-ci",
            "gha-2",
            resources=("orders",),
        ),
    ),
    Variation(
        "database-deleted",
        (
            Effect(
                "Amazon Relational Database Service",
                "InstanceUsage:db.r6g.8xlarge",
                -180,
                before=180,
                team="search",
                unit="Hrs",
                shape="drop",
                resources=(ARN.format("rds", "db:search-old"),),
            ),
        ),
        "resources-removed",
        Call(
            "rds",
            "DeleteDBInstance",
            {"dBInstanceIdentifier": "search-old", "skipFinalSnapshot": False},
            resources=("search-old",),
        ),
        kind="drop",
    ),
    Variation(
        "support-plan-upgraded",
        (
            Effect(
                "AWS Support (Enterprise)",
                "Dollar",
                9000,
                region="NoRegion",
                team="",
                env="",
                unit="Dollar",
                record_type="Support fee",
                shape="spike",
            ),
        ),
        "marketplace-or-support-charge",
        kind="new-service",
        ongoing=False,
        onset_days_ago=0,
    ),
    Variation(
        "savings-plan-bought",
        (
            Effect(
                "Savings Plans for AWS Compute usage",
                "ComputeSP:1yrAllUpfront",
                21000,
                region="global",
                team="",
                env="",
                unit="Hrs",
                record_type="SavingsPlanUpfrontFee",
                shape="spike",
            ),
        ),
        "commitment-purchase",
        Call(
            "savingsplans",
            "CreateSavingsPlan",
            {"savingsPlanOfferingId": "aa", "commitment": "2.4", "upfrontPaymentAmount": "21000"},
            "AWSReservedSSO_FinOps_3",
            "henrik@example.com",
        ),
        kind="spike",
        ongoing=False,
    ),
    Variation(
        "cloudtrail-denied",
        (Effect("EC2 - Other", "NatGateway-Bytes", 300, before=80, team="platform", unit="GB"),),
        "nat-gateway-traffic",
        Call(
            "ec2",
            "DeleteVpcEndpoints",
            {"DeleteVpcEndpointsRequest": {"VpcEndpointId": [{"content": "vpce-1"}]}},
        ),
        gaps=("cloudtrail",),
        access=Access(cloudtrail="denied"),
        unknown=True,
    ),
    Variation(
        "nothing-tagged",
        (
            Effect(
                "Amazon Elastic Compute Cloud - Compute",
                "BoxUsage:r6i.8xlarge",
                380,
                team="",
                env="",
                unit="Hrs",
                resources=("i-0bb11bb22cc33dd40", "i-0bb11bb22cc33dd41"),
            ),
        ),
        "new-resources-launched",
        Call(
            "ec2",
            "RunInstances",
            {
                "instanceType": "r6i.8xlarge",
                "instancesSet": {"items": [{"minCount": 8, "maxCount": 8}]},
            },
            resources=("i-0bb11bb22cc33dd40", "i-0bb11bb22cc33dd41"),
        ),
        tagged=False,
        gaps=("tags",),
    ),
    Variation(
        "no-resource-level-data",
        (
            Effect(
                "Amazon Elastic Compute Cloud - Compute",
                "BoxUsage:r6i.8xlarge",
                380,
                team="search",
                unit="Hrs",
                resources=("i-0bb11bb22cc33dd40",),
            ),
        ),
        "new-resources-launched",
        Call(
            "ec2",
            "RunInstances",
            {
                "instanceType": "r6i.8xlarge",
                "instancesSet": {"items": [{"minCount": 8, "maxCount": 8}]},
            },
            resources=("i-0bb11bb22cc33dd40",),
        ),
        access=Access(resource_level=False),
        gaps=("resource_level",),
    ),
    Variation(
        "model-agent-loop",
        (
            Effect(
                "Amazon Bedrock",
                "USE1-NovaPro-input-tokens",
                330,
                before=40,
                team="search",
                unit="1K tokens",
            ),
            Effect(
                "Amazon Bedrock",
                "USE1-NovaPro-output-tokens",
                60,
                before=20,
                team="search",
                unit="1K tokens",
            ),
        ),
        "ai-token-usage",
        Call(
            "ecs",
            "UpdateService",
            {"cluster": "search", "service": "search-agent", "taskDefinition": "search-agent:71"},
            "ci-deploy",
            "gha-90001",
            resources=("search-agent",),
        ),
        decoys=(
            Call(
                "ecs",
                "UpdateService",
                {"cluster": "orders", "service": "orders-api", "taskDefinition": "orders-api:12"},
                "ci-deploy",
                "gha-90002",
                hour=8,
            ),
        ),
    ),
    Variation(
        "cache-policy-changed",
        (
            Effect(
                "Amazon CloudFront",
                "US-Requests-Tier2-HTTPS",
                30,
                before=12,
                region="global",
                team="search",
                unit="Requests",
            ),
            Effect(
                "EC2 - Other", "DataTransfer-Out-Bytes", 310, before=40, team="search", unit="GB"
            ),
            Effect(
                "Amazon Elastic Load Balancing",
                "LCUUsage",
                40,
                before=26,
                team="orders",
                unit="LCU-Hrs",
            ),
        ),
        "data-transfer",
        Call(
            "cloudfront",
            "UpdateDistribution",
            {
                "id": "E1SEARCH",
                "distributionConfig": {
                    "comment": "search prod",
                    "defaultCacheBehavior": {
                        "cachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
                        "minTTL": 0,
                    },
                },
            },
            resources=("E1SEARCH",),
        ),
        also=("request-storm", "resource-config-change"),
    ),
    Variation(
        "campaign",
        (
            Effect(
                "Amazon CloudFront",
                "US-DataTransfer-Out-Bytes",
                60,
                before=65,
                region="global",
                team="search",
                unit="GB",
            ),
            Effect(
                "Amazon API Gateway",
                "USE1-ApiGatewayRequest",
                10,
                before=11,
                team="orders",
                unit="Requests",
            ),
            Effect("AWS Lambda", "Lambda-GB-Second", 20, before=22, team="orders", unit="seconds"),
            Effect(
                "Amazon Elastic Load Balancing",
                "LCUUsage",
                24,
                before=26,
                team="orders",
                unit="LCU-Hrs",
            ),
            Effect(
                "Amazon DynamoDB",
                "WriteRequestUnits",
                16,
                before=18,
                team="search",
                unit="WriteRequestUnits",
            ),
            Effect(
                "Amazon Route 53",
                "DNS-Queries",
                3.5,
                before=4,
                region="global",
                team="platform",
                unit="Queries",
            ),
        ),
        "organic-traffic",
        decoys=(
            Call(
                "cloudfront",
                "UpdateDistribution",
                {"id": "E1SEARCH", "distributionConfig": {"comment": "search", "enabled": True}},
            ),
        ),
    ),
    Variation(
        "snapshots-copied",
        (
            Effect(
                "EC2 - Other",
                "EUC1-EBS:SnapshotUsage",
                12,
                region="eu-central-1",
                team="platform",
                unit="GB-Mo",
                shape="ramp",
            ),
            Effect("EC2 - Other", "USE1-EUC1-AWS-Out-Bytes", 30, team="platform", unit="GB"),
        ),
        "snapshot-backup-growth",
        Call(
            "ec2",
            "CopySnapshot",
            {
                "sourceRegion": "us-east-1",
                "sourceSnapshotId": "snap-0aa11bb22cc33dd44",
                "description": "dr",
            },
            "dr-copy",
            "nightly",
            region="eu-central-1",
            repeat=24,
            days=0,
            hour=1,
        ),
        kind="ramp",
        onset_days_ago=7,
    ),
)
