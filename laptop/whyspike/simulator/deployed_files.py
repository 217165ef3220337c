"""Where the files that are deployed lie: in a checkout beside `laptop/`, in an installed wheel
inside the package."""

from __future__ import annotations

from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[3]
_INSTALLED = Path(__file__).resolve().parents[1] / "deployed"

PROJECT = (
    _INSTALLED if (_INSTALLED / "template.yaml").is_file() else _CHECKOUT
)  # template.yaml, functions/, statemachine/, organization/, events/
