"""Files of the folder that --out left, as JSON values. A file that is missing, or is none of a
finished scan, is named with what writes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from whyspike.errors import InvalidInput

WRITTEN_BY = "whyspike demo --out, whyspike scan --out or whyspike check --out"


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


def of_no_scan(file: Path, why: str) -> InvalidInput:
    """The error for a file that is not what this version writes."""
    return InvalidInput(
        f"{file}: is no file of a scan ({why})", remedy=f"write it anew: {WRITTEN_BY}"
    )


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InvalidInput(
            f"{file}: no such file", remedy=f"give the folder of {WRITTEN_BY}"
        ) from None
    except UnicodeDecodeError:
        raise of_no_scan(file, "not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise of_no_scan(file, f"line {error.lineno}: {error.msg}") from None
