"""What the owner reads: an incident and its explanation as Slack blocks. docs/slack.md shows each
message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from whyspike.incidents.feedback import DETAILS, FALSE_ALARM_REASONS, details_value
from whyspike.incidents.incident import Incident, NoticeKind, Told
from whyspike.incidents.notices import Chart, Notice
from whyspike.incidents.page_links import PageLink
from whyspike.messages import updates
from whyspike.messages.blocks import (
    CAUSES,
    Block,
    button,
    choice,
    context,
    fitting,
    image,
    link_button,
    read_as,
    read_length,
    section,
    sparkline,
    trimmed,
    within,
    within_limits,
)
from whyspike.messages.links import incident_link, report_link
from whyspike.messages.numbers import first_line, last_told, numbers, owner_words, parts
from whyspike.messages.phrases import SIGN, change, headline, what, when
from whyspike.messages.templates import incident_values
from whyspike.messages.templates.kinds import LINE, MAX_LINE, OWNER, REPLY
from whyspike.messages.templates.own import OwnTexts
from whyspike.messages.templates.values import Mrkdwn
from whyspike.model import Actor, Explanation, Gap, Message
from whyspike.words.amounts import counted, dollars, in_words
from whyspike.words.days import day
from whyspike.words.mrkdwn import code, escaped, link, rich
from whyspike.words.safe import one_line
from whyspike.words.services import with_service_names

# Characters as they are read. A message is read in half a minute or not at all: nine of ten are to
# have 900, and by these none has MAX_MESSAGE, whatever the names in it are.
MAX_MESSAGE = 1_500
MAX_HEAD, MAX_WHY, MAX_FIRST, MAX_STANDING, MAX_OUTCOME = 330, 350, 310, 170, 120
MAX_CAUSES = 480  # of all of them, where there are several: each has a line, and its share of this
_MIN_ROOM, _MAX_OTHERS = 100, 500
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
    line = one_line(_fallback(kind, facts), MAX_LINE)
    line = facts.own.line(LINE, lambda: _line_values(kind, facts, line)) or line
    return Message(line, within_limits(blocks))


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
            context(within(notice.outcome, MAX_OUTCOME)),
            *answers,
        ]
    if notice.note:
        blocks.insert(0, context(within(notice.note, MAX_OUTCOME)))
    if notice.unclear:
        blocks.insert(
            0, context(":repeat: May be a repeat: there was no answer when this was sent before.")
        )
    if notice.others:
        blocks.append(_others(notice, blocks))
    text = f"May be a repeat: {notice.message.text}" if notice.unclear else notice.message.text
    if notice.kind not in _LISTS:
        blocks = trimmed(blocks, MAX_MESSAGE)
    return Message(one_line(text, 300), within_limits(blocks))


def _others(notice: Notice, blocks: Sequence[Block]) -> Block:
    """The other incidents of the thread, as many as there is room for."""
    title = "*Also found, in this thread*"
    lines = sorted(notice.others.values())
    room = MAX_MESSAGE - read_length(blocks) - len(title) - 20
    if room < _MIN_ROOM:
        return section(f"{title}: {counted(len(lines), 'incident')}")
    return section("\n".join([title, fitting(lines, min(room, _MAX_OTHERS), "and {} more")]))


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
    likely = _likely(facts.explanation) if facts.explanation else ""
    return f"{word}{account}: {what(incident)} {change(incident)} {when(incident)}{likely}"


def _alert(facts: Facts, word: str = "") -> list[Block]:
    incident, explanation = facts.incident, facts.explanation
    told = f"{SIGN[incident.severity]} {word}{first_line(incident)}"
    first = "\n".join([told, *last_told(facts.previous)])
    blocks = [section(fitting([first, *parts(incident)], MAX_HEAD, "• and {} more"))]
    if facts.chart:
        blocks.append(_spark(facts.chart))
    several = explanation is not None and len(explanation.causes) > 1
    whole = CAUSES if several else None
    blocks.append(section("*Why:* " + _why(facts), whole, beside=_details(facts)))
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


def _line_values(kind: NoticeKind, facts: Facts, line: str) -> dict[str, Any]:
    """For a team's template of the lock screen's line."""
    incident, explanation = facts.incident, facts.explanation
    findings = explanation.findings if explanation else ()
    return {
        **incident_values.about(kind, incident),
        "line": line,
        "change": change(incident),
        "when": when(incident),
        "likely": next(filter(None, (_who(finding.actor) for finding in findings)), ""),
        "causes": len(findings),
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
        said = rich(with_service_names(explanation.brief or explanation.text))
        rest = "_The rest is in Details._" if facts.page else "_The rest is in the report._"
        if len(explanation.causes) > 1:
            return "\n".join([*_causes(explanation), rest])
        return fitting(said.split("\n"), MAX_WHY, rest)
    return (
        f"{escaped(incident.leading.reason, 200)}\nWhat is behind it could not be looked up this"
        " time; the numbers above are from the bill."
    )


def _causes(explanation: Explanation) -> Iterator[str]:
    """A line for each cause, whatever their names need; before them how many there are, after
    them what must be known beside them."""
    causes = explanation.causes
    yield f"{in_words(len(causes)).capitalize()} causes:"
    for place, cause in enumerate(causes, start=1):
        said = rich(with_service_names(cause))
        yield f"{place}. {within(said, MAX_CAUSES // len(causes) - 3)}"
    if explanation.brief:
        yield fitting(rich(explanation.brief).split("\n"), MAX_WHY, "and {} more")


def _likely(explanation: Explanation) -> str:
    """What the lock screen says of the cause, or of several: ". Two causes, likely RunInstances by
    jane"."""
    found = [_who(finding.actor) for finding in explanation.findings]
    causes = len(explanation.causes)
    if causes < 2:
        return f". Likely: {found[0]}" if found and found[0] else ""
    known = list(dict.fromkeys(filter(None, found)))
    likely = f", likely {' and '.join(known[:2])}" if known else ""
    return f". {in_words(causes).capitalize()} causes{likely}"


def _who(actor: Actor) -> str:
    """ "RunInstances by jane@example.com", "RunInstances by deploy-bot (run-7)": the person of a
    session rather than the role that many share, as the message itself has it."""
    if actor.kind in {"unknown", "none"} or not actor.name:
        return ""
    # Only here: a press of a button shows a message again and must not load the tables of events.
    from whyspike.knowledge.events import normalise_event_name

    session = one_line(actor.session, 60) if actor.session else ""
    name = session if "@" in session else one_line(actor.name, 60)
    if session and name != session:
        name = f"{name} ({session})"
    event = normalise_event_name(actor.event or "")
    return f"{one_line(event, 80)} by {name}" if event else ""


_LOOK = "Look at the lines of the bill in Cost Explorer (link below)."
_MIN_STEPS = 160


def _first(explanation: Explanation) -> str:
    """What to do, and the command that looks first, where it has room: half a command is none."""
    command = one_line(next(iter(explanation.commands), ""), 300)
    code = f"`{rich(command.replace('`', chr(39)), 300)}`" if command else ""
    steps = rich(with_service_names(explanation.fix)) or _LOOK
    room = MAX_FIRST - read_as(code)
    if not code or read_as(steps) > room < _MIN_STEPS:
        return _steps_within(steps, MAX_FIRST)
    return f"{_steps_within(steps, room)}\n{code}"


def _steps_within(steps: str, room: int) -> str:
    """Whole steps as far as they fit: half a step may say the contrary."""
    if read_as(steps) <= room:
        return steps
    cut = within(steps, room)
    whole = max(cut.rfind("; "), cut.rfind(". "))
    return f"{cut[:whole]} …" if whole > 0 else cut


def _standing(incident: Incident, explanation: Explanation | None) -> str:
    parts = [] if incident.ongoing else ["over"]
    if incident.planned:
        parts.append(f"announced as {escaped(incident.planned, 80)}, and beyond it")
    if explanation:
        parts.append(f"{escaped(explanation.confidence, 20)} confidence")
        if explanation.gaps:
            parts.append("not read: " + ", ".join(GAP_NAMES[gap] for gap in explanation.gaps))
        if explanation.written_by != "rules":
            parts.append(f"explained by {escaped(one_line(explanation.written_by, 40), 40)}")
    whose = filter(None, (owner_words(incident), f"account {code(incident.account_id)}"))
    always = " · ".join(whose)
    fits = [part for part in parts if read_as(f"{part} · {always}") <= MAX_STANDING]
    while fits and read_as(" · ".join([*fits, always])) > MAX_STANDING:
        fits.pop()
    return " · ".join([*fits, always])


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


# What lists what was found keeps Slack's limits by itself, and says how much it left out.
_LISTS = {NoticeKind.DIGEST, NoticeKind.COMMITMENT_ENDS}
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
