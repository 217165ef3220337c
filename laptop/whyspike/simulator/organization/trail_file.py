"""Reads cloudtrail.json or cloudtrail.json.gz; raises InvalidInput naming file, record and remedy.

A record is what LookupEvents answers, EventTime as ISO 8601 text; CloudTrail's model in botocore
says which fields it may have.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from whyspike.errors import InvalidInput
from whyspike.simulator.aws.models import record_faults

Events = dict[str, tuple[Mapping[str, Any], ...]]


def events_of(file: Path, data: Mapping[str, Any]) -> Events:
    """The records by region, newest first."""
    for region, records in data.items():
        if not isinstance(records, list):
            raise InvalidInput(
                f"{file}: {region} must hold a list of LookupEvents records",
                remedy="use records as LookupEvents gives them",
            )
        for position, record in enumerate(records):
            _check(record, f"{file}: {region}[{position}]")
    return {
        region: tuple(sorted(records, key=lambda record: str(record["EventTime"]), reverse=True))
        for region, records in data.items()
    }


def _check(record: Any, where: str) -> None:
    if not isinstance(record, dict) or not {"EventId", "EventName", "EventTime"} <= record.keys():
        raise InvalidInput(
            f"{where} lacks EventId, EventName or EventTime",
            remedy="use records as LookupEvents gives them",
        )
    if not _is_time(record["EventTime"]):
        raise InvalidInput(
            f"{where} EventTime is {record['EventTime']!r}",
            remedy="write it as 2026-03-12T21:29:16Z",
        )
    fault = record_faults("cloudtrail", "Event", record)
    if fault:
        raise InvalidInput(
            f"{where}: {fault}",
            remedy="use records as LookupEvents gives them, with CloudTrailEvent as a JSON text",
        )


def _is_time(value: Any) -> bool:
    try:
        return bool(
            re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", str(value))
            and datetime.fromisoformat(str(value))
        )
    except ValueError:
        return False
