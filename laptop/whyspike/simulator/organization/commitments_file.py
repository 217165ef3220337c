"""Reads accounts/<id>/commitments.json: the Savings Plans and reservations that the account bought.
Raises InvalidInput naming file, record and remedy.

`{"savings_plans": [...], "reservations": {"rds": {"eu-west-1": [...]}}}`: records as the services
describe them, by the name of their client in boto3. Their state follows from their days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from whyspike.errors import InvalidInput
from whyspike.simulator.aws.models import record_faults
from whyspike.simulator.organization.json_file import read_object

SHAPES = {  # of a record, by client
    "savingsplans": "SavingsPlan",
    "ec2": "ReservedInstances",
    "rds": "ReservedDBInstance",
    "elasticache": "ReservedCacheNode",
    "opensearch": "ReservedInstance",
    "redshift": "ReservedNode",
    "memorydb": "ReservedNode",
}
_AS_AWS = "use records as AWS describes them (docs/try-it.md)"


@dataclass(frozen=True)
class Bought:
    """`reservations` by client and Region."""

    savings_plans: tuple[Mapping[str, Any], ...] = ()
    reservations: Mapping[str, Mapping[str, tuple[Mapping[str, Any], ...]]] = field(
        default_factory=dict
    )


def read_commitments(file: Path) -> Bought:
    """Nothing where there is no such file."""
    if not file.exists():
        return Bought()
    data = read_object(file)
    unknown = sorted(set(data) - {"savings_plans", "reservations"})
    if unknown:
        raise InvalidInput(f"{file}: {unknown[0]!r} is unknown", remedy=_AS_AWS)
    plans = _records(file, "savings_plans", "savingsplans", data.get("savings_plans", []))
    reservations: dict[str, dict[str, tuple[Mapping[str, Any], ...]]] = {}
    for client, regions in _named(file, "reservations", data.get("reservations", {})):
        if client not in SHAPES:
            raise InvalidInput(f"{file}: reservations: {client!r} has none", remedy=_AS_AWS)
        reservations[client] = {
            region: _records(file, f"reservations.{client}.{region}", client, records)
            for region, records in _named(file, f"reservations.{client}", regions)
        }
    return Bought(plans, reservations)


def _named(file: Path, what: str, value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, dict):
        raise InvalidInput(f"{file}: {what} must be an object", remedy=_AS_AWS)
    return list(value.items())


def _records(file: Path, what: str, client: str, records: Any) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(records, list):
        raise InvalidInput(f"{file}: {what} must be a list", remedy=_AS_AWS)
    for position, record in enumerate(records):
        fault = (
            record_faults(client, SHAPES[client], record)
            if isinstance(record, dict)
            else "must be an object"
        )
        if fault:
            raise InvalidInput(f"{file}: {what}[{position}]: {fault}", remedy=_AS_AWS)
    return tuple(records)
