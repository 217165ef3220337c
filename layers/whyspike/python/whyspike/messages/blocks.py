"""Slack blocks that keep Slack's limits by construction.

Limits: 50 blocks; header 150; section 3,000; context 10 elements; button text 75, value 2,000;
about 13,200 characters in all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from whyspike.words.mrkdwn import link, pictures, shortened, to_text
from whyspike.words.safe import one_line

Block = dict[str, Any]

HEADER, SECTION, CONTEXT = 150, 3_000, 2_000
MAX_BLOCKS, MAX_CHARACTERS = 50, 12_000  # Slack answers msg_blocks_too_long at about 13,200
_SHORT = 80  # characters of a section that is not trimmed any more
CAUSES = "causes"  # the block that is trimmed nowhere: each cause has its line
_BARS = "▁▂▃▄▅▆▇█"


def header(text: str) -> Block:
    return {
        "type": "header",
        "text": {"type": "plain_text", "text": one_line(text, HEADER), "emoji": True},
    }


def section(text: str, block_id: str | None = None, beside: Block | None = None) -> Block:
    """`beside` is a button at the right of the text."""
    block: Block = {"type": "section", "text": _mrkdwn(text, SECTION)}
    more: Block = {"block_id": block_id} if block_id else {}
    return {**block, **more, **({"accessory": beside} if beside else {})}


def context(*texts: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn(text, CONTEXT) for text in texts[:10]]}


def image(file_id: str, alt_text: str) -> Block:
    """An image that was uploaded to Slack."""
    return {
        "type": "image",
        "block_id": "chart",
        "slack_file": {"id": file_id},
        "alt_text": one_line(alt_text, 1_900),
    }


def button(label: str, action_id: str, value: str, style: str | None = None) -> Block:
    element: Block = {
        "type": "button",
        "text": {"type": "plain_text", "text": one_line(label, 75)},
        "action_id": action_id,
        "value": value[:2_000],
    }
    return {**element, "style": style} if style else element


def link_button(label: str, action_id: str, value: str, url: str) -> Block:
    """A button that opens `url`; Slack sends its press to us too."""
    return {**button(label, action_id, value), "url": url[:3_000]}


def choice(placeholder: str, action_id: str, options: Mapping[str, str]) -> Block:
    """A menu; `options` maps values to labels of at most 75 characters."""
    entries = [
        {"text": {"type": "plain_text", "text": one_line(label, 75)}, "value": value[:75]}
        for value, label in options.items()
    ]
    return {
        "type": "static_select",
        "placeholder": {"type": "plain_text", "text": one_line(placeholder, 150)},
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
            "text": {**longest["text"], "text": shortened(text, max(len(text) // 2, 100))},
        }
    return tuple(kept)


def trimmed(blocks: Sequence[Block], limit: int) -> list[Block]:
    """The blocks without the last lines of the longest sections, until a person reads no more than
    `limit` characters. The block `CAUSES` stays whole."""
    kept = list(blocks)
    while (over := read_length(kept) - limit) > 0:
        sections = [
            block
            for block in kept
            if block["type"] == "section" and block.get("block_id") != CAUSES
        ]
        longest = max(sections, key=lambda block: read_as(block["text"]["text"]), default=None)
        if longest is None or read_as(longest["text"]["text"]) <= _SHORT:
            break
        text = longest["text"]["text"]
        *first, last = text.split("\n")
        left = "\n".join(first) if first else within(last, max(read_as(last) - over, _SHORT))
        kept[kept.index(longest)] = {**longest, "text": {**longest["text"], "text": left}}
    return kept


def as_text(blocks: Sequence[Block], read: Callable[[str], str] = to_text) -> str:
    """What a person reads, as plain text: for e-mail, for the command line, for tests. `read` turns
    mrkdwn into text."""
    return "\n\n".join(filter(None, (_block_text(block, read) for block in blocks)))


def read_length(blocks: Sequence[Block]) -> int:
    """The characters that a person reads: links by their labels, no buttons, no chart."""
    read = [block for block in blocks if block["type"] not in ("actions", "image")]
    text = as_text([{**block, "accessory": None} for block in read], _labelled)
    return len(text)


def fitting(lines: Sequence[str], room: int, more: str) -> str:
    """Whole lines as long as they fit into `room` characters as a person reads them, then `more`
    with the number of the others. The first always stands, cut where it is too long by itself."""
    kept, rest = [within(lines[0], room)], list(lines[1:])
    left = room - read_as(kept[0])
    while rest and read_as(rest[0]) < left - (len(more) if len(rest) > 1 else 0):
        left -= read_as(rest[0]) + 1
        kept.append(rest.pop(0))
    return "\n".join([*kept, *([more.format(len(rest))] if rest else [])])


def within(text: str, room: int) -> str:
    """mrkdwn that reads as at most `room` characters: marks and entities count for nothing."""
    while read_as(text) > room:
        text = shortened(text, len(text) - max(read_as(text) - room, 6))
    return text


def read_as(text: str) -> int:
    """The characters of mrkdwn as a person reads it."""
    return len(_labelled(text))


def _label(label: str, _url: str) -> str:
    return label


def _labelled(mrkdwn: str) -> str:
    return to_text(mrkdwn, _label)


def sparkline(costs: Sequence[float | None], days: int = 28) -> str:
    """The last `days` daily costs, one character each, from zero or (credits, commitments) the
    lowest; a day without a bill is a blank."""
    shown = costs[-days:]
    known = [cost for cost in shown if cost is not None]
    bottom, top = min([*known, 0.0]), max([*known, 0.0])
    scale = 7.999 / (top - bottom) if top > bottom else 0.0
    return "".join(" " if cost is None else _BARS[int((cost - bottom) * scale)] for cost in shown)


def _mrkdwn(text: str, limit: int) -> Block:
    return {"type": "mrkdwn", "text": shortened(text, limit) or " ", "verbatim": True}


def _size(block: Block) -> int:
    texts = [block.get("text", {}).get("text", ""), block.get("alt_text", "")]
    beside = [block["accessory"]] if "accessory" in block else []
    for element in [*block.get("elements", []), *beside]:
        label = element.get("text", "")
        texts += [
            label if isinstance(label, str) else label.get("text", ""),
            element.get("value", ""),
            element.get("url", ""),
        ]
        texts += [option["text"]["text"] + option["value"] for option in element.get("options", [])]
    return sum(map(len, texts))


def _block_text(block: Block, read: Callable[[str], str]) -> str:
    match block["type"]:
        case "section":
            beside = block.get("accessory")
            opened = "\n" + read(link(beside["url"], beside["text"]["text"])) if beside else ""
            return read(block["text"]["text"]) + opened
        case "header":
            return pictures(block["text"]["text"])
        case "context":
            return "   ".join(read(element["text"]) for element in block["elements"])
        case "actions":
            labels = [
                e["text"]["text"] if e["type"] == "button" else e["placeholder"]["text"]
                for e in block["elements"]
            ]
            return "  ".join(f"[{label}]" for label in labels)
        case "divider":
            return "-" * 60
        case "image":
            return f"({block['alt_text']})"
    return ""
