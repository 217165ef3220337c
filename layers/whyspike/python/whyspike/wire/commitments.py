"""Savings Plans and reservations of one account, as each service describes its own. All of these
requests are free and read nothing but what was bought.

DynamoDB's reserved capacity has no API; it is not read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from whyspike.errors import Uncertain
from whyspike.model.commitments import Commitment
from whyspike.payload import finite
from whyspike.wire.failures import mapped, understood
from whyspike.words.services import service_name

MAX_PAGES = 50  # of one list
SAVINGS_PLANS_REGION = {"aws": "us-east-1", "aws-cn": "cn-northwest-1"}  # the one address
_SAVINGS_PLANS = "Savings Plans"
_EC2 = "Amazon Elastic Compute Cloud - Compute"
_DAY = 86_400


@dataclass(frozen=True)
class Reservations:
    """How a service lists its reservations: the client's method, its tokens, and the members of a
    record that tell id, instance type and number."""

    client: str  # boto3's name
    service: str  # the bill's name
    method: str
    result: str
    token: str  # in request and answer; "" where there is one page
    id: str
    type: str
    number: str


RESERVATIONS = (
    Reservations(
        "ec2",
        _EC2,
        "describe_reserved_instances",
        "ReservedInstances",
        "",
        "ReservedInstancesId",
        "InstanceType",
        "InstanceCount",
    ),
    Reservations(
        "rds",
        "Amazon Relational Database Service",
        "describe_reserved_db_instances",
        "ReservedDBInstances",
        "Marker",
        "ReservedDBInstanceId",
        "DBInstanceClass",
        "DBInstanceCount",
    ),
    Reservations(
        "elasticache",
        "Amazon ElastiCache",
        "describe_reserved_cache_nodes",
        "ReservedCacheNodes",
        "Marker",
        "ReservedCacheNodeId",
        "CacheNodeType",
        "CacheNodeCount",
    ),
    Reservations(
        "opensearch",
        "Amazon OpenSearch Service",
        "describe_reserved_instances",
        "ReservedInstances",
        "NextToken",
        "ReservedInstanceId",
        "InstanceType",
        "InstanceCount",
    ),
    Reservations(
        "redshift",
        "Amazon Redshift",
        "describe_reserved_nodes",
        "ReservedNodes",
        "Marker",
        "ReservedNodeId",
        "NodeType",
        "NodeCount",
    ),
    Reservations(
        "memorydb",
        "Amazon MemoryDB",
        "describe_reserved_nodes",
        "ReservedNodes",
        "NextToken",
        "ReservationId",
        "NodeType",
        "NodeCount",
    ),
)


def savings_plans(client: Any, account_id: str) -> tuple[Commitment, ...]:
    """The plans of the client's account that run; one that another is queued to follow is marked.
    Raises Refused, Throttled, Unreachable or Uncertain."""
    states = ["active", "queued"]
    with understood(_SAVINGS_PLANS):
        records = list(
            _pages(
                _SAVINGS_PLANS,
                lambda **more: client.describe_savings_plans(states=states, **more),
                "savingsPlans",
                "nextToken",
            )
        )
        running = [_plan(each, account_id) for each in records if each["state"] == "active"]
        queued = [_successor(each) for each in records if each["state"] == "queued"]
    return _with_successors(running, queued)


def reservations(
    client: Any, kind: Reservations, account_id: str, region: str
) -> tuple[Commitment, ...]:
    """Those of one service and Region that run; the rest as `savings_plans`."""
    what = f"{service_name(kind.service)} reservations in {region}"
    with understood(what):
        records = list(_pages(what, getattr(client, kind.method), kind.result, kind.token))
        running = [
            _reservation(each, kind, account_id, region)
            for each in records
            if each["State"] == "active"
        ]
        queued = [
            _Successor(
                (region, str(each[kind.type])), each["Start"].date(), finite(each[kind.number])
            )
            for each in records
            if each["State"] == "queued"
        ]
    return _with_successors(running, queued)


@dataclass(frozen=True)
class _Successor:
    """What is queued: what it is for, when it starts, and its size."""

    place: tuple[str, ...]
    start: date
    size: float


def _pages(
    what: str, call: Callable[..., Mapping[str, Any]], result: str, token: str
) -> Iterator[Mapping[str, Any]]:
    more: dict[str, str] = {}
    for _ in range(MAX_PAGES):
        with mapped("commitments", what, reads=True):
            page = call(**more)
        yield from page.get(result) or ()
        following = page.get(token) if token else None
        if not following:
            return
        more = {token: following}
    raise Uncertain(f"{what}: more than {MAX_PAGES} pages")


def _plan(record: Mapping[str, Any], account_id: str) -> Commitment:
    return Commitment(
        str(record["savingsPlanId"]),
        account_id,
        f"{_kind_of_plan(record)} Savings Plan",
        str(record["savingsPlanType"]),
        _last_day(_time(record["end"])),
        finite(24 * float(record["commitment"])),
        str(record.get("region") or ""),
        str(record.get("ec2InstanceFamily") or ""),
        is_plan=True,
        tags=dict(record.get("tags") or {}),
    )


def _kind_of_plan(record: Mapping[str, Any]) -> str:
    kind = {"EC2Instance": "EC2 Instance"}.get(record["savingsPlanType"], record["savingsPlanType"])
    return str(kind)


def _successor(record: Mapping[str, Any]) -> _Successor:
    place = _place(
        str(record["savingsPlanType"]),
        str(record.get("region") or ""),
        str(record.get("ec2InstanceFamily") or ""),
    )
    return _Successor(
        place, _time(record["start"]).date(), finite(24 * float(record["commitment"]))
    )


def _place(covers: str, region: str, family: str) -> tuple[str, ...]:
    """Two plans of one place follow each other."""
    return (covers, region, family) if covers == "EC2Instance" else (covers,)


def _reservation(
    record: Mapping[str, Any], kind: Reservations, account_id: str, region: str
) -> Commitment:
    number, unit = int(record[kind.number]), str(record[kind.type])
    start = record["Start"] if kind.client == "ec2" else record["StartTime"]
    seconds = float(record["Duration"])
    end = record["End"] if kind.client == "ec2" else start + timedelta(seconds=seconds)
    hourly = sum(_hourly(each) for each in record.get("RecurringCharges") or ())
    upfront = float(record.get("FixedPrice") or 0.0) * _DAY / seconds
    return Commitment(
        str(record[kind.id]),
        account_id,
        f"{service_name(kind.service)} reservation, {number} of {unit}",
        kind.service,
        _last_day(end),
        finite(number * (24 * hourly + upfront)),
        region,
        unit,
        number,
        tags={each["Key"]: each["Value"] for each in record.get("Tags") or ()},
    )


def _hourly(charge: Mapping[str, Any]) -> float:
    """EC2 has other names for it than its kin."""
    if (charge.get("Frequency") or charge.get("RecurringChargeFrequency")) != "Hourly":
        raise ValueError("a charge that recurs, but not hourly")
    return float(charge["Amount"] if "Amount" in charge else charge["RecurringChargeAmount"])


def _with_successors(
    running: Sequence[Commitment], queued: Sequence[_Successor]
) -> tuple[Commitment, ...]:
    """What is queued follows one commitment at most, the earliest that ends."""
    left = list(queued)
    found = []
    for each in sorted(running, key=lambda one: (one.last_day, one.commitment_id)):
        if each.is_plan:
            place, size = _place(each.covers, each.region, each.unit), each.usd_a_day or 0.0
        else:
            place, size = (each.region, each.unit), float(each.count)
        successor = next(
            (
                one
                for one in left
                if one.place == place
                and abs((one.start - each.last_day).days) <= 1
                and one.size >= size
            ),
            None,
        )
        if successor:
            left.remove(successor)
        found.append(replace(each, renewed=successor is not None))
    return tuple(found)


def _last_day(end: datetime) -> date:
    """What ends at midnight counted for the day before."""
    return (end.astimezone(UTC) - timedelta(seconds=1)).date()


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
