"""A function that ended with an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class FunctionFailed(Exception):
    """`kind` is the errorType that Step Functions would catch."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(f"{error.get('errorType')}: {error.get('errorMessage')}")
        self.kind = str(error.get("errorType"))
        self.message = str(error.get("errorMessage"))
