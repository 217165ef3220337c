"""The numbers of a message: what it costs and should have cost, since when, whose it is."""

from __future__ import annotations

from decimal import Decimal

from whyspike.incidents.incident import Incident, Told
from whyspike.model import Anomaly, BillingReason, RecordClass
from whyspike.words.amounts import dollars
from whyspike.words.days import day
from whyspike.words.mrkdwn import code, escaped
from whyspike.words.services import service_name


def numbers(incident: Incident, previous: Told | None) -> list[str]:
    """Lines of mrkdwn. `previous` is what the owner was told last."""
    lines = spend(incident)
    if previous:
        lines.append(
            f"When last told ({day(previous.scan_date)}): {dollars(previous.per_day)} a day,"
            f" {dollars(previous.impact)} in all"
        )
    lines.append(
        f"Account {escaped(incident.account_name, 60)}"
        f" {code(incident.account_id)}{_owner(incident)}"
    )
    shown = [m.anomaly for m in incident.current[:6]]
    return (
        [*lines, *(f"• {_part(anomaly)}" for anomaly in shown)]
        if len(shown) > 1
        else [*lines, *_detail(incident.leading)]
    )


def spend(incident: Incident) -> list[str]:
    """What it costs, and since when: two lines of mrkdwn."""
    return [_amounts(incident), _since(incident)]


def above_expected(incident: Incident) -> str:
    """ "$541 over the expected spend", "$90 below the expected spend" """
    return (
        f"{dollars(abs(incident.impact))} {'over' if incident.impact >= 0 else 'below'} the"
        " expected spend"
    )


def _amounts(incident: Incident) -> str:
    if incident.expected_spend < 0:  # a discount or credit that no longer comes off the bill
        gone = (
            f"*{dollars(incident.per_day)} a day* less comes off the bill"
            f" ({dollars(-incident.expected_spend)} was expected)"
        )
        return gone + f", *{dollars(incident.projected_monthly_impact)} a month* if it goes on"
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
    return f"Back to normal since; {above_expected(incident)} in all"


def _owner(incident: Incident) -> str:
    if incident.owner is None:
        return ""
    if incident.owner.source == "default":
        known = (
            ""
            if incident.owner.name == "unowned"
            else f" (its tag says {escaped(incident.owner.name, 80)}, which leads to no channel)"
        )
        return f", without a known owner{known}"
    return f", for {escaped(incident.owner.name, 80)}"


def _detail(anomaly: Anomaly) -> list[str]:
    notes = [code(anomaly.usage_type)] if anomaly.usage_type else []
    if anomaly.record_class is not RecordClass.USAGE:
        notes.append(f"on the bill as {anomaly.record_class}")
    if anomaly.billing_reason not in {BillingReason.USAGE, BillingReason.OTHER}:
        notes.append(anomaly.billing_reason.replace("-", " "))
    return [", ".join(notes)] if notes else []


def _part(anomaly: Anomaly) -> str:
    name = escaped(service_name(anomaly.service), 80) + (
        f" {code(anomaly.usage_type)}" if anomaly.usage_type else ""
    )
    return f"{name}: {dollars(anomaly.actual_spend)} instead of {dollars(anomaly.expected_spend)}"
