"""Check settings files before they go into the bucket: what a scan would refuse is named with its
place and remedy.

FILE is a detection.json, owners.json or planned.yaml, a template of a message (owner.j2, reply.j2,
ends.j2, digest.j2, mail.j2) or of its one line (line.j2, digest-line.j2, subject.j2), or a folder
that holds some of them. A wrong file in the bucket stops no scan: its last good version counts, and
the digest names the mistake until it is mended. Of a template, check prints what it makes of
made-up values, and show the one to begin with: it writes what is written without one. Nothing is
asked of AWS; whyspike doctor looks at the files in the bucket.

    whyspike settings check owners.json
    whyspike settings check settings/
    whyspike settings show owner.j2
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from whyspike.cli.demo.settings import read_good
from whyspike.cli.failures import DONE, WRONG_INPUT, say
from whyspike.errors import InvalidInput
from whyspike.messages.blocks import as_text
from whyspike.messages.templates.kinds import KINDS
from whyspike.messages.templates.layout import blocks_of
from whyspike.messages.templates.own import try_out
from whyspike.steps.settings import FILES, SettingsFile, file_named
from whyspike.words.safe import visible

_KINDS = {kind.file: kind for kind in KINDS.values()}

EXIT_CODES = "Exit codes: 0 every file is as it should be, 2 one is wrong."


class Action(StrEnum):
    CHECK = "check"
    SHOW = "show"


def run(
    action: Annotated[
        Action, typer.Argument(metavar="check|show", help="what to do with the files")
    ],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="files or folders")],
) -> int:
    if action is Action.SHOW:
        print("\n".join(_starter(path) for path in files), end="")
        return 0
    wrong = 0
    for path in (found for given in files for found in _files(given)):
        try:
            file = named(path)
            text = read_good(path, file)
            print(f"{visible(str(path))}: as it should be")
            if file.name in _KINDS:
                kind = _KINDS[file.name]
                written = try_out(kind, text)
                shown = written if kind.max_line else as_text(blocks_of(written))
                print(f"\n{visible(shown)}\n")
        except InvalidInput as error:
            wrong += 1
            say(str(error))
    return WRONG_INPUT if wrong else DONE


def named(path: Path) -> SettingsFile:
    """The settings file that a path names. Raises InvalidInput."""
    if file := file_named(path.name):
        return file
    raise InvalidInput(
        f"{path}: is none of {', '.join(FILES)}", remedy="name the file as in the bucket"
    )


def _starter(path: Path) -> str:
    kind = _KINDS.get(named(path).name)
    if kind is None:
        raise InvalidInput(f"{path}: is no template", remedy=f"name one of {', '.join(_KINDS)}")
    return kind.starter


def _files(given: Path) -> Iterator[Path]:
    if not given.is_dir():
        named(given)
        yield given
        return
    inside = {given / name for name in FILES} | {given / Path(name).name for name in FILES}
    found = sorted(path for path in inside if path.is_file())
    if not found:
        raise InvalidInput(f"{given}: holds none of {', '.join(FILES)}", remedy="name a file")
    yield from found
