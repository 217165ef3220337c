"""More made-up incidents: what tells the cause is what a principal did besides, not the one call
(whyspike.attribution.trail.habits)."""

from __future__ import annotations

from tests.support.variations import Call, Effect, Variation

ARN = "arn:aws:{}:us-east-1:123412341234:{}"
HABITS = (
    Variation(
        "role-made-for-a-vendor",
        (
            Effect(
                "AmazonCloudWatch", "CW:GMD-Metrics", 180, before=9, team="platform", unit="Metrics"
            ),
        ),
        "logging-and-monitoring-volume",
        Call("iam", "CreateRole", {"roleName": "QuarryLink"}, session="olaf@example.com", hour=8),
        decoys=(
            Call(
                "monitoring",
                "GetMetricData",
                {"maxDatapoints": 500},
                "QuarryLink",
                "poll",
                hour=10,
                read_only=True,
                repeat=8,
            ),
            Call(
                "iam", "CreateRole", {"roleName": "alder-runtime"}, "terraform-ci", "gha-2", hour=7
            ),
        ),
    ),
    Variation(
        "stack-written-in-a-loop",
        (
            Effect(
                "AWS Config",
                "ConfigurationItemRecorded",
                150,
                before=12,
                team="",
                env="",
                unit="ConfigurationItemRecorded",
            ),
        ),
        "logging-and-monitoring-volume",
        Call(
            "cloudformation",
            "UpdateStack",
            {"stackName": "edge-base"},
            "drift-healer",
            "lambda",
            hour=3,
            repeat=20,
        ),
        onset_days_ago=3,
    ),
    Variation(
        "backups-kept-longer-untagged",
        (
            Effect(
                "Amazon Relational Database Service",
                "RDS:ChargedBackupUsage",
                14,
                before=6,
                team="",
                env="",
                unit="GB-Mo",
                shape="ramp",
            ),
        ),
        "snapshot-backup-growth",
        Call(
            "rds",
            "ModifyDBInstance",
            {"dBInstanceIdentifier": "orders-main", "backupRetentionPeriod": 35},
            days=1,
            hour=19,
        ),
        decoys=(
            Call(
                "rds",
                "ModifyDBCluster",
                {"dBClusterIdentifier": "birch-cl", "backupRetentionPeriod": 7},
                "ci-deploy",
                "gha-3",
            ),
        ),
        kind="ramp",
        onset_days_ago=7,
    ),
    Variation(
        "mail-key-used-from-abroad",
        (
            Effect(
                "Amazon Simple Email Service",
                "EU-Recipients",
                260,
                region="eu-west-1",
                team="",
                env="",
                unit="Count",
            ),
            Effect(
                "Amazon Simple Email Service",
                "Recipients",
                0,
                team="",
                env="",
                unit="Count",
                before=4,
            ),
        ),
        "compromised-credentials",
        Call(
            "ses",
            "CreateEmailIdentity",
            {"emailIdentity": "parcel.example"},
            user="notify-smtp",
            ip="91.219.236.14",
            region="eu-west-1",
        ),
        decoys=(
            Call(
                "iam",
                "CreateUser",
                {"userName": "backup"},
                user="notify-smtp",
                ip="91.219.236.14",
                error="AccessDenied",
            ),
        ),
    ),
    Variation(
        "employee-in-a-new-region",
        (
            Effect(
                "Amazon Elastic Compute Cloud - Compute",
                "EUC1-BoxUsage:g5.4xlarge",
                230,
                region="eu-central-1",
                unit="Hrs",
                resources=("i-0aa11bb22cc33dd41",),
            ),
        ),
        "new-resources-launched",
        Call(
            "ec2",
            "RunInstances",
            {
                "instanceType": "g5.4xlarge",
                "instancesSet": {"items": [{"minCount": 5, "maxCount": 5}]},
            },
            region="eu-central-1",
            ip="88.91.33.7",
            resources=("i-0aa11bb22cc33dd41",),
        ),
    ),
    Variation(
        "instance-credentials-used-elsewhere",
        (
            Effect(
                "Amazon Elastic Compute Cloud - Compute",
                "EUN1-BoxUsage:c6i.24xlarge",
                800,
                region="eu-north-1",
                team="",
                env="",
                unit="Hrs",
                resources=("i-0aa11bb22cc33dd42",),
            ),
        ),
        "compromised-credentials",
        Call(
            "ec2",
            "RunInstances",
            {
                "instanceType": "c6i.24xlarge",
                "instancesSet": {"items": [{"minCount": 12, "maxCount": 12}]},
            },
            "app-runtime",
            "i-0c2f41ab77d9e6613",
            region="eu-north-1",
            ip="194.26.192.77",
            resources=("i-0aa11bb22cc33dd42",),
        ),
    ),
    Variation(
        "agreement-under-its-endpoint-name",
        (
            Effect(
                "Fathom Cloud (SaaS)",
                "MP:USE1_ingested_gb-Units",
                240,
                team="",
                env="",
                unit="Units",
            ),
        ),
        "marketplace-or-support-charge",
        Call(
            "agreement-marketplace",
            "AcceptAgreementRequest",
            {"agreementRequestId": "agr-1", "acceptedTerms": [{"id": "term-1"}]},
        ),
        kind="new-service",
    ),
    Variation(
        "dashboard-queries-whole-log-groups",
        (
            Effect(
                "AmazonCloudWatch",
                "USE1-DataScanned-Bytes",
                140,
                before=4,
                team="platform",
                unit="GB",
            ),
        ),
        "logging-and-monitoring-volume",
        Call(
            "logs",
            "StartQuery",
            {"logGroupName": "/aws/ecs/ledger", "limit": 1000},
            "grafana-source",
            "grafana",
            repeat=11,
        ),
    ),
)
