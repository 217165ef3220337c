"""A Cost Explorer client over the rows of a bill, and a counter of its requests."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tests.support.json_client import json_client
from whyspike.errors import (
    BudgetExhausted,
)
from whyspike.simulator.aws import cost_explorer as simulated
from whyspike.simulator.organization.bill import DIMENSIONS, make_bill

END = date(2026, 3, 12)
START = END - timedelta(days=13)


class Counter:
    def __init__(self, cap: int = 1_000) -> None:
        self.requests, self.cap = 0, cap

    def reserve_cost_explorer(self, requests: int = 1) -> None:
        if self.requests + requests > self.cap:
            raise BudgetExhausted("cap")
        self.requests += requests


def bill(*rows: tuple[date, str, str, str, float]) -> Any:
    """Rows of (day, service, usage type, record type, cost)."""
    defaults = {name: [""] * len(rows) for name in DIMENSIONS}
    texts = defaults | {
        "account": ["111122223333"] * len(rows),
        "service": [row[1] for row in rows],
        "usage_type": [row[2] for row in rows],
        "record_type": [row[3] for row in rows],
    }
    return make_bill([row[0] for row in rows], texts, [row[4] for row in rows], [1.0] * len(rows))


def client_of(rows: Any, page_size: int = 1_000) -> Any:
    return json_client(
        "ce",
        lambda operation, request: simulated.answer(
            operation, request, rows, END, page_size=page_size
        ),
    )
