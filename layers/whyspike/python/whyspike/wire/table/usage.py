"""What a scan and its month have used so far, and their caps: counters in the table, raised before
the call that they pay for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from whyspike.errors import BudgetExhausted
from whyspike.model import Scan
from whyspike.payload import as_stored
from whyspike.wire.table.rows import Key, Rows, Update

SCANS_A_MONTH = 30  # that fit under a cap of the month which is not given


@dataclass(frozen=True)
class ScanUsage:
    """Counters of one scan, shared by all its functions, and of the calendar month in which it
    runs, shared by all its scans. `table` is a DynamoDB client; a cap of the month that is 0 is
    that of thirty scans.

    A conditional update keeps a cap hard at any concurrency: two functions cannot both take the
    last request.
    """

    table: Any
    table_name: str
    scan: Scan
    cost_explorer_cap: int
    claude_token_cap: int
    cost_explorer_month_cap: int = 0
    claude_token_month_cap: int = 0

    def reserve_cost_explorer(self, requests: int = 1) -> None:
        """Counts requests before they are made; raises BudgetExhausted when a cap leaves no
        room."""
        month = self.cost_explorer_month_cap or SCANS_A_MONTH * self.cost_explorer_cap
        what = "Cost Explorer requests"
        self._reserve("ce_requests", requests, month, what, "CostExplorerMonthCap", of_month=True)
        try:
            self._reserve(
                "ce_requests", requests, self.cost_explorer_cap, what, "CostExplorerRequestCap"
            )
        except BudgetExhausted:
            self._change(self._month, add={"ce_requests": -requests})
            raise

    def half_is_left(self) -> bool:
        """At least half of the scan's Cost Explorer requests: what can wait for another scan is
        asked only then, so that it takes none from what cannot."""
        rows = Rows(self.table, self.table_name).query(self._scan.partition, self._scan.sort)
        with as_stored("usage of the scan"):
            used = int(next(iter(rows), {}).get("ce_requests", 0))
        return 2 * used < self.cost_explorer_cap

    def reserve_claude(self, tokens: int) -> None:
        """Sets tokens aside before Claude is asked; raises BudgetExhausted. `settle_claude`
        corrects the estimate."""
        month = self.claude_token_month_cap or SCANS_A_MONTH * self.claude_token_cap
        counter, what = "claude_reserved_tokens", "Claude tokens"
        self._reserve(counter, tokens, month, what, "ClaudeTokenMonthCap", of_month=True)
        try:
            self._reserve(counter, tokens, self.claude_token_cap, what, "ClaudeTokenCap")
        except BudgetExhausted:
            self._change(self._month, add={counter: -tokens})
            raise

    def settle_claude(
        self, reserved: int, input_tokens: int, output_tokens: int, price_usd: float
    ) -> None:
        """Replaces a reservation by what the answer used; all zero when the call failed
        unbilled."""
        used = {
            "claude_reserved_tokens": input_tokens + output_tokens - reserved,
            "claude_input_tokens": input_tokens,
            "claude_output_tokens": output_tokens,
            "claude_requests": 1 if input_tokens + output_tokens else 0,
            "claude_micro_usd": round(price_usd * 1e6),
        }
        for row in (self._scan, self._month):
            self._change(row, add=used)

    @property
    def _scan(self) -> Key:
        return Key(f"SCAN#{self.scan.scan_id}", "USAGE")

    @property
    def _month(self) -> Key:
        """Of the day that the run counts as its own: what it asks for is billed then."""
        return Key(f"MONTH#{self.scan.today or self.scan.scan_date:%Y-%m}", "USAGE")

    def _reserve(
        self,
        counter: str,
        amount: int,
        cap: int,
        what: str,
        parameter: str,
        *,
        of_month: bool = False,
    ) -> None:
        room, row = cap - amount, self._month if of_month else self._scan
        if room >= 0 and self._change(row, add={counter: amount}, at_most={counter: room}):
            return
        kind, whose = ("month_capped", "month") if of_month else ("capped", "scan")
        self._change(self._scan, set={f"{counter}_{kind}": True})
        raise BudgetExhausted(
            f"the {whose}'s cap of {cap:,} {what} is used up",
            remedy=f"raise the parameter {parameter}",
        )

    def _change(
        self,
        row: Key,
        set: Mapping[str, Any] | None = None,
        add: Mapping[str, int] | None = None,
        at_most: Mapping[str, int] | None = None,
    ) -> bool:
        """False where the counter is too high; the row also learns when it may be dropped."""
        expiry = {"expires_at": self.scan.expires_at} if self.scan.expires_at else {}
        update = Update(row, set={**(set or {}), **expiry}, add=add or {}, at_most=at_most or {})
        return Rows(self.table, self.table_name).update(update) is not None
