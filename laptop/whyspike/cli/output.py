"""Where a command writes: tried before anything is started, so that minutes of work never end in a
folder that takes no file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from whyspike.errors import InvalidInput

WRITTEN = (
    *(
        "alerts.json",
        "targets.json",
        "incidents.json",
        "explanations.json",
        "digest.json",
        "requests.json",
        "accounts.json",
    ),
    *("report.html", "replay.json"),
)


def writable_folder(folder: Path, what: str) -> Path:
    """The folder, made if it was not there; `what` is the option or argument that names it. Raises
    InvalidInput."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise _refused(folder, what, "a folder that can be written", error) from None
    return folder


def writable_file(file: Path, what: str) -> Path:
    """The file, if it can be written; what is in it stays. Raises InvalidInput."""
    known = file.exists()
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o644))
    except OSError as error:
        raise _refused(file, what, "a file that can be written", error) from None
    if not known:
        file.unlink()
    return file


def empty_of_results(folder: Path) -> Path:
    """The folder without the results of an earlier run: what a new run does not write, or dies
    before, must not look like its own."""
    written = (folder / name for name in WRITTEN)
    for file in (
        *written,
        *(folder / "evidence").glob("*.json"),
        *(folder / "pages").glob("*.html"),
    ):
        file.unlink(missing_ok=True)
    return folder


def _refused(path: Path, what: str, wanted: str, error: OSError) -> InvalidInput:
    return InvalidInput(
        f"{what} {path}: cannot be written ({error.strerror}). Remedy: name {wanted}"
    )
