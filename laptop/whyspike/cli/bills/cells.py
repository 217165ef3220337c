"""What every reader makes of a file: daily sums by everything that the file says about a charge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from whyspike.model import CostMetric

NO_SERVICE = "All services"  # of a file that names none


class ChargePlace(NamedTuple):
    """The place of a charge; `day` is a proleptic ordinal, "" is what the file does not say."""

    day: int
    account: str = ""
    service: str = NO_SERVICE
    usage_type: str = ""
    record_type: str = "Usage"
    region: str = ""
    operation: str = ""
    resource_id: str = ""
    tag_team: str = ""
    tag_env: str = ""
    currency: str = ""
    provider: str = ""
    unit: str = ""


Sums = dict[ChargePlace, tuple[float, float]]  # cost, quantity


@dataclass
class FileBill:
    """One file, or the parts of one export. `says` are the roles that the file has a column for,
    `notes` what a reader of findings must know, one sentence each."""

    paths: tuple[Path, ...]
    format: str
    says: frozenset[str]
    sums: Sums = field(default_factory=dict)
    lines: int = 0
    notes: list[str] = field(default_factory=list)
    metric: CostMetric | None = None  # of the costs; None: the file does not say
    months: bool = False  # its rows say themselves that they are months
    pages: int = 1  # of an answer in pages
    announced: int = 0  # of its pages, those that say that another one follows
    remedy_of_months: str = "give a file with one row a day"

    def add(self, cell: ChargePlace, cost: float, quantity: float = 0.0) -> None:
        before = self.sums.get(cell)
        self.sums[cell] = (
            (cost, quantity) if before is None else (before[0] + cost, before[1] + quantity)
        )


def days_of(cells: Iterable[ChargePlace]) -> set[int]:
    return {cell.day for cell in cells}
