"""Common causes of earlier scans, by which they are known again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from whyspike.errors import InvalidInput
from whyspike.model import Scan
from whyspike.model.common_causes import KnownCause
from whyspike.payload import as_stored, dumps, from_text
from whyspike.wire.table.rows import Key, Put, Rows

_PARTITION = "CAUSES"
_DAYS = timedelta(days=60)  # after its onset a common cause is another one


@dataclass(frozen=True)
class CommonCauseTable:
    """`client` is a DynamoDB client, `name` the table."""

    client: Any
    name: str

    def known(self, scan_date: date) -> tuple[KnownCause, ...]:
        """Those that may still go on, the oldest first; what this version cannot read is none."""
        found = []
        for row in Rows(self.client, self.name).query(_PARTITION):
            try:
                with as_stored("common cause"):
                    found.append(from_text(KnownCause, row["body"], what="common cause"))
            except InvalidInput:
                continue
        return tuple(each for each in found if scan_date - _DAYS <= each.onset <= scan_date)

    def store(self, cause: KnownCause, scan: Scan) -> None:
        expiry = {"expires_at": scan.expires_at} if scan.expires_at else {}
        row = {"body": dumps(cause), **expiry}
        Rows(self.client, self.name).put(Put(Key(_PARTITION, cause.cause_id), row))
