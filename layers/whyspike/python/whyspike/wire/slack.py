"""Slack by its web API (bot token) or an incoming webhook: at most one message a second and
channel, Retry-After honoured.

A failure says whether the message may have arrived: only then could sending it again repeat it
(docs/slack.md).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import requests

from whyspike.errors import Refused, Throttled, Uncertain, Unreachable, WhyspikeError
from whyspike.model import Message
from whyspike.wire.failures import fact_of, fact_of_error, fact_of_status, understood
from whyspike.wire.secrets import SlackSecret
from whyspike.words.mrkdwn import inert

_TIMEOUT = (5, 10)  # seconds to connect, to answer
_PATIENCE = 20.0  # seconds that one call waits for Retry-After in all
_PACE = 1.0  # seconds between two messages to one channel
_EVENT = "whyspike_notice"
_PAGES = 10  # of 200 messages, of a channel's history


@dataclass(frozen=True)
class Posted:
    """Where a message landed; a webhook says neither."""

    channel: str
    ts: str | None


@dataclass(frozen=True)
class Slack:
    """`api_url` ends with a slash. `timeout` is (connect, answer) in seconds; `patience` is how
    long one call waits for Retry-After;
    `deadline` is the time of `clock` at which every call and wait is over."""

    secret: SlackSecret
    api_url: str
    timeout: tuple[float, float] = _TIMEOUT
    patience: float = _PATIENCE
    deadline: float = math.inf
    clock: Callable[[], float] = field(default=lambda: time.monotonic())
    sleep: Callable[[float], None] = field(default=lambda seconds: time.sleep(seconds))
    session: requests.Session = field(default_factory=requests.Session)
    _last: dict[str, float] = field(default_factory=dict)

    @property
    def is_configured(self) -> bool:
        return bool(self.secret.bot_token or self.secret.webhook_url)

    @property
    def has_threads(self) -> bool:
        return bool(self.secret.bot_token)

    def within(self, seconds: float) -> Slack:
        """The same Slack, whose calls and waits are over in that time all together."""
        return replace(self, deadline=self.clock() + seconds)

    def post(
        self,
        channel: str,
        message: Message,
        notice_id: str,
        thread_ts: str | None = None,
        broadcast: bool = False,
    ) -> Posted:
        """Posts to the channel (a webhook to its own). Raises Throttled, Unreachable,
        Uncertain or Refused."""
        content = {**_content(message), "unfurl_links": False, "unfurl_media": False}
        if not self.secret.bot_token:
            self._pace("webhook")
            taken = self._send(str(self.secret.webhook_url), json=content)
            if _is_page(taken):
                raise Uncertain("Slack answered a webhook with a page of HTML")
            return Posted("webhook", None)
        self._pace(channel)
        place: dict[str, Any] = (
            {"thread_ts": thread_ts, "reply_broadcast": broadcast} if thread_ts else {}
        )
        mark = {"metadata": {"event_type": _EVENT, "event_payload": {"notice_id": notice_id}}}
        answer = self._call(
            "chat.postMessage", json={"channel": channel, **content, **place, **mark}
        )
        with understood("Slack"):
            return Posted(str(answer["channel"]), str(answer["ts"]))

    def update(self, channel: str, ts: str, message: Message) -> None:
        """Replaces a message in place."""
        self._call("chat.update", json={"channel": channel, "ts": ts, **_content(message)})

    def find(
        self, channel: str, thread_ts: str | None, notice_id: str, oldest: float
    ) -> Posted | None:
        """The message of that notice, if it did arrive since `oldest` (epoch seconds); None when it
        is not there. Needs a channel id and the history scope: raises Refused where the
        history cannot be read to its end."""
        window = {
            "channel": channel,
            "oldest": f"{oldest:.6f}",
            "include_all_metadata": "true",
            "limit": "200",
        }
        method = "conversations.replies" if thread_ts else "conversations.history"
        for _ in range(_PAGES):
            try:
                answer = self._call(method, data=window | ({"ts": thread_ts} if thread_ts else {}))
                with understood("Slack"):
                    ts, window["cursor"] = _found(answer, notice_id)
            except Uncertain as error:  # a look-up leaves nothing behind
                raise Unreachable(str(error)) from error
            if ts:
                return Posted(channel, ts)
            if not (answer.get("has_more") and window["cursor"]):
                return None
        raise Refused(f"the history of {channel} is too long to search", "too_long")

    def check(self) -> None:
        """Raises Unreachable while Slack does not answer: a message that is sent again then would
        be another one without an answer."""
        try:
            self._call("auth.test")
        except Uncertain as error:  # a question leaves nothing behind
            raise Unreachable(str(error)) from error

    def upload(self, name: str, title: str, png: bytes) -> str:
        """The id of an uploaded image that no channel shows yet."""
        place = self._call(
            "files.getUploadURLExternal", data={"filename": name, "length": str(len(png))}
        )
        with understood("Slack"):
            url, file_id = str(place["upload_url"]), str(place["file_id"])
        self._send(url, data=png, headers={"Content-Type": "image/png"})
        self._call(
            "files.completeUploadExternal",
            json={"files": [{"id": file_id, "title": title}]},
        )
        return file_id

    def respond(self, response_url: str, message: Message) -> None:
        """Replaces the message whose button was pressed, without a bot token."""
        self._send(response_url, json={"replace_original": True, **_content(message)})

    def whisper(self, response_url: str, text: str) -> None:
        """A line (mrkdwn of ours) that only the person who pressed the button sees."""
        self._send(
            response_url,
            json={"response_type": "ephemeral", "replace_original": False, "text": text},
        )

    def _call(self, method: str, **content: Any) -> dict[str, Any]:
        response = self._send(
            self.api_url + method,
            headers={"Authorization": f"Bearer {self.secret.bot_token}"},
            **content,
        )
        answer = _json(response)
        if answer is None:
            raise Uncertain(f"Slack answered {method} with something that is no answer")
        if answer.get("ok"):
            return answer
        code = str(answer.get("error", "unknown_error"))
        if fact_of("slack", code) is Uncertain:
            raise Uncertain(f"Slack answered {method} with {code}")
        with understood("Slack"):
            lines = answer.get("response_metadata", {}).get("messages", [])[:3]
            detail = "; ".join(str(line)[:200] for line in lines)
        raise Refused(f"Slack refused {method}: {code} {detail}".strip(), code)

    def _send(
        self, url: str, headers: Mapping[str, str] | None = None, **content: Any
    ) -> requests.Response:
        """A 2xx answer. A throttled request is sent again after Retry-After, as long as that is
        within the patience and the deadline."""
        waited = 0.0
        while True:
            left = self.deadline - self.clock()
            if left <= 0:
                raise Unreachable("no time is left for Slack")
            timeout = (min(self.timeout[0], left * 0.4), min(self.timeout[1], left * 0.6))
            try:
                answer = self.session.post(url, headers=headers, timeout=timeout, **content)
            except requests.RequestException as error:
                fact = fact_of_error("slack", error) or Uncertain
                raise fact(f"Slack gave no answer ({type(error).__name__})") from error
            if answer.status_code == 429:
                pause = _seconds(answer.headers.get("Retry-After"))
                if waited + pause > self.patience or pause > self.deadline - self.clock():
                    raise Throttled(f"Slack asks to wait {pause:.0f} s", pause)
                self.sleep(pause)
                waited += pause
            elif answer.ok:
                return answer
            else:
                raise _failure(answer)

    def _pace(self, channel: str) -> None:
        wait = self._last.get(channel, -math.inf) + _PACE - self.clock()
        if wait > 0:
            self.sleep(wait)
        self._last[channel] = self.clock()


def _content(message: Message) -> dict[str, Any]:
    """Slack reads `text` as mrkdwn too."""
    return {"text": inert(message.text), "blocks": list(message.blocks)}


def _found(history: Mapping[str, Any], notice_id: str) -> tuple[str, str]:
    """Of a page of a channel's history: the time stamp of the notice's message, "" where it is not
    there, and the cursor of the next page."""
    for message in history.get("messages", []):
        if message.get("metadata", {}).get("event_payload", {}).get("notice_id") == notice_id:
            return str(message["ts"]), ""
    return "", str(history.get("response_metadata", {}).get("next_cursor") or "")


def _failure(answer: requests.Response) -> WhyspikeError:
    said = answer.text.strip()[:80]
    if fact_of_status("slack", answer.status_code) is Refused:
        return Refused(f"Slack refused with HTTP {answer.status_code}: {said}", said)
    return Uncertain(f"Slack answered with HTTP {answer.status_code}")


def _seconds(text: str | None) -> float:
    """Retry-After as a number of seconds; a date, a word or nothing is one second."""
    try:
        seconds = float(text or 1)
    except ValueError:
        return 1.0
    return max(seconds, 0.0) if math.isfinite(seconds) else 1.0


def _json(answer: requests.Response) -> dict[str, Any] | None:
    """None for a 200 without an answer in it, such as a page of HTML."""
    try:
        value = answer.json()
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _is_page(answer: requests.Response) -> bool:
    return "html" in answer.headers.get("Content-Type", "")
