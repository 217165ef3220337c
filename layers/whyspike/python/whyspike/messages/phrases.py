"""An incident in a few words: the same in messages, lists, the digest and the report."""

from __future__ import annotations

from decimal import Decimal

from whyspike.incidents.incident import Incident
from whyspike.messages.blocks import day, dollars, escaped, plain
from whyspike.model import BillingReason, IncidentState, Severity

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
_CAUSES = {
    BillingReason.COMMITMENT_EXPIRED: " (commitment expired)",
    BillingReason.CREDITS_USED_UP: " (credits used up)",
}


def counted(number: int, thing: str) -> str:
    """ "1 incident", "1,204 incidents" """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def short_service(service: str) -> str:
    return _SHORT.get(service, service)


def what(incident: Incident) -> str:
    """Its services, as plain text: "Amazon EC2 and 2 more services"."""
    services = list(dict.fromkeys(m.anomaly.service for m in incident.current or incident.members))
    cause = _CAUSES.get(incident.leading.billing_reason, "")
    more = f" and {counted(len(services) - 1, 'more service')}" if len(services) > 1 else ""
    return f"{plain(short_service(services[0]), 60)}{more}{cause}"


def headline(incident: Incident) -> str:
    """Service and account, as plain text: "Amazon EC2 and 2 more services in shop-prod"."""
    return f"{what(incident)} in {plain(incident.account_name or incident.account_id, 50)}"


def change(incident: Incident) -> str:
    """ "+$212 a day (+340 %)" while it goes on, "+$541 in all" once it is over, "was $482, now
    nothing" once AWS took it back."""
    if incident.state is IncidentState.RESTATED:
        return f"was {dollars(incident.impact)}, now nothing"
    sign = "+" if incident.per_day >= 0 else ""
    if not incident.ongoing:
        return f"{sign}{dollars(incident.impact)} in all"
    share = percent(incident)
    return f"{sign}{dollars(incident.per_day)} a day" + (f" ({share})" if share else "")


def percent(incident: Incident) -> str:
    """Change over the expected spend, "+340 %", "62 times" or "new"; nothing where a share would
    mislead (a discount that ended)."""
    if incident.expected_spend < Decimal("0.01"):
        return "new" if incident.per_day > 0 and incident.expected_spend >= 0 else ""
    ratio = incident.actual_spend / incident.expected_spend
    return f"{ratio:,.0f} times" if ratio >= 10 else f"{(ratio - 1) * 100:+,.0f} %"


def when(incident: Incident) -> str:
    """ "since Thu 5 Nov", "on Thu 5 Nov", "from Mon 2 Nov to Thu 5 Nov" """
    first, last = incident.leading.onset, incident.leading.usage_date
    if incident.ongoing:
        return f"since {day(first)}"
    return f"on {day(last)}" if first == last else f"from {day(first)} to {day(last)}"


def line(incident: Incident) -> str:
    """The incident in one line of mrkdwn."""
    return (
        f"{SIGN[incident.severity]} *{escaped(headline(incident))}*: {change(incident)}"
        f" {when(incident)}"
    )
