"""What AWS's own detector (Cost Anomaly Detection) lists, and how it compares with what whyspike
found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class AwsAnomaly:
    """One anomaly of AWS's list. `accounts` and `services` are those of its root causes; empty
    where AWS names none."""

    anomaly_id: str
    first_day: date
    last_day: date | None  # None: it goes on
    accounts: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    impact_usd: float = 0.0  # over what AWS expected, in all
    feedback: str = ""  # YES | NO | PLANNED_ACTIVITY, as AWS has it; "": nobody answered there


@dataclass(frozen=True)
class BesideRow:
    """One thing that whyspike found, AWS lists, or both. The days of the side that did not see it
    are None. `*_from` is the first day that cost more, `*_known` the date of the first scan that
    found it here, or met it in AWS's list (None: the first scan that looked there met it already,
    so that AWS may have known it long before)."""

    what: str  # "Amazon EC2 in shop-prod"
    incident_id: str = ""  # "": not found here
    told: bool = False  # False: found here, and too small to tell
    goes_on: bool = False  # here; of what only AWS lists, there
    ours_from: date | None = None
    ours_known: date | None = None
    ours_usd: float | None = None
    anomaly_id: str = ""  # "": not in AWS's list
    aws_from: date | None = None
    aws_known: date | None = None
    aws_usd: float | None = None


@dataclass(frozen=True)
class BesideAws:
    """Both lists of the last `days` days beside each other, the largest first. Of `answered` AWS
    has what people answered here."""

    days: int
    rows: tuple[BesideRow, ...] = ()
    answered: int = 0

    @property
    def told_and_going(self) -> tuple[BesideRow, ...]:
        """What owners were told here, and goes on."""
        return tuple(row for row in self.rows if row.told and row.goes_on)

    @property
    def only_aws(self) -> tuple[BesideRow, ...]:
        return tuple(row for row in self.rows if not row.incident_id)
