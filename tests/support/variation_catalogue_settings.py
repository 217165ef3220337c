"""More made-up incidents: the call that moved the cost acted on somebody's setting, on certain
days, or under another name."""

from __future__ import annotations

from tests.support.variations import Call, Effect, Variation

ARN = "arn:aws:{}:us-east-1:123412341234:{}"
SCALER = "AWSServiceRoleForApplicationAutoScaling_ECSService"
FARGATE = "USE1-Fargate-vCPU-Hours:perCPU"
TASKS = tuple(ARN.format("ecs", f"task/checkout/{number:032x}") for number in range(0xA1, 0xA9))


def scalable(service: str, most: int) -> dict[str, object]:
    return {
        "serviceNamespace": "ecs",
        "resourceId": f"service/checkout/{service}",
        "minCapacity": 2,
        "maxCapacity": most,
    }


SETTINGS = (
    Variation(
        "limit-raised-days-before-beside-another-one",
        (
            Effect(
                "Amazon Elastic Container Service",
                FARGATE,
                380,
                before=45,
                unit="vCPU-Hours",
                resources=TASKS,
                quantity=9000,
            ),
        ),
        "scaling-out",
        Call("autoscaling", "RegisterScalableTarget", scalable("pricing", 150), days=4, hour=15),
        decoys=(
            Call(
                "autoscaling",
                "RegisterScalableTarget",
                scalable("invoices", 60),
                "platform-admin",
                "otto@example.com",
                days=1,
                hour=14,
            ),
            Call(
                "ecs",
                "UpdateService",
                {"cluster": "checkout", "service": "pricing", "desiredCount": 140},
                SCALER,
                "scaler",
                hour=8,
            ),
        ),
    ),
    Variation(
        "schedule-that-queries",
        (
            Effect(
                "Amazon Athena",
                "USE1-DataScannedInTB",
                70,
                before=8,
                team="data",
                unit="TB",
                shape="burst",
                resources=(ARN.format("athena", "workgroup/adhoc"),),
            ),
        ),
        "batch-job-or-query-runaway",
        Call(
            "scheduler",
            "CreateSchedule",
            {"name": "refresh-profiles", "scheduleExpression": "cron(15 4 * * ? *)"},
            days=1,
            hour=14,
        ),
        decoys=(
            Call(
                "athena",
                "StartQueryExecution",
                {"workGroup": "adhoc"},
                "scheduler-athena",
                "refresh-profiles",
                hour=4,
                invoked_by="scheduler.amazonaws.com",
            ),
            Call(
                "scheduler",
                "CreateSchedule",
                {"name": "tidy-up", "scheduleExpression": "rate(1 day)"},
                session="li@example.com",
                hour=7,
            ),
        ),
        kind="burst",
        onset_days_ago=7,
    ),
    Variation(
        "spot-replaced-by-on-demand",
        (
            Effect(
                "Amazon Elastic Compute Cloud - Compute",
                "BoxUsage:c6i.8xlarge",
                316,
                unit="Hrs",
                resources=("i-0aa11bb22cc33dd51",),
            ),
            Effect(
                "Amazon Elastic Compute Cloud - Compute",
                "SpotUsage:c6i.8xlarge",
                -112,
                before=113,
                unit="Hrs",
                shape="drop",
            ),
        ),
        "resource-config-change",
        Call(
            "autoscaling",
            "UpdateAutoScalingGroup",
            {
                "autoScalingGroupName": "orders-batch",
                "mixedInstancesPolicy": {
                    "instancesDistribution": {"onDemandPercentageAboveBaseCapacity": 100}
                },
            },
            days=2,
            hour=16,
            resources=("orders-batch",),
        ),
        decoys=(
            Call(
                "ec2",
                "CreateLaunchTemplateVersion",
                {
                    "CreateLaunchTemplateVersionRequest": {
                        "LaunchTemplateName": "orders-batch",
                        "LaunchTemplateData": {"ImageId": "ami-1"},
                    }
                },
                "terraform-ci",
                "gha-8",
                hour=8,
                resources=("orders-batch",),
            ),
        ),
    ),
    Variation(
        "route-to-the-transit-gateway-beside-one-to-a-peering",
        (
            Effect(
                "Amazon Virtual Private Cloud",
                "TransitGateway-Bytes",
                660,
                before=160,
                team="network",
            ),
        ),
        "nat-gateway-traffic",
        Call(
            "ec2",
            "ReplaceRoute",
            {"routeTableId": "rtb-0a91e6f2c83d7b540", "transitGatewayId": "tgw-0b52d90c7ae4f1683"},
            hour=6,
        ),
        decoys=(
            Call(
                "ec2",
                "ReplaceRoute",
                {
                    "routeTableId": "rtb-04d7a2ce95b138f60",
                    "vpcPeeringConnectionId": "pcx-0b7e5f21c90d4a386",
                },
                "terraform-ci",
                "gha-9",
                hour=7,
            ),
        ),
    ),
    Variation(
        "errors-since-midnight-after-a-deployment-of-a-sibling",
        (
            Effect(
                "AmazonCloudWatch",
                "USE1-DataProcessing-Bytes",
                370,
                before=80,
                resources=(ARN.format("logs", "log-group:/app/orders-shipping"),),
                shape="midnight",
            ),
        ),
        "logging-and-monitoring-volume",
        decoys=(
            Call(
                "ecs",
                "UpdateService",
                {
                    "cluster": "orders",
                    "service": "orders-checkout",
                    "taskDefinition": "orders-checkout:517",
                },
                "ci-deploy",
                "gha-7",
                days=1,
                hour=16,
                resources=("orders-checkout",),
            ),
        ),
    ),
    Variation(
        "parameter-of-the-retrieval",
        (
            Effect(
                "Claude Sonnet 4.6 (Amazon Bedrock Edition)",
                "MP:USE1_input_tokens-Units",
                470,
                before=145,
                team="claims",
                unit="Units",
            ),
        ),
        "ai-token-usage",
        Call(
            "ssm",
            "PutParameter",
            {"name": "/claims/prod/top-k", "overwrite": True},
            hour=8,
            resources=("/claims/prod/top-k",),
        ),
        decoys=(
            Call(
                "ssm",
                "PutParameter",
                {"name": "/intake/prod/image", "overwrite": True},
                "ci-deploy",
                "gha-6",
                hour=9,
            ),
        ),
    ),
    Variation(
        "analyst-on-each-day-that-rose",
        (
            Effect(
                "Amazon Athena",
                "USE1-DataScannedInTB",
                350,
                before=38,
                team="data",
                unit="TB",
                shape="burst",
            ),
        ),
        "batch-job-or-query-runaway",
        Call(
            "athena",
            "StartQueryExecution",
            {"workGroup": "adhoc"},
            session="nils.aalto@example.com",
            hour=8,
            on_days=(0, 2, 5, 7),
        ),
        decoys=(
            Call(
                "athena",
                "UpdateWorkGroup",
                {
                    "workGroup": "dashboards",
                    "configurationUpdates": {"bytesScannedCutoffPerQuery": 10**12},
                },
                "terraform-ci",
                "gha-5",
                days=1,
                hour=13,
            ),
            Call(
                "athena",
                "StartQueryExecution",
                {"workGroup": "dashboards"},
                "dashboards",
                "worker",
                hour=5,
                on_days=tuple(range(-5, 8)),
            ),
            Call(
                "athena",
                "StartQueryExecution",
                {"workGroup": "adhoc"},
                session="frida.holm@example.com",
                hour=9,
                on_days=(-2, 0),
            ),
        ),
        kind="burst",
        onset_days_ago=7,
    ),
    Variation(
        "intruder-under-a-second-name",
        (
            Effect(
                "Amazon Simple Email Service",
                "EU-Recipients",
                350,
                region="eu-west-1",
                team="",
                env="",
                unit="Count",
                shape="burst",
            ),
        ),
        "compromised-credentials",
        Call(
            "iam",
            "CreateUser",
            {"userName": "relay-02"},
            user="mailer-legacy",
            ip="91.219.236.15",
            days=1,
            hour=22,
            region="eu-west-1",
            resources=("relay-02",),
        ),
        decoys=(
            Call(
                "ses",
                "CreateEmailIdentity",
                {"emailIdentity": "parcel.example"},
                user="relay-02",
                ip="91.219.236.15",
                days=1,
                hour=23,
                region="eu-west-1",
                resources=("parcel.example",),
            ),
        ),
        kind="burst",
        onset_days_ago=5,
    ),
    Variation(
        "state-machine-in-a-circle",
        (
            Effect(
                "AWS Step Functions",
                "USE1-StateTransition",
                200,
                before=6,
                unit="StateTransitions",
                resources=(ARN.format("states", "stateMachine:orders-sync"),),
            ),
            Effect("AWS Lambda", "Lambda-GB-Second", 265, before=22, unit="seconds"),
            Effect("AmazonCloudWatch", "USE1-DataProcessing-Bytes", 330, before=50),
        ),
        "request-storm",
        Call(
            "states",
            "UpdateStateMachine",
            {
                "stateMachineArn": ARN.format("states", "stateMachine:orders-sync"),
                "definition": "HIDDEN",
            },
            "ci-deploy",
            "gha-4",
            hour=9,
        ),
    ),
    Variation(
        "storage-ramp-beside-a-day-of-queries",
        (
            Effect(
                "Amazon Simple Storage Service",
                "TimedStorage-ByteHrs",
                20,
                team="data",
                unit="GB-Mo",
                shape="ramp",
                resources=("bids-raw",),
            ),
            Effect(
                "Amazon Athena",
                "USE1-DataScannedInTB",
                75,
                before=105,
                team="search",
                unit="TB",
                shape="spike",
                delay=1,
            ),
        ),
        "storage-growth",
        Call(
            "s3",
            "DeleteBucketLifecycle",
            {"bucketName": "bids-raw"},
            days=1,
            hour=20,
            resources=("bids-raw",),
        ),
        kind="ramp",
        onset_days_ago=9,
    ),
)
