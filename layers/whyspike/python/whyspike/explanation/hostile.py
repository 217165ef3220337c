"""Text of the evidence that tries to give orders, to mention or to link: never repeated."""

from __future__ import annotations

import re

# Phrases by which text in a bill or a log tries to command its reader; one is enough to withhold
# the whole text.
ORDER = re.compile(
    r"ignore\s+(?:\w+\s+){0,3}(?:instruction|rule|prompt|above|previous|prior|evidence|finding)"
    r"|disregard\s+(?:\w+\s+){0,3}(?:instruction|rule|above|previous|evidence)"
    r"|(?:system|developer)\s*prompt"
    r"|you\s+(?:are|must|should|will)\s+"
    r"(?:now\b|not\b|an?\b|report|say|answer|reply|post|mark|state|write|tell)"
    r"|(?:all\s+)?(?:spend|cost|charge)s?\s+(?:is\s+|are\s+|was\s+|has\s+been\s+)?(?:pre-?)?approved"
    r"|no\s+anomal|not\s+an?\s+(?:anomaly|incident)"
    r"|(?:reply|respond|answer|report|post|say|write|output)\s+(?:only\s+|with\s+|that\s+)+"
    r"|do\s+not\s+(?:report|alert|mention|tell|flag)"
    r"|<!?(?:channel|here|everyone)|@(?:channel|here|everyone)|<@|https?://(?!\S*amazonaws?\.com)"
    r"|note\s+to\s+(?:the\s+)?(?:ai|model|assistant|claude|reviewer)"
    r"|as\s+an?\s+(?:ai|assistant)|\b(?:claude|chatgpt|assistant)\s*[:,]"
    r"|(?:run|execute)\s+(?:the\s+)?(?:command|following)|mark\s+(?:this|it)\s+as",
    re.IGNORECASE,
)
_MARKS = ("<", ">", "`", "http://", "https://")


def gives_orders(text: str | None) -> bool:
    """Whether a text speaks to its reader instead of naming something."""
    return bool(text and ORDER.search(text))


def is_hostile(text: str | None) -> bool:
    """Whether a text out of a tag, a name or a request tries to give orders, to mention or to
    link."""
    return gives_orders(text) or any(mark in (text or "") for mark in _MARKS)
