"""Workflows of Microsoft Teams that post the cards they are sent, as strict as Teams where it is
known, and where it is not, stricter: what a workflow could not post stands in `failed`.

| fault | effect |
| --- | --- |
| `teams:429` | HTTP 429 with Retry-After: 5 |
| `teams:500` | HTTP 500 |
| `teams:timeout`, `teams:timeout_after` | no answer; the same after the card was posted |
| `teams:said_429`, `teams:said_413` | HTTP 200 and a text that says that it failed so |
| `teams:gone` | the workflow was deleted: HTTP 404 |
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from whyspike.simulator.faults import Faults
from whyspike.simulator.receivers.webhook import Answer

MAX_MESSAGE_BYTES = 28 * 1024
MAX_REQUESTS_A_SECOND = 4
MAX_VERSION = (1, 5)  # of the cards that Teams shows
MAX_ACTIONS = 6
SIGNATURE = "secretpath-of-a-workflow"
_KIND = "application/vnd.microsoft.card.adaptive"
_JSON = {"Content-Type": "application/json; charset=utf-8"}
# The elements that whyspike uses, each with what it needs.
_NEEDED = {
    "Container": "items",
    "RichTextBlock": "inlines",
    "TextRun": "text",
    "TextBlock": "text",
    "Action.OpenUrl": "url",
}
_CHILDREN = ("body", "items", "inlines", "actions")


@dataclass
class TeamsWorkflows:
    """`cards` are what the channels show, in their order."""

    faults: Faults
    cards: list[dict[str, Any]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    _asked: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def handle(self, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """`path` is /workflows/<name>; header names are in lower case."""
        for fault, answer in _BEFORE.items():
            if self.faults.take(f"teams:{fault}"):
                return answer
        if parse_qs(query).get("sig") != [SIGNATURE]:
            return _error(401, "DirectApiAuthorizationRequired")
        if not path.startswith("/workflows/"):
            return _error(404, "WorkflowNotFound")
        if self._is_too_fast():
            return 429, {"Retry-After": "1"}, b""
        if problem := message_problem(headers, body):
            self.failed.append(
                problem
            )  # the run of the workflow fails, and the caller hears of none
        else:
            card = json.loads(body)["attachments"][0]["content"]
            self.cards.append({"channel": path.rpartition("/")[2], "card": card})
        if self.faults.take("teams:timeout_after"):
            return 0, {}, b""
        return 202, {}, b""

    def _is_too_fast(self) -> bool:
        with self._lock:
            now = time.monotonic()
            self._asked = [at for at in self._asked if now - at < 1.0]
            if len(self._asked) >= MAX_REQUESTS_A_SECOND:
                return True
            self._asked.append(now)
            return False


def _said(status: int) -> Answer:
    """As the connectors did that workflows replaced."""
    text = (
        "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error"
        f" {status} with ContextId simulated."
    )
    return 200, {"Content-Type": "text/plain; charset=utf-8"}, text.encode()


def _error(status: int, code: str) -> Answer:
    told = {"error": {"code": code, "message": f"The request was refused: {code}."}}
    return status, _JSON, json.dumps(told).encode()


_BEFORE: dict[str, Answer] = {
    "429": (429, {"Retry-After": "5"}, b""),
    "500": (500, {}, b""),
    "timeout": (0, {}, b""),
    "said_429": _said(429),
    "said_413": _said(413),
    "gone": _error(404, "WorkflowNotFound"),
}


def message_problem(headers: Mapping[str, str], body: bytes) -> str:
    """Why Teams does not show the message; "" where it does."""
    if not headers.get("content-type", "").startswith("application/json"):
        return "the body is not declared as JSON"
    if len(body) > MAX_MESSAGE_BYTES:
        return f"RequestEntityTooLarge: {len(body)} bytes"
    try:
        attachments = json.loads(body)["attachments"]
        (attachment,) = attachments
        card = attachment["content"]
    except (ValueError, KeyError, TypeError):
        return "there is not one attachment with content"
    if attachment.get("contentType") != _KIND or card.get("type") != "AdaptiveCard":
        return "the attachment is no adaptive card"
    return next(_card_problems(card), "")


def _card_problems(card: Mapping[str, Any]) -> Iterator[str]:
    version = tuple(int(part) for part in str(card.get("version", "9.9")).split("."))
    if version > MAX_VERSION:
        yield f"version {card.get('version')} is newer than Teams knows"
    if not card.get("body"):
        yield "the card is empty"
    if len(card.get("actions", ())) > MAX_ACTIONS:
        yield f"more than {MAX_ACTIONS} actions"
    yield from _element_problems(card)


def _element_problems(element: Mapping[str, Any]) -> Iterator[str]:
    """Of what lies within it."""
    children = [child for name in _CHILDREN for child in element.get(name, ())]
    children += [element[name] for name in ("selectAction",) if name in element]
    for child in children:
        needed = _NEEDED.get(child.get("type", ""))
        if needed is None:
            yield f"{child.get('type')} is not known"
        elif not child.get(needed) and child["type"] != "TextRun":
            yield f"{child['type']} without {needed}"
        elif child["type"] == "TextRun" and not isinstance(child.get("text"), str):
            yield "TextRun without text"
        elif child["type"] == "Action.OpenUrl" and not child["url"].startswith("https://"):
            yield "an action opens no https address"
        else:
            yield from _element_problems(child)
