"""How something planted in the default organisation is written down. Days count from the scan date
(0) backwards (-1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from whyspike.simulator.fernhill.events import Event


@dataclass(frozen=True)
class Change:
    """Dollars added to a line of the bill; a line that did not exist costs nothing before.
    `usd(day)` of the day's number.

    `restated_on`: until this day the bill showed the change, from then on it does not (it was
    booked by mistake).
    """

    service: str
    usage_type: str
    usd: Callable[[int], float]
    operation: str = ""
    instance_type: str = "NoInstanceType"
    unit: str = "Hrs"
    unit_price: float = 1.0
    record_type: str = "Usage"
    resources: tuple[str, ...] = ()
    restated_on: int | None = None


@dataclass(frozen=True)
class Incident:
    """`life`: what a replay of ten days sees of it."""

    id: str
    account: str
    kind: str
    category: str
    onset: int
    cause: str
    changes: tuple[Change, ...]  # the driver first
    events: tuple[Event, ...] = ()  # the cause first, then what looks like one
    actor: str = ""  # role of the cause; "" where nobody changed anything
    ongoing: bool = True
    life: str = "new"


def since(first: int, usd: float, first_day: float = 1.0, until: int = 1) -> Callable[[int], float]:
    """`usd` a day from `first` up to, not including, `until`; of the first day only the share
    `first_day`."""
    return lambda day: (
        0.0 if not first <= day < until else usd * (first_day if day == first else 1.0)
    )


def ramp(first: int, usd_more_each_day: float) -> Callable[[int], float]:
    return lambda day: usd_more_each_day * (day - first + 1) if day >= first else 0.0
