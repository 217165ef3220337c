"""The name of a service as people say it, where the bill writes it longer or without spaces."""

from __future__ import annotations

import re

_SAID = {
    "Amazon Elastic Compute Cloud - Compute": "Amazon EC2",
    "Amazon Elastic Compute Cloud": "Amazon EC2",
    "Amazon Elastic Container Registry (ECR)": "Amazon ECR",
    "Amazon EC2 Container Registry (ECR)": "Amazon ECR",
    "Amazon Elastic Container Registry Public": "Amazon ECR Public",
    "Amazon Elastic Container Service": "Amazon ECS",
    "Amazon Elastic Container Service for Kubernetes": "Amazon EKS",
    "Amazon Elastic File System": "Amazon EFS",
    "Amazon Elastic Load Balancing": "Elastic Load Balancing",
    "Amazon Elastic MapReduce": "Amazon EMR",
    "Amazon Managed Streaming for Apache Kafka": "Amazon MSK",
    "Amazon Managed Workflows for Apache Airflow": "Amazon MWAA",
    "Amazon Relational Database Service": "Amazon RDS",
    "Amazon Simple Email Service": "Amazon SES",
    "Amazon Simple Notification Service": "Amazon SNS",
    "Amazon Simple Queue Service": "Amazon SQS",
    "Amazon Simple Storage Service": "Amazon S3",
    "Amazon Simple Workflow Service": "Amazon SWF",
    "Amazon Virtual Private Cloud": "Amazon VPC",
    "AmazonCloudWatch": "Amazon CloudWatch",
    "AWS Database Migration Service": "AWS DMS",
    "AWS Key Management Service": "AWS KMS",
    "AWS Web Application Firewall": "AWS WAF",
}
_CODE_OR_NAME = re.compile(
    r"`[^`\n]*`|" + "|".join(re.escape(name) for name in sorted(_SAID, key=len, reverse=True))
)


def service_name(service: str) -> str:
    """ "Amazon VPC" for the bill's "Amazon Virtual Private Cloud"; other names stay as they are."""
    return _SAID.get(service, service)


def with_service_names(text: str) -> str:
    """Text that somebody else wrote from the bill's names, with the names that people say. Code is
    left alone (a command needs the bill's name) unless it is nothing but a name."""

    def said(found: re.Match[str]) -> str:
        if found[0].startswith("`"):
            return f"`{service_name(found[0].strip('`'))}`"
        return service_name(found[0])

    return _CODE_OR_NAME.sub(said, text)
