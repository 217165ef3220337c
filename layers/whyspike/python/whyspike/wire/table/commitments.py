"""Which ends of Savings Plans and reservations were told, in the incident table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from whyspike.model import Scan
from whyspike.wire.table.rows import Key, Rows, Update


@dataclass(frozen=True)
class CommitmentTable:
    """`client` is a DynamoDB client, `name` the table."""

    client: Any
    name: str

    def is_due(self, commitment_id: str, threshold: int, scan: Scan) -> bool:
        """Nobody has told it yet, or this scan has."""
        row = self._rows.get(_key(commitment_id, threshold))
        return row is None or row.get("scan_id") == scan.scan_id

    def note_told(self, commitment_id: str, threshold: int, scan: Scan) -> None:
        """Once its messages are stored: what is stored is delivered, by a later scan at the
        latest."""
        kept = {"expires_at": scan.expires_at} if scan.expires_at else {}
        once = {"scan_id": scan.scan_id, **kept}
        self._rows.update(Update(_key(commitment_id, threshold), once=once))

    @property
    def _rows(self) -> Rows:
        return Rows(self.client, self.name)


def _key(commitment_id: str, threshold: int) -> Key:
    return Key(f"COMMITMENT#{commitment_id}", f"ENDS#{threshold:02d}")
