"""What a scan has used so far, and its caps: counters in the table, raised before the call that
they pay for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from whyspike.errors import BudgetExhausted
from whyspike.model import Scan


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
        self._update(
            "ADD claude_reserved_tokens :correction, claude_input_tokens :input,"
            " claude_output_tokens :output, claude_requests :one, claude_micro_usd :price",
            {
                ":correction": {"N": str(input_tokens + output_tokens - reserved)},
                ":input": {"N": str(input_tokens)},
                ":output": {"N": str(output_tokens)},
                ":one": {"N": "1" if input_tokens + output_tokens else "0"},
                ":price": {"N": str(round(price_usd * 1e6))},
            },
        )

    def _reserve(self, counter: str, amount: int, cap: int, what: str, parameter: str) -> None:
        values = {":amount": {"N": str(amount)}, ":room": {"N": str(cap - amount)}}
        room = f"(attribute_not_exists({counter}) AND :room >= :zero) OR {counter} <= :room"
        try:
            self._update(f"ADD {counter} :amount", {**values, ":zero": {"N": "0"}}, room)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            self._update("", {":yes": {"BOOL": True}}, change=f"{counter}_capped = :yes")
            raise BudgetExhausted(
                f"the scan's cap of {cap:,} {what} is used up. Remedy: raise the parameter"
                f" {parameter}"
            ) from error

    def _update(
        self, add: str, values: dict[str, Any], condition: str | None = None, change: str = ""
    ) -> None:
        """`add` is an ADD clause, `change` what a SET clause holds; the row also learns when it may
        be dropped."""
        optional = {"ConditionExpression": condition} if condition else {}
        changes = [change] if change else []
        if self.scan.expires_at:
            changes.append("expires_at = :expires")
            values = {**values, ":expires": {"N": str(self.scan.expires_at)}}
        expression = f"{add} SET {', '.join(changes)}" if changes else add
        self.table.update_item(
            TableName=self.table_name,
            Key={"PK": {"S": f"SCAN#{self.scan.scan_id}"}, "SK": {"S": "USAGE"}},
            UpdateExpression=expression.strip(),
            ExpressionAttributeValues=values,
            **optional,
        )
