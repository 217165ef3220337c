"""What the default organisation is made of and what was planted in it, read from the data files
beside this module."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import yaml
from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

FOLDER = Path(__file__).parent
# A misspelt key of a data file is an error, not a default.
STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, config=STRICT)
class PlannedAccount:
    """An account of organization.yaml, which says what the fields mean."""

    id: str
    name: str
    ou_path: str
    profile: str
    region: str = "us-east-1"
    scale: float = 1.0
    team: str = ""
    env: str = "prod"
    state: str = "ACTIVE"
    owned: bool = True
    late: bool = False
    credit_per_day: float = 0.0
    fees: Mapping[str, float] = field(default_factory=dict)
    access: Mapping[str, str | bool] = field(default_factory=dict)

    @property
    def tags(self) -> dict[str, str]:
        owner = {"owner": self.team, "team": self.team} if self.owned else {}
        return {**owner, "env": self.env}


@dataclass(frozen=True, config=STRICT)
class CostCell:
    """What tells one line of a day's bill from another."""

    service: str
    usage_type: str
    region: str
    operation: str
    instance_type: str = "NoInstanceType"
    team: str = ""
    env: str = ""
    record_type: str = "Usage"
    unit: str = "Hrs"


@dataclass(frozen=True, config=STRICT)
class Week:
    """The share of each day, Monday first, and the standard deviation around it."""

    shares: tuple[float, ...]
    noise: float


@dataclass(frozen=True, config=STRICT)
class Charges:
    """charges.yaml."""

    prefixes: Mapping[str, Mapping[str, str]]
    weeks: Mapping[str, Week]
    arn_services: Mapping[str, str]
    global_services: tuple[str, ...]
    fees: Mapping[str, CostCell]
    credit: CostCell


@dataclass(frozen=True, config=STRICT)
class Steady:
    """`usd` a day from `since` up to, not including, `until`; of the first day only the share."""

    usd: float
    since: int = -999
    first_day_share: float = 1.0
    until: int = 1

    def on(self, day: int) -> float:
        if not self.since <= day < self.until:
            return 0.0
        return self.usd * (self.first_day_share if day == self.since else 1.0)


@dataclass(frozen=True, config=STRICT)
class Ramp:
    since: int
    usd_more_each_day: float

    def on(self, day: int) -> float:
        return self.usd_more_each_day * max(0, day - self.since + 1)


@dataclass(frozen=True, config=STRICT)
class ByDay:
    by_day: Mapping[int, float]

    def on(self, day: int) -> float:
        return self.by_day.get(day, 0.0)


@dataclass(frozen=True, config=STRICT)
class PlannedChange:
    """Dollars added to a line of the bill: `usd.on(day)` of the day's number."""

    service: str
    usage_type: str
    usd: Steady | Ramp | ByDay
    operation: str = ""
    instance_type: str = "NoInstanceType"
    unit: str = "Hrs"
    unit_price: float = 1.0
    record_type: str = "Usage"
    resources: tuple[str, ...] = ()
    restated_on: int | None = None

    def moves(self, cell: CostCell) -> bool:
        return (self.service, self.usage_type, self.record_type) == (
            cell.service,
            cell.usage_type,
            cell.record_type,
        )


@dataclass(frozen=True, config=STRICT)
class Person:
    """Somebody who came in through IAM Identity Center."""

    person: str
    permission_set: str = "PowerUserAccess"
    agent: str = "console"
    path: ClassVar[str] = "/aws-reserved/sso.amazonaws.com/"

    @property
    def role(self) -> str:
        suffix = f"{Random(self.permission_set).getrandbits(64):016x}"
        return f"AWSReservedSSO_{self.permission_set}_{suffix}"

    @property
    def session(self) -> str:
        return f"{self.person}@{plan().domain}"


@dataclass(frozen=True, config=STRICT)
class Run:
    """A role under which a pipeline or a service ran."""

    role: str
    run: int | None = None
    agent: str = "sdk"
    path: ClassVar[str] = "/"

    @property
    def session(self) -> str:
        return self.role if self.run is None else f"gha-{self.run}"


@dataclass(frozen=True, config=STRICT)
class PlannedCall:
    """One call. `day` counts from the scan date (0) backwards (-1); `time` is UTC; `resources` are
    pairs of type and name; without a Region it is the account's."""

    day: int
    time: str
    source: str
    name: str
    by: Person | Run
    parameters: Mapping[str, Any] | None = None
    resources: tuple[tuple[str, str], ...] = ()
    region: str | None = None
    read_only: bool = False


@dataclass(frozen=True, config=STRICT)
class PlannedIncident:
    """An incident of incidents.yaml, which says what the fields mean."""

    id: str
    account: str
    kind: str
    category: str
    onset: int
    cause: str
    changes: tuple[PlannedChange, ...]
    calls: tuple[PlannedCall, ...] = ()
    actor: str | None = None
    ongoing: bool = True
    life: str = "new"


@dataclass(frozen=True, config=STRICT)
class Incidents:
    """incidents.yaml."""

    to_find: tuple[PlannedIncident, ...]
    earlier: tuple[PlannedIncident, ...]


@dataclass(frozen=True, config=STRICT)
class PlannedSavingsPlan:
    """A plan of commitments.yaml, which says what the fields mean."""

    account: str
    kind: str
    commitment_usd_an_hour: float
    last_day: int
    years: int
    used_by: str
    service: str
    usage_type: str
    instance_type: str
    unit_price: float
    usd: float


@dataclass(frozen=True, config=STRICT)
class PlannedListing:
    """An anomaly of detector.yaml, which says what the fields mean."""

    first: int
    listed: int
    expected_usd: float
    actual_usd: float
    last: int | None = None
    incident: str = ""
    account: str = ""
    service: str = ""


@dataclass(frozen=True, config=STRICT)
class DetectorPlan:
    """detector.yaml."""

    monitor: str
    anomalies: tuple[PlannedListing, ...]


@dataclass(frozen=True, config=STRICT)
class RoutineCall:
    source: str
    name: str
    role: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    read_only: bool = False


@dataclass(frozen=True, config=STRICT)
class Trail:
    """trail.yaml."""

    agents: Mapping[str, str]
    visitors: tuple[str, ...]
    routine: tuple[RoutineCall, ...]


@dataclass(frozen=True, config=STRICT)
class LinePattern:
    """A row of lines.csv: a line of every bill of that profile. `growth` is a day's; `resource` is
    a pattern such as "vol-{hex}*4"."""

    profile: str
    service: str
    usage_type: str
    operation: str
    instance_type: str
    unit: str
    unit_price: float
    usd_per_day: float
    week: str
    growth: float
    resource: str


@dataclass(frozen=True, config=STRICT)
class Plan:
    """organization.yaml."""

    id: str
    management_account: str
    hub_account: str
    domain: str
    owners: Mapping[str, Any]
    budgets: tuple[Mapping[str, Any], ...]
    accounts: tuple[PlannedAccount, ...]

    def account(self, name: str) -> PlannedAccount:
        return next(account for account in self.accounts if account.name == name)


@cache
def plan() -> Plan:
    return TypeAdapter(Plan).validate_python(_yaml("organization.yaml"))


@cache
def charges() -> Charges:
    return TypeAdapter(Charges).validate_python(_yaml("charges.yaml"))


@cache
def incidents() -> Incidents:
    return TypeAdapter(Incidents).validate_python(_yaml("incidents.yaml"))


@cache
def savings_plans() -> tuple[PlannedSavingsPlan, ...]:
    return TypeAdapter(tuple[PlannedSavingsPlan, ...]).validate_python(_yaml("commitments.yaml"))


@cache
def detector() -> DetectorPlan:
    return TypeAdapter(DetectorPlan).validate_python(_yaml("detector.yaml"))


@cache
def trail() -> Trail:
    return TypeAdapter(Trail).validate_python(_yaml("trail.yaml"))


@cache
def line_patterns() -> tuple[LinePattern, ...]:
    with (FOLDER / "lines.csv").open(encoding="utf-8", newline="") as file:
        return TypeAdapter(tuple[LinePattern, ...]).validate_python(list(csv.DictReader(file)))


def _yaml(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
