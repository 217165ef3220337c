"""The lines of a bill before anything happens to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from whyspike.simulator.fernhill.plan import (
    CostCell,
    LinePattern,
    PlannedAccount,
    Week,
    charges,
    line_patterns,
)


@dataclass(frozen=True)
class PlannedLine:
    """`growth` is a day's."""

    cell: CostCell
    unit_price: float
    usd_per_day: float
    week: Week
    growth: float = 0.0
    resources: tuple[str, ...] = ()

    def usd(self, day: date, age_days: int) -> float:
        """The expected dollars of `day`, which lies `age_days` before the end of the bill."""
        share = self.week.shares[day.weekday()]
        return self.usd_per_day * share * (1 + self.growth) ** -age_days


def lines_of(account: PlannedAccount, random: Random) -> list[PlannedLine]:
    """The account's lines, with resource ids drawn from `random`."""
    patterns = [pattern for pattern in line_patterns() if pattern.profile == account.profile]
    # Lines with the same pattern are lines of the same resources: a NAT gateway's hours and its
    # bytes.
    known = {
        pattern.resource: resource_ids(pattern.resource, pattern.service, account, random)
        for pattern in patterns
    }
    return [_line(pattern, account, known[pattern.resource]) for pattern in patterns]


def _line(pattern: LinePattern, account: PlannedAccount, resources: tuple[str, ...]) -> PlannedLine:
    prefixes = charges().prefixes[account.region]
    cell = CostCell(
        pattern.service,
        pattern.usage_type.format(**prefixes, name=account.region),
        "global" if pattern.service in charges().global_services else account.region,
        pattern.operation,
        pattern.instance_type or "NoInstanceType",
        account.team,
        account.env,
        unit=pattern.unit,
    )
    return PlannedLine(
        cell,
        pattern.unit_price,
        pattern.usd_per_day * account.scale,
        charges().weeks[pattern.week],
        pattern.growth,
        resources,
    )


def resource_ids(
    pattern: str, service: str, account: PlannedAccount, random: Random
) -> tuple[str, ...]:
    """`count` ids of a pattern like "vol-{hex}*4"; "" gives none. Machines and volumes are known by
    their id, the rest by ARN."""
    if not pattern:
        return ()
    form, _, count = pattern.partition("*")
    names = [form.replace("{hex}", f"0{random.getrandbits(64):016x}") for _ in range(int(count))]
    if not pattern.startswith(("i-", "vol-")):
        namespace = charges().arn_services.get(service, "ec2")
        names = [f"arn:aws:{namespace}:{account.region}:{account.id}:{name}" for name in names]
    return tuple(
        f"{name}{number}" if name.endswith("-") else name for number, name in enumerate(names, 1)
    )


def shares(resources: Sequence[str], random: Random) -> dict[str, float]:
    """How a line divides among its resources; the shares add up to one."""
    weights = [random.uniform(0.6, 1.4) for _ in resources]
    return {
        resource: weight / sum(weights) for resource, weight in zip(resources, weights, strict=True)
    }
