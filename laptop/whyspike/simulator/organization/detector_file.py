"""Reads anomaly_detection.json: what AWS's own detector, Cost Anomaly Detection, knows in the
management account. Raises InvalidInput naming file, record and remedy.

`{"monitors": [...], "anomalies": [...]}`: records as GetAnomalyMonitors and GetAnomalies give them.
An anomaly may say beside it from which date on it is listed (`ListedFrom`, else the day after its
AnomalyStartDate).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from whyspike.errors import InvalidInput
from whyspike.simulator.aws.models import record_faults
from whyspike.simulator.organization.json_file import read_object

_AS_AWS = "use records as GetAnomalies and GetAnomalyMonitors give them"


@dataclass(frozen=True)
class ListedAnomaly:
    """An anomaly of GetAnomalies, and from which date on it is listed."""

    record: Mapping[str, Any]
    first_listed: date


@dataclass(frozen=True)
class Detector:
    monitors: tuple[Mapping[str, Any], ...]
    anomalies: tuple[ListedAnomaly, ...]


def read_detector(file: Path) -> Detector | None:
    """None where there is no such file: nobody has made a monitor."""
    if not file.exists():
        return None
    data = read_object(file)
    return Detector(
        tuple(_checked(file, data, "monitors", "AnomalyMonitor")),
        tuple(_listed(file, each) for each in _checked(file, data, "anomalies", "Anomaly")),
    )


def _checked(file: Path, data: Mapping[str, Any], key: str, shape: str) -> list[dict[str, Any]]:
    records = data.get(key, [])
    if not isinstance(records, list):
        raise InvalidInput(f"{file}: {key} must be a list", remedy=_AS_AWS)
    for position, record in enumerate(records):
        if not isinstance(record, dict):
            raise InvalidInput(f"{file}: {key}[{position}] must be an object", remedy=_AS_AWS)
        known = {name: value for name, value in record.items() if name != "ListedFrom"}
        if fault := record_faults("ce", shape, known):
            raise InvalidInput(f"{file}: {key}[{position}]: {fault}", remedy=_AS_AWS)
    return records


def _listed(file: Path, record: Mapping[str, Any]) -> ListedAnomaly:
    try:
        first = date.fromisoformat(str(record["AnomalyStartDate"])[:10])
        listed = date.fromisoformat(record.get("ListedFrom") or str(first + timedelta(days=1)))
    except (KeyError, TypeError, ValueError):
        raise InvalidInput(
            f"{file}: anomaly {record.get('AnomalyId')!r}: AnomalyStartDate or ListedFrom is no"
            " date",
            remedy="write it as YYYY-MM-DD",
        ) from None
    known = {name: value for name, value in record.items() if name != "ListedFrom"}
    return ListedAnomaly(known, listed)
