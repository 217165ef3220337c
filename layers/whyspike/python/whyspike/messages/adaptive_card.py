"""An owner's message as an adaptive card for Microsoft Teams. Pure.

Text stands in RichTextBlocks alone: Teams reads a TextBlock as Markdown, in which a tag could forge
a link. A card has no buttons that answer; Slack has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from whyspike.incidents.incident import NoticeKind
from whyspike.incidents.notices import Notice
from whyspike.messages.blocks import Block
from whyspike.messages.owner_message import assembled
from whyspike.model import Severity
from whyspike.words.mrkdwn import Token, TokenKind, pictures, tokens

MAX_CARD_BYTES = 24_000  # Teams takes 28 KB, with what it adds itself
_STYLES = {
    Severity.CRITICAL: "attention",
    Severity.HIGH: "warning",
    Severity.MEDIUM: "accent",
    Severity.LOW: "default",
}
_QUIET = {NoticeKind.RESOLVED, NoticeKind.NOW_NORMAL, NoticeKind.RESTATED, NoticeKind.PLANNED}
_MORE = "The rest stands in the report."


def adaptive_card(notice: Notice) -> dict[str, Any]:
    """What a Teams workflow is posted, small enough for it."""
    message = assembled(notice)
    body = [element for block in message.blocks for element in _elements(block)]
    actions = [action for block in message.blocks for action in _links(block)][:3]
    while len(json.dumps(_posted(notice, body, actions)).encode()) > MAX_CARD_BYTES:
        cut = body[:-1] if body[-1] != _text(_MORE) else body[:-2]
        body = [*cut, _text(_MORE)]
    return _posted(notice, body, actions)


def _posted(notice: Notice, body: list[Any], actions: list[Any]) -> dict[str, Any]:
    style = "default" if notice.kind in _QUIET else _STYLES[notice.severity]
    top, rest = body[:1], body[1:]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "fallbackText": assembled(notice).text,
        "body": [{"type": "Container", "style": style, "bleed": True, "items": top}, *rest],
        "actions": actions,
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "content": card}]}


def _elements(block: Block) -> Iterator[dict[str, Any]]:
    if block["type"] == "header":
        run = {"type": "TextRun", "text": pictures(block["text"]["text"])}
        yield _runs([{**run, "weight": "Bolder", "size": "Large"}])
    elif block["type"] == "section":
        parts = [block["text"]] if "text" in block else []
        yield from (_text(part["text"]) for part in [*parts, *block.get("fields", [])])
    elif block["type"] == "context":
        for element in block["elements"]:
            yield _text(element["text"], size="Small", isSubtle=True)


def _links(block: Block) -> Iterator[dict[str, Any]]:
    """Buttons that open a page; those that answer need Slack."""
    for button in [*block.get("elements", []), block.get("accessory") or {}]:
        if button.get("type") == "button" and _opens(button.get("url", "")):
            yield {
                "type": "Action.OpenUrl",
                "title": button["text"]["text"],
                "url": button["url"],
            }


def _opens(url: str) -> bool:
    return url.startswith("https://")


def _text(mrkdwn: str, **look: Any) -> dict[str, Any]:
    return _runs([run for token in tokens(mrkdwn) for run in _of_token(token, look)])


def _runs(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": runs}


def _of_token(token: Token, look: dict[str, Any]) -> Iterator[dict[str, Any]]:
    looks: dict[TokenKind, dict[str, Any]] = {
        TokenKind.BOLD: {"weight": "Bolder"},
        TokenKind.ITALIC: {"italic": True},
        TokenKind.STRUCK: {"strikethrough": True},
        TokenKind.CODE: {"fontType": "Monospace"},
        TokenKind.FENCE: {"fontType": "Monospace"},
    }
    own = {**look, **looks.get(token.kind, {})}
    if token.kind is TokenKind.LINK and _opens(token.url):
        own["selectAction"] = {"type": "Action.OpenUrl", "url": token.url}
    if token.inner:
        for inner in token.inner:
            yield from _of_token(inner, own)
    else:
        yield {"type": "TextRun", "text": token.text, **own}
