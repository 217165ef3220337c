"""Reads that nobody is told to run: they give secrets, sessions or content rather than settings and
measurements (data/denied_operations.csv, patterns of services and operations as the AWS CLI writes
them)."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache

from whyspike.data import table


@cache
def _denied() -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (line["service"], line["operation"], line["except"])
        for line in table("denied_operations.csv")
    )


def is_denied(service: str, operation: str) -> bool:
    """Whether an operation (`ssm`, `get-parameter`) gives secrets, sessions or content."""
    return any(
        fnmatchcase(service, services) and fnmatchcase(operation, operations) and operation != but
        for services, operations, but in _denied()
    )
