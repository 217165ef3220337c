"""The command line as far as it is parsed, without running anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer

from whyspike.cli.main import app, loaded


def parsed(words: Sequence[str]) -> Any:
    """The context of the command that `words` call, its options parsed. Raises what a misspelt
    command line raises."""
    name, *given = words
    top = typer.main.get_command(app).make_context("whyspike", [name])
    return loaded(name).make_context(name, given, parent=top)
