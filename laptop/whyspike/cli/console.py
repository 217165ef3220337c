"""What the commands print with: rich tables and progress on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys

from rich.console import Console
from rich.table import Table

PLAIN_WIDTH = 100


def console() -> Console:
    """Standard output. Files and pipes get plain text of 100 columns, or of $COLUMNS."""
    if sys.stdout.isatty():
        return Console(highlight=False, emoji=False)
    return Console(
        highlight=False,
        emoji=False,
        no_color=True,
        width=int(os.environ.get("COLUMNS") or PLAIN_WIDTH),
        soft_wrap=False,
    )


def heading(text: str) -> None:
    console().print()
    console().rule(f"[bold]{text}[/bold]", align="left", characters="─")


def table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """An empty table without a frame; the columns named in `right` are aligned right."""
    made = Table(
        box=None, pad_edge=False, show_edge=False, header_style="bold", padding=(0, 2, 0, 0)
    )
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made
