"""Savings Plans and reservations: what an account has bought, what its bill says of the usage that
they cover, and what happens when one ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

THRESHOLDS = (30, 7, 1)  # days before the end at which it is told


@dataclass(frozen=True)
class Commitment:
    """One Savings Plan or reservation that runs. `covers` are the kinds of plan or the service that
    it is for, `unit` the instance type of a reservation."""

    commitment_id: str
    account_id: str  # that bought it
    name: str  # "Compute Savings Plan", "Amazon RDS reservation, 2 of db.r5.large"
    covers: str
    last_day: date  # on which it still counts, UTC
    usd_a_day: float | None  # fees, and what was paid upfront spread over the term
    region: str = ""  # "": every Region
    unit: str = ""
    count: int = 0
    is_plan: bool = False
    renewed: bool = False  # another one is queued to start then, as large or larger
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CoveredUnits:
    """Of a reservation's instance type, by the account's bill: dollars a day that its covered hours
    cost on demand; None where the bill has no hours on demand to tell their price, or none that
    are covered."""

    commitment_id: str
    on_demand_usd: float | None


@dataclass(frozen=True)
class NotRead:
    """What could not be read of an account: what, the error's name and its reason."""

    what: str  # "Savings Plans", "Amazon RDS reservations in eu-west-1"
    error: str
    reason: str


@dataclass(frozen=True)
class AccountCommitments:
    """What a scan learned of one account. `plan_usage` is the usage that Savings Plans covered, in
    dollars a day on demand by service; None where the bill does not tell it apart."""

    account_id: str
    commitments: tuple[Commitment, ...] = ()
    plan_usage: Mapping[str, float] | None = None
    covered: tuple[CoveredUnits, ...] = ()
    not_read: tuple[NotRead, ...] = ()


@dataclass(frozen=True)
class UsageShare:
    """The part of one account in what an ending commitment covers; dollars a day on demand, None
    where it is not known."""

    account_id: str
    account_name: str
    on_demand_usd: float | None


@dataclass(frozen=True)
class CommitmentEnd:
    """A commitment that ends within 30 days. `on_demand_usd` is what the usage that it covers costs
    on demand, None where that is not known (`why_unknown`). `is_due`: this scan is the first at or
    below one of the thresholds."""

    commitment: Commitment
    account_name: str
    days_left: int
    threshold: int
    on_demand_usd: float | None = None
    why_unknown: str = ""
    shares: tuple[UsageShare, ...] = ()
    unread: int = 0  # accounts whose usage is not counted in, since they were not read
    is_due: bool = False

    @property
    def more_usd(self) -> float | None:
        """Dollars a day more from the day after on; negative where the commitment costs more than
        what it covers."""
        paid = self.commitment.usd_a_day
        if self.on_demand_usd is None or paid is None:
            return None
        return self.on_demand_usd - paid
