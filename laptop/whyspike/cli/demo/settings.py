"""The optional settings of an organisation folder, read by the parsers of the functions before
anything is started."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from whyspike.detection import detection_settings
from whyspike.errors import InvalidInput
from whyspike.incidents.owners import owner_settings
from whyspike.incidents.planned import planned_activities

# File, what reads it, the page that lists its fields.
_READERS: dict[str, tuple[Callable[[Any], object], str]] = {
    "detection.json": (
        lambda document: detection_settings(1.0, 0.0, 0.0, document),
        "docs/detection.md",
    ),
    "owners.json": (owner_settings, "docs/incidents.md"),
    "planned.yaml": (planned_activities, "docs/incidents.md"),
}


def read_settings(folder: Path) -> dict[str, str]:
    """The text of each settings file that the folder has, by name. Raises InvalidInput naming file,
    line or field, and remedy."""
    return {name: text for name in _READERS if (text := _read(folder / name)) is not None}


def _read(file: Path) -> str | None:
    reader, page = _READERS[file.name]
    try:
        text = file.read_text(encoding="utf-8")
        document = yaml.safe_load(text) if file.suffix == ".yaml" else json.loads(text)
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise InvalidInput(f"{file}: not UTF-8 text. Remedy: save it as UTF-8") from None
    except OSError as error:
        raise InvalidInput(
            f"{file}: cannot be read ({error.strerror}). Remedy: put a readable file there"
        ) from None
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"{file}, line {error.lineno}: not valid JSON ({error.msg}). Remedy: correct it there"
        ) from None
    except yaml.YAMLError as error:
        raise InvalidInput(
            f"{file}{_line(error)}: not valid YAML ({str(error).splitlines()[0]}). Remedy: correct"
            " it there"
        ) from None
    try:
        reader(document)
    except InvalidInput as error:
        wrong = str(error).removeprefix(f"settings/{file.name}: ")
        remedy = "" if "Remedy: " in wrong else f". Remedy: {page} lists the fields"
        raise InvalidInput(f"{file}: {wrong}{remedy}") from None
    return text


def _line(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f", line {mark.line + 1}" if mark else ""
