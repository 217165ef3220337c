"""Words for people out of evidence: names made harmless, and the limit of two hundred words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from whyspike.explanation.hostile import is_hostile
from whyspike.words.mrkdwn import code, escaped
from whyspike.words.services import service_name

MAX_WORDS = 200
WITHHELD = "[text withheld: looks like an instruction]"
_PLAIN = re.compile(r"[\w.@:/+=,()#*\- ]+")
_MAX_NAME = 110


def name(text: str | None) -> str:
    """A name out of the evidence as code; withheld when it looks like an instruction."""
    if not text:
        return "`none`"
    if is_hostile(text) or not _PLAIN.fullmatch(text):
        return WITHHELD
    return code(text, _MAX_NAME)


def names(texts: Sequence[str], most: int = 3) -> str:
    """The first names, and that there are more."""
    shown = ", ".join(name(text) for text in texts[:most])
    return f"{shown} and others" if len(texts) > most else shown


def plain(text: str | None) -> str:
    """A service or usage type in running text, harmless."""
    return WITHHELD if is_hostile(text) else escaped(service_name(text or ""), _MAX_NAME)


def within_words(sentences: Sequence[str], limit: int = MAX_WORDS) -> str:
    """The sentences in order, as many as fit into the limit; the first is always kept."""
    kept: list[str] = []
    used = 0
    for sentence in sentences:
        count = len(sentence.split())
        if kept and used + count > limit:
            continue
        kept.append(sentence)
        used += count
    return "\n".join(kept)
