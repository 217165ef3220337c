"""A team's own texts in the place of the product's, where there are any that work."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from whyspike.errors import InvalidInput
from whyspike.messages.blocks import Block
from whyspike.messages.templates.kinds import TemplateKind
from whyspike.messages.templates.layout import SMALL, blocks_of
from whyspike.words.mrkdwn import link, to_text
from whyspike.words.safe import one_line

Written = TypeVar("Written")


_WRITE = "write something in every case"


def try_out(kind: TemplateKind, source: str) -> str:
    """What the template makes of made-up values: mrkdwn, or a line of plain text. Raises
    InvalidInput."""
    from whyspike.messages.templates.language import TeamTemplate

    template = TeamTemplate(source, kind.names)
    full, empty = (template.render(sample) for sample in kind.samples())
    for text, which in ((full, "any"), (empty, "empty values")):
        if kind.max_line:
            if not _line(kind, text):
                raise InvalidInput(f"of {which} it writes nothing", remedy=_WRITE)
        elif [block["type"] for block in blocks_of(text)][:1] != ["section"]:
            raise InvalidInput(
                f"of {which} it writes no paragraph at the beginning",
                remedy="begin with a line that stands in every case",
            )
    return _line(kind, full) if kind.max_line else full


def _line(kind: TemplateKind, text: str) -> str:
    """Plain text, as no lock screen and no subject reads marks: links by their labels alone."""
    return one_line(to_text(text, lambda label, _url: label), kind.max_line)


def as_mrkdwn(blocks: Sequence[Block]) -> str:
    """Blocks of text as a template would write them: paragraphs, and small print."""
    return "\n\n".join(map(_paragraph, blocks))


def _paragraph(block: Block) -> str:
    if block["type"] == "context":
        return "\n".join(f"{SMALL}{each['text']}" for each in block["elements"])
    text, beside = str(block["text"]["text"]), block.get("accessory")
    return f"{text}\n{link(beside['url'], beside['text']['text'])}" if beside else text


def _blocks(_kind: TemplateKind, text: str) -> list[Block]:
    blocks = blocks_of(text)
    if blocks and blocks[0]["type"] == "section":
        return blocks
    raise InvalidInput("it does not begin with a paragraph", remedy="write one in every case")


def _one_line(kind: TemplateKind, text: str) -> str:
    if line := _line(kind, text):
        return line
    raise InvalidInput("it writes nothing", remedy=_WRITE)


@dataclass
class OwnTexts:
    """The templates that count in a scan, by name. `broken` says what is wrong with one that could
    not be written after all: its text is the product's then."""

    sources: Mapping[str, str] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    _compiled: dict[str, Any] = field(default_factory=dict)

    def blocks(
        self, kind: TemplateKind, values: Callable[[], Mapping[str, Any]]
    ) -> list[Block] | None:
        """The blocks that the team's template writes; None where the product's text counts."""
        return self._written(kind, values, _blocks)

    def line(self, kind: TemplateKind, values: Callable[[], Mapping[str, Any]]) -> str | None:
        """The line that the team's template writes; None where the product's counts."""
        return self._written(kind, values, _one_line)

    def _written(
        self,
        kind: TemplateKind,
        values: Callable[[], Mapping[str, Any]],
        made: Callable[[TemplateKind, str], Written],
    ) -> Written | None:
        if kind.name not in self.sources or kind.name in self.broken:
            return None
        from whyspike.messages.templates.language import TeamTemplate

        try:
            template = self._compiled.get(kind.name) or TeamTemplate(
                self.sources[kind.name], kind.names
            )
            self._compiled[kind.name] = template
            return made(kind, template.render(values()))
        except InvalidInput as error:
            self.broken[kind.name] = f"settings/{kind.file}: {error}"
            return None
