"""What a scan has used so far, and its caps: counters in the table, raised before the call that
they pay for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from whyspike.errors import BudgetExhausted
from whyspike.model import Scan
from whyspike.wire.table.rows import Key, Rows, Update


@dataclass(frozen=True)
class ScanUsage:
    """Counters of one scan, shared by all its functions. `table` is a DynamoDB client.

    A conditional update keeps the cap hard at any concurrency: two functions cannot both take the
    last request.
    """

    table: Any
    table_name: str
    scan: Scan
    cost_explorer_cap: int
    claude_token_cap: int

    def reserve_cost_explorer(self, requests: int = 1) -> None:
        """Counts requests before they are made; raises BudgetExhausted when the cap leaves no
        room."""
        self._reserve(
            "ce_requests",
            requests,
            self.cost_explorer_cap,
            "Cost Explorer requests",
            "CostExplorerRequestCap",
        )

    def reserve_claude(self, tokens: int) -> None:
        """Sets tokens aside before Claude is asked; raises BudgetExhausted. `settle_claude`
        corrects the estimate."""
        self._reserve(
            "claude_reserved_tokens",
            tokens,
            self.claude_token_cap,
            "Claude tokens",
            "ClaudeTokenCap",
        )

    def settle_claude(
        self, reserved: int, input_tokens: int, output_tokens: int, price_usd: float
    ) -> None:
        """Replaces a reservation by what the answer used; all zero when the call failed
        unbilled."""
        self._change(
            add={
                "claude_reserved_tokens": input_tokens + output_tokens - reserved,
                "claude_input_tokens": input_tokens,
                "claude_output_tokens": output_tokens,
                "claude_requests": 1 if input_tokens + output_tokens else 0,
                "claude_micro_usd": round(price_usd * 1e6),
            }
        )

    def _reserve(self, counter: str, amount: int, cap: int, what: str, parameter: str) -> None:
        room = cap - amount
        if room >= 0 and self._change(add={counter: amount}, at_most={counter: room}):
            return
        self._change(set={f"{counter}_capped": True})
        raise BudgetExhausted(
            f"the scan's cap of {cap:,} {what} is used up",
            remedy=f"raise the parameter {parameter}",
        )

    def _change(
        self,
        set: Mapping[str, Any] | None = None,
        add: Mapping[str, int] | None = None,
        at_most: Mapping[str, int] | None = None,
    ) -> bool:
        """False where the counter is too high; the row also learns when it may be dropped."""
        expiry = {"expires_at": self.scan.expires_at} if self.scan.expires_at else {}
        update = Update(
            Key(f"SCAN#{self.scan.scan_id}", "USAGE"),
            set={**(set or {}), **expiry},
            add=add or {},
            at_most=at_most or {},
        )
        return Rows(self.table, self.table_name).update(update) is not None
