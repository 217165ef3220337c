"""A pressed Slack button: its signature, what it says, and what it makes of the incident. Pure; the
clock is an input."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from whyspike.errors import BadSignature, InvalidInput
from whyspike.incidents.incident import Ending, Feedback, Incident, Rules
from whyspike.model import FeedbackKind, IncidentState
from whyspike.payload import UNREADABLE

_OLDEST = 300  # seconds; Slack's advice against replayed requests
_MAX_BYTES = 200_000  # bytes of a request body
_KINDS = {
    "acknowledge": FeedbackKind.ACKNOWLEDGE,
    "expected": FeedbackKind.EXPECTED,
    "snooze": FeedbackKind.SNOOZE,
    "false_alarm": FeedbackKind.FALSE_ALARM,
}
DETAILS = "details"  # the link button's action
FALSE_ALARM_REASONS = {  # the value of the choice, and its label
    "known": "We knew, it is normal",
    "too-small": "Too small to matter",
    "not-ours": "Not our spend",
    "wrong-numbers": "The numbers are wrong",
    "other": "Another reason",
}
_VALUE = re.compile(
    r"(\d{12}-\d{4}-\d{2}-\d{2}-[0-9a-f]{8})(?:#(\d{4,6}))?"
)  # incident id, number of the message
USER = re.compile(r"[UW][A-Z0-9]{2,20}")


@dataclass(frozen=True)
class Pressed:
    """One press of a button. `notice_id` names the pressed message (None: one of before it was in
    the button), `response_url` is where Slack takes an answer to the press."""

    incident_id: str
    feedback: Feedback
    notice_id: str | None = None
    message_ts: str = ""
    response_url: str = ""


@dataclass(frozen=True)
class OpenedDetails:
    """A press of the link button [Details], which opened the address that the message has; that
    address ends at `until`."""

    incident_id: str
    until: datetime
    response_url: str


def check_signature(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> None:
    """Raises BadSignature unless Slack signed this body in the last five minutes. Header names are
    in lower case."""
    timestamp, given = (
        headers.get("x-slack-request-timestamp", ""),
        headers.get("x-slack-signature", ""),
    )
    if (
        not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12)
        or abs(now - int(timestamp)) > _OLDEST
    ):
        raise BadSignature("the request is older than five minutes, or has no timestamp")
    mine = (
        "v0="
        + hmac.new(
            secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256
        ).hexdigest()
    )
    if not secret or not hmac.compare_digest(mine.encode(), given.encode("utf-8", "replace")):
        raise BadSignature("the signature is not Slack's")


def parse(body: bytes) -> Pressed | OpenedDetails | None:
    """What was pressed; None for an interaction that is none of ours. Raises InvalidInput for
    anything else.

    The time is Slack's own of the press (`action_ts`), so that the same press is the same feedback
    however often it arrives.
    """
    if len(body) > _MAX_BYTES:
        raise InvalidInput("the interaction is too large")
    try:
        payload: Any = json.loads(parse_qs(body.decode())["payload"][0])
        action = payload["actions"][0]
        kind = _KINDS.get(action["action_id"])
        if payload["type"] != "block_actions":
            return None
        if action["action_id"] == DETAILS:
            return _opened(str(action["value"]), str(payload.get("response_url") or ""))
        if kind is None:
            return None
        value = (
            action["selected_option"]["value"] if "selected_option" in action else action["value"]
        )
        pressed, _, reason = str(value).partition("|")
        at = datetime.fromtimestamp(float(action["action_ts"]), UTC)
        user, ts, url = (
            str(payload["user"]["id"]),
            str(payload["container"]["message_ts"]),
            str(payload.get("response_url") or ""),
        )
    except UNREADABLE as error:
        raise InvalidInput(
            f"the interaction is not one of Slack's block_actions ({type(error).__name__})"
        ) from None
    named = _named(pressed)
    if not USER.fullmatch(user):
        raise InvalidInput("the user is no Slack user id")
    feedback = Feedback(kind, user, at, reason if reason in FALSE_ALARM_REASONS else "")
    return Pressed(named[1], feedback, pressed if named[2] else None, ts, url)


def details_value(notice_id: str, until: datetime) -> str:
    """What the button [Details] of a message says when it is pressed."""
    return f"{notice_id}|{int(until.timestamp())}"


def _opened(value: str, response_url: str) -> OpenedDetails:
    pressed, _, until = value.partition("|")
    return OpenedDetails(_named(pressed)[1], datetime.fromtimestamp(int(until), UTC), response_url)


def _named(pressed: str) -> re.Match[str]:
    named = _VALUE.fullmatch(pressed)
    if named is None:
        raise InvalidInput("the button's value is no incident id")
    return named


def apply(incident: Incident, feedback: Feedback, rules: Rules | None = None) -> Incident:
    """The incident after the feedback. The same press again, and an answer that changes nothing,
    leave it as it is.

    An incident that is over stays over: only that it was a false alarm, or expected, can still be
    said of it.
    """
    rules = rules or Rules()
    if any(
        (f.kind, f.by, f.at) == (feedback.kind, feedback.by, feedback.at) for f in incident.feedback
    ):
        return incident
    heard = replace(incident, feedback=(*incident.feedback, feedback))
    match feedback.kind:
        case FeedbackKind.ACKNOWLEDGE:
            return (
                replace(heard, state=IncidentState.ACKNOWLEDGED)
                if incident.state is IncidentState.OPEN
                else incident
            )
        case FeedbackKind.SNOOZE:
            if incident.is_closed or incident.state is IncidentState.EXPECTED:
                return incident
            return replace(
                heard,
                state=IncidentState.SNOOZED,
                snoozed_until=incident.last_scan_date + timedelta(days=rules.snooze_days),
            )
        case FeedbackKind.EXPECTED:
            if incident.state is IncidentState.EXPECTED:
                return incident
            return replace(
                heard, state=IncidentState.EXPECTED, snoozed_until=None, ended_on=None, ending=None
            )
        case FeedbackKind.FALSE_ALARM:
            if incident.ending is Ending.FALSE_ALARM:
                return incident
            ended = incident.ended_on or incident.last_scan_date
            return replace(
                heard,
                state=IncidentState.RESOLVED,
                ending=Ending.FALSE_ALARM,
                ended_on=ended,
                snoozed_until=None,
            )
