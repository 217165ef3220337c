"""RecordFeedback: real signed presses of the simulated Slack's buttons, and everything that is not
one."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.incident_world import CONTEXT, Killed, World, count_aws_calls, world
from tests.support.incidents import DAY, EC2, SHOP, anomaly, item, scan_of
from whyspike.incidents.incident import Ending, Incident
from whyspike.incidents.yardsticks import accepted_levels
from whyspike.messages.blocks import as_text
from whyspike.model import AcceptedLevel, FeedbackKind, IncidentState
from whyspike.steps.delivery.shown import ShownMessages
from whyspike.wire.table.notices import NoticeTable

NEXT = timedelta(days=1)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """One incident that its owner has been told about."""
    with world(monkeypatch) as made:
        made.tell(scan_of(DAY, item(anomaly())))
        yield made


def the_incident(here: World) -> Incident:
    (incident,) = here.table.incidents_of(SHOP.account_id)
    return incident


@pytest.mark.parametrize(
    ("action", "state", "words", "left"),
    [
        ("acknowledge", IncidentState.ACKNOWLEDGED, "Acknowledged by @U0OWNER", 3),
        ("snooze", IncidentState.SNOOZED, "Snoozed until Thu 19 Mar by @U0OWNER", 3),
        ("expected", IncidentState.EXPECTED, "Expected from Thu 12 Mar on, says @U0OWNER", 0),
        (
            "false_alarm",
            IncidentState.RESOLVED,
            "False alarm, says @U0OWNER: We knew, it is normal",
            0,
        ),
    ],
)
def test_a_press_changes_the_incident_and_its_message_at_once(
    told: World, action: str, state: IncidentState, words: str, left: int
) -> None:
    message = told.slack.messages[0]
    assert told.press(message, action) == 200
    incident = the_incident(told)
    assert incident.state is state
    assert incident.feedback[0].by == "U0OWNER"
    assert words in as_text(message.blocks)
    assert (
        sum(len(block["elements"]) for block in message.blocks if block["type"] == "actions")
        == left
    )
    assert [event.kind for event in told.table.history(incident.incident_id)] == [
        "new",
        str(incident.feedback[0].kind),
    ]


def test_the_same_press_twice_is_one_feedback(told: World) -> None:
    pressed = told.slack.press(told.slack.messages[0].ts, "acknowledge")
    assert [told.send(pressed.headers, pressed.body) for _ in range(2)] == [200, 200]
    assert len(the_incident(told).feedback) == 1
    assert len(told.table.history(the_incident(told).incident_id)) == 2


def test_expected_teaches_the_baseline_from_the_onset_on(told: World) -> None:
    told.press(told.slack.messages[0], "expected")
    assert accepted_levels(told.table.incidents_of(SHOP.account_id)) == (
        AcceptedLevel(SHOP.account_id, EC2, DAY),
    )
    told.tell(scan_of(DAY + NEXT, item(anomaly(usage_date=DAY + NEXT))))
    assert len(told.slack.messages) == 1, "still detected, and no longer told"


def test_who_takes_back_that_it_is_expected_takes_it_out_of_the_baseline(told: World) -> None:
    message = told.slack.messages[0]
    late = told.slack.press(message.ts, "false_alarm", "U0ANN")
    told.press(message, "expected")
    told.send(late.headers, late.body)
    assert accepted_levels(told.table.incidents_of(SHOP.account_id)) == ()


def test_a_false_alarm_keeps_its_reason_and_is_not_told_again(told: World) -> None:
    told.press(told.slack.messages[0], "false_alarm", value="wrong-numbers")
    incident = the_incident(told)
    assert (incident.ending, incident.feedback[0].reason) == (Ending.FALSE_ALARM, "wrong-numbers")
    for n in range(1, 4):
        told.tell(scan_of(DAY + n * NEXT, item(anomaly(usage_date=DAY + n * NEXT))))
    assert len(told.slack.messages) == 1


def test_a_snoozed_incident_is_told_again_when_the_snooze_ends_and_not_before(told: World) -> None:
    told.press(told.slack.messages[0], "snooze")
    days = []
    for n in range(1, 10):
        if told.tell(scan_of(DAY + n * NEXT, item(anomaly(usage_date=DAY + n * NEXT))))["told"]:
            days.append(n)
    assert days == [7]
    assert told.slack.messages[1].text.startswith("Snooze ended: ")
    assert the_incident(told).state is IncidentState.OPEN


def test_a_later_answer_of_somebody_else_counts_too(told: World) -> None:
    told.press(told.slack.messages[0], "acknowledge", "U0ANN")
    told.press(told.slack.messages[0], "expected", "U0BOB")
    incident = the_incident(told)
    assert [(f.kind, f.by) for f in incident.feedback] == [
        (FeedbackKind.ACKNOWLEDGE, "U0ANN"),
        (FeedbackKind.EXPECTED, "U0BOB"),
    ]
    assert incident.state is IncidentState.EXPECTED


def test_a_press_that_cannot_update_the_message_is_still_kept(told: World) -> None:
    pressed = told.slack.press(told.slack.messages[0].ts, "acknowledge")
    told.faults.set("slack:invalid_auth", 1)
    assert told.send(pressed.headers, pressed.body) == 200
    assert the_incident(told).state is IncidentState.ACKNOWLEDGED


def test_without_a_bot_token_the_message_is_replaced_by_its_response_url(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with world(monkeypatch) as here:
        here.secret(
            {
                "webhook_url": "http://slack.test/slack/services/T0/B0/x",
                "signing_secret": "simulated-signing-secret",
            }
        )
        here.tell(scan_of(DAY, item(anomaly())))
        (message,) = here.slack.messages
        assert here.press(message, "acknowledge") == 200
        assert "Acknowledged by @U0OWNER" in as_text(message.blocks)


def test_a_webhook_press_replaces_the_message_that_was_pressed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with world(monkeypatch) as here:
        here.secret(
            {
                "webhook_url": "http://slack.test/slack/services/T0/B0/x",
                "signing_secret": "simulated-signing-secret",
            }
        )
        here.tell(scan_of(DAY, item(anomaly())))
        here.tell(scan_of(DAY + NEXT, item(anomaly(usage_date=DAY + NEXT, actual=900))))
        first, second = here.slack.messages
        before = second.blocks
        here.press(first, "acknowledge")
        assert first.blocks[0]["text"]["text"].startswith(":large_orange_circle: *Amazon EC2"), (
            "not the escalation in its place"
        )
        assert "Acknowledged by @U0OWNER" in as_text(first.blocks)
        assert second.blocks == before


def test_a_press_updates_its_own_message_in_one_call_and_the_others_follow_with_the_next_scan(
    told: World,
) -> None:
    for n, actual in ((1, 600), (2, 1500)):
        told.tell(scan_of(DAY + n * NEXT, item(anomaly(usage_date=DAY + n * NEXT, actual=actual))))
    messages = list(told.slack.messages)
    told.calls = 0
    told.press(messages[1], "snooze")
    assert told.calls == 1
    assert ["Snoozed until" in as_text(message.blocks) for message in messages] == [
        False,
        True,
        False,
    ]
    told.tell(scan_of(DAY + 3 * NEXT, item(anomaly(usage_date=DAY + 3 * NEXT, actual=1500))))
    assert ["Snoozed until" in as_text(message.blocks) for message in messages] == [
        True,
        True,
        True,
    ]
    told.calls = 0
    told.run(scan_of(DAY + 3 * NEXT, item(anomaly(usage_date=DAY + 3 * NEXT, actual=1500))))
    assert told.calls == 0, "once"


def test_a_press_does_not_wait_for_a_throttled_update_which_the_next_scan_makes_up_for(
    told: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    told.faults.set("slack:429_update", 1)
    told.press(told.slack.messages[0], "acknowledge")
    assert waited == []
    assert the_incident(told).state is IncidentState.ACKNOWLEDGED
    told.tell(scan_of(DAY + NEXT, item(anomaly(usage_date=DAY + NEXT))))
    assert "Acknowledged by" in as_text(told.slack.messages[0].blocks)


def test_an_answer_whose_function_died_once_it_was_stored_is_shown_by_the_next_scan(
    told: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(ShownMessages, "answer", dies)
        with pytest.raises(Killed):
            told.press(told.slack.messages[0], "acknowledge")
    assert the_incident(told).state is IncidentState.ACKNOWLEDGED
    assert "Acknowledged by" not in as_text(told.slack.messages[0].blocks)
    told.tell(scan_of(DAY + NEXT, item(anomaly(usage_date=DAY + NEXT))))
    assert "Acknowledged by" in as_text(told.slack.messages[0].blocks)


def test_a_stale_press_on_a_finished_incident_revives_no_button_and_tells_who_or_when(
    told: World,
) -> None:
    message = told.slack.messages[0]
    told.press(message, "acknowledge")
    late = told.slack.press(message.ts, "snooze")
    for n in (1, 2):
        told.tell(scan_of(DAY + n * NEXT, costs={(EC2, DAY): 274.0}))
    assert the_incident(told).state is IncidentState.RESOLVED
    assert told.send(late.headers, late.body) == 200
    assert not any(block["type"] == "actions" for block in message.blocks)
    assert "Resolved on Sat 14 Mar" in as_text(message.blocks)
    assert told.slack.whispers == [
        "Nothing to change any more: :white_check_mark: Resolved on Sat 14 Mar"
    ]


def test_who_presses_what_somebody_else_has_said_is_told_so(told: World) -> None:
    message = told.slack.messages[0]
    late = told.slack.press(message.ts, "acknowledge", "U0BOB")
    told.press(message, "expected", "U0ANN")
    told.send(late.headers, late.body)
    assert "Expected from Thu 12 Mar on, says @U0ANN" in as_text(message.blocks)
    assert not any(block["type"] == "actions" for block in message.blocks)
    assert "<@U0ANN>" in told.slack.whispers[0]


def test_a_press_before_the_message_is_marked_as_sent_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with world(monkeypatch) as here:
        mark_sent = NoticeTable.mark_sent

        def pressed_first(table: NoticeTable, *arguments: Any) -> Any:
            here.press(here.slack.messages[0], "acknowledge")
            return mark_sent(table, *arguments)

        monkeypatch.setattr(NoticeTable, "mark_sent", pressed_first)
        here.tell(scan_of(DAY, item(anomaly())))
        assert "Acknowledged by @U0OWNER" in as_text(here.slack.messages[0].blocks)


def test_a_button_of_before_the_message_was_named_in_it_still_works(told: World) -> None:
    message = told.slack.messages[0]
    old = json.loads(json.dumps(message.blocks).replace("#0001", ""))
    message.blocks = old
    told.press(message, "acknowledge")
    assert "Acknowledged by" in as_text(message.blocks)


@pytest.mark.parametrize(
    "tampering",
    [
        "old",
        "future",
        "other secret",
        "other body",
        "no signature",
        "no timestamp",
        "nonsense timestamp",
    ],
)
def test_what_slack_did_not_just_sign_gets_401_and_leaves_no_trace_but_a_metric(
    told: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tampering: str
) -> None:
    age = {"old": -301.0, "future": 301.0}.get(tampering, 0.0)
    pressed = told.slack.press(told.slack.messages[0].ts, "acknowledge", at=time.time() + age)
    headers, body = dict(pressed.headers), pressed.body
    if tampering == "other secret":
        told.secret({"bot_token": "xoxb-example", "signing_secret": "another"})
    elif tampering == "other body":
        body += b"&x=1"
    elif tampering == "no signature":
        del headers["x-slack-signature"]
    elif tampering == "no timestamp":
        del headers["x-slack-request-timestamp"]
    elif tampering == "nonsense timestamp":
        headers["x-slack-request-timestamp"] = "１２"
    told.send({}, b"")  # the secret is read and kept
    capsys.readouterr()
    count_aws_calls(told, monkeypatch)
    told.calls = 0
    assert told.send(headers, body) == 401
    assert told.calls == 0, "neither the table nor Slack was asked"
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("FeedbackRejected") for line in lines] == [[1.0]]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"payload=not json", 400),
        (b"payload=[]", 400),
        (b"\xff\xfe", 400),
        (
            urlencode(
                {
                    "payload": json.dumps(
                        {"type": "block_actions", "actions": [{"action_id": "open"}]}
                    )
                }
            ).encode(),
            200,
        ),
        (urlencode({"payload": json.dumps({"type": "view_submission"})}).encode(), 400),
    ],
    ids=["empty", "no json", "a list", "no text", "a link button", "no action"],
)
def test_what_slack_signed_and_our_buttons_never_send_changes_nothing(
    told: World, body: bytes, status: int
) -> None:
    signed = told.slack.sign(body)
    assert told.send(signed.headers, signed.body) == status
    assert the_incident(told).feedback == ()


@pytest.mark.parametrize("field", ["value", "user"])
def test_a_signed_press_with_forged_parts_is_refused(told: World, field: str) -> None:
    value = "../x" if field == "value" else the_incident(told).incident_id
    user = {"id": "<!channel>" if field == "user" else "U0ANN"}
    action = {"action_id": "acknowledge", "action_ts": "1.0", "value": value}
    forged = {
        "type": "block_actions",
        "user": user,
        "container": {"message_ts": "1"},
        "actions": [action],
    }
    signed = told.slack.sign(urlencode({"payload": json.dumps(forged)}).encode())
    assert told.send(signed.headers, signed.body) == 400


def test_a_press_on_an_incident_that_is_gone_says_so(told: World) -> None:
    message = told.slack.messages[0]
    told.dynamodb.delete_item(
        TableName="incidents",
        Key={
            "PK": {"S": f"ACCOUNT#{SHOP.account_id}"},
            "SK": {"S": f"INCIDENT#{the_incident(told).incident_id}"},
        },
    )
    assert told.press(message, "acknowledge") == 404


def test_it_loads_nothing_that_a_press_does_not_need() -> None:
    """Slack waits three seconds, cold start included."""
    heavy = ("PIL", "numpy", "anthropic", "aws_lambda_powertools.event_handler")
    rooms = ("attribution", "detection", "digest", "explanation", "knowledge")
    code = f"""
import runpy, sys
runpy.run_path("functions/record_feedback/app.py")
unwanted = {(*heavy, *(f"whyspike.{room}" for room in rooms))!r}
print([name for name in unwanted if name in sys.modules])
"""
    project = Path(__file__).parents[2]
    answer = subprocess.run(  # noqa: S603 our own interpreter and code
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


@pytest.mark.parametrize("method", ["plain", "base64"])
def test_a_body_is_read_as_lambda_sends_it(told: World, method: str) -> None:
    pressed = told.slack.press(told.slack.messages[0].ts, "acknowledge")
    encoded = method == "base64"
    body = base64.b64encode(pressed.body) if encoded else pressed.body
    event = {"headers": pressed.headers, "body": body.decode(), "isBase64Encoded": encoded}
    assert told.record.handler(event, CONTEXT) == {"statusCode": 200}
    assert the_incident(told).state is IncidentState.ACKNOWLEDGED


@pytest.mark.parametrize("event", [{}, {"headers": {}, "body": "a=b", "isBase64Encoded": False}])
def test_a_request_without_headers_is_not_slack_s(told: World, event: dict[str, Any]) -> None:
    assert told.record.handler(event, CONTEXT) == {"statusCode": 401}


def test_the_sample_event_is_refused_because_its_signature_is_old(told: World) -> None:
    event = json.loads((Path(__file__).parents[2] / "events" / "record_feedback.json").read_text())
    assert told.record.handler(event, CONTEXT)["statusCode"] == 401
