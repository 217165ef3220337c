"""What a finished scan knows, as the tools for assistants read it: from the files of --out, or from
the bucket and the table of a deployed stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whyspike.cli.out_folder import read_object, read_objects
from whyspike.cli.outcome import Outcome, explanations_json, incidents_json
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
    evidence = {
        file.stem: read_object(file) for file in sorted((folder / "evidence").glob("*.json"))
    }
    return Records(
        read_object(folder / "digest.json"),
        read_objects(folder / "incidents.json"),
        read_objects(folder / "accounts.json"),
        {str(record["item_id"]): record for record in read_objects(folder / "explanations.json")},
        evidence,
    )


def of_outcome(outcome: Outcome) -> Records:
    return Records(
        to_json(outcome.digest),
        incidents_json(outcome),
        [to_json(scan) for scan in outcome.account_scans],
        {str(record["item_id"]): record for record in explanations_json(outcome)},
        {item_id: to_json(evidence) for item_id, evidence in outcome.evidence.items()},
    )
