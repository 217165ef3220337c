"""What a check may spend: said before it is asked, counted while it is asked, never more than was
agreed to."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

import typer

from whyspike.errors import BudgetExhausted, InvalidInput
from whyspike.model.outcomes import UsageCounts
from whyspike.words.amounts import counted, dollars

CE_USD = 0.01  # a Cost Explorer request; AWS price list, "AWS Cost Explorer API request"
MAX_USD_UNASKED = 0.10
REQUESTS_UNASKED = round(MAX_USD_UNASKED / CE_USD)
REQUESTS_AN_ACCOUNT = 2  # a page each of its daily costs by record type, and by usage type
PAGES_AGREED = 3  # what a bill may have on average, once it is agreed to; AWS tells no page size
MIN_AGREED = 50  # requests, so that one account of many pages is read
REQUESTS_A_FINDING = 4  # at most, to find out where a cost comes from
CLAUDE_USD_A_FINDING = 0.03  # about: 4,300 tokens in and 1,500 out of the default model


@dataclass
class Spending:
    """The counters of one check; `cap` is the number of Cost Explorer requests that were agreed
    to, None: those of bill files, which cost nothing; `remedy` is what to do at it."""

    cap: int | None = None
    remedy: str = "agree to more with --yes"
    claude: bool = True  # whether Claude was agreed to
    requests: int = 0
    capped: bool = False
    claude_requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    claude_usd: float = 0.0
    _reserved: int = field(default=0, repr=False)

    def reserve_cost_explorer(self, requests: int = 1) -> None:
        """Counts requests before they are made; raises BudgetExhausted."""
        if self.cap is not None and self.requests + requests > self.cap:
            self.capped = True
            raise BudgetExhausted(
                f"the {counted(self.cap, 'Cost Explorer request')} that were agreed to are used up",
                remedy=self.remedy,
            )
        self.requests += requests

    def reserve_claude(self, tokens: int) -> None:
        """Sets tokens aside before Claude is asked; raises BudgetExhausted."""
        if not self.claude:
            raise BudgetExhausted("Claude was not agreed to", remedy="agree with --yes")
        self._reserved += tokens

    def settle_claude(
        self, reserved: int, input_tokens: int, output_tokens: int, price_usd: float
    ) -> None:
        """Replaces a reservation by what the answer used."""
        self._reserved -= reserved
        self.claude_requests += 1 if input_tokens + output_tokens else 0
        self.input_tokens += input_tokens
        self.output_tokens += output_tokens
        self.claude_usd += price_usd

    def counts(self) -> UsageCounts:
        return UsageCounts(
            ce_requests=self.requests if self.cap is not None else 0,
            ce_requests_capped=self.capped,
            claude_requests=self.claude_requests,
            claude_input_tokens=self.input_tokens,
            claude_output_tokens=self.output_tokens,
            claude_micro_usd=round(self.claude_usd * 1e6),
        )


def reading_the_bills(accounts: int, *, yes: bool) -> Spending:
    """The counters of a check of so many accounts, with what was agreed to; raises InvalidInput
    where too much was not."""
    requests = REQUESTS_AN_ACCOUNT * accounts
    agreed(requests * CE_USD, "Reading the bills", yes=yes, must=True)
    if not yes and requests <= REQUESTS_UNASKED:
        return Spending(cap=REQUESTS_UNASKED)
    return Spending(
        cap=max(MIN_AGREED, PAGES_AGREED * requests),
        remedy="look at it alone, with --account and its id, or check a bill file",
    )


def agreed(usd: float, what: str, *, yes: bool, must: bool) -> bool:
    """Whether the user pays `usd` in all. Asked at a terminal; elsewhere --yes says it, and without
    it what `must` be paid raises InvalidInput."""
    if yes or usd <= MAX_USD_UNASKED + 1e-9:
        return True
    question = f"{what} may cost {dollars(usd)} in all."
    if sys.stdin.isatty():
        if typer.confirm(f"{question} Go on?", default=False, err=True):
            return True
    elif not must:
        return False
    else:
        raise InvalidInput(f"{question.rstrip('.')}, which was not agreed to", remedy="add --yes")
    if must:
        raise typer.Abort
    return False
