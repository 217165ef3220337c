"""A template's text as Slack blocks: paragraphs are sections, lines that begin with `-# ` are small
print, and a paragraph `---` is a rule."""

from __future__ import annotations

import re

from whyspike.messages.blocks import Block, context, section

MAX_PARAGRAPHS = 40  # of the 50 blocks that a message holds
SMALL = "-# "
RULE = "---"
_BLANK = re.compile(r"\n[ \t]*\n\s*")


def blocks_of(text: str) -> list[Block]:
    """Empty paragraphs are none."""
    blocks: list[Block] = []
    for paragraph in _paragraphs(text):
        if paragraph.strip() == RULE:
            blocks.append({"type": "divider"})
            continue
        lines: list[str] = []
        small: list[str] = []
        for line in paragraph.split("\n"):
            (small if line.startswith(SMALL) else lines).append(line.removeprefix(SMALL))
        if body := "\n".join(lines).strip():
            blocks.append(section(body))
        if elements := [line.strip() for line in small if line.strip()]:
            blocks.append(context(*elements))
    return blocks[:MAX_PARAGRAPHS]


def _paragraphs(text: str) -> list[str]:
    """Lines of code stay together, whatever is blank among them."""
    found: list[str] = []
    for part in _BLANK.split(text.strip()):
        if found and found[-1].count("```") % 2:
            found[-1] += f"\n\n{part}"
        else:
            found.append(part)
    return found
