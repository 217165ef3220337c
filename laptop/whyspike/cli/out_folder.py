"""Files of the folder that --out left, as JSON values. A file that is missing, or is none of a
finished scan, is named with what writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from whyspike.errors import InvalidInput
from whyspike.payload import from_json, json_value

T = TypeVar("T")
WRITTEN_BY = "whyspike demo --out, whyspike scan --out or whyspike check --out"
_ANEW = f"write it anew: {WRITTEN_BY}"


def read_object(file: Path) -> dict[str, Any]:
    value = _read(file)
    if not isinstance(value, dict):
        raise of_no_scan(file, "no JSON object")
    return value


def read_objects(file: Path) -> list[dict[str, Any]]:
    value = _read(file)
    if not isinstance(value, list) or not all(isinstance(record, dict) for record in value):
        raise of_no_scan(file, "no list of JSON objects")
    return value


def read_as(kind: type[T], value: Any, file: Path) -> T:
    """A value of the file as a `kind`; one of another version, or a damaged one, is named."""
    try:
        return from_json(kind, value, what="not of this version")
    except InvalidInput as error:
        raise of_no_scan(file, str(error)) from None


def of_no_scan(file: Path, why: str) -> InvalidInput:
    """The error for a file that is not what this version writes."""
    return InvalidInput(f"{file}: is no file of a scan ({why})", remedy=_ANEW)


def _read(file: Path) -> Any:
    try:
        return json_value(file.read_bytes(), what=f"{file}: is no file of a scan", remedy=_ANEW)
    except FileNotFoundError:
        raise InvalidInput(
            f"{file}: no such file", remedy=f"give the folder of {WRITTEN_BY}"
        ) from None
