"""whyspike.toml: one's own defaults of the commands' options, read from the folder that a command
is run in (or the file that WHYSPIKE_CONFIG names).

    [check]
    profile = "payer"
    [backtest]
    minimum-usd = 50
    sensitivity = 0.5

A section is a command, a key one of its options without the dashes. What is given on the command
line wins.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import typer
from typer import TyperException
from typer.core import TyperCommand

from whyspike.errors import InvalidInput

FILE = "whyspike.toml"
NAMED_BY = "WHYSPIKE_CONFIG"


def defaults_of(command: TyperCommand, commands: Collection[str]) -> dict[str, Any]:
    """The defaults of the command's parameters; {} without a file. Raises InvalidInput naming file,
    line and remedy."""
    named = os.environ.get(NAMED_BY)
    file = Path(named or FILE)
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        if named:
            raise InvalidInput(
                f"{NAMED_BY}={named}: no such file", remedy="name a file, or unset it"
            ) from None
        return {}
    except UnicodeDecodeError:
        raise InvalidInput(f"{file}: not UTF-8", remedy="save it as UTF-8") from None
    try:
        sections = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{file}: not valid TOML: {error}", remedy="correct it there") from None
    for name, section in sections.items():
        if name not in commands or not isinstance(section, dict):
            raise _wrong(file, text, name, "is no command", commands)
    return _checked(command, sections.get(command.name or "", {}), file, text)


def _checked(
    command: TyperCommand, section: dict[str, Any], file: Path, text: str
) -> dict[str, Any]:
    options = {
        name.lstrip("-"): parameter
        for parameter in command.params
        for name in parameter.opts
        if name.startswith("--") and name != "--help"
    }
    found: dict[str, Any] = {}
    for key, value in section.items():
        parameter = options.get(key.replace("_", "-"))
        if parameter is None:
            said = f"is no option of whyspike {command.name}"
            raise _wrong(file, text, key, said, options, command.name or "")
        given = value if isinstance(value, bool) else str(value)
        try:
            parameter.process_value(typer.Context(command), given)
        except (TyperException, InvalidInput) as error:
            reason = getattr(error, "message", str(error)).rstrip(".")
            said = f"= {value!r}: {reason}"
            raise _wrong(file, text, key, said, (), command.name or "") from None
        found[parameter.name or key] = given
    return found


def _wrong(
    file: Path, text: str, name: str, said: str, known: Collection[str], section: str = ""
) -> InvalidInput:
    near = get_close_matches(name, known, n=1)
    remedy = f"did you mean {near[0]}?" if near else "correct it there, or leave it out"
    return InvalidInput(f"{file}, line {_line(text, name, section)}: {name} {said}", remedy=remedy)


def _line(text: str, name: str, section: str) -> int:
    """Where the key of the section stands, or the section that has that name."""
    inside = not section
    for number, line in enumerate(text.splitlines(), 1):
        heading = re.match(r"\s*\[+\s*[\"']?([^\]\"']+?)[\"']?\s*\]", line)
        if heading:
            if not section and heading[1].split(".")[0] == name:
                return number
            inside = heading[1] == section if section else False
        elif inside and re.match(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=", line):
            return number
    return 1
