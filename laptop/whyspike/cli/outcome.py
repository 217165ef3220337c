"""What a scan left behind, read from its bucket and table: the same for a simulated organisation
and for AWS."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from whyspike import errors
from whyspike.cli.output import empty_of_results
from whyspike.errors import InvalidInput, WhyspikeError
from whyspike.incidents.incident import Incident
from whyspike.model import Account, AccountScan, Scan, StoredExplanation
from whyspike.model.digests import Digest
from whyspike.model.evidence import StoredEvidence
from whyspike.payload import to_json
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.step_functions import failure
from whyspike.wire.table.incidents import IncidentTable


class ScanFailed(WhyspikeError):
    """The state machine did not end well."""


def failed(status: str, error: str, cause: str, prefix: str = "") -> WhyspikeError:
    """How the state machine ended, as one line: InvalidInput where it was given something wrong,
    else ScanFailed.

    The cause of a function's failure is JSON with errorMessage and stackTrace; only the message is
    for people.
    """
    why = failure(error, cause)
    said, remedy = " ".join(why.reason.split()), why.remedy
    kind = getattr(errors, error, None)
    if isinstance(kind, type) and issubclass(kind, InvalidInput):
        return InvalidInput(f"{prefix}{said}", remedy=remedy)
    ended = f"{prefix}the state machine ended with {status}: {error} {said}".strip()
    return ScanFailed(ended, remedy=remedy)


@dataclass(frozen=True)
class Outcome:
    """`incidents` are those that the scan saw, began or ended, with the digest's word for each.
    `explanations` and `evidence` stand under the id of their anomaly. `alerts` are the messages
    that Slack got, `targets` what came to others and `requests` what was asked of the outside, all
    known only where the outside is simulated.
    """

    scan: Scan
    digest: Digest
    accounts: Sequence[Account]
    account_scans: Sequence[AccountScan]
    incidents: Sequence[tuple[Incident, str]]
    explanations: Mapping[str, StoredExplanation]
    evidence: Mapping[str, StoredEvidence]
    report: bytes
    alerts: Sequence[Mapping[str, Any]] = ()
    requests: Sequence[Mapping[str, Any]] = ()
    history: Mapping[str, Sequence[Mapping[str, Any]]] = field(
        default_factory=dict
    )  # by incident id, oldest first
    seconds: float = 0.0
    targets: Mapping[str, Any] = field(default_factory=dict)  # what Teams and webhooks got


def read_outcome(scan: Scan, bucket: ScanBucket, incidents: IncidentTable, **more: Any) -> Outcome:
    """The outcome of a finished scan; raises ScanFailed when it has no digest."""
    digest = bucket.read_digest(scan)
    if digest is None:
        raise ScanFailed(
            f"scan {scan.scan_id} has no digest. Remedy: look at the state machine's execution, and"
            " redrive it"
        )
    accounts = bucket.read_manifest(scan)
    read = (bucket.read_account_scan(scan, account.account_id) for account in accounts)
    found = [account_scan for account_scan in read if account_scan is not None]
    item_ids = [item.item_id for account_scan in found for item in account_scan.items]
    explanations = {item_id: bucket.read_explanation(scan, item_id) for item_id in item_ids}
    evidence = {item_id: bucket.read_evidence(scan, item_id) for item_id in item_ids}
    seen = incidents.list_scan_incidents(scan.scan_id)
    return Outcome(
        scan,
        digest,
        accounts,
        found,
        seen,
        {
            item_id: explanation
            for item_id, explanation in explanations.items()
            if explanation is not None
        },
        {item_id: items for item_id, items in evidence.items() if items is not None},
        bucket.read(f"scans/{scan.scan_id}/report.html") or b"",
        history={
            i.incident_id: [to_json(event) for event in incidents.history(i.incident_id)]
            for i, _ in seen
        },
        **more,
    )


def incidents_json(outcome: Outcome) -> list[dict[str, Any]]:
    """The incidents with the digest's word and the history of each."""
    return [
        {**to_json(i), "happened": word, "history": outcome.history.get(i.incident_id, [])}
        for i, word in outcome.incidents
    ]


def explanations_json(outcome: Outcome) -> list[dict[str, Any]]:
    """The explanations, each with `anomaly_id`, the name that scorers of others read."""
    return [
        {"anomaly_id": item_id, **to_json(explanation)}
        for item_id, explanation in outcome.explanations.items()
    ]


def found_json(outcome: Outcome) -> dict[str, Any]:
    """What was found, for programs: three of the files of --out in one object."""
    return {
        "explanations": explanations_json(outcome),
        "incidents": incidents_json(outcome),
        "digest": to_json(outcome.digest),
    }


def write_outcome(outcome: Outcome, out: Path) -> None:
    """The files of docs/try-it.md below `out`, in the place of those of an earlier run."""
    empty_of_results(out)
    evidence = out / "evidence"
    evidence.mkdir(parents=True, exist_ok=True)
    _write(out / "alerts.json", outcome.alerts)
    _write(out / "incidents.json", incidents_json(outcome))
    _write(out / "explanations.json", explanations_json(outcome))
    _write(out / "digest.json", to_json(outcome.digest))
    _write(out / "requests.json", outcome.requests)
    if outcome.targets:
        _write(out / "targets.json", outcome.targets)
    _write(out / "accounts.json", [to_json(found) for found in outcome.account_scans])
    for item_id, stored_items in outcome.evidence.items():
        _write(evidence / f"{item_id}.json", to_json(stored_items, without_none=True))
    (out / "report.html").write_bytes(outcome.report)


def _write(file: Path, value: Any) -> None:
    file.write_text(
        json.dumps(value, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8"
    )
