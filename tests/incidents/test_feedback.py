"""A pressed button as bytes and headers: what counts as signed by Slack, whom it is from, and what
it changes. The handler's own tests are in tests/functions/test_record_feedback.py."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.incidents import anomaly, item, scan_of
from whyspike.errors import BadSignature, InvalidInput
from whyspike.incidents.feedback import Pressed, apply, check_signature, parse
from whyspike.incidents.incident import Feedback, Incident
from whyspike.incidents.judgement import judge
from whyspike.model import FeedbackKind

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = 1_760_000_000
BODY = b"payload=%7B%7D"


def signed(
    body: bytes = BODY, at: int = NOW, secret: str = SECRET, *, mark: bytes | None = None
) -> dict[str, str]:
    """The headers of a request that Slack signed (its documentation, "Verifying requests")."""
    stamp = str(at).encode() if mark is None else mark
    digest = hmac.new(secret.encode(), b"v0:" + stamp + b":" + body, hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": str(at), "x-slack-signature": f"v0={digest}"}


@pytest.mark.parametrize("at", [NOW, NOW - 299, NOW + 299])
def test_what_slack_signed_within_five_minutes_is_taken(at: int) -> None:
    check_signature(SECRET, signed(at=at), BODY, NOW)


REFUSED = {
    "another secret": (SECRET, signed(secret="other"), BODY),
    "another body": (SECRET, signed(b"payload=other"), BODY),
    "a time that is not the signed one": (SECRET, signed(mark=b"1"), BODY),
    "six minutes ago": (SECRET, signed(at=NOW - 301), BODY),
    "in six minutes": (SECRET, signed(at=NOW + 301), BODY),
    "no signature": (SECRET, {"x-slack-request-timestamp": str(NOW)}, BODY),
    "no time": (SECRET, {"x-slack-signature": signed()["x-slack-signature"]}, BODY),
    "a deployment without a signing secret": ("", signed(secret=""), BODY),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_slack_did_not_just_sign_is_refused(name: str) -> None:
    secret, headers, body = REFUSED[name]
    with pytest.raises(BadSignature):
        check_signature(secret, headers, body, NOW)


def pressed(**changes: Any) -> bytes:
    payload = {
        "type": "block_actions",
        "user": {"id": "U0ANN"},
        "container": {"message_ts": "1760000000.000001"},
        "actions": [
            {
                "action_id": "acknowledge",
                "value": "111122223333-2026-10-15-0123abcd#0001",
                "action_ts": "1760000000.5",
            }
        ],
        **changes,
    }
    return urlencode({"payload": json.dumps(payload)}).encode()


def test_a_press_names_incident_message_and_person() -> None:
    found = parse(pressed())
    assert isinstance(found, Pressed)
    assert found.incident_id == "111122223333-2026-10-15-0123abcd"
    assert found.notice_id == "111122223333-2026-10-15-0123abcd#0001"
    assert (found.feedback.by, found.feedback.kind) == ("U0ANN", FeedbackKind.ACKNOWLEDGE)


@pytest.mark.parametrize("user", ["", "<!channel>", "u0ann", "U0ANN> <!here"])
def test_a_person_is_a_user_of_slack(user: str) -> None:
    with pytest.raises(InvalidInput, match="user"):
        parse(pressed(user={"id": user}))


def test_the_same_press_again_changes_nothing_and_another_one_counts() -> None:
    (change,) = judge(scan_of(date(2026, 10, 15), item(anomaly())), ())
    incident: Incident = change.after
    at = datetime.fromtimestamp(NOW, UTC)
    first = Feedback(FeedbackKind.SNOOZE, "U0ANN", at)
    heard = apply(incident, first)
    assert apply(heard, first) == heard
    later = Feedback(FeedbackKind.SNOOZE, "U0ANN", at + timedelta(days=1))
    assert apply(heard, later).feedback == (first, later)
