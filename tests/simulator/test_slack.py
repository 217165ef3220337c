"""The simulated Slack refuses what Slack refuses: each limit at its edge and one beyond."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from whyspike.simulator.faults import Faults
from whyspike.simulator.slack.limits import message_problem
from whyspike.simulator.slack.workspace import SlackEndpoint

BOT = {"authorization": "Bearer xoxb-1", "content-type": "application/json", "host": "h"}


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(**fields: Any) -> dict[str, Any]:
    return {
        "type": "button",
        "text": {"type": "plain_text", "text": "Go"},
        "action_id": "go",
        "value": "v",
        **fields,
    }


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


@pytest.mark.parametrize(
    ("fits", "breaks"),
    [
        ([section("x")] * 50, [section("x")] * 51),
        ([section("x" * 3000)], [section("x" * 3001)]),
        ([section("x")], [section("")]),
        (
            [{"type": "header", "text": {"type": "plain_text", "text": "x" * 150}}],
            [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}],
        ),
        (
            [{"type": "header", "text": {"type": "plain_text", "text": "x"}}],
            [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
        ),
        (
            [{"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 10}],
            [{"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11}],
        ),
        ([actions(button(value="v" * 2000))], [actions(button(value="v" * 2001))]),
        ([actions(button(), button(action_id="b"))], [actions(button(), button())]),
        ([actions(button(style="danger"))], [actions(button(style="blue"))]),
        (
            [{"type": "image", "slack_file": {"id": "F1"}, "alt_text": "a"}],
            [{"type": "image", "slack_file": {"id": "F2"}, "alt_text": "a"}],
        ),
        ([section("x" * 3000)] * 4, [section("x" * 3000)] * 5),
        ([{"type": "divider"}], [{"type": "table"}]),
    ],
    ids=[
        "blocks",
        "section",
        "empty",
        "header",
        "header kind",
        "context",
        "value",
        "action ids",
        "style",
        "file",
        "total",
        "kind",
    ],
)
def test_a_limit_is_kept_and_one_beyond_is_refused(
    fits: list[dict[str, Any]], breaks: list[dict[str, Any]]
) -> None:
    assert message_problem({"text": "t", "blocks": fits}, frozenset({"F1"})) is None
    assert message_problem({"text": "t", "blocks": breaks}, frozenset({"F1"})) is not None


def call(slack: SlackEndpoint, method: str, **content: Any) -> dict[str, Any]:
    status, _, body = slack.handle(f"/api/{method}", BOT, json.dumps(content).encode())
    assert status == 200
    answer: dict[str, Any] = json.loads(body)
    return answer


def test_a_message_is_kept_updated_found_and_answered_in_its_thread() -> None:
    slack = SlackEndpoint()
    first = call(
        slack,
        "chat.postMessage",
        channel="#a",
        text="one",
        metadata={"event_payload": {"notice_id": "n1"}},
    )
    reply = call(
        slack,
        "chat.postMessage",
        channel=first["channel"],
        text="two",
        thread_ts=first["ts"],
        reply_broadcast=True,
    )
    assert call(slack, "chat.update", channel=first["channel"], ts=first["ts"], text="changed")[
        "ok"
    ]
    assert [(m.channel, m.text, m.thread_ts, m.broadcast) for m in slack.messages] == [
        ("#a", "changed", None, False),
        ("#a", "two", first["ts"], True),
    ]
    assert slack.messages[0].updates == [{"text": "one", "blocks": []}]
    found = call(
        slack, "conversations.history", channel=first["channel"], include_all_metadata="true"
    )["messages"]
    assert [m["metadata"]["event_payload"]["notice_id"] for m in found] == ["n1"]
    assert reply["ts"] != first["ts"]


@pytest.mark.parametrize(
    ("method", "content", "error"),
    [
        ("chat.postMessage", {"channel": "#a", "text": ""}, "no_text"),
        ("chat.postMessage", {"channel": "", "text": "x"}, "channel_not_found"),
        (
            "chat.postMessage",
            {"channel": "#a", "text": "x", "thread_ts": "1.0"},
            "thread_not_found",
        ),
        (
            "chat.postMessage",
            {"channel": "#a", "text": "x", "blocks": [{"type": "nonsense"}]},
            "invalid_blocks",
        ),
        ("chat.update", {"channel": "#a", "ts": "1.0", "text": "x"}, "message_not_found"),
        ("files.completeUploadExternal", {"files": [{"id": "F9"}]}, "file_not_found"),
        ("chat.delete", {}, "unknown_method"),
    ],
)
def test_what_slack_would_refuse_is_refused_by_name(
    method: str, content: dict[str, Any], error: str
) -> None:
    assert call(SlackEndpoint(), method, **content)["error"] == error


def test_a_call_without_a_token_is_refused() -> None:
    status, _, body = SlackEndpoint().handle(
        "/api/auth.test", {"content-type": "application/json"}, b"{}"
    )
    assert (status, json.loads(body)["error"]) == (200, "not_authed")


@pytest.mark.parametrize(
    ("fault", "status", "kept"),
    [
        ("429", 429, 0),
        ("500", 500, 0),
        ("500_after", 500, 1),
        ("timeout", 504, 0),
        ("timeout_after", 504, 1),
    ],
)
def test_a_fault_strikes_as_often_as_it_was_planned(fault: str, status: int, kept: int) -> None:
    slack = SlackEndpoint(Faults({f"slack:{fault}": 1}), timeout_seconds=0)
    body = json.dumps({"channel": "#a", "text": "x"}).encode()
    assert slack.handle("/api/chat.postMessage", BOT, body)[0] == status
    assert len(slack.messages) == kept
    assert slack.handle("/api/chat.postMessage", BOT, body)[0] == 200


def test_a_press_is_signed_as_slack_signs() -> None:
    slack = SlackEndpoint(signing_secret="s")
    call(
        slack,
        "chat.postMessage",
        channel="#a",
        text="x",
        blocks=[actions(button(value="incident"))],
    )
    press = slack.press(slack.messages[0].ts, "go", at=1_700_000_000.0)
    expected = hmac.new(b"s", b"v0:1700000000:" + press.body, hashlib.sha256).hexdigest()
    assert press.headers["x-slack-signature"] == f"v0={expected}"
    payload = json.loads(parse_qs(press.body.decode())["payload"][0])
    assert (payload["type"], payload["actions"][0]["value"]) == ("block_actions", "incident")
    with pytest.raises(KeyError):
        slack.press(slack.messages[0].ts, "not offered")
