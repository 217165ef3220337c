"""The numbers of a message: what it costs more than usual, since when, whose it is."""

from __future__ import annotations

from decimal import Decimal

from whyspike.incidents.incident import Incident, Told
from whyspike.messages.phrases import what
from whyspike.model import Anomaly
from whyspike.words.amounts import counted, dollars
from whyspike.words.days import day, days
from whyspike.words.mrkdwn import code, escaped
from whyspike.words.services import service_name

MAX_PARTS = 4


def first_line(incident: Incident) -> str:
    """Where, how much and since when, in one sentence of mrkdwn: "*Amazon CloudWatch in
    payments-prod costs $268 a day more than usual* ($345 instead of $77.00, since Fri 6 Nov; about
    $8,040 a month if nothing changes)"."""
    name = f"{escaped(what(incident))} in {_account(incident)}"
    said, beside = _said(incident)
    return f"*{name} {said}* ({beside})"


def _account(incident: Incident) -> str:
    return escaped(incident.account_name or incident.account_id, 60)


def _said(incident: Incident) -> tuple[str, str]:
    """What it does, and what stands beside it in brackets."""
    more, since = incident.per_day, f"since {day(incident.leading.onset)}"
    if not incident.ongoing:
        first, last = incident.leading.onset, incident.leading.usage_date
        when = days(first, last)
        then = "back to usual since"
        if incident.expected_spend < Decimal("0.01"):
            return f"cost {dollars(incident.impact)} {when}", f"nothing was usual; {then}"
        instead = f"{dollars(incident.actual_spend)} instead of {dollars(incident.expected_spend)}"
        on_last = f" {days(last, last)}" if first != last else ""
        return f"cost {dollars(incident.impact)} more than usual {when}", (
            f"{instead}{on_last}; {then}"
        )
    several = len({member.anomaly.service for member in incident.current}) > 1
    costs = "cost" if several else "costs"
    month = f"about {dollars(abs(incident.projected_monthly_impact))} a month if nothing changes"
    if incident.expected_spend < 0:  # a discount or credit that no longer comes off the bill
        return f"{costs} {dollars(more)} a day more: a discount is gone", f"{since}; {month}"
    if incident.expected_spend < Decimal("0.01"):
        return f"{costs} {dollars(more)} a day, and nothing before", f"{since}; {month}"
    instead = f"{dollars(incident.actual_spend)} instead of {dollars(incident.expected_spend)}"
    way = "more" if more >= 0 else "less"
    return f"{costs} {dollars(abs(more))} a day {way} than usual", f"{instead}, {since}; {month}"


def numbers(incident: Incident, previous: Told | None) -> list[str]:
    """What stands below the first line: what was told last, and the parts where there are
    several."""
    lines, listed = last_told(previous), parts(incident)
    lines += listed[:MAX_PARTS]
    if len(listed) > MAX_PARTS:
        lines.append(f"• and {counted(len(listed) - MAX_PARTS, 'more line')}")
    return lines


def last_told(previous: Told | None) -> list[str]:
    """What the last message said, where there was one."""
    if previous is None:
        return []
    return [
        f"When last told ({day(previous.scan_date)}): {dollars(previous.per_day)} a day,"
        f" {dollars(previous.impact)} in all"
    ]


def parts(incident: Incident) -> list[str]:
    """A line for each part, where there are several."""
    found = [member.anomaly for member in incident.current]
    return [f"• {_part(anomaly)}" for anomaly in found] if len(found) > 1 else []


def spend(incident: Incident) -> list[str]:
    """What it costs and since when, for the report: two lines of mrkdwn."""
    return [_amounts(incident), _since(incident)]


def above_expected(incident: Incident) -> str:
    """ "$541 over the expected spend", "$90 below the expected spend" """
    return (
        f"{dollars(abs(incident.impact))} {'over' if incident.impact >= 0 else 'below'} the"
        " expected spend"
    )


def _amounts(incident: Incident) -> str:
    if incident.expected_spend < 0:
        gone = (
            f"*{dollars(incident.per_day)} a day* less comes off the bill"
            f" ({dollars(-incident.expected_spend)} was expected)"
        )
        return gone + f", *{dollars(incident.projected_monthly_impact)} a month* if it goes on"
    if incident.is_paid_fee:
        paid_on = day(incident.leading.usage_date, year=True)
        return f"*{dollars(incident.impact)} paid for a commitment* on {paid_on}"
    low = sum((m.anomaly.expected_low for m in incident.current), Decimal(0))
    high = sum((m.anomaly.expected_high for m in incident.current), Decimal(0))
    expected = (
        f"instead of {dollars(incident.expected_spend)} (expected {dollars(low)}–{dollars(high)})"
    )
    if not incident.ongoing:
        return (
            f"*{dollars(incident.actual_spend)}* on {day(incident.leading.usage_date, year=True)}"
            f" {expected}"
        )
    return (
        f"*{dollars(incident.actual_spend)} a day* {expected},"
        f" *{dollars(incident.projected_monthly_impact)} a month* if it goes on"
    )


def _since(incident: Incident) -> str:
    if incident.ongoing:
        return (
            f"Since *{day(incident.leading.onset, year=True)}*, {above_expected(incident)} so far"
        )
    if incident.is_paid_fee:
        return "It is no rate a day: it pays for the days of the commitment's term"
    return f"Back to normal since; {above_expected(incident)} in all"


def owner_words(incident: Incident) -> str:
    """ "owner payments"; or why nobody is known to own it."""
    if incident.owner is None:
        return ""
    if incident.owner.source == "default":
        if incident.owner.name == "unowned":
            return "has no owner"
        return f"owner {escaped(incident.owner.name, 50)}, which leads to no channel"
    return f"owner {escaped(incident.owner.name, 50)}"


def _part(anomaly: Anomaly) -> str:
    name = escaped(service_name(anomaly.service), 60) + (
        f" {code(anomaly.usage_type, 60)}" if anomaly.usage_type else ""
    )
    return f"{name}: {dollars(anomaly.actual_spend)} instead of {dollars(anomaly.expected_spend)}"
