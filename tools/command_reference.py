"""Writes docs/commands.md from the command line itself: every command with its help, its examples
and its options.

    python tools/command_reference.py
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from whyspike.cli.main import COMMANDS, EXIT_CODES, app, loaded

PAGE = Path(__file__).resolve().parent.parent / "docs" / "commands.md"
INDENT = "    "


def reference() -> str:
    """The page's text."""
    top = typer.main.get_command(app)
    context = top.make_context("whyspike", [], resilient_parsing=True)
    lines = [
        "# Commands",
        "",
        "Made by `make commands` from the command line itself; a test holds the two together.",
        "`whyspike COMMAND --help` says the same.",
        "",
        EXIT_CODES,
        "",
        *(f"- [`whyspike {name}`](#whyspike-{name}): {text}" for name, text in COMMANDS.items()),
        "",
        "Options of the command as a whole:",
        "",
        *_options(top, context),
    ]
    for name in COMMANDS:
        lines += ["", *_section(name, context)]
    return "\n".join(lines) + "\n"


def _section(name: str, top: Any) -> Iterator[str]:
    command = loaded(name)
    context = command.make_context(name, [], parent=top, resilient_parsing=True)
    yield f"## whyspike {name}"
    for paragraph in paragraphs(command.help or ""):
        yield ""
        if paragraph.startswith(INDENT):
            yield "```sh"
            yield from (line.removeprefix(INDENT) for line in paragraph.splitlines())
            yield "```"
        else:
            yield " ".join(paragraph.split())
    yield ""
    yield f"`{' '.join(context.get_usage().removeprefix('Usage: ').split())}`"
    yield ""
    yield from _options(command, context)


def paragraphs(help_text: str) -> list[str]:
    """Those of a command's help; examples are indented. \\b keeps a paragraph's lines as they
    are."""
    return re.split(r"\n\n+", help_text.replace("\b\n", "").strip("\n"))


def _options(command: Any, context: Any) -> Iterator[str]:
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and "--help" not in record[0]:
            yield f"- `{record[0]}`: {' '.join(record[1].split())}"


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
