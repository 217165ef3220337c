"""First commands and the fix of an explanation, filled with the names that the evidence holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from whyspike.explanation.rules import Judged


@dataclass(frozen=True)
class Advice:
    commands: tuple[str, ...]
    fix: str


def advise(judged: Sequence[Judged], verdict: str, detection: Mapping[str, Any]) -> Advice:
    """Commands to run first, the most telling first, and one line on what to change."""
    one = judged[0]
    start = date.fromisoformat(one.bill["onset"]) - timedelta(days=7)
    end = date.fromisoformat(detection["scan_date"]) + timedelta(days=1)
    command = (
        f"aws ce get-cost-and-usage --region us-east-1 --time-period Start={start},End={end} --granularity DAILY "
        "--metrics UnblendedCost UsageQuantity --group-by Type=DIMENSION,Key=USAGE_TYPE"
    )
    return Advice((command,), "No action." if verdict != "incident" else "Undo the change if it is not wanted.")
