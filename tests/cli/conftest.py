"""What all tests of the command share."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _plain_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Output has the width of a pipe, whatever terminal the tests are started from."""
    monkeypatch.delenv("COLUMNS", raising=False)
