"""An incident in a few words: the same in messages, lists, the digest and the report."""

from __future__ import annotations

from decimal import Decimal

from whyspike.incidents.incident import Incident
from whyspike.model import BillingReason, IncidentState, Kind, Severity
from whyspike.words.amounts import counted, dollars
from whyspike.words.amounts import percent as percent_of
from whyspike.words.days import day, days
from whyspike.words.mrkdwn import escaped
from whyspike.words.safe import one_line
from whyspike.words.services import service_name

SIGN = {
    Severity.CRITICAL: ":red_circle:",
    Severity.HIGH: ":large_orange_circle:",
    Severity.MEDIUM: ":large_yellow_circle:",
    Severity.LOW: ":white_circle:",
}
_CAUSES = {
    BillingReason.COMMITMENT_EXPIRED: " (commitment expired)",
    BillingReason.CREDITS_USED_UP: " (credits used up)",
}

_SHAPES = {
    Kind.SPIKE: "a spike",
    Kind.BURST: "on several days",
    Kind.LEVEL_SHIFT: "higher",
    Kind.RAMP: "rising",
    Kind.NEW_SERVICE: "a new service",
    Kind.DROP: "lower",
    Kind.MIX_SHIFT: "another mix of usage",
    Kind.UNIT_PRICE: "another price",
    Kind.NONE: "as expected",
}


def shape(kind: Kind) -> str:
    """As people say it, before "since Thu 5 Nov": "higher". No word says that it stays, which
    nobody knows on its first day."""
    return _SHAPES[kind]


def what(incident: Incident) -> str:
    """Its services, as plain text: "Amazon EC2 and 2 more services"."""
    services = list(dict.fromkeys(m.anomaly.service for m in incident.current or incident.members))
    cause = _CAUSES.get(incident.leading.billing_reason, "")
    more = f" and {counted(len(services) - 1, 'more service')}" if len(services) > 1 else ""
    return f"{one_line(service_name(services[0]), 60)}{more}{cause}"


def headline(incident: Incident) -> str:
    """Service and account, as plain text: "Amazon EC2 and 2 more services in shop-prod"."""
    return f"{what(incident)} in {one_line(incident.account_name or incident.account_id, 50)}"


def change(incident: Incident) -> str:
    """ "+$212 a day (+340%)" while it goes on, "+$541 in all" once it is over, "$18,000
    paid for a commitment", "was $482, now
    nothing" once AWS took it back."""
    if incident.state is IncidentState.RESTATED:
        return f"was {dollars(incident.impact)}, now nothing"
    if incident.is_paid_fee:
        return f"{dollars(incident.impact)} paid for a commitment"
    if not incident.ongoing:
        return f"{dollars(incident.impact, sign=True)} in all"
    share = percent(incident)
    return f"{dollars(incident.per_day, sign=True)} a day" + (f" ({share})" if share else "")


def percent(incident: Incident) -> str:
    """Change over the expected spend, "+340%", "62 times" or "new"; nothing where a share would
    mislead (a discount that ended)."""
    if incident.expected_spend < Decimal("0.01"):
        return "new" if incident.per_day > 0 and incident.expected_spend >= 0 else ""
    ratio = incident.actual_spend / incident.expected_spend
    return f"{ratio:,.0f} times" if ratio >= 10 else percent_of(ratio - 1, sign=True)


def when(incident: Incident) -> str:
    """ "since Thu 5 Nov", "on Thu 5 Nov", "from Mon 2 Nov to Thu 5 Nov" """
    first, last = incident.leading.onset, incident.leading.usage_date
    if incident.ongoing:
        return f"since {day(first)}"
    return days(first, last)


def line(incident: Incident) -> str:
    """The incident in one line of mrkdwn."""
    return (
        f"{SIGN[incident.severity]} *{escaped(headline(incident))}*: {change(incident)}"
        f" {when(incident)}"
    )
