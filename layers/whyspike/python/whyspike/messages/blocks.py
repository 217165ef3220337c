"""Slack blocks that keep Slack's limits by construction, and text from outside that can neither
ping, link nor format.

Limits: 50 blocks; header 150; section 3,000; context 10 elements; button text 75, value 2,000;
about 13,200 characters in all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

Block = dict[str, Any]

HEADER, SECTION, CONTEXT = 150, 3_000, 2_000
MAX_BLOCKS, MAX_CHARACTERS = 50, 12_000  # Slack answers msg_blocks_too_long at about 13,200
_INERT = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ"})
_BARS = "▁▂▃▄▅▆▇█"


def plain(text: str, limit: int) -> str:
    """One line of at most `limit` characters, without control, direction and invisible
    characters."""
    visible = "".join(
        " " if character in "\n\r\t" else character
        for character in text
        if character in "\n\r\t" or _is_visible(character)
    )
    line = " ".join(visible.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def escaped(text: str, limit: int = 120) -> str:
    """Text from outside as mrkdwn that reads as it is written: no mention, no link, no
    formatting."""
    line = plain(text, limit).translate(_INERT)
    line = re.sub(
        r"(?<![^\W_])_|_(?![^\W_])", "ˍ", line
    )  # an underscore inside a name formats nothing
    return inert(line)


def inert(text: str) -> str:
    """Text whose mentions and links are characters like others; its formatting stays."""
    return re.sub(r"@(?=channel|here|everyone)", "@\u2060", _entities(text))


def code(text: str, limit: int = 200) -> str:
    """Text from outside in code style, for names that people copy."""
    return f"`{inert(plain(text, limit).replace('`', 'ˋ')) or ' '}`"


def rich(text: str, limit: int = 2_000) -> str:
    """mrkdwn that was written for Slack (an explanation): its formatting stays; mentions and links
    cannot be."""
    visible = "".join(
        character for character in text if character == "\n" or _is_visible(character)
    )
    cut = visible if len(visible) <= limit else visible[: limit - 1].rsplit(" ", 1)[0] + "…"
    if cut.count("```") % 2:
        cut += "```"
    return inert(
        re.sub(r"&(lt|gt|amp);", lambda entity: {"lt": "<", "gt": ">", "amp": "&"}[entity[1]], cut)
    )


def link(url: str, label: str) -> str:
    """A link of ours; `url` must not hold text from outside that is not percent-encoded."""
    return f"<{_entities(url).replace('|', '%7C')}|{escaped(label)}>"


def header(text: str) -> Block:
    return {
        "type": "header",
        "text": {"type": "plain_text", "text": plain(text, HEADER), "emoji": True},
    }


def section(text: str, block_id: str | None = None) -> Block:
    block: Block = {"type": "section", "text": _mrkdwn(text, SECTION)}
    return {**block, "block_id": block_id} if block_id else block


def context(*texts: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn(text, CONTEXT) for text in texts[:10]]}


def image(file_id: str, alt_text: str) -> Block:
    """An image that was uploaded to Slack."""
    return {
        "type": "image",
        "block_id": "chart",
        "slack_file": {"id": file_id},
        "alt_text": plain(alt_text, 1_900),
    }


def button(label: str, action_id: str, value: str, style: str | None = None) -> Block:
    element: Block = {
        "type": "button",
        "text": {"type": "plain_text", "text": plain(label, 75)},
        "action_id": action_id,
        "value": value[:2_000],
    }
    return {**element, "style": style} if style else element


def choice(placeholder: str, action_id: str, options: Mapping[str, str]) -> Block:
    """A menu; `options` maps values to labels of at most 75 characters."""
    entries = [
        {"text": {"type": "plain_text", "text": plain(label, 75)}, "value": value[:75]}
        for value, label in options.items()
    ]
    return {
        "type": "static_select",
        "placeholder": {"type": "plain_text", "text": plain(placeholder, 150)},
        "action_id": action_id,
        "options": entries[:100],
    }


def within_limits(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """The blocks without those (the longest sections first) that a message has no room for."""
    kept = list(blocks)[:MAX_BLOCKS]
    while sum(map(_size, kept)) > MAX_CHARACTERS:
        longest = max((block for block in kept if block["type"] == "section"), key=_size)
        text = longest["text"]["text"]
        kept[kept.index(longest)] = {
            **longest,
            "text": {**longest["text"], "text": _shortened(text, max(len(text) // 2, 100))},
        }
    return tuple(kept)


def as_text(blocks: Sequence[Block]) -> str:
    """What a person reads, as plain text: for e-mail, for the command line, for tests."""
    return "\n\n".join(filter(None, map(_block_text, blocks)))


def dollars(amount: Decimal | float) -> str:
    """$0.42, $42, -$4,200."""
    size = abs(Decimal(str(amount)))
    text = f"{size:,.2f}" if size < 10 else f"{size:,.0f}"
    return ("-$" if amount < 0 and size >= Decimal("0.005") else "$") + text


def day(value: date, year: bool = False) -> str:
    return value.strftime("%a ") + str(value.day) + value.strftime(" %b %Y" if year else " %b")


def sparkline(costs: Sequence[float | None], days: int = 28) -> str:
    """The last `days` daily costs, one character each, from zero or (credits, commitments) the
    lowest; a day without a bill is a blank."""
    shown = costs[-days:]
    known = [cost for cost in shown if cost is not None]
    bottom, top = min([*known, 0.0]), max([*known, 0.0])
    scale = 7.999 / (top - bottom) if top > bottom else 0.0
    return "".join(" " if cost is None else _BARS[int((cost - bottom) * scale)] for cost in shown)


def _is_visible(character: str) -> bool:
    return (
        unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
        or character == "\u200d"
    )


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _mrkdwn(text: str, limit: int) -> Block:
    return {"type": "mrkdwn", "text": _shortened(text, limit) or " ", "verbatim": True}


def _shortened(text: str, limit: int) -> str:
    """Cut at a line or word, never inside an entity or a link."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 5]
    cut = re.sub(r"&[a-z]{0,3}$", "", cut)
    if cut.rfind("<") > cut.rfind(">"):
        cut = cut[: cut.rfind("<")]
    return cut + "…" + ("```" if cut.count("```") % 2 else "")


def _size(block: Block) -> int:
    texts = [block.get("text", {}).get("text", ""), block.get("alt_text", "")]
    for element in block.get("elements", []):
        label = element.get("text", "")
        texts += [
            label if isinstance(label, str) else label.get("text", ""),
            element.get("value", ""),
        ]
        texts += [option["text"]["text"] + option["value"] for option in element.get("options", [])]
    return sum(map(len, texts))


def _block_text(block: Block) -> str:
    kind = block["type"]
    if kind in {"section", "header"}:
        return _unescaped(block["text"]["text"])
    if kind == "context":
        return "   ".join(_unescaped(element["text"]) for element in block["elements"])
    if kind == "actions":
        labels = [
            e["text"]["text"] if e["type"] == "button" else e["placeholder"]["text"]
            for e in block["elements"]
        ]
        return "  ".join(f"[{label}]" for label in labels)
    return f"({block['alt_text']})" if kind == "image" else ""


def _unescaped(text: str) -> str:
    text = re.sub(r"<(https?://[^|>]+)\|([^>]+)>", r"\2: \1", text)
    text = re.sub(r"(?<!\w)\*([^*\n]+)\*(?!\w)", r"\1", text)
    return text.replace("`", "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
