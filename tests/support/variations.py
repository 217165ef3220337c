"""Made-up incidents beyond those of any sample organisation: a bill and its CloudTrail, composed
from one entry each of the files of variation_catalogue/.

Every variation stands in the same account: a background bill with weekly rhythm and noise, routine
events with random names, and decoys that carry the cause's own event name near the onset. What is
expected of an explanation stands beside it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import yaml
from pydantic import ConfigDict, TypeAdapter

from whyspike.simulator.organization.bill import DIMENSIONS, make_bill
from whyspike.simulator.organization.folder import Access, SimulatedAccount

ACCOUNT = "123412341234"
SCAN_DATE = date(2026, 9, 17)
DAYS = 84
CATALOGUE = Path(__file__).with_name("variation_catalogue")
# A misspelt key of a catalogue is an error, not a default.
STRICT = ConfigDict(extra="forbid")
WORDS = (
    "alder",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "heron",
    "indigo",
    "juniper",
    "kestrel",
    "lotus",
    "maple",
    "nectar",
)


@dataclass(frozen=True)
class Effect:
    """One line of the bill that moves: `per_day` USD more from the onset on (or the shape's own
    course)."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    service: str
    usage_type: str
    per_day: float
    region: str = "us-east-1"
    team: str = "orders"
    env: str = "prod"
    unit: str = "GB"
    before: float = 0.0
    # step | midnight (a step without a shorter first day) | ramp | spike | burst | drop | end |
    # monthly
    shape: str = "step"
    record_type: str = "Usage"
    resources: tuple[str, ...] = ()
    flat: bool = False  # the quantity stays as before
    quantity: float | None = None  # a day, instead of ten for each dollar
    delay: int = 0


@dataclass(frozen=True)
class Call:
    """One CloudTrail event; `days` before (negative: after) the onset day at `hour`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    source: str
    name: str
    parameters: Mapping[str, Any]
    role: str = "AWSReservedSSO_PowerUserAccess_5f1c09a2be77d413"
    session: str = "nina.roth@example.com"
    user: str = ""
    days: int = 0
    hour: int = 9
    ip: str = "10.20.30.40"
    region: str = "us-east-1"
    resources: tuple[str, ...] = ()
    read_only: bool = False
    repeat: int = 1
    error: str = ""
    invoked_by: str = ""
    on_days: tuple[int, ...] = ()  # days after the onset, instead of `days`


@dataclass(frozen=True)
class Variation:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    name: str
    effects: tuple[Effect, ...]
    category: str
    call: Call | None = None  # the cause; None: nobody
    decoys: tuple[Call, ...] = ()
    verdict: str = "incident"
    kind: str = "level-shift"
    onset_days_ago: int = 2
    ongoing: bool = True
    also: tuple[str, ...] = ()  # categories that are as right
    gaps: tuple[str, ...] = ()
    access: Access = field(default_factory=Access)
    tagged: bool = True
    unknown: bool = False  # the actor cannot be known

    @property
    def onset(self) -> date:
        return SCAN_DATE - timedelta(days=self.onset_days_ago)


@dataclass(frozen=True)
class BackgroundLine:
    """What is spent each day whatever else happens; `resources` is how many share it."""

    service: str
    usage_type: str
    region: str
    team: str
    env: str
    usd: float
    unit: str
    resources: int

    @property
    def resource_ids(self) -> list[str]:
        return [f"{WORDS[i % len(WORDS)]}-{i}" for i in range(min(self.resources, 6))] or [""]


@dataclass(frozen=True)
class RoutineCall:
    source: str
    name: str
    parameters: Mapping[str, Any]


@cache
def catalogue(name: str) -> tuple[Variation, ...]:
    """The made-up incidents of a file of variation_catalogue/."""
    return TypeAdapter(tuple[Variation, ...]).validate_python(_yaml(name))


@cache
def _background() -> tuple[BackgroundLine, ...]:
    return tuple(BackgroundLine(*row) for row in _yaml("background")["bill"])


@cache
def _routine() -> tuple[RoutineCall, ...]:
    return tuple(RoutineCall(*row) for row in _yaml("background")["trail"])


def _yaml(name: str) -> Any:
    return yaml.safe_load((CATALOGUE / f"{name}.yaml").read_text(encoding="utf-8"))


def account(variation: Variation, seed: int = 1) -> SimulatedAccount:
    """The account of a variation, as the simulator loads one from a folder."""
    chance = random.Random(f"{variation.name}{seed}")
    days = [SCAN_DATE - timedelta(days=DAYS - 1 - i) for i in range(DAYS)]
    rows: list[dict[str, Any]] = []
    for line in _background():
        rhythm = line.unit not in ("GB-Mo", "Hrs", "Metrics", "hours")
        for day in days:
            factor = (0.75 if day.weekday() >= 5 else 1.0) if rhythm else 1.0
            value = line.usd * factor * chance.gauss(1.0, 0.04 if rhythm else 0.01)
            rows += _rows(
                day, line, value, value * 10, "Usage", line.resource_ids, variation.tagged
            )
    for effect in variation.effects:
        for day in days:
            value, quantity = _course(effect, day, variation, chance)
            if value or quantity:
                ids = list(effect.resources) or [""]
                rows += _rows(
                    day, effect, value, quantity, effect.record_type, ids, variation.tagged
                )
    texts = {name: [str(row[name]) for row in rows] for name in DIMENSIONS}
    bill = make_bill(
        [row["date"] for row in rows],
        texts,
        [row["cost"] for row in rows],
        [row["quantity"] for row in rows],
    )
    return SimulatedAccount(
        ACCOUNT,
        "orders-prod",
        "",
        "Workloads/Prod",
        "ACTIVE",
        None,
        {},
        variation.access,
        bill,
        _events(variation, chance),
    )


def _rows(
    day: date,
    line: BackgroundLine | Effect,
    cost: float,
    quantity: float,
    record_type: str,
    ids: Sequence[str],
    tagged: bool,
) -> list[dict[str, Any]]:
    kept = ids if (SCAN_DATE - day).days < 14 else [""]
    base = {
        "date": day,
        "account": ACCOUNT,
        "service": line.service,
        "usage_type": line.usage_type,
        "region": line.region,
        "operation": "None",
        "instance_type": "NoInstanceType",
        "az": "NoAZ",
        "tag_team": line.team if tagged else "",
        "tag_env": line.env if tagged else "",
        "record_type": record_type,
        "unit": line.unit,
    }
    return [
        base | {"resource_id": name, "cost": cost / len(kept), "quantity": quantity / len(kept)}
        for name in kept
    ]


def _course(
    effect: Effect, day: date, variation: Variation, chance: random.Random
) -> tuple[float, float]:
    since = (day - variation.onset).days - effect.delay
    noise = chance.gauss(1.0, 0.02)
    before = effect.before * noise
    if effect.shape == "end":  # was there, and ended
        return (
            (effect.per_day * noise, effect.quantity or abs(effect.per_day) * 10)
            if since < 0
            else (0.0, 0.0)
        )
    on = since >= 0
    if effect.shape == "monthly":
        on = since == 0 or (day.day == variation.onset.day and since < -20)
    share = {
        "ramp": float(since + 1),
        "spike": float(since == 0),
        "burst": float(since in (0, 2, 5, 7)),
        "drop": 1.0,
    }.get(effect.shape, 1.0)
    if effect.shape == "step" and since == 0 and not effect.flat:
        share = 0.6
    more = effect.per_day * share * noise if on else 0.0
    quantity = before * 10 if effect.flat else max(0.0, before + more) * 10
    if effect.quantity is not None:
        quantity = effect.quantity * noise if on else 0.0
    return before + more, quantity


def _events(
    variation: Variation, chance: random.Random
) -> dict[str, tuple[Mapping[str, Any], ...]]:
    calls: list[Call] = []
    for call in (variation.call, *variation.decoys):
        if call:
            calls += [replace(call, days=-day) for day in call.on_days] or [
                _shifted(call, i) for i in range(call.repeat)
            ]
    cause = variation.call
    if cause and not cause.user:  # decoys with the cause's own name, and other targets
        key = next(
            (key for key, value in cause.parameters.items() if isinstance(value, str)), "name"
        )
        for days in (-1, 0, 1, 3, 5):
            calls.append(
                _noise(
                    chance,
                    cause.source,
                    cause.name,
                    {key: f"{chance.choice(WORDS)}-{chance.choice(WORDS)}"},
                    days,
                    cause.region,
                )
            )
    regions = {effect.region for effect in variation.effects} - {"global", "NoRegion"}
    for region in sorted(regions | {"us-east-1"}):
        for _ in range(45):
            routine = chance.choice(_routine())
            filled = {
                key: chance.choice(WORDS) if value == "?" else value
                for key, value in routine.parameters.items()
            }
            days = chance.randint(-2, 9)
            calls.append(_noise(chance, routine.source, routine.name, filled, days, region))
    found: dict[str, list[Mapping[str, Any]]] = {}
    for number, call in enumerate(calls):
        record = _record(call, number, variation.onset)
        if record["EventTime"] < f"{SCAN_DATE + timedelta(days=1)}":
            found.setdefault(call.region, []).append(record)
    return {
        region: tuple(sorted(records, key=lambda record: str(record["EventTime"]), reverse=True))
        for region, records in found.items()
    }


def _noise(
    chance: random.Random,
    source: str,
    name: str,
    parameters: Mapping[str, Any],
    days: int,
    region: str,
) -> Call:
    role = chance.choice(
        ("ci-deploy", "terraform-ci", "AWSReservedSSO_PowerUserAccess_5f1c09a2be77d413")
    )
    session = (
        f"gha-{chance.randint(10000, 99999)}"
        if "-ci" in role or role.startswith("ci")
        else f"{chance.choice(WORDS)}@example.com"
    )
    return Call(
        source,
        name,
        parameters,
        role,
        session,
        days=days,
        hour=chance.randint(5, 20),
        region=region,
    )


def _shifted(call: Call, number: int) -> Call:
    return replace(
        call, days=call.days - number // 6, hour=min(23, call.hour + number % 6), repeat=1
    )


def _record(call: Call, number: int, onset: date) -> dict[str, Any]:
    moment = datetime(
        onset.year, onset.month, onset.day, call.hour, number % 60, tzinfo=UTC
    ) - timedelta(days=call.days)
    time = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    if call.user:
        identity: dict[str, Any] = {
            "type": "IAMUser",
            "userName": call.user,
            "arn": f"arn:aws:iam::{ACCOUNT}:user/{call.user}",
        }
    else:
        arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{call.role}/{call.session}"
        identity = {
            "type": "AssumedRole",
            "arn": arn,
            "sessionContext": {"sessionIssuer": {"type": "Role", "userName": call.role}},
        }
        if call.role.startswith("AWSServiceRole"):
            identity["invokedBy"] = "autoscaling.amazonaws.com"
        elif call.invoked_by:
            identity["invokedBy"] = call.invoked_by
    detail = {
        "userIdentity": identity,
        "eventTime": time,
        "awsRegion": call.region,
        "sourceIPAddress": call.ip,
        "userAgent": "aws-cli/2.27",
        "requestParameters": call.parameters,
        "responseElements": None,
        "errorCode": call.error or None,
    }
    return {
        "EventId": f"00000000-0000-4000-8000-{number:012d}",
        "EventName": call.name,
        "ReadOnly": str(call.read_only).lower(),
        "EventTime": time,
        "EventSource": f"{call.source}.amazonaws.com",
        "Username": call.user or call.session,
        "Resources": [
            {"ResourceType": "AWS::Resource", "ResourceName": name} for name in call.resources
        ],
        "CloudTrailEvent": json.dumps(detail),
    }
