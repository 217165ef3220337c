"""Reads a JSON file of an organisation folder; raises InvalidInput naming file, line and remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from whyspike.errors import InvalidInput
from whyspike.payload import json_value
from whyspike.simulator.organization.bill_file import read_text


def read_object(file: Path) -> dict[str, Any]:
    """The object that the file holds."""
    data = json_value(read_text(file), what=str(file), remedy="correct it there")
    if not isinstance(data, dict):
        raise InvalidInput(f"{file}: must hold a JSON object", remedy="docs/try-it.md shows one")
    return data
