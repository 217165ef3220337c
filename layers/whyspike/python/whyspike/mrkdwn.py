"""Hostile text made harmless for Slack: it shows as it is and can neither mention anybody, nor link, nor format."""

from __future__ import annotations

import re

_CONTROL = re.compile(
    r"[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+"
)  # invisible, or turns the writing round
_BROADCAST = re.compile(r"@(?=channel|here|everyone)", re.IGNORECASE)
_FORMAT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "*": "∗", "~": "∼", "`": "'"})


def escape(text: str) -> str:
    """`text` on one line with Slack's control characters escaped and its formatting marks replaced by their look-alikes."""
    return _BROADCAST.sub("＠", _CONTROL.sub(" ", str(text))).translate(_FORMAT).strip()


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
