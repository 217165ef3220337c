"""Reads a JSON file of an organisation folder; raises InvalidInput naming file, line and remedy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from whyspike.errors import InvalidInput
from whyspike.simulator.organization.bill_file import read_text


def read_object(file: Path) -> dict[str, Any]:
    """The object that the file holds."""
    try:
        data = json.loads(read_text(file))
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"{file}, line {error.lineno}: not valid JSON ({error.msg})", remedy="correct it there"
        ) from None
    if not isinstance(data, dict):
        raise InvalidInput(f"{file}: must hold a JSON object", remedy="docs/try-it.md shows one")
    return data
