"""What every reader makes of a file: daily sums by everything that the file says about a charge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from whyspike.model import CostMetric

NO_SERVICE = "All services"  # of a file that names none
RESOURCE_DAYS = 14  # for which a large bill keeps resource ids, as Cost Explorer keeps them
MAX_PLACES = 1_000_000  # of a bill that keeps them for all days; as many take 0.4 GB
_GROWTH = 1.25  # times what was kept, before it is looked for older resources again


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
    cut: bool = False  # it is large: resources are kept of the newest days alone
    room: int = field(default_factory=lambda: MAX_PLACES)

    def add(self, cell: ChargePlace, cost: float, quantity: float = 0.0) -> None:
        before = self.sums.get(cell)
        if before is not None:
            self.sums[cell] = (before[0] + cost, before[1] + quantity)
            return
        self.sums[cell] = (cost, quantity)
        if len(self.sums) > self.room:
            self._without_old_resources()
            self.room = max(MAX_PLACES, int(_GROWTH * len(self.sums)))

    def close(self) -> None:
        """All of it was added: which resources a large bill keeps does not depend on the order of
        its rows."""
        if self.cut:
            self._without_old_resources()

    def _without_old_resources(self) -> None:
        after = max(cell.day for cell in self.sums) - RESOURCE_DAYS
        old = [cell for cell in self.sums if cell.resource_id and cell.day <= after]
        self.cut = self.cut or bool(old)
        for cell in old:
            cost, quantity = self.sums.pop(cell)
            place = cell._replace(resource_id="")
            before = self.sums.get(place, (0.0, 0.0))
            self.sums[place] = (before[0] + cost, before[1] + quantity)


def days_of(cells: Iterable[ChargePlace]) -> set[int]:
    return {cell.day for cell in cells}
