"""Accounts, their owners, and the scan that looks at them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from whyspike.model.common_causes import CausePlace

ROWS_KEPT = timedelta(days=400)  # in the table: as long as Cost Explorer keeps daily history


class AccountState(StrEnum):
    """Organizations `State` (`Status` is retired)."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    PENDING_CLOSURE = "PENDING_CLOSURE"
    PENDING_ACTIVATION = "PENDING_ACTIVATION"
    CLOSED = "CLOSED"


@dataclass(frozen=True)
class Owner:
    """Who is told. `source` is the link of the chain that named the owner; `default` means
    unowned."""

    name: str
    source: str  # resource-tag | account-tag | ou | alternate-contact | default
    channel: str | None = None  # Slack channel, "#name" or id
    email: str | None = None
    webhook: str | None = None  # its name in the secret of targets
    teams: str | None = None  # the same of a channel in Microsoft Teams


@dataclass(frozen=True)
class Account:
    """A member account of the organisation."""

    account_id: str
    name: str
    email: str = ""
    ou_path: str = ""  # "Workloads/Prod"
    state: AccountState = AccountState.ACTIVE
    joined: date | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    owner: Owner | None = None


@dataclass(frozen=True)
class Scan:
    """One run of the workflow over the organisation; travels in every state's input."""

    scan_id: str  # the scan date, or "<scan date>-<suffix>" for a partial run
    scan_date: date  # the usage date that is judged
    lookback_days: int = 90
    expires_at: int = field(
        default=0, compare=False
    )  # epoch seconds at which the table may drop the scan's rows; 0: never
    today: date | None = (
        # the day that the run counts as its own (UTC): what CloudTrail still holds depends on it;
        # None: the clock's
        None
    )

    @property
    def is_daily(self) -> bool:
        """It is of the whole organisation; one of single accounts has an id of its own."""
        return self.scan_id == self.scan_date.isoformat()


@dataclass(frozen=True)
class ScanTask:
    """Input of a state that works on the whole scan."""

    scan: Scan


@dataclass(frozen=True)
class AccountTask:
    """Input of a state that works on one account."""

    scan: Scan
    account: Account


@dataclass(frozen=True)
class AnomalyTask(AccountTask):
    """Input of ExplainAnomaly: one flagged item of the account, and its place in a common
    cause."""

    item_id: str
    place: CausePlace = field(default_factory=CausePlace)
