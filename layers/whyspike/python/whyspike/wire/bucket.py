"""The scan bucket: what is too large for the state machine's payload (docs/contracts.md lists the
keys)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from whyspike.errors import InvalidInput, Missing
from whyspike.model import Account, AccountScan, Explanation, Scan, StoredExplanation
from whyspike.model.commitments import AccountCommitments
from whyspike.model.common_causes import CausePlan, Tie
from whyspike.model.digests import Digest
from whyspike.model.evidence import StoredEvidence
from whyspike.payload import dumps, from_json, json_value, to_json
from whyspike.wire.failures import mapped


@dataclass(frozen=True)
class ScanBucket:
    """Reads and writes the objects of scans. `s3` is a boto3 S3 client."""

    s3: Any
    name: str

    @property
    def partition(self) -> str:
        """aws, aws-cn or aws-us-gov: the partition of the client's Region."""
        return str(self.s3.meta.partition)

    def write_manifest(self, scan: Scan, accounts: tuple[Account, ...]) -> dict[str, str]:
        key = f"scans/{scan.scan_id}/manifest.json"
        self.write(key, dumps([to_json(account) for account in accounts]), "application/json")
        return {"bucket": self.name, "key": key}

    def read_manifest(self, scan: Scan) -> tuple[Account, ...]:
        records = self.read_json(f"scans/{scan.scan_id}/manifest.json")
        return from_json(tuple[Account, ...], records or [], what="manifest")

    def write_cause_plan(self, scan: Scan, plan: CausePlan) -> None:
        self.write(_plan_key(scan, plan.round), dumps(plan), "application/json")

    def read_cause_plan(self, scan: Scan, number: int) -> CausePlan:
        record = self.read_json(_plan_key(scan, number))
        return CausePlan(number) if record is None else from_json(CausePlan, record, what="causes")

    def write_items(self, scan: Scan, name: str, items: Sequence[Any]) -> dict[str, str]:
        """What a Map state reads, by name."""
        key = f"scans/{scan.scan_id}/{name}.json"
        self.write(key, json.dumps(items, ensure_ascii=False), "application/json")
        return {"bucket": self.name, "key": key}

    def write_account_scan(self, found: AccountScan) -> None:
        self.write(
            f"scans/{found.scan.scan_id}/accounts/{found.account.account_id}.json",
            dumps(found),
            "application/json",
        )

    def read_account_scan(self, scan: Scan, account_id: str) -> AccountScan | None:
        record = self.read_json(f"scans/{scan.scan_id}/accounts/{account_id}.json")
        return (
            None
            if record is None
            else from_json(AccountScan, record, what=f"scan of account {account_id}")
        )

    def write_commitments(self, scan: Scan, found: AccountCommitments) -> None:
        key = _commitments_key(scan, found.account_id)
        self.write(key, dumps(found), "application/json")

    def read_commitments(self, scan: Scan, account_id: str) -> AccountCommitments | None:
        record = self.read_json(_commitments_key(scan, account_id))
        return (
            None
            if record is None
            else from_json(AccountCommitments, record, what=f"commitments of {account_id}")
        )

    def write_evidence(self, scan: Scan, evidence: StoredEvidence) -> None:
        self.write(
            f"scans/{scan.scan_id}/evidence/{evidence.item_id}.json",
            json.dumps(to_json(evidence, without_none=True), ensure_ascii=False),
            "application/json",
        )

    def read_evidence(self, scan: Scan, item_id: str) -> StoredEvidence | None:
        """None too where another version of whyspike wrote it."""
        try:
            record = self.read_json(f"scans/{scan.scan_id}/evidence/{item_id}.json")
            return None if record is None else from_json(StoredEvidence, record, what="evidence")
        except InvalidInput:
            return None

    def write_explanation(
        self,
        scan: Scan,
        item_id: str,
        account_id: str,
        service: str,
        explanation: Explanation,
        tie: Tie | None = None,
    ) -> None:
        record = {
            "item_id": item_id,
            "account_id": account_id,
            "service": service,
            **to_json(explanation),
            **({"tie": to_json(tie)} if tie else {}),
        }
        self.write(
            f"scans/{scan.scan_id}/explanations/{item_id}.json",
            json.dumps(record, ensure_ascii=False),
            "application/json",
        )

    def read_explanation(self, scan: Scan, item_id: str) -> StoredExplanation | None:
        """None too where another version of whyspike wrote it."""
        try:
            record = self.read_json(f"scans/{scan.scan_id}/explanations/{item_id}.json")
            return None if record is None else from_json(StoredExplanation, record, what=item_id)
        except InvalidInput:
            return None

    def write_digest(self, digest: Digest) -> str:
        """Where it was written to."""
        self.write(_digest_key(digest.scan_id), dumps(digest), "application/json")
        return _digest_key(digest.scan_id)

    def read_digest(self, scan: Scan) -> Digest | None:
        """None too where another version of whyspike wrote it."""
        try:
            record = self.read_json(_digest_key(scan.scan_id))
            return None if record is None else from_json(Digest, record, what="digest")
        except InvalidInput:
            return None

    def read_json(self, key: str) -> Any:
        """The JSON value at `key`; None when there is no such object. Raises InvalidInput where it
        is none."""
        body = self.read(key)
        return None if body is None else json_value(body, what=key)

    def read(self, key: str) -> bytes | None:
        try:
            with mapped("s3", key, reads=True):
                return self.s3.get_object(Bucket=self.name, Key=key)["Body"].read()  # type: ignore[no-any-return]
        except Missing:
            return None

    def write(self, key: str, body: str | bytes, content_type: str) -> None:
        data = body.encode() if isinstance(body, str) else body
        with mapped("s3", key):
            self.s3.put_object(Bucket=self.name, Key=key, Body=data, ContentType=content_type)


def _commitments_key(scan: Scan, account_id: str) -> str:
    return f"scans/{scan.scan_id}/commitments/{account_id}.json"


def _plan_key(scan: Scan, number: int) -> str:
    return f"scans/{scan.scan_id}/causes/{number}.json"


def _digest_key(scan_id: str) -> str:
    return f"scans/{scan_id}/digest.json"
