"""What the commands print with: rich tables and progress on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from typing import IO, cast

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from whyspike.words.safe import visible

PLAIN_WIDTH = 100


class Terminal(Console):
    """A console that text from outside can neither steer nor format: it holds no markup, and no
    control, direction or hidden character of a text reaches the terminal. Colours are given as
    styles."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            if segment.control:
                yield segment
            else:
                yield Segment(visible(segment.text), segment.style)


class _WithoutTrailingBlanks:
    """Standard output for files and pipes: tables are not padded to the right."""

    def write(self, text: str) -> int:
        sys.stdout.write(re.sub(r" +(?=\n)", "", text))
        return len(text)

    def flush(self) -> None:
        sys.stdout.flush()


def console(*, errors: bool = False) -> Console:
    """Standard output, or with `errors` standard error. Files and pipes get plain text of 100
    columns, or of $COLUMNS."""
    if errors or sys.stdout.isatty():
        return Terminal(stderr=errors, highlight=False, emoji=False, markup=False)
    return Terminal(
        highlight=False,
        emoji=False,
        markup=False,
        no_color=True,
        file=cast("IO[str]", _WithoutTrailingBlanks()),
        width=int(os.environ.get("COLUMNS") or PLAIN_WIDTH),
        soft_wrap=False,
    )


def heading(text: str) -> None:
    console().print()
    console().rule(Text(text, style="bold"), align="left", characters="─")


def table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """An empty table without a frame; the columns named in `right` are aligned right."""
    made = Table(
        box=None, pad_edge=False, show_edge=False, header_style="bold", padding=(0, 2, 0, 0)
    )
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made
