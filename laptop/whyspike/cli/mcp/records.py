"""What a finished scan knows, as the tools for assistants read it: from the files of --out, or from
the bucket and the table of a deployed stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whyspike.cli.out_folder import read_as, read_object, read_objects
from whyspike.cli.outcome import Outcome, explanations_json, incidents_json
from whyspike.incidents.incident import Incident
from whyspike.model import AccountScan, StoredExplanation
from whyspike.model.digests import Digest
from whyspike.model.evidence import StoredEvidence
from whyspike.payload import to_json

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Records:
    """The files of one scan as JSON values, whatever they were read from. `explanations` and
    `evidence` stand under the id of their incident's item."""

    digest: Record
    incidents: Sequence[Record]
    accounts: Sequence[Record]  # an account's scan with its costs by day
    explanations: Mapping[str, Record]
    evidence: Mapping[str, Record]

    def incident(self, incident_id: str) -> Record | None:
        return next((i for i in self.incidents if i["incident_id"] == incident_id), None)


def of_folder(folder: Path) -> Records:
    """Raises InvalidInput naming the file that is missing or is not one of a scan."""
    digest = _record(folder / "digest.json", Digest)
    evidence = sorted((folder / "evidence").glob("*.json"))
    explanations = _records(folder / "explanations.json", StoredExplanation)
    return Records(
        digest,
        _records(folder / "incidents.json", Incident),
        _records(folder / "accounts.json", AccountScan),
        {str(record["item_id"]): record for record in explanations},
        {file.stem: _record(file, StoredEvidence) for file in evidence},
    )


def _record(file: Path, kind: type) -> Record:
    return _whole(kind, read_object(file), file)


def _records(file: Path, kind: type) -> Sequence[Record]:
    return [_whole(kind, record, file) for record in read_objects(file)]


def _whole(kind: type, record: Record, file: Path) -> Record:
    """A record of the file as this version writes it, with what else it holds."""
    return {**record, **to_json(read_as(kind, record, file))}


def of_outcome(outcome: Outcome) -> Records:
    return Records(
        to_json(outcome.digest),
        incidents_json(outcome),
        [to_json(scan) for scan in outcome.account_scans],
        {str(record["item_id"]): record for record in explanations_json(outcome)},
        {item_id: to_json(evidence) for item_id, evidence in outcome.evidence.items()},
    )
