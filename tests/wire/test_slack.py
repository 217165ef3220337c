"""The Slack adapter against a real HTTP server on this machine: pacing, Retry-After, and whether a
message may have arrived."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest

from whyspike.errors import Refused, Throttled, Uncertain, Unreachable
from whyspike.model import Message
from whyspike.wire.secrets import SlackSecret
from whyspike.wire.slack import Slack

HELLO = Message("hello <!channel>", ({"type": "divider"},))
Answers = list[tuple[int, dict[str, str], bytes]]
OK: tuple[int, dict[str, str], bytes] = (
    200,
    {},
    json.dumps({"ok": True, "channel": "C1", "ts": "1.5"}).encode(),
)


@contextmanager
def slack_at(
    answers: Answers, seconds: float = 0.0, **fields: Any
) -> Iterator[tuple[Slack, list[dict[str, Any]], list[float]]]:
    """An adapter, the requests that the server got, and what the adapter slept. The server answers
    with `answers` in turn."""
    got: list[dict[str, Any]] = []
    slept: list[float] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append(
                {
                    "path": self.path,
                    "token": self.headers.get("Authorization"),
                    "body": self.content(body),
                }
            )
            time.sleep(seconds)
            status, headers, content = answers[min(len(got), len(answers)) - 1]
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def content(self, body: bytes) -> dict[str, Any]:
            return (
                json.loads(body)
                if "json" in str(self.headers["Content-Type"])
                else dict(parse_qsl(body.decode()))
            )

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/api/"
    try:
        yield Slack(SlackSecret(bot_token="xoxb-1"), url, sleep=slept.append, **fields), got, slept
    finally:
        server.shutdown()
        server.server_close()


def test_a_message_goes_out_with_its_token_its_mark_and_inert_text() -> None:
    with slack_at([OK]) as (slack, got, _):
        posted = slack.post("#a", HELLO, "notice-1", thread_ts="1.0", broadcast=True)
    assert (posted.channel, posted.ts) == ("C1", "1.5")
    (request,) = got
    assert (request["path"], request["token"]) == ("/api/chat.postMessage", "Bearer xoxb-1")
    body = request["body"]
    assert body["text"] == "hello &lt;!channel&gt;"
    assert (body["thread_ts"], body["reply_broadcast"], body["unfurl_links"]) == (
        "1.0",
        True,
        False,
    )
    assert body["metadata"]["event_payload"] == {"notice_id": "notice-1"}


def test_retry_after_is_honoured() -> None:
    with slack_at([(429, {"Retry-After": "7"}, b""), (429, {"Retry-After": "2"}, b""), OK]) as (
        slack,
        got,
        slept,
    ):
        slack.post("#a", HELLO, "n")
    assert len(got) == 3
    assert slept == [7.0, 2.0]


@pytest.mark.parametrize("odd", ["soon", "nan", "inf", "-5", "Fri, 27 Nov 2026 09:00:00 GMT"])
def test_a_retry_after_that_is_no_number_of_seconds_is_a_short_wait(odd: str) -> None:
    with slack_at([(429, {"Retry-After": odd}, b""), OK]) as (slack, _, slept):
        slack.post("#a", HELLO, "n")
    assert slept in ([1.0], [0.0])


PAGES = {
    "a page of HTML": ({"Content-Type": "text/html"}, b"<!DOCTYPE html><title>Slack</title>"),
    "nothing": ({}, b""),
    "a list": ({"Content-Type": "application/json"}, b"[]"),
}


@pytest.mark.parametrize(("headers", "body"), PAGES.values(), ids=PAGES)
def test_a_200_without_an_answer_may_have_arrived(headers: dict[str, str], body: bytes) -> None:
    with slack_at([(200, headers, body)]) as (slack, _, _), pytest.raises(Uncertain):
        slack.post("#a", HELLO, "n")


def test_a_webhook_that_answers_with_a_page_may_have_arrived() -> None:
    with slack_at([(200, *PAGES["a page of HTML"])]) as (slack, _, _):
        hook = replace(slack, secret=SlackSecret(webhook_url=slack.api_url))
        with pytest.raises(Uncertain):
            hook.post("#a", HELLO, "n")


def test_a_wait_beyond_the_patience_is_left_to_the_state_machine() -> None:
    with (
        slack_at([(429, {"Retry-After": "90"}, b"")]) as (slack, _, slept),
        pytest.raises(Throttled) as raised,
    ):
        slack.post("#a", HELLO, "n")
    assert raised.value.retry_after_seconds == 90
    assert slept == []


def test_without_patience_a_throttle_is_not_waited_for() -> None:
    with (
        slack_at([(429, {"Retry-After": "1"}, b"")], patience=0.0) as (slack, got, slept),
        pytest.raises(Throttled),
    ):
        slack.update("C1", "1.5", HELLO)
    assert (len(got), slept) == (1, [])


def test_all_calls_and_waits_of_one_delivery_end_before_its_deadline() -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    with slack_at([(429, {"Retry-After": "19"}, b""), OK]) as (slack, got, _):
        timed = replace(slack, clock=lambda: now[0], sleep=sleep).within(30)
        timed.post("#a", HELLO, "n")
        assert now == [19.0]
        got.clear()
        with pytest.raises(Throttled):
            timed.post("#b", HELLO, "n")
        assert now == [19.0], "a wait that would go beyond it is not begun"
        now[0] = 31.0
        got.clear()
        with pytest.raises(Unreachable, match="no time"):
            timed.post("#c", HELLO, "n")
    assert got == []


def test_a_long_history_is_searched_page_by_page() -> None:
    first = {
        "ok": True,
        "messages": [],
        "has_more": True,
        "response_metadata": {"next_cursor": "p2"},
    }
    mine = {"ts": "3.5", "metadata": {"event_payload": {"notice_id": "n"}}}
    pages: Answers = [
        (200, {}, json.dumps(answer).encode())
        for answer in (first, {"ok": True, "messages": [mine]})
    ]
    with slack_at(pages) as (slack, got, _):
        posted = slack.find("C1", None, "n", 0.0)
    assert posted is not None
    assert posted.ts == "3.5"
    assert [request["body"].get("cursor") for request in got] == [None, "p2"]


def test_one_channel_gets_one_message_a_second_and_another_does_not_wait_for_it() -> None:
    with slack_at([OK]) as (slack, _, slept):
        slack.post("#a", HELLO, "n")
        slack.post("#b", HELLO, "n")
        assert slept == []
        slack.post("#a", HELLO, "n")
    assert len(slept) == 1
    assert 0 < slept[0] <= 1


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        ({"ok": False, "error": "channel_not_found"}, Refused, "channel_not_found"),
        (
            {
                "ok": False,
                "error": "invalid_blocks",
                "response_metadata": {"messages": ["too long"]},
            },
            Refused,
            "invalid_blocks",
        ),
        ({"ok": False}, Refused, "unknown_error"),
        ({"ok": False, "error": "fatal_error"}, Uncertain, None),
    ],
)
def test_slack_s_own_errors_are_told_apart(
    answer: dict[str, Any], error: type[Exception], code: str | None
) -> None:
    with (
        slack_at([(200, {}, json.dumps(answer).encode())]) as (slack, _, _),
        pytest.raises(error) as raised,
    ):
        slack.post("#a", HELLO, "n")
    assert getattr(raised.value, "code", None) == code


def test_a_slow_slack_may_have_the_message_and_an_unreachable_one_has_not() -> None:
    with (
        slack_at([OK], seconds=0.5, timeout=(0.2, 0.2)) as (slack, _, _),
        pytest.raises(Uncertain),
    ):
        slack.post("#a", HELLO, "n")
    nobody = Slack(SlackSecret(bot_token="xoxb-1"), "http://127.0.0.1:9/api/")
    with pytest.raises(Unreachable):
        nobody.post("#a", HELLO, "n")


def test_a_webhook_s_refusal_is_its_text() -> None:
    with slack_at([(404, {}, b"no_service")]) as (slack, _, _):
        hook = Slack(SlackSecret(webhook_url=slack.api_url + "hook"), slack.api_url)
        with pytest.raises(Refused) as raised:
            hook.post("", HELLO, "n")
    assert raised.value.code == "no_service"


def test_a_secret_prints_as_nothing() -> None:
    assert "xoxb" not in repr(SlackSecret(bot_token="xoxb-1", signing_secret="s3cret")) + repr(
        SlackSecret(webhook_url="https://hooks")
    )
    assert "xoxb" not in repr(Slack(SlackSecret(bot_token="xoxb-1"), ""))
