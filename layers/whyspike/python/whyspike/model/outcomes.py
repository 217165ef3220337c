"""What a scan's table knows when the scan has ended: how each account fared, what failed and why,
and what was used."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from whyspike.model.accounts import AccountState
from whyspike.model.bills import BillDays


class AccountStatus(StrEnum):
    SCANNED = "scanned"
    BILL_ONLY = "bill-only"  # judged through the payer; the account itself refused
    NOT_SCANNED = "not-scanned"
    OWNER_NOT_TOLD = "owner-not-told"


@dataclass(frozen=True)
class Failure:
    """Why something failed: the error's name, the reason, and what to do about it, "" where the
    error does not know."""

    error: str
    reason: str
    remedy: str = ""


@dataclass(frozen=True)
class AccountOutcome:
    """How one account fared; `failure` says what went wrong last, `bill_only` why only the payer's
    bill was judged, `bill` which of its days (None: none was)."""

    status: AccountStatus
    failure: Failure | None = None
    bill_only: Failure | None = None
    bill: BillDays | None = None
    anomalies: int = 0


@dataclass(frozen=True)
class NotExplained:
    """A flagged item whose explanation failed."""

    item_id: str
    account_id: str
    name: str
    failure: Failure


@dataclass(frozen=True)
class LeftOut:
    """An account that is not in scope."""

    account_id: str
    state: AccountState


@dataclass(frozen=True)
class ScanSummary:
    """What was left out before anything was scanned; `settings` says what is wrong in them,
    `not_asked` what could not be asked beside the accounts' bills, one sentence each."""

    left_out: tuple[LeftOut, ...] = ()
    settings: tuple[str, ...] = ()
    not_asked: tuple[str, ...] = ()


@dataclass(frozen=True)
class UsageCounts:
    """The counters of a scan; `*_capped` where a cap cut something off."""

    ce_requests: int = 0
    ce_requests_capped: bool = False
    claude_requests: int = 0
    claude_input_tokens: int = 0
    claude_output_tokens: int = 0
    claude_micro_usd: int = 0
    claude_reserved_tokens: int = 0
    claude_reserved_tokens_capped: bool = False
    ce_requests_month_capped: bool = False
    claude_reserved_tokens_month_capped: bool = False
