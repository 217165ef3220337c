"""What the templates of an incident's messages are given, and how a team's text is framed with what
is no text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from whyspike.incidents.incident import Incident, NoticeKind
from whyspike.messages.blocks import Block
from whyspike.messages.phrases import SIGN, what
from whyspike.messages.templates.values import Mrkdwn
from whyspike.words.days import day


def about(kind: NoticeKind, incident: Incident) -> dict[str, Any]:
    return {
        "kind": str(kind),
        "account": {
            "id": incident.account_id,
            "name": incident.account_name or incident.account_id,
        },
        "what": what(incident),
        "owner": incident.owner.name if incident.owner else "unowned",
        "severity": str(incident.severity),
        "sign": Mrkdwn(SIGN[incident.severity]),
        "since": day(incident.leading.onset),
        "ongoing": incident.ongoing,
        "per_day": float(incident.per_day),
        "usual": float(incident.expected_spend),
        "now": float(incident.actual_spend),
        "so_far": float(incident.impact),
        "monthly": float(incident.projected_monthly_impact),
    }


def reply(kind: NoticeKind, incident: Incident, default: Sequence[Block]) -> dict[str, Any]:
    """`default` is the product's message."""
    sections = [block["text"]["text"] for block in default if block["type"] == "section"]
    contexts = [block["elements"] for block in default if block["type"] == "context"]
    return {
        **about(kind, incident),
        "text": Mrkdwn("\n\n".join(sections)),
        "small": [Mrkdwn(each["text"]) for elements in contexts for each in elements],
    }


def framed(own: Sequence[Block], default: Sequence[Block]) -> list[Block]:
    """A team's text with the product's chart, buttons and door to the details, which no template
    can leave out."""
    first, *rest = own
    charts = [block for block in default if block.get("block_id") == "chart"]
    answers = [block for block in default if block["type"] == "actions"]
    beside = next((block["accessory"] for block in default if "accessory" in block), None)
    if beside is None:
        return [first, *charts, *rest, *answers]
    sections = [block for block in rest if block["type"] == "section"] or [first]
    with_door = {**sections[0], "accessory": beside}
    texts = [with_door if block is sections[0] else block for block in (first, *rest)]
    return [texts[0], *charts, *texts[1:], *answers]
