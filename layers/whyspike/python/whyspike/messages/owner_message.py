"""What the owner reads: an incident and its explanation as Slack blocks. docs/slack.md shows each
message."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from whyspike.incidents.feedback import DETAILS, FALSE_ALARM_REASONS, details_value
from whyspike.incidents.incident import Incident, NoticeKind, Told
from whyspike.incidents.notices import Chart, Notice
from whyspike.incidents.page_links import PageLink
from whyspike.messages import updates
from whyspike.messages.blocks import (
    Block,
    button,
    choice,
    context,
    image,
    link_button,
    section,
    sparkline,
    within_limits,
)
from whyspike.messages.links import incident_link, report_link
from whyspike.messages.numbers import first_line, numbers, owner_words
from whyspike.messages.phrases import SIGN, change, headline, what, when
from whyspike.messages.templates import incident_values
from whyspike.messages.templates.kinds import OWNER, REPLY
from whyspike.messages.templates.own import OwnTexts
from whyspike.messages.templates.values import Mrkdwn
from whyspike.model import Explanation, Gap, Message
from whyspike.words.amounts import dollars
from whyspike.words.days import day
from whyspike.words.mrkdwn import code, escaped, link, rich
from whyspike.words.safe import one_line
from whyspike.words.services import with_service_names

MAX_WHY = 420  # characters: the message is read, the report has all of it
GAP_NAMES = {
    Gap.ASSUME_ROLE: "the member role",
    Gap.CLOUDTRAIL: "CloudTrail",
    Gap.TAGS: "cost allocation tags",
    Gap.RESOURCE_LEVEL: "costs by resource",
    Gap.COST_EXPLORER: "the account's own Cost Explorer",
}


@dataclass(frozen=True)
class Facts:
    """What a message is made of. `explanation` is None where none was written; `buttons` is False
    where nobody would answer them."""

    incident: Incident
    explanation: Explanation | None
    chart: Chart | None
    bucket: str
    page: PageLink | None = None  # of this incident alone, which its owner can open
    buttons: bool = True
    notice_id: str = ""  # of the message: its buttons say which message was pressed
    previous: Told | None = None  # what was told before
    partition: str = "aws"  # whose console the links lead to
    own: OwnTexts = field(default_factory=OwnTexts)  # the team's templates


def render(kind: NoticeKind, facts: Facts) -> Message:
    """The message of that kind, within Slack's limits; in the team's words where there are
    some."""
    blocks = _blocks(kind, facts)
    own = (
        facts.own.blocks(OWNER, lambda: _values(kind, facts))
        if kind in _ALERTS
        else facts.own.blocks(REPLY, lambda: incident_values.reply(kind, facts.incident, blocks))
    )
    if own:
        blocks = incident_values.framed(own, blocks)
    return Message(one_line(_fallback(kind, facts), 300), within_limits(blocks))


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
            return updates.planned(facts.incident, _links(facts), _details(facts))
        case NoticeKind.CORRECTED:
            return updates.corrected(facts.incident, facts.previous)
        case NoticeKind.RESOLVED | NoticeKind.NOW_NORMAL:
            return updates.resolved(facts.incident)
        case NoticeKind.RESTATED:
            return updates.restated(facts.incident)
    return _alert(facts, _WORD.get(kind, ""))


def _fallback(kind: NoticeKind, facts: Facts) -> str:
    """The line of a lock screen: where, how much, and what is behind it."""
    incident = facts.incident
    if kind is NoticeKind.RESTATED:
        return f"Restated: {headline(incident)}, {change(incident)}"
    if kind is NoticeKind.RESOLVED:
        return f"Resolved: {headline(incident)}, {dollars(incident.impact)} in all"
    if kind is NoticeKind.NOW_NORMAL:
        return f"Now normal: {headline(incident)}, {dollars(incident.impact)} in all"
    word = {NoticeKind.NEW: "", NoticeKind.PLANNED: "Planned: "}.get(
        kind, f"{kind.replace('-', ' ').capitalize()}: "
    )
    account = one_line(incident.account_name or incident.account_id, 50)
    who = _who(facts.explanation) if facts.explanation else ""
    likely = f". Likely: {who}" if who else ""
    return f"{word}{account}: {what(incident)} {change(incident)} {when(incident)}{likely}"


def _alert(facts: Facts, word: str = "") -> list[Block]:
    incident, explanation = facts.incident, facts.explanation
    told = [f"{SIGN[incident.severity]} {word}{first_line(incident)}"]
    blocks = [section("\n".join([*told, *numbers(incident, facts.previous)]))]
    if facts.chart:
        blocks.append(_spark(facts.chart))
    blocks.append(section("*Why:* " + _why(facts), beside=_details(facts)))
    if explanation:
        blocks.append(section("*First:* " + _first(explanation)))
    blocks.append(context(_standing(incident, explanation), _links(facts)))
    return [*blocks, *_actions(facts)]


def _values(kind: NoticeKind, facts: Facts) -> dict[str, Any]:
    """For a team's template: what an alert says, piece by piece."""
    incident, explanation = facts.incident, facts.explanation
    return {
        **incident_values.about(kind, incident),
        "word": Mrkdwn(_WORD.get(kind, "")),
        "headline": Mrkdwn(first_line(incident)),
        "numbers": [Mrkdwn(each) for each in numbers(incident, facts.previous)],
        "why": Mrkdwn(_why(facts)),
        "first": Mrkdwn(_first(explanation) if explanation else ""),
        "standing": Mrkdwn(_standing(incident, explanation)),
        "links": Mrkdwn(_links(facts)),
        "confidence": explanation.confidence if explanation else "",
        "written_by": explanation.written_by if explanation else "",
        "planned": incident.planned or "",
    }


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


def _details(facts: Facts) -> Block | None:
    """The button that opens the incident's own page, where there is one."""
    if facts.page is None:
        return None
    value = details_value(facts.notice_id or facts.incident.incident_id, facts.page.until)
    return link_button("Details", DETAILS, value, facts.page.url)


def _why(facts: Facts) -> str:
    incident, explanation = facts.incident, facts.explanation
    if explanation and explanation.text.strip():
        rest = "in Details" if facts.page else "in the report"
        return _lines_within(rich(with_service_names(explanation.text)), MAX_WHY, rest)
    return (
        f"{escaped(incident.leading.reason, 400)}\nWhat is behind it could not be looked up this"
        " time; the numbers above are from the bill."
    )


def _lines_within(text: str, limit: int, rest_is: str) -> str:
    """Whole lines as long as they fit, and where the rest is. The first always stands."""
    first, *rest = text.split("\n")
    kept, length = [first], len(first)
    for line in rest:
        length += len(line) + 1
        if length > limit:
            return "\n".join([*kept, f"_The rest is {rest_is}._"])
        kept.append(line)
    return "\n".join(kept)


def _who(explanation: Explanation) -> str:
    """ "RunInstances by jane": the person of a session rather than the role that was shared."""
    actor = explanation.findings[0].actor if explanation.findings else None
    if actor is None or actor.kind in {"unknown", "none"} or not actor.name:
        return ""
    # Only here: a press of a button shows a message again and must not load the tables of events.
    from whyspike.knowledge.events import normalise_event_name

    name = one_line(actor.session or actor.name, 80)
    event = normalise_event_name(actor.event or "")
    return f"{one_line(event, 80)} by {name}" if event else ""


def _first(explanation: Explanation) -> str:
    command = one_line(next(iter(explanation.commands), ""), 300).replace("```", "'''")
    steps = (
        rich(with_service_names(explanation.fix), 400)
        or "Look at the lines of the bill in Cost Explorer (link below)."
    )
    return steps + (f"\n`{rich(command.replace('`', chr(39)), 300)}`" if command else "")


def _standing(incident: Incident, explanation: Explanation | None) -> str:
    parts = [] if incident.ongoing else ["over"]
    if incident.planned:
        parts.append(f"announced as {escaped(incident.planned, 160)}, and beyond it")
    if explanation:
        parts.append(f"{escaped(explanation.confidence, 20)} confidence")
        if explanation.written_by != "rules":
            parts.append(f"explained by {escaped(one_line(explanation.written_by, 60), 60)}")
        if explanation.gaps:
            parts.append("not read: " + ", ".join(GAP_NAMES[gap] for gap in explanation.gaps))
    parts += [owner_words(incident), f"account {code(incident.account_id)}"]
    return " · ".join(filter(None, parts))


def _links(facts: Facts) -> str:
    incident = facts.incident
    url = incident_link(incident, facts.partition)
    links = [link(url, "Cost Explorer")]
    # Without a deployment nobody keeps a report; and its owner can open the page alone.
    if facts.bucket and not facts.page:
        report = report_link(facts.bucket, incident.scan_id, facts.partition)
        links.append(link(report, "Report"))
    return " · ".join(links)


def _actions(facts: Facts) -> list[Block]:
    if not facts.buttons:
        return []
    value = facts.notice_id or facts.incident.incident_id
    elements = [
        button("I'm on it", "acknowledge", value, "primary"),
        button("This is expected", "expected", value),
        *([button("Remind me in 7 days", "snooze", value)] if facts.incident.ongoing else []),
        choice(
            "Not a problem…",
            "false_alarm",
            {f"{value}|{reason}": label for reason, label in FALSE_ALARM_REASONS.items()},
        ),
    ]
    return [{"type": "actions", "block_id": "feedback", "elements": elements}]


_ALERTS = {
    NoticeKind.NEW,
    NoticeKind.ESCALATED,
    NoticeKind.SNOOZE_ENDED,
    NoticeKind.REOPENED,
}
_WORD = {
    NoticeKind.ESCALATED: "Escalated: ",
    NoticeKind.SNOOZE_ENDED: "Still going after the snooze: ",
    NoticeKind.REOPENED: "Back again: ",
}
