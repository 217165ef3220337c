"""What stands in a message in the place of its buttons, once somebody has answered or nothing is
left to answer."""

from __future__ import annotations

from whyspike.incidents.feedback import FALSE_ALARM_REASONS, USER
from whyspike.incidents.incident import Ending, Feedback, Incident
from whyspike.model import FeedbackKind, IncidentState
from whyspike.words.days import day, moment
from whyspike.words.mrkdwn import escaped


def outcome(incident: Incident, feedback: Feedback) -> str:
    """What stands in the message in place of the button, as mrkdwn."""
    who = f"<@{feedback.by}>" if USER.fullmatch(feedback.by) else escaped(feedback.by, 40)
    until = f" until {day(incident.snoozed_until)}" if incident.snoozed_until else ""
    why = (
        f": {FALSE_ALARM_REASONS[feedback.reason]}"
        if feedback.reason in FALSE_ALARM_REASONS
        else ""
    )
    words = {
        FeedbackKind.ACKNOWLEDGE: f":eyes: Acknowledged by {who}",
        FeedbackKind.SNOOZE: f":zzz: Snoozed{until} by {who}",
        FeedbackKind.EXPECTED: f":ok: Expected from {day(incident.onset)} on, says {who}",
        FeedbackKind.FALSE_ALARM: f":no_entry_sign: False alarm, says {who}{why}",
    }
    return f"{words[feedback.kind]} ({moment(feedback.at)})"


def standing(incident: Incident) -> tuple[str | None, bool]:
    """What stands in the incident's messages in place of the buttons, as mrkdwn (None: nothing, it
    can be answered), and whether it is final. The incident's state decides, not who pressed
    last."""
    if incident.is_closed and incident.ending is not Ending.FALSE_ALARM:
        sign, word = _ENDED.get(incident.ending, (":white_check_mark:", "Resolved"))
        return (
            f"{sign} {word}" + (f" on {day(incident.ended_on)}" if incident.ended_on else ""),
            True,
        )
    kind = FeedbackKind.FALSE_ALARM if incident.is_closed else _ANSWERED.get(incident.state)
    given = next((f for f in reversed(incident.feedback) if f.kind is kind), None)
    return (outcome(incident, given), kind in _FINAL) if given else (None, False)


_ENDED: dict[Ending | None, tuple[str, str]] = {
    Ending.NEW_BASELINE: (":heavy_minus_sign:", "Counted as normal"),
    Ending.RESTATED: (":white_check_mark:", "Restated"),
}
_ANSWERED = {
    IncidentState.ACKNOWLEDGED: FeedbackKind.ACKNOWLEDGE,
    IncidentState.SNOOZED: FeedbackKind.SNOOZE,
    IncidentState.EXPECTED: FeedbackKind.EXPECTED,
}
_FINAL = {
    FeedbackKind.EXPECTED,
    FeedbackKind.FALSE_ALARM,
}  # after them there is nothing left to answer
