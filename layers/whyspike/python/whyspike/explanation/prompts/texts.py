"""What Claude is told: the fixed part (explanation_prompt.md, cached), the evidence fenced as data,
and the request for repair."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from whyspike.explanation.answer import claims_in_words, members_in_words
from whyspike.explanation.prompts.view import view
from whyspike.knowledge.categories import categories
from whyspike.model import EvidenceItem

MAX_ITEMS = (2_000, 500, 200, 100, 50, 25, 12, 6, 3)
MAX_TEXT = 4_000
_CUT = "(... "


@cache
def system_prompt() -> str:
    """The fixed part of the prompt, without its version line and with the lists of categories,
    claims and fields."""
    listed = "\n".join(f"- {one.name}: {one.when}" for one in categories().values())
    text = _file().split("-->", 1)[1].strip()
    for mark, words in (
        ("{categories}", listed),
        ("{claims}", claims_in_words()),
        ("{members}", members_in_words()),
        ("{fields}", fields_in_words()),
    ):
        text = text.replace(mark, words)
    return text


@cache
def evidence_fields() -> dict[str, str]:
    """What each field of the evidence means, for Claude and for docs/explanation.md."""
    text = files("whyspike.explanation").joinpath("evidence_fields.csv").read_text(encoding="utf-8")
    return {line["field"]: line["meaning"] for line in csv.DictReader(text.splitlines())}


def fields_in_words() -> str:
    """The fields as a list: for the prompt and the docs."""
    return "\n".join(f"- {field}: {meaning}" for field, meaning in evidence_fields().items())


@cache
def prompt_version() -> str:
    """Version in the first line of explanation_prompt.md, kept with each explanation's price and
    tokens."""
    match = re.match(r"<!-- version: (\S+) -->", _file())
    if match is None:
        raise ValueError("explanation_prompt.md has no version line")
    return match.group(1)


def _file() -> str:
    return (
        files("whyspike.explanation").joinpath("explanation_prompt.md").read_text(encoding="utf-8")
    )


def evidence_message(items: Sequence[EvidenceItem], nonce: str, max_characters: int) -> str:
    """The evidence between two lines that carry `nonce` (random, made for this request).

    Nothing inside can close the fence: the nonce is not known to whoever wrote a tag, and "<" and
    ">" are written as JSON escapes. Evidence longer than `max_characters` loses the ends of its
    lists, and says so.
    """
    return f"Explain this anomaly.\n{fenced(items, nonce, max_characters)}\nAnswer in the schema."


def fenced(items: Sequence[EvidenceItem], nonce: str, max_characters: int) -> str:
    """The items alone, one JSON line each, between the two lines of the fence."""
    return fence(view(items), nonce, max_characters)


def fence(values: Sequence[Any], nonce: str, max_characters: int) -> str:
    """JSON values between the two lines of the fence, one line each."""
    lines = "\n".join(_line(value) for value in values)
    for limit in MAX_ITEMS:
        if len(lines) <= max_characters:
            break
        lines = "\n".join(_line(_shortened(value, limit)) for value in values)
    return f"<evidence mark={nonce}>\n{lines[:max_characters]}\n</evidence mark={nonce}>"


def read_fence(message: str) -> list[Any]:
    """The items of a fenced message as JSON values: the inverse of `fenced`, for whoever stands in
    for Claude."""
    match = re.search(
        r"^<evidence mark=(\w+)>\n(.*?)\n</evidence mark=\1>", message, re.DOTALL | re.MULTILINE
    )
    return [json.loads(line) for line in match.group(2).splitlines()] if match else []


def _line(value: Any) -> str:
    return (
        json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
    )


def _shortened(value: Any, limit: int) -> Any:
    if isinstance(value, dict):
        return {key: _shortened(inner, limit) for key, inner in value.items()}
    if isinstance(value, list):
        kept = [_shortened(inner, limit) for inner in value[:limit]]
        return (
            [*kept, f"{_CUT}{len(value) - limit} more were left out)"]
            if len(value) > limit
            else kept
        )
    if isinstance(value, str) and len(value) > MAX_TEXT:
        return value[:MAX_TEXT] + "(... cut)"
    return value


def is_cut_note(value: Any) -> bool:
    """Whether an entry of a list only says how many others were left out."""
    return isinstance(value, str) and value.startswith(_CUT)


def repair_message(problems: Sequence[str]) -> str:
    """The one request for repair: what the checks could not find, each named."""
    lines = "\n".join(f"- {problem}" for problem in problems[:20])
    return (
        "A program held your answer against the evidence and could not accept these"
        f" parts:\n{lines}\nAnswer again in the schema, whole, with these parts corrected from the"
        " evidence or left out. Keep what was right. What does not hold then is left out, and where"
        " the leading hypothesis does not hold, the program's own explanation is told."
    )
