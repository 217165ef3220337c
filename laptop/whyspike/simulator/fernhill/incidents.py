"""The six incidents of the default organisation that a scan of its scan date must find; days count
backwards from it."""

from __future__ import annotations

from whyspike.simulator.fernhill.events import CLI, TERRAFORM, Event, person, pipeline
from whyspike.simulator.fernhill.plan import Change, Incident, ramp, since

EC2_COMPUTE = "Amazon Elastic Compute Cloud - Compute"
SIX = (
    Incident(
        "nat-after-endpoint-deletion",
        "shop-prod",
        "level-shift",
        "nat-gateway-traffic",
        -1,
        "The S3 and ECR endpoints of the VPC were deleted; image pulls and S3 reads now go through"
        " the NAT gateways",
        (
            Change(
                "EC2 - Other",
                "NatGateway-Bytes",
                since(-1, 390, 0.7),
                "NatGateway",
                unit="GB",
                unit_price=0.045,
            ),
            Change(
                "Amazon Virtual Private Cloud",
                "USE1-VpcEndpoint-Hours",
                since(-1, -2.88, 0.6),
                "VpcEndpoint",
                unit_price=0.01,
            ),
        ),
        (
            Event(
                -1,
                "08:14:22",
                "ec2.amazonaws.com",
                "DeleteVpcEndpoints",
                pipeline("terraform-ci", 77102, TERRAFORM),
                {
                    "DeleteVpcEndpointsRequest": {
                        "VpcEndpointId": [{"tag": 1, "content": "vpce-0c91d2b7e4f80a635"}]
                    }
                },
                (
                    ("AWS::EC2::VPCEndpoint", "vpce-0c91d2b7e4f80a635"),
                    ("AWS::EC2::VPCEndpoint", "vpce-04e6a8d17b92c3f50"),
                ),
            ),
            Event(
                -1,
                "09:02:41",
                "ec2.amazonaws.com",
                "CreateRoute",
                person("rafael.moreno"),
                {"routeTableId": "rtb-0b1c2d3e4f5a6b7c8"},
            ),
            Event(
                -2,
                "15:40:03",
                "ec2.amazonaws.com",
                "ModifyVolume",
                person("rafael.moreno"),
                {"volumeId": "vol-0aa1bb2cc3dd4ee5f"},
            ),
        ),
        "terraform-ci",
    ),
    Incident(
        "debug-logging",
        "payments-prod",
        "level-shift",
        "logging-and-monitoring-volume",
        0,
        "The log level of the function authorize was set to DEBUG; it writes about 500 GB of logs"
        " a day",
        (
            Change(
                "AmazonCloudWatch",
                "EU-DataProcessing-Bytes",
                since(0, 265),
                "PutLogEvents",
                unit="GB",
                unit_price=0.5,
                resources=("arn:aws:logs:eu-west-1:331847092265:log-group:/aws/lambda/authorize",),
            ),
        ),
        (
            Event(
                0,
                "00:41:10",
                "lambda.amazonaws.com",
                "UpdateFunctionConfiguration20150331v2",
                person("lena.fischer", agent=CLI),
                {
                    "functionName": "authorize",
                    "environment": {},
                    "revisionId": "0d9f3a71-5b8e-4a6c-9a41-7c2e6f1d8b30",
                },
                (("AWS::Lambda::Function", "authorize"),),
            ),
            Event(
                -1,
                "16:20:55",
                "lambda.amazonaws.com",
                "UpdateFunctionCode20150331v2",
                pipeline("ci-deploy", 77144),
                {"functionName": "refund"},
            ),
            Event(
                -2,
                "10:11:12",
                "logs.amazonaws.com",
                "PutRetentionPolicy",
                person("paul.weber"),
                {"logGroupName": "/aws/lambda/refund"},
            ),
        ),
        "AWSReservedSSO_PowerUserAccess",
    ),
    Incident(
        "gpu-notebook",
        "ml-lab",
        "new-service",
        "ml-compute-left-running",
        -2,
        "A notebook on eight-GPU-class hardware was created for a test and runs around the clock",
        (
            Change(
                "Amazon SageMaker",
                "USE1-Notebk:ml.p3.8xlarge",
                since(-2, 352.51, 0.44),
                "RunInstance",
                "ml.p3.8xlarge",
                unit_price=14.688,
                resources=(
                    "arn:aws:sagemaker:us-east-1:826713350094:notebook-instance/distill-trial",
                ),
            ),
        ),
        (
            Event(
                -2,
                "13:27:48",
                "sagemaker.amazonaws.com",
                "CreateNotebookInstance",
                person("tomas.berg", "DataScientist"),
                {
                    "notebookInstanceName": "distill-trial",
                    "instanceType": "ml.p3.8xlarge",
                    "volumeSizeInGB": 200,
                },
                (("AWS::SageMaker::NotebookInstance", "distill-trial"),),
            ),
            Event(
                -2,
                "13:20:09",
                "iam.amazonaws.com",
                "PassRole",
                person("tomas.berg", "DataScientist"),
                region="us-east-1",
            ),
            Event(
                -3,
                "11:05:31",
                "sagemaker.amazonaws.com",
                "StopNotebookInstance",
                person("amara.diallo", "DataScientist"),
            ),
        ),
        "AWSReservedSSO_DataScientist",
    ),
    Incident(
        "snapshot-ramp",
        "platform-test",
        "ramp",
        "snapshot-backup-growth",
        -6,
        "The lifecycle policy now takes a snapshot every hour and keeps a thousand of them",
        (
            Change(
                "EC2 - Other",
                "EBS:SnapshotUsage",
                ramp(-6, 16),
                "CreateSnapshot",
                unit="GB-Mo",
                unit_price=0.05,
            ),
        ),
        (
            Event(
                -6,
                "07:55:16",
                "dlm.amazonaws.com",
                "UpdateLifecyclePolicy",
                person("nadia.haddad"),
                {
                    "policyId": "policy-0e2c1f7a9b3d64850",
                    "policyDetails": {
                        "Schedules": [
                            {"createRule": {"interval": 1}, "retainRule": {"count": 1000}}
                        ]
                    },
                },
                (("AWS::DLM::LifecyclePolicy", "policy-0e2c1f7a9b3d64850"),),
            ),
            Event(
                -5,
                "09:30:00",
                "ec2.amazonaws.com",
                "CreateVolume",
                pipeline("ci-deploy", 76820),
                {"size": "20", "volumeType": "gp3"},
            ),
        ),
        "AWSReservedSSO_PowerUserAccess",
    ),
    Incident(
        "lambda-recursion",
        "mobile-sandbox",
        "spike",
        "request-storm",
        -1,
        "The bucket notification of the thumbnailer calls it for the thumbnails that it writes; it"
        " ended when its concurrency was set to 0",
        (
            Change(
                "AWS Lambda",
                "Lambda-GB-Second",
                since(-1, 318, until=0),
                "Invoke",
                unit="seconds",
                unit_price=0.0000166667,
                resources=("arn:aws:lambda:us-east-1:873902164418:function:thumbnailer",),
            ),
            Change(
                "AWS Lambda",
                "Request",
                since(-1, 38, until=0),
                "Invoke",
                unit="Requests",
                unit_price=0.0000002,
            ),
            Change(
                "Amazon Simple Storage Service",
                "Requests-Tier1",
                since(-1, 131, until=0),
                "PutObject",
                unit="Requests",
                unit_price=0.000005,
            ),
            Change(
                "AmazonCloudWatch",
                "USE1-DataProcessing-Bytes",
                since(-1, 74, until=0),
                "PutLogEvents",
                unit="GB",
                unit_price=0.5,
            ),
        ),
        (
            Event(
                -1,
                "00:52:37",
                "s3.amazonaws.com",
                "PutBucketNotification",
                person("jun.park"),
                {
                    "bucketName": "mobile-sandbox-uploads",
                    "NotificationConfiguration": {
                        "CloudFunctionConfiguration": {
                            "CloudFunction": (
                                "arn:aws:lambda:us-east-1:873902164418:function:thumbnailer"
                            ),
                            "Event": "s3:ObjectCreated:*",
                        }
                    },
                },
                (("AWS::S3::Bucket", "mobile-sandbox-uploads"),),
            ),
            Event(
                -1,
                "23:31:05",
                "lambda.amazonaws.com",
                "PutFunctionConcurrency20171031",
                person("jun.park"),
                {"functionName": "thumbnailer"},
            ),
            Event(
                -3,
                "14:02:19",
                "s3.amazonaws.com",
                "PutBucketEncryption",
                pipeline("terraform-ci", 76991, TERRAFORM),
                {"bucketName": "reports"},
            ),
        ),
        "AWSReservedSSO_PowerUserAccess",
        ongoing=False,
    ),
    Incident(
        "savings-plan-ended",
        "search-prod",
        "level-shift",
        "commitment-expired",
        -1,
        "The Compute Savings Plan, bought by the payer account, ended; the same hours are billed on"
        " demand",
        (
            Change(
                EC2_COMPUTE,
                "BoxUsage:c6i.2xlarge",
                since(-1, 286),
                "RunInstances",
                "c6i.2xlarge",
                unit_price=0.34,
            ),
            Change(
                EC2_COMPUTE,
                "BoxUsage:c6i.2xlarge",
                since(-999, 286, until=-1),
                "RunInstances",
                "c6i.2xlarge",
                unit_price=0.34,
                record_type="SavingsPlanCoveredUsage",
            ),
            Change(
                EC2_COMPUTE,
                "BoxUsage:c6i.2xlarge",
                since(-999, -286, until=-1),
                "RunInstances",
                "c6i.2xlarge",
                unit_price=0.34,
                record_type="SavingsPlanNegation",
            ),
        ),
        (
            Event(
                -1,
                "10:18:44",
                "autoscaling.amazonaws.com",
                "SetDesiredCapacity",
                pipeline("AWSServiceRoleForAutoScaling", 1),
                {"desiredCapacity": 5},
            ),
        ),
    ),
)
