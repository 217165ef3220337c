"""The short messages of an incident's later life; each goes into the incident's thread and says
what it is about."""

from __future__ import annotations

from datetime import timedelta

from whyspike.incidents.incident import Ending, Incident, Told, foreseen
from whyspike.messages.blocks import Block, context, section
from whyspike.messages.phrases import change, headline
from whyspike.words.amounts import counted, dollars
from whyspike.words.days import day
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
    now = f"{dollars(incident.impact)} over the expected spend so far{instead}"
    return [
        section(
            f":pencil2: *Corrected: {escaped(headline(incident))}*. AWS restated the bill: {now}."
        )
    ]


def resolved(incident: Incident) -> list[Block]:
    days = max((incident.last_excess - incident.onset).days + 1, 1)
    total = (
        f"{dollars(incident.impact)} over the expected spend in {counted(days, 'day')}"
        f" (since {day(incident.onset)})"
    )
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


def restated(incident: Incident) -> list[Block]:
    first, last = incident.leading.onset, incident.leading.usage_date
    days = day(last) if first == last else f"{day(first)} to {day(last)}"
    what = (
        f"AWS corrected the bill of {days}: {change(incident)} over the expected spend. Nothing"
        " to do."
    )
    return [section(f":white_check_mark: *Restated: {escaped(headline(incident))}*. {what}")]
