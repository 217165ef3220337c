"""What the owner reads: an incident and its explanation as Slack blocks. docs/slack.md shows each
message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from whyspike.incidents.feedback import FALSE_ALARM_REASONS
from whyspike.incidents.incident import Incident, NoticeKind, Told
from whyspike.incidents.notices import Chart, Notice
from whyspike.messages import updates
from whyspike.messages.blocks import (
    Block,
    button,
    choice,
    context,
    header,
    image,
    section,
    sparkline,
    within_limits,
)
from whyspike.messages.links import cost_explorer_link, report_link
from whyspike.messages.numbers import numbers
from whyspike.messages.phrases import SIGN, change, headline, when
from whyspike.model import Explanation, Message
from whyspike.words.amounts import dollars
from whyspike.words.days import day, moment_of
from whyspike.words.mrkdwn import code, escaped, link, rich
from whyspike.words.safe import one_line
from whyspike.words.services import with_service_names


@dataclass(frozen=True)
class Facts:
    """What a message is made of. `explanation` is None where none was written; `buttons` is False
    where nobody would answer them."""

    incident: Incident
    explanation: Explanation | None
    chart: Chart | None
    bucket: str
    buttons: bool = True
    notice_id: str = ""  # of the message: its buttons say which message was pressed
    previous: Told | None = None  # what was told before
    partition: str = "aws"  # whose console the links lead to


def render(kind: NoticeKind, facts: Facts) -> Message:
    """The message of that kind, within Slack's limits."""
    return Message(one_line(_fallback(kind, facts), 300), within_limits(_blocks(kind, facts)))


def assembled(notice: Notice) -> Message:
    """The message as it is to be shown now: its chart, what became of it, and the others in its
    thread."""
    blocks = list(notice.message.blocks)
    if notice.chart_file:
        chart = image(notice.chart_file, f"Daily cost: {notice.message.text}")
        blocks = [chart if block.get("block_id") == "chart" else block for block in blocks]
    if notice.outcome:
        answers = (
            []
            if notice.is_final
            else [_answerable(block) for block in blocks if block["type"] == "actions"]
        )
        blocks = [
            *(block for block in blocks if block["type"] != "actions"),
            context(notice.outcome),
            *answers,
        ]
    if notice.others:
        listed = sorted(notice.others.values())
        rest = [f"and {len(listed) - 10} more"] if len(listed) > 10 else []
        blocks.append(section("*Also found, in this thread*\n" + "\n".join([*listed[:10], *rest])))
    if notice.note:
        blocks.insert(0, context(notice.note))
    if notice.unclear:
        blocks.insert(
            0, context(":repeat: May be a repeat: there was no answer when this was sent before.")
        )
    text = f"May be a repeat: {notice.message.text}" if notice.unclear else notice.message.text
    return Message(one_line(text, 300), within_limits(blocks))


def _answerable(actions: Block) -> Block:
    """What can still be answered after somebody has."""
    return {
        **actions,
        "elements": [
            element for element in actions["elements"] if element["action_id"] != "acknowledge"
        ],
    }


def _blocks(kind: NoticeKind, facts: Facts) -> list[Block]:
    match kind:
        case NoticeKind.PLANNED:
            return updates.planned(facts.incident, _links(facts))
        case NoticeKind.CORRECTED:
            return updates.corrected(facts.incident, facts.previous)
        case NoticeKind.RESOLVED:
            return updates.resolved(facts.incident)
        case NoticeKind.RESTATED:
            return updates.restated(facts.incident)
    return _alert(facts, _WORD.get(kind, ""))


def _fallback(kind: NoticeKind, facts: Facts) -> str:
    incident = facts.incident
    if kind is NoticeKind.RESTATED:
        return f"Restated: {headline(incident)}, {change(incident)}"
    if kind is NoticeKind.RESOLVED:
        return f"Resolved: {headline(incident)}, {dollars(incident.impact)} in all"
    word = {NoticeKind.NEW: "", NoticeKind.PLANNED: "Planned: "}.get(
        kind, f"{kind.replace('-', ' ').capitalize()}: "
    )
    return f"{word}{headline(incident)}: {change(incident)} {when(incident)}"


def _alert(facts: Facts, word: str = "") -> list[Block]:
    incident, explanation = facts.incident, facts.explanation
    title = f"{SIGN[incident.severity]} {word}{headline(incident)}: {change(incident)}"
    blocks = [header(title), section("\n".join(numbers(incident, facts.previous)))]
    if facts.chart:
        blocks.append(_spark(facts.chart))
    blocks.append(section("*Why*\n" + _why(incident, explanation)))
    if explanation:
        if who := _who(explanation):
            blocks.append(section(f"*Who*  {who}"))
        blocks.append(section("*Do first*\n" + _first(explanation)))
    blocks.append(context(_standing(incident, explanation), _links(facts)))
    return [*blocks, *_actions(facts)]


def _spark(chart: Chart) -> Block:
    last = chart.start + timedelta(days=len(chart.costs) - 1)
    shown = chart.costs[-28:]
    known = [cost for cost in shown if cost is not None] or [0.0]
    ends = (
        f"highest {dollars(max(known))}"
        if min(known) >= 0
        else f"from {dollars(min(known))} to {dollars(max(known))}"
    )
    return {
        **context(
            f"{code(sparkline(chart.costs) or ' ')}  {len(shown)} days to {day(last)}, {ends}"
        ),
        "block_id": "chart",
    }


def _why(incident: Incident, explanation: Explanation | None) -> str:
    if explanation and explanation.text.strip():
        return rich(with_service_names(explanation.text))
    return (
        f"{escaped(incident.leading.reason, 600)}\nWhat is behind it could not be looked up this"
        " time; the numbers above are from the bill."
    )


def _who(explanation: Explanation) -> str:
    actor = explanation.findings[0].actor if explanation.findings else None
    if actor is None or actor.kind in {"unknown", "none"} or not actor.name:
        return ""
    if all(part in explanation.text for part in (actor.name, actor.session, actor.event) if part):
        return ""  # the explanation names them already
    event = f", {code(actor.event, 80)}" if actor.event else ""
    at = moment_of(actor.event_time)
    when = f" on {at}" if at else ""
    return (
        f"{code(actor.name)}"
        + (f" ({escaped(actor.session, 80)})" if actor.session else "")
        + event
        + when
    )


def _first(explanation: Explanation) -> str:
    commands = "\n".join(one_line(command, 600) for command in explanation.commands[:2]).replace(
        "```", "'''"
    )
    steps = (
        rich(with_service_names(explanation.fix), 600)
        or "Look at the lines of the bill in Cost Explorer (link below)."
    )
    return steps + (f"\n```{rich(commands, 900)}```" if commands else "")


def _standing(incident: Incident, explanation: Explanation | None) -> str:
    parts = ["ongoing" if incident.ongoing else "one-off, over", f"{incident.severity} severity"]
    if incident.planned:
        parts.append(f"announced as {escaped(incident.planned, 160)}, and beyond it")
    if explanation:
        writer = (
            "rules" if explanation.written_by == "rules" else one_line(explanation.written_by, 60)
        )
        parts += [
            f"{escaped(explanation.confidence, 20)} confidence",
            f"explained by {escaped(writer, 60)}",
        ]
        if explanation.gaps:
            parts.append(
                "could not be read: "
                + ", ".join(str(gap).replace("_", " ") for gap in explanation.gaps)
            )
    return " · ".join(parts)


def _links(facts: Facts) -> str:
    incident = facts.incident
    services = list(dict.fromkeys(m.anomaly.service for m in incident.members))
    fine = (
        [m.anomaly.usage_type for m in incident.members if m.anomaly.usage_type]
        if len(incident.members) == 1
        else []
    )
    start = incident.leading.onset - timedelta(days=28)
    url = cost_explorer_link(
        incident.account_id, services, fine, start, incident.leading.usage_date, facts.partition
    )
    links = [link(url, "Cost Explorer")]
    if facts.bucket:  # without a deployment nobody keeps a report
        report = report_link(facts.bucket, incident.scan_id, facts.partition)
        links.append(link(report, "Report"))
    return " · ".join(links)


def _actions(facts: Facts) -> list[Block]:
    if not facts.buttons:
        return []
    value = facts.notice_id or facts.incident.incident_id
    elements = [
        button("Acknowledge", "acknowledge", value, "primary"),
        button("Expected from now on", "expected", value),
        *([button("Snooze 7 days", "snooze", value)] if facts.incident.ongoing else []),
        choice(
            "False alarm because…",
            "false_alarm",
            {f"{value}|{reason}": label for reason, label in FALSE_ALARM_REASONS.items()},
        ),
    ]
    return [{"type": "actions", "block_id": "feedback", "elements": elements}]


_WORD = {
    NoticeKind.ESCALATED: "Escalated: ",
    NoticeKind.SNOOZE_ENDED: "Still going after the snooze: ",
    NoticeKind.REOPENED: "Back again: ",
}
