"""The optional settings of an organisation folder, judged as DiscoverAccounts judges them, before
anything is started."""

from __future__ import annotations

from pathlib import Path

from whyspike.errors import InvalidInput
from whyspike.steps.settings import FILES, SettingsFile, judged


def read_settings(folder: Path) -> dict[str, str]:
    """The text of each settings file that the folder has, by name. Raises InvalidInput naming file,
    line or field, and remedy."""
    return {
        file.name: read_good(folder / file.name, file)
        for file in FILES.values()
        if (folder / file.name).exists()
    }


def read_good(path: Path, file: SettingsFile) -> str:
    """The text of a file that a scan takes as it is. Raises InvalidInput."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise InvalidInput(
            f"{path}: cannot be read ({error.strerror})", remedy="put a readable file there"
        ) from None
    judged(file, text, str(path))
    return text.decode("utf-8-sig")
