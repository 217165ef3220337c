"""Text from outside (a bill, a tag, a log, a model), made harmless for every outlet: Slack, mail,
terminal, page and log.

A control character moves a terminal's cursor, a direction override shows "exe.txt" for "txt.exe",
a character without width hides in a name: none of them reaches anybody.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

_SPACES = frozenset("\t\r\v\f\x85\u2028\u2029")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_BLANK = re.compile(  # letters, marks and symbols that show nothing; U+FE0F belongs to emoji
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0e\uffa0\U000e0100-\U000e01ef]"
)
_EMOJI = r"[\u2600-\u27bf\ufe0f\U0001f000-\U0001faff]"
_JOINED = re.compile(f"(?<={_EMOJI})\u200d(?={_EMOJI})")  # one emoji made of several


def visible(text: str) -> str:
    """The text without control, direction and invisible characters; line breaks stay, tabs and
    other breaks are spaces."""
    if text.isascii() and text.isprintable():
        return text
    parts = _JOINED.split(text)
    return "\u200d".join(_shown(part) for part in parts)


def one_line(text: str, limit: int) -> str:
    """One line of at most `limit` characters, and nothing in it that cannot be seen."""
    line = " ".join(visible(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def log_line(record: dict[str, Any]) -> str:
    """A log record as one line of JSON in ASCII: whatever its texts hold stands there as an
    escape."""
    return json.dumps(record, default=str, separators=(",", ":"))


def _shown(text: str) -> str:
    kept = (
        " " if character in _SPACES else character
        for character in text
        if character == "\n"
        or character in _SPACES
        or unicodedata.category(character) not in _HIDDEN
    )
    return _BLANK.sub("", "".join(kept))
