"""Activity that was announced (`settings/planned.yaml`): its spend is told as planned until it
exceeds its plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from whyspike.errors import InvalidInput
from whyspike.model import Anomaly
from whyspike.payload import from_json
from whyspike.words.amounts import dollars
from whyspike.words.days import days


@dataclass(frozen=True)
class PlannedActivity:
    """`expected_usd` is what it may cost in all, on top of normal spend. `until` is its last
    day."""

    account: str
    start: date
    until: date
    expected_usd: Decimal
    who: str
    what: str = "planned activity"
    service: str | None = None  # None: every service of the account

    @property
    def summary(self) -> str:
        return (
            f"{self.what} ({self.who}), up to {dollars(self.expected_usd)},"
            f" {days(self.start, self.until)}"
        )


@dataclass(frozen=True)
class _Entry:
    """One entry as a person writes it."""

    account: str
    until: date
    expected_usd: Decimal
    who: str
    begin: Annotated[date, Field(alias="from")]
    what: str = "planned activity"
    service: str | None = None


def planned_activities(document: Any) -> tuple[PlannedActivity, ...]:
    """The entries of the parsed YAML document (None: there is none). Raises InvalidInput naming the
    entry and field that is wrong."""
    entries = document.get("planned") if isinstance(document, dict) else document
    if entries is not None and not isinstance(entries, list):
        raise InvalidInput(
            "settings/planned.yaml: must be a list of entries, or hold one under `planned:`"
        )
    unknown = (
        sorted(str(key) for key in set(document) - {"planned"})
        if isinstance(document, dict)
        else []
    )
    if unknown:  # entries under another name would be a plan that nobody follows
        raise InvalidInput(
            f"settings/planned.yaml: unknown field {unknown[0]!r}",
            remedy="hold the entries under `planned:`",
        )
    if entries is None:
        return ()
    return tuple(
        _activity(entry, f"settings/planned.yaml: entry {number}")
        for number, entry in enumerate(entries, 1)
    )


def _activity(record: Any, what: str) -> PlannedActivity:
    if isinstance(record, dict) and isinstance(record.get("account"), int):
        raise InvalidInput(
            f"{what}: account: write the id in quotes; YAML reads it as a number, which loses"
            " leading zeros"
        )
    entry = from_json(_Entry, record, what=what)
    if not (len(entry.account) == 12 and entry.account.isdigit()):
        raise InvalidInput(f"{what}: account: {entry.account[:40]!r} is no account id of 12 digits")
    if entry.until < entry.begin:
        raise InvalidInput(f"{what}: until {entry.until} is before from {entry.begin}")
    if not entry.expected_usd > 0:
        raise InvalidInput(f"{what}: expected_usd: must be more than 0")
    return PlannedActivity(
        entry.account,
        entry.begin,
        entry.until,
        entry.expected_usd,
        entry.who,
        entry.what,
        entry.service,
    )


def plan_of(
    plans: Sequence[PlannedActivity], account_id: str, anomalies: Sequence[Anomaly], impact: Decimal
) -> PlannedActivity | None:
    """The plan that covers all of the anomalies, in its window and within its dollars; None when
    they need an alert."""
    return next(
        (
            plan
            for plan in plans
            if plan.account == account_id
            and impact <= plan.expected_usd
            and _covers(plan, anomalies)
        ),
        None,
    )


def plan_in_force(
    plans: Sequence[PlannedActivity], told: PlannedActivity | None
) -> Sequence[PlannedActivity]:
    """The plans, and `told`, under which an incident was told as planned: taking a finished entry
    out of the file makes no news of days that are still in view. An entry of the same account,
    service and first day replaces it."""
    if told is None or any(_same_entry(plan, told) for plan in plans):
        return plans
    return (*plans, told)


def _same_entry(one: PlannedActivity, other: PlannedActivity) -> bool:
    return (one.account, one.service, one.start) == (other.account, other.service, other.start)


def _covers(plan: PlannedActivity, anomalies: Sequence[Anomaly]) -> bool:
    return all(
        plan.service in {None, a.service} and plan.start <= a.onset and a.usage_date <= plan.until
        for a in anomalies
    )
