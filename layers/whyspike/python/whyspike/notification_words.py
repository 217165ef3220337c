"""An incident in a few words: the same in messages, lists, the digest and the report."""

from __future__ import annotations

from decimal import Decimal

from whyspike.incidents import Incident
from whyspike.model import Severity
from whyspike.notification_blocks import day, dollars, escaped, plain

SIGN = {
    Severity.CRITICAL: ":red_circle:",
    Severity.HIGH: ":large_orange_circle:",
    Severity.MEDIUM: ":large_yellow_circle:",
    Severity.LOW: ":white_circle:",
}
_SHORT = {  # the names that people say, where the bill's are long
    "Amazon Elastic Compute Cloud - Compute": "Amazon EC2",
    "Amazon Relational Database Service": "Amazon RDS",
    "Amazon Simple Storage Service": "Amazon S3",
    "Amazon Simple Queue Service": "Amazon SQS",
    "Amazon Virtual Private Cloud": "Amazon VPC",
    "AmazonCloudWatch": "Amazon CloudWatch",
    "Amazon Elastic Container Service for Kubernetes": "Amazon EKS",
    "Amazon Elastic Container Service": "Amazon ECS",
}


def short_service(service: str) -> str:
    return _SHORT.get(service, service)


def headline(incident: Incident) -> str:
    """Service and account, as plain text: "Amazon EC2 and 2 more services in shop-prod"."""
    services = list(dict.fromkeys(m.anomaly.service for m in incident.current or incident.members))
    more = f" and {len(services) - 1} more service{'s' if len(services) > 2 else ''}" if len(services) > 1 else ""
    return f"{plain(short_service(services[0]), 60)}{more} in {plain(incident.account_name or incident.account_id, 50)}"


def change(incident: Incident) -> str:
    """ "+$212 a day (+340 %)" """
    share = percent(incident)
    return f"{'+' if incident.per_day >= 0 else ''}{dollars(incident.per_day)} a day" + (f" ({share})" if share else "")


def percent(incident: Incident) -> str:
    if incident.expected_spend < Decimal("0.01"):
        return "new" if incident.per_day > 0 else ""
    return f"{incident.per_day / incident.expected_spend * 100:+,.0f} %"


def line(incident: Incident) -> str:
    """The incident in one line of mrkdwn."""
    return f"{SIGN[incident.severity]} *{escaped(headline(incident))}*: {change(incident)} since {day(incident.leading.onset)}"
