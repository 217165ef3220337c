"""The short messages of an incident's later life; each goes into the incident's thread and says
what it is about."""

from __future__ import annotations

from datetime import timedelta

from whyspike.incidents.incident import Ending, Incident, Told, foreseen
from whyspike.messages.blocks import Block, context, section
from whyspike.messages.numbers import above_expected
from whyspike.messages.phrases import change, headline
from whyspike.words.amounts import counted, dollars
from whyspike.words.days import day, days
from whyspike.words.mrkdwn import escaped


def planned(incident: Incident, links: str, details: Block | None) -> list[Block]:
    return [
        section(
            f":calendar: *As planned: {escaped(headline(incident))}*, {change(incident)},"
            f" {dollars(incident.impact)} so far",
            beside=details,
        ),
        context(
            f"Announced: {escaped(incident.planned or '', 300)}. You hear of it again only if it"
            " goes beyond.",
            links,
        ),
    ]


def corrected(incident: Incident, previous: Told | None) -> list[Block]:
    instead = ""
    if previous:
        expected = foreseen(previous, max((incident.last_excess - previous.until).days, 0))
        instead = f", not the {dollars(expected)} that the last message let one expect"
    now = f"{above_expected(incident)} so far{instead}"
    return [
        section(
            f":pencil2: *Corrected: {escaped(headline(incident))}*. AWS restated the bill: {now}."
        )
    ]


def resolved(incident: Incident) -> list[Block]:
    total = f"{above_expected(incident)} in all, {_lasted(incident)}"
    name = escaped(headline(incident))
    if incident.ending is Ending.NEW_BASELINE:
        return [
            section(
                f":heavy_minus_sign: *No longer unusual: {name}*. The spend has stayed where it is"
                f" and now counts as normal. {total}."
            )
        ]
    normal = day(incident.last_excess + timedelta(days=1))
    return [
        section(
            f":white_check_mark: *Resolved: {name}*. Back within the expected spend since {normal}."
            f" {total}."
        )
    ]


def _lasted(incident: Incident) -> str:
    """ "on Thu 5 Nov", "from Mon 2 Nov to Thu 5 Nov, 4 days" """
    number = (incident.last_excess - incident.onset).days + 1
    more = f", {counted(number, 'day')}" if number > 1 else ""
    return f"{days(incident.onset, incident.last_excess)}{more}"


def restated(incident: Incident) -> list[Block]:
    first, last = incident.leading.onset, incident.leading.usage_date
    when = day(last) if first == last else f"{day(first)} to {day(last)}"
    what = (
        f"AWS corrected the bill of {when}: {change(incident)} over the expected spend. Nothing"
        " to do."
    )
    return [section(f":white_check_mark: *Restated: {escaped(headline(incident))}*. {what}")]
