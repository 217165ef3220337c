"""A Slack workspace that enforces Slack's limits, remembers every message, and presses buttons as a
person would.

Faults of `simulator/faults.py`, each a number of times; `slack:channel_not_found:#shop` strikes one
channel alone:

| fault | effect |
| --- | --- |
| `slack:429` | HTTP 429 with Retry-After: 1 |
| `slack:429_long` | HTTP 429 with Retry-After: 600 |
| `slack:429_update` | a message is not brought up to date: HTTP 429 with Retry-After: 15 |
| `slack:down` | HTTP 503 for every call |
| `slack:html` | HTTP 200 with a page of HTML in place of an answer |
| `slack:500`, `slack:500_after` | HTTP 500; the same after the message was posted |
| `slack:timeout` | no answer within the client's time-out |
| `slack:timeout_after` | the same after the message was posted |
| `slack:invalid_auth`, `slack:channel_not_found` and others | refused with that error |
| `slack:missing_scope` | reading history is refused |
| `slack:no_scope:files:write` | the token lacks that scope, as auth.test tells |
| `slack:upload` | files cannot be uploaded |
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from whyspike.simulator.faults import Faults
from whyspike.simulator.slack.limits import message_problem

SCOPES = (
    "chat:write",
    "files:write",
    "channels:history",
    "groups:history",
)  # of the simulated app's bot token

Response = tuple[int, dict[str, str], bytes]

# What chat.postMessage answers about a channel (its reference, "Errors").
CHANNEL_ERRORS = (
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "restricted_action",
    "restricted_action_non_threadable_channel",
    "restricted_action_read_only_channel",
    "restricted_action_thread_locked",
    "restricted_action_thread_only_channel",
    "team_access_not_granted",
    "cannot_post_to_canvas_channel",
    "ekm_access_denied",
)

SIGNING_SECRET = "simulated-signing-secret"  # noqa: S105  of nothing real


@dataclass
class SlackMessage:
    """One message as Slack shows it now. `updates` are the contents that it had before."""

    channel: str  # as the sender named it: "#shop" or an id
    ts: str
    text: str
    blocks: list[dict[str, Any]]
    thread_ts: str | None = None
    broadcast: bool = False
    notice_id: str | None = None  # of the message's metadata
    updates: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Press:
    """A signed request of a pressed button, for the feedback URL."""

    headers: dict[str, str]
    body: bytes


class SlackEndpoint:
    """`handle` answers one HTTP request. Safe to use from several threads."""

    def __init__(
        self,
        faults: Faults | None = None,
        signing_secret: str = SIGNING_SECRET,
        timeout_seconds: float = 12.0,
    ) -> None:
        self.faults = faults or Faults()
        self.messages: list[SlackMessage] = []  # in the order of posting
        self.whispers: list[
            str
        ] = []  # shown to the person who pressed a button, and to nobody else
        self.files: dict[str, bytes] = {}  # uploaded and completed
        self._uploads: dict[str, bytes] = {}
        self._signing_secret = signing_secret
        self._timeout_seconds = timeout_seconds
        self.here = "http://slack.invalid"  # where it was asked last: response URLs lead there
        self._lock = threading.Lock()

    def handle(self, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """`path` is /api/<method>, /services/<webhook>, /upload/<file> or /respond/<ts>; header
        names are in lower case."""
        self.here = f"http://{headers.get('host', 'slack.invalid')}/slack"
        kind, _, name = path.lstrip("/").partition("/")
        if self.faults.take("slack:down"):
            return 503, {"Content-Type": "text/html"}, b"<html>Service Unavailable</html>"
        if self.faults.take("slack:html"):
            return 200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><title>Slack</title>"
        if kind == "services":
            return self._faulty("webhook", lambda: self._webhook(json.loads(body)))
        if kind == "upload":
            self._uploads[name] = body
            return 200, {"Content-Type": "text/plain"}, b"OK"
        if kind == "respond" and not json.loads(body).get("replace_original"):
            self.whispers.append(str(json.loads(body).get("text")))
            return 200, {"Content-Type": "text/plain"}, b"ok"
        if kind == "respond":
            return self._replace(name, json.loads(body))
        content = (
            json.loads(body)
            if "json" in headers.get("content-type", "")
            else dict(parse_qsl(body.decode()))
        )
        if not headers.get("authorization", "").startswith("Bearer xoxb-"):
            return _answer({"ok": False, "error": "not_authed"})
        if self.faults.take("slack:invalid_auth"):
            return _answer({"ok": False, "error": "invalid_auth"})
        if name == "chat.postMessage":
            return self._faulty(str(content.get("channel", "")), lambda: self._post(content))
        return self._other(name, content)

    def press(
        self,
        ts: str,
        action_id: str,
        user: str = "U0OWNER",
        value: str | None = None,
        at: float | None = None,
    ) -> Press:
        """A person chooses `action_id` of the message (`value` picks an option of a menu). Raises
        KeyError when it is not offered."""
        message = next(message for message in self.messages if message.ts == ts)
        elements = [
            element
            for block in message.blocks
            if block["type"] == "actions"
            for element in block["elements"]
        ]
        elements += [block["accessory"] for block in message.blocks if "accessory" in block]
        offered = {element["action_id"]: element for element in elements}
        element, now = offered[action_id], time.time() if at is None else at
        action: dict[str, Any] = {
            "type": element["type"],
            "action_id": action_id,
            "block_id": "feedback",
            "action_ts": f"{now:.6f}",
        }
        if element["type"] == "static_select":
            options = {option["value"]: option for option in element["options"]}
            chosen = value or next(iter(options))
            action["selected_option"] = next(
                option
                for known, option in options.items()
                if known == chosen or known.endswith(f"|{chosen}")
            )
        else:
            action["value"] = element["value"]
        payload = {
            "type": "block_actions",
            "user": {"id": user, "username": user.lower(), "team_id": "T0SIMULATED"},
            "container": {
                "type": "message",
                "message_ts": ts,
                "channel_id": self.channel_id(message.channel),
            },
            "channel": {"id": self.channel_id(message.channel)},
            "message": {"ts": ts, "text": message.text, "blocks": message.blocks},
            "response_url": f"{self.here}/respond/{ts}",
            "actions": [action],
        }
        return self.sign(urlencode({"payload": json.dumps(payload)}).encode(), now)

    def sign(self, body: bytes, at: float | None = None) -> Press:
        """The body with the headers that Slack would send."""
        timestamp = str(int(time.time() if at is None else at))
        digest = hmac.new(
            self._signing_secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256
        ).hexdigest()
        signed = {"x-slack-request-timestamp": timestamp, "x-slack-signature": f"v0={digest}"}
        return Press({**signed, "content-type": "application/x-www-form-urlencoded"}, body)

    def channel_id(self, channel: str) -> str:
        return (
            channel
            if channel.startswith("C")
            else "C" + hashlib.sha256(channel.encode()).hexdigest()[:10].upper()
        )

    def _faulty(self, channel: str, post: Any) -> Response:
        """A posting, with what can go wrong around it."""
        if self.faults.take("slack:429", channel):
            return 429, {"Retry-After": "1"}, b""
        if self.faults.take("slack:429_long", channel):
            return 429, {"Retry-After": "600"}, b""
        for error in CHANNEL_ERRORS:
            if self.faults.take(f"slack:{error}", channel):
                return (
                    _answer({"ok": False, "error": error})
                    if channel != "webhook"
                    else (404, {}, error.encode())
                )
        if self.faults.take("slack:500", channel):
            return 500, {}, b""
        if self.faults.take("slack:timeout", channel):
            return self._silence()
        answer: Response = post()
        if self.faults.take("slack:500_after", channel):
            return 500, {}, b""
        return self._silence() if self.faults.take("slack:timeout_after", channel) else answer

    def _silence(self) -> Response:
        time.sleep(self._timeout_seconds)
        return 504, {}, b""

    def _post(self, content: Mapping[str, Any]) -> Response:
        channel = str(content.get("channel", ""))
        if not channel:
            return _answer({"ok": False, "error": "channel_not_found"})
        if problem := message_problem(content, frozenset(self.files)):
            return _refused(*problem)
        notice_id = content.get("metadata", {}).get("event_payload", {}).get("notice_id")
        with self._lock:
            thread_ts = content.get("thread_ts")
            if thread_ts and not any(message.ts == thread_ts for message in self.messages):
                return _answer({"ok": False, "error": "thread_not_found"})
            named = next(
                (m.channel for m in self.messages if self.channel_id(m.channel) == channel), channel
            )
            ts = f"{time.time():.0f}.{len(self.messages) + 1:06d}"
            broadcast = bool(thread_ts and content.get("reply_broadcast"))
            message = SlackMessage(
                named,
                ts,
                content.get("text", ""),
                content.get("blocks", []),
                thread_ts,
                broadcast,
                notice_id,
            )
            self.messages.append(message)
        return _answer({"ok": True, "channel": self.channel_id(channel), "ts": ts})

    def _webhook(self, content: Mapping[str, Any]) -> Response:
        if problem := message_problem(content, frozenset(self.files)):
            return 400, {"Content-Type": "text/plain"}, problem[0].encode()
        with self._lock:
            ts = f"{time.time():.0f}.{len(self.messages) + 1:06d}"
            self.messages.append(
                SlackMessage("webhook", ts, content.get("text", ""), content.get("blocks", []))
            )
        return 200, {"Content-Type": "text/plain"}, b"ok"

    def _replace(self, ts: str, content: Mapping[str, Any]) -> Response:
        message = next((message for message in self.messages if message.ts == ts), None)
        if message is None:
            return _answer({"ok": False, "error": "message_not_found"})
        if problem := message_problem(content, frozenset(self.files)):
            return _refused(*problem)
        message.updates.append({"text": message.text, "blocks": message.blocks})
        message.text, message.blocks = content.get("text", ""), content.get("blocks", [])
        return _answer({"ok": True, "channel": self.channel_id(message.channel), "ts": ts})

    def _other(self, method: str, content: Mapping[str, Any]) -> Response:
        match method:
            case "auth.test":
                status, answer_headers, content_of = _answer(
                    {"ok": True, "team": "Simulated", "user": "whyspike", "bot_id": "B0SIMULATED"}
                )
                scopes = [
                    scope for scope in SCOPES if not self.faults.take(f"slack:no_scope:{scope}")
                ]
                return status, {**answer_headers, "X-OAuth-Scopes": ",".join(scopes)}, content_of
            case "chat.update":
                if self.faults.take("slack:429_update"):
                    return 429, {"Retry-After": "15"}, b""
                return self._replace(str(content.get("ts")), content)
            case "conversations.history" | "conversations.replies":
                return self._history(content)
            case "files.getUploadURLExternal":
                if self.faults.take("slack:upload"):
                    return _answer({"ok": False, "error": "missing_scope"})
                file_id = f"F{len(self._uploads) + 1:010d}"
                self._uploads[file_id] = b""
                return _answer(
                    {"ok": True, "upload_url": f"{self.here}/upload/{file_id}", "file_id": file_id}
                )
            case "files.completeUploadExternal":
                for file in content.get("files", []):
                    if not self._uploads.get(file["id"]):
                        return _answer({"ok": False, "error": "file_not_found"})
                    self.files[file["id"]] = self._uploads[file["id"]]
                return _answer({"ok": True, "files": list(content.get("files", []))})
        return _answer({"ok": False, "error": "unknown_method"})

    def _history(self, content: Mapping[str, Any]) -> Response:
        if self.faults.take("slack:missing_scope"):
            return _answer({"ok": False, "error": "missing_scope"})
        if not str(content.get("channel", "")).startswith("C"):
            return _answer({"ok": False, "error": "channel_not_found"})
        thread, here = content.get("ts"), content["channel"]
        found = [
            m
            for m in self.messages
            if self.channel_id(m.channel) == here
            and (thread in {m.ts, m.thread_ts} if thread else not m.thread_ts)
        ]
        shown = [
            {
                "ts": m.ts,
                "text": m.text,
                "metadata": {
                    "event_type": "whyspike_notice",
                    "event_payload": {"notice_id": m.notice_id},
                },
            }
            for m in found
            if float(m.ts) >= float(content.get("oldest", 0))
            and content.get("include_all_metadata") == "true"
        ]
        return _answer({"ok": True, "messages": shown, "has_more": False})


def _answer(value: Mapping[str, Any]) -> Response:
    return 200, {"Content-Type": "application/json; charset=utf-8"}, json.dumps(value).encode()


def _refused(error: str, detail: str) -> Response:
    more = {"response_metadata": {"messages": [f"[ERROR] {detail}"]}} if detail else {}
    return _answer({"ok": False, "error": error, **more})
