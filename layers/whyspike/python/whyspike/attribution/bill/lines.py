"""The lines of the bill (service x usage type) that moved, and which of them belong to one cause.

A line that moved can be a consequence of another: more instances write more logs, and logs can cost
more than the instances. Families of usage types lie in layers; a line is taken for the side effect
of a line in an earlier layer that moved with it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from whyspike.attribution.bill.monthly import same_day_last_month
from whyspike.attribution.bill.shift import Shift, measure
from whyspike.knowledge.families import family_of
from whyspike.model import CostAnswer, DailyCosts, FlaggedItem, Kind

MIN_USD = 1.0  # a day; smaller moves are not looked at
SEPARATE_SHARE = (
    0.3  # of the leading excess: below it, an unrelated line is not a finding of its own
)
UPSTREAM_SHARE = (
    0.15  # of the largest excess: what an earlier layer must carry to be taken for the cause
)
UPSTREAM_GROWTH = 1.5
MAX_CAUSES, NEAR_DAYS = 3, 4
BROAD_LINES, BROAD_SERVICES = (
    4,
    3,
)  # besides the largest line, and with it: growth of customers, as in explanation/rules_category
MAX_GROWTH = 2.5  # customers rarely more than triple
ALIKE = 1.6  # the larger growth over the smaller one
RAMP_DAYS = 3
# of what moved: a smaller net change of the service is a move from one usage type to another
MIX_SHIFT_SHARE = 0.2

_GATEWAY = re.compile(r"(nat|tgw|vpc-endpoint)-(hours|bytes)")

TRAFFIC, ORCHESTRATION, COMPUTE, REQUESTS, DATA, TELEMETRY = range(6)
_LAYERS = {
    TRAFFIC: "cloudfront elb-lcu waf apigw-requests route53 iot cognito",
    ORCHESTRATION: "stepfunctions",
    REQUESTS: (
        "s3-requests s3-other dynamodb-on-demand dynamodb-streams sqs sns kinesis-bytes"
        " kms-requests aurora-io secrets-requests ssm eventbridge ebs-io-requests glue-catalog xray"
    ),
    DATA: (
        "nat- transfer- s3-transfer tgw-bytes vpc-endpoint-bytes ebs- rds-storage rds-backup"
        " s3-storage efs- elastic-ip ecr direct-connect network-firewall backup-storage"
        " s3-retrieval"
    ),
    TELEMETRY: (
        "logs- cloudwatch- cloudtrail-events config-items guardduty securityhub inspector"
        " prometheus firehose"
    ),
}


# what callers write is recorded here: machines and deployments cause it, bytes do not
METERS_OF_WRITES = ("config-items", "cloudtrail-events")


@dataclass(frozen=True)
class Line:
    """One service and usage type over all days; `costs` are zero where the bill has no row."""

    service: str
    usage_type: str
    costs: tuple[float, ...]
    shift: Shift
    team: str = ""  # that carries the excess; "" where not known (yet), or untagged

    @property
    def size(self) -> float:
        """Dollars by which lines are compared: of the last day when ongoing, else of a changed
        day."""
        return abs(self.shift.excess_per_day)

    @property
    def family(self) -> str:
        return family_of(self.service, self.usage_type).name

    @property
    def layer(self) -> int:
        return layer_of(self.family)

    @property
    def growth(self) -> float:
        before = self.shift.before
        return float("inf") if before < 0.01 else (before + self.shift.excess_per_day) / before


@dataclass(frozen=True)
class CauseLines:
    """The lines of one cause: the one that drives it first, then those that moved with it."""

    leading: Line
    companions: tuple[Line, ...] = ()  # moved the same way
    opposite: tuple[Line, ...] = ()  # moved the other way in the same service: what it was before

    @property
    def services(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(line.service for line in (self.leading, *self.companions)))


def layer_of(family: str) -> int:
    for layer, prefixes in _LAYERS.items():
        if family.startswith(tuple(prefixes.split())):
            return layer
    return COMPUTE


def moved_lines(
    costs: DailyCosts, onset: date, answer: CostAnswer | None = None
) -> tuple[Line, ...]:
    """All lines of the account that moved at or after `onset`, largest first; from `answer`
    (SERVICE x USAGE_TYPE) when the daily costs know no usage types."""
    table: dict[tuple[str, str], list[float]] = {}
    for series in costs.series:
        if series.usage_type is not None:
            table[series.service, series.usage_type] = [value or 0.0 for value in series.costs]
    if not table and answer is not None:
        index = {day: i for i, day in enumerate(costs.dates)}
        for row in answer.rows:
            if row.usage_date in index:
                table.setdefault((row.keys[0], row.keys[1]), [0.0] * len(costs.dates))[
                    index[row.usage_date]
                ] += row.cost
    lines = [
        Line(service, usage_type, tuple(values), measure(values, costs.dates, onset))
        for (service, usage_type), values in table.items()
        if max(map(abs, values), default=0.0) >= MIN_USD
    ]
    moved = [line for line in lines if line.shift.onset is not None and line.size >= MIN_USD]
    return tuple(sorted(moved, key=lambda line: -line.size))


def causes_of(
    lines: Sequence[Line], item: FlaggedItem, dates: Sequence[date]
) -> tuple[CauseLines, ...]:
    """The separate causes among the lines of the item's services, the largest first; empty when no
    line moved."""
    services = {anomaly.service for anomaly in item.anomalies}
    near = [line for line in lines if _in_time(dates[_onset(line)], item.onset, line, services)]
    fresh = [line for line in near if same_day_last_month(line.costs, dates, line.shift) is None]
    near = fresh if any(line.service in services for line in fresh) else near
    own = [line for line in near if line.service in services]
    if not own:
        return ()
    falling = item.leading.kind == Kind.DROP
    wanted = [line for line in own if (line.shift.excess_per_day < 0) == falling] or own
    largest = _largest_flagged(wanted, item)
    causes: list[CauseLines] = []
    rest = list(near)
    start: Line | None = largest
    while start is not None and len(causes) < MAX_CAUSES:
        leading = start if _broad_growth(start, rest) else _successor(_upstream(start, rest), rest)
        companions = [line for line in rest if line is not leading and _joins(line, leading)]
        opposite = [line for line in rest if _opposes(line, leading)]
        causes.append(CauseLines(leading, tuple(companions), tuple(opposite)))
        taken = {id(line) for line in (leading, *companions, *opposite)}
        rest = [line for line in rest if id(line) not in taken]
        limit = SEPARATE_SHARE * causes[0].leading.size
        more = [
            line
            for line in rest
            if line.service in services
            and line.size >= limit
            and _same_direction(line, causes[0].leading)
        ]
        start = max(more, key=lambda line: line.size) if more else None
    return tuple(causes)


def _in_time(onset: date, flagged: date, line: Line, services: AbstractSet[str]) -> bool:
    """Near the item's onset; or later in its own services, where something else may have begun that
    goes on."""
    later = line.service in services and line.shift.ongoing and onset > flagged
    return later or abs((onset - flagged).days) <= NEAR_DAYS or line.shift.kind == Kind.RAMP


def _largest_flagged(lines: Sequence[Line], item: FlaggedItem) -> Line:
    """The largest line; when detection judged a usage type, the largest of those that it
    flagged."""
    named = {
        (anomaly.service, anomaly.usage_type) for anomaly in item.anomalies if anomaly.usage_type
    }
    whole = {anomaly.service for anomaly in item.anomalies if not anomaly.usage_type}
    flagged = [
        line for line in lines if (line.service, line.usage_type) in named or line.service in whole
    ]
    largest = max(flagged or lines, key=lambda line: line.size)
    goes_on = [
        line
        for line in flagged or lines
        if line.shift.ongoing and line.size >= SEPARATE_SHARE * largest.size
    ]
    return max(
        goes_on, key=lambda line: line.size, default=largest
    )  # what is over led up to it, or is another thing


def _onset(line: Line) -> int:
    assert line.shift.onset is not None  # noqa: S101  moved lines have one
    return line.shift.onset


def _same_direction(one: Line, other: Line) -> bool:
    return one.shift.excess_per_day * other.shift.excess_per_day > 0


def _upstream(largest: Line, lines: Sequence[Line]) -> Line:
    """The line of an earlier layer that moved with `largest` and can have caused it, else
    `largest`."""
    earlier = [
        line
        for line in lines
        if TRAFFIC < line.layer < largest.layer
        and not (line.layer == DATA and largest.family in METERS_OF_WRITES)
        and not _other_gateway(line, largest)
        and _same_direction(line, largest)
        and abs(_onset(line) - _onset(largest)) <= 1
        and (
            line.shift.ongoing or not largest.shift.ongoing
        )  # what is over does not drive what goes on
        and line.size >= UPSTREAM_SHARE * largest.size
        and (line.growth >= UPSTREAM_GROWTH or line.shift.excess_per_day < 0)
    ]
    return (
        max(earlier, key=lambda line: (line.layer == ORCHESTRATION, line.size))
        if earlier
        else largest
    )


def _broad_growth(start: Line, lines: Sequence[Line]) -> bool:
    """Traffic and what it drives grew by a like share in several services: no line of these drives
    the others."""
    alike = [
        line
        for line in lines
        if _same_direction(line, start) and _near(line, start) and _grew_alike(line, start)
    ]
    traffic = any(line.layer == TRAFFIC for line in alike)
    return (
        traffic
        and len(alike) > BROAD_LINES
        and len({line.service for line in alike}) >= BROAD_SERVICES
    )


def _grew_alike(line: Line, other: Line) -> bool:
    one, two = line.growth - 1, other.growth - 1
    return (
        0 < one <= MAX_GROWTH and 0 < two <= MAX_GROWTH and max(one, two) <= ALIKE * min(one, two)
    )


def _near(line: Line, other: Line) -> bool:
    """The same onset to a day; that of a ramp is known to some days."""
    ramps = Kind.RAMP in (line.shift.kind, other.shift.kind)
    return abs(_onset(line) - _onset(other)) <= (RAMP_DAYS if ramps else 1)


def _successor(leading: Line, lines: Sequence[Line]) -> Line:
    """What a line that fell was replaced by: the largest of its own kind that rose, when the
    service as a whole hardly changed."""
    if leading.shift.excess_per_day >= 0:
        return leading
    kind = leading.family.split("-")[0]
    rising = [
        line for line in lines if _opposes(line, leading) and line.family.split("-")[0] == kind
    ]
    net = sum(line.shift.excess_per_day for line in lines if line.service == leading.service)
    if not rising or abs(net) > MIX_SHIFT_SHARE * leading.size:
        return leading
    return max(rising, key=lambda line: line.size)


def _joins(line: Line, leading: Line) -> bool:
    if not _same_direction(line, leading) or _other_gateway(line, leading):
        return False
    apart = abs(_onset(line) - _onset(leading))
    if (_stands_alone(line) or _stands_alone(leading)) and line.service != leading.service:
        return apart <= 1 and _machine(line) is not None and _machine(line) == _machine(leading)
    if line.service == leading.service and line.family == leading.family:
        return apart <= 3 and not _of_two_teams(line, leading)
    if line.layer != leading.layer and _near(line, leading) and _grew_alike(line, leading):
        return True
    if line.service != leading.service and _is_capacity(line) and _is_capacity(leading):
        return apart <= 1 and (apart == 0 or _machine(line) == _machine(leading) is not None)
    if line.layer != leading.layer or line.service != leading.service:
        return apart <= 1 and (line.layer >= leading.layer or line.size <= leading.size)
    if line.family == "transfer-inter-region" and leading.family.endswith(
        ("snapshots", "backup", "storage")
    ):
        return apart <= 1  # what is copied abroad is billed as it travels and as it lies there
    return apart == 0 and (line.shift.kind == Kind.RAMP) == (leading.shift.kind == Kind.RAMP)


def _other_gateway(line: Line, other: Line) -> bool:
    """Hours of one sort of gateway or endpoint and bytes through another: none of them moves the
    other."""
    one, two = _GATEWAY.fullmatch(line.family), _GATEWAY.fullmatch(other.family)
    return bool(one and two and one[1] != two[1] and one[2] != two[2])


def _of_two_teams(line: Line, other: Line) -> bool:
    """Two teams do not share a cause because what they did is billed alike."""
    return bool(line.team and other.team) and line.team != other.team


def _is_capacity(line: Line) -> bool:
    """Machines that run or do not: the day of a change shows exactly, and two services hardly share
    one by chance."""
    measures = family_of(line.service, line.usage_type).measures
    return line.layer == COMPUTE and measures in ("hours", "runtime")


def _stands_alone(line: Line) -> bool:
    """Fees and surcharges follow no other line; a Marketplace product follows the machines that it
    runs on."""
    return (
        line.family.endswith(("-fee", "extended-support"))
        or line.family.startswith("marketplace")
        or line.family == "tax"
    )


def _machine(line: Line) -> str | None:
    match = re.search(r":((?:[a-z]+\.)?[a-z0-9-]+\.[a-z0-9-]+)$", line.usage_type)
    return match.group(1) if match else None


def _opposes(line: Line, leading: Line) -> bool:
    return (
        line.service == leading.service
        and not _same_direction(line, leading)
        and abs(_onset(line) - _onset(leading)) <= 1
        and line.size >= 0.1 * leading.size
    )
