"""Check settings files before they go into the bucket: what a scan would refuse is named with its
place and remedy.

FILE is a detection.json, owners.json or planned.yaml, or a folder that holds some of them. A wrong
file in the bucket stops no scan: its last good version counts, and the digest names the mistake
until it is mended. Nothing is asked of AWS; whyspike doctor looks at the files in the bucket.

    whyspike settings check owners.json
    whyspike settings check settings/
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from whyspike.cli.demo.settings import read_good
from whyspike.errors import InvalidInput
from whyspike.steps.settings import FILES
from whyspike.words.safe import visible

EXIT_CODES = "Exit codes: 0 every file is as it should be, 2 one is wrong."


class Action(StrEnum):
    CHECK = "check"


def run(
    _action: Annotated[Action, typer.Argument(metavar="check", help="what to do with the files")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="files or folders")],
) -> int:
    wrong = []
    for path in (found for given in files for found in _files(given)):
        try:
            read_good(path, FILES[path.name])
            print(f"{visible(str(path))}: as it should be")
        except InvalidInput as error:
            wrong.append(str(error))
    if wrong:
        raise InvalidInput("\n".join(wrong))
    return 0


def _files(given: Path) -> Iterator[Path]:
    if given.is_dir():
        found = [given / name for name in FILES if (given / name).exists()]
        if not found:
            raise InvalidInput(f"{given}: holds none of {', '.join(FILES)}", remedy="name a file")
        yield from found
    elif given.name in FILES:
        yield given
    else:
        raise InvalidInput(
            f"{given}: is none of {', '.join(FILES)}", remedy="name the file as in the bucket"
        )
