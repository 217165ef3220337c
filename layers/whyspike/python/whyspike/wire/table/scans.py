"""The scan's own rows in the table: its summary, one outcome for each account, what was not
explained, and what it used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from whyspike.errors import InvalidInput, Refused
from whyspike.model import Account, BillDays, Scan
from whyspike.model.outcomes import (
    AccountOutcome,
    AccountStatus,
    Failure,
    LeftOut,
    NotExplained,
    ScanSummary,
    UsageCounts,
)
from whyspike.payload import as_stored, from_json, to_json
from whyspike.wire.step_functions import failure
from whyspike.wire.table.rows import Key, Put, Row, Rows

_DAILY = "SCANS"  # a row for each date that a daily scan was begun for


@dataclass(frozen=True)
class ScanTable:
    """Reads and writes the rows `SCAN#<scan_id>`. `table` is a DynamoDB client."""

    table: Any
    table_name: str
    scan: Scan

    def write_summary(
        self, accounts: int, left_out: tuple[Account, ...], settings: Sequence[str] = ()
    ) -> None:
        """How many accounts are in scope, which are not, with their state, and what is wrong in
        `settings`, one sentence each."""
        states = [{"account_id": a.account_id, "state": str(a.state)} for a in left_out[:1000]]
        self._put("SUMMARY", accounts=accounts, left_out=states, settings=list(settings))
        if self.scan.is_daily:
            expiry = {"expires_at": self.scan.expires_at} if self.scan.expires_at else {}
            self._table.put(Put(Key(_DAILY, self.scan.scan_date.isoformat()), expiry))

    def last_daily(self) -> date | None:
        """The date of the newest daily scan before this one; None where none is known."""
        dates = [date.fromisoformat(row["SK"]) for row in self._table.query(_DAILY)]
        return max((each for each in dates if each < self.scan.scan_date), default=None)

    def write_judged(
        self,
        account: Account,
        anomalies: int,
        requests: int,
        refused: Refused | None = None,
        bill: BillDays | None = None,
    ) -> None:
        """The account's bill was read and judged; `refused` is why only the payer's. A failure
        later in its branch changes status, error and cause, but leaves `bill_only` and `bill`."""
        told: dict[str, Any] = {"status": AccountStatus.SCANNED.value}
        if refused:
            reason = {"error": type(refused).__name__, "cause": str(refused)}
            told = {"status": AccountStatus.BILL_ONLY.value, **reason, "bill_only": reason}
        self._put(
            f"ACCOUNT#{account.account_id}",
            name=account.name,
            anomalies=anomalies,
            requests=requests,
            **({"bill": to_json(bill)} if bill else {}),
            **told,
        )

    def judged_until(self, account_id: str) -> date | None:
        """The newest day that this scan judged of the account's bill; None where it judged none."""
        row = next(self._rows(f"ACCOUNT#{account_id}"), None)
        bill = _readable(row).bill if row else None
        return bill.newest if bill else None

    def outcomes(self) -> dict[str, AccountOutcome]:
        """How every account fared of which something is stored, by account id. Of one whose row
        this version cannot read, it is not known whether it was scanned."""
        rows = self._rows("ACCOUNT#")
        return {row["SK"].removeprefix("ACCOUNT#"): _readable(row) for row in rows}

    def not_explained(self) -> list[NotExplained]:
        """Flagged items whose explanation failed in this scan."""
        return [
            NotExplained(
                row["SK"].removeprefix("NOTEXPLAINED#"),
                str(row.get("account_id", "")),
                str(row.get("name", "")),
                _failure(row),
            )
            for row in self._rows("NOTEXPLAINED#")
        ]

    def summary(self) -> ScanSummary:
        row = next(self._rows("SUMMARY"), {})
        return ScanSummary(
            from_json(tuple[LeftOut, ...], row.get("left_out", ()), what="summary of the scan"),
            from_json(tuple[str, ...], row.get("settings", ()), what="summary of the scan"),
        )

    def note_template(self, name: str, problem: str) -> None:
        """A team's template could not be written after all; any one of its problems is kept."""
        self._put(f"TEMPLATE#{name}", problem=problem)

    def template_problems(self) -> list[str]:
        return [str(row.get("problem", "")) for row in self._rows("TEMPLATE#")]

    def usage(self) -> UsageCounts:
        """The counters of wire.table.usage; all zero when nothing was counted."""
        return from_json(UsageCounts, next(self._rows("USAGE"), {}), what="usage of the scan")

    def _put(self, sort_key: str, **fields: Any) -> None:
        expiry = {"expires_at": self.scan.expires_at} if self.scan.expires_at else {}
        self._table.put(Put(Key(self._partition, sort_key), {**expiry, **fields}))

    def _rows(self, prefix: str) -> Iterator[Row]:
        return self._table.query(self._partition, prefix)

    @property
    def _table(self) -> Rows:
        return Rows(self.table, self.table_name)

    @property
    def _partition(self) -> str:
        return f"SCAN#{self.scan.scan_id}"


def _readable(row: Row) -> AccountOutcome:
    try:
        with as_stored("outcome of the account"):
            return _outcome(row)
    except InvalidInput as error:
        unread = failure(type(error).__name__, str(error))
        return AccountOutcome(AccountStatus.NOT_SCANNED, unread)


def _outcome(row: Row) -> AccountOutcome:
    refused = row.get("bill_only")
    return AccountOutcome(
        AccountStatus(row["status"]),
        _failure(row) if "error" in row else None,
        _failure(refused) if refused else None,
        from_json(BillDays, row["bill"], what="bill of the scan") if "bill" in row else None,
        int(row.get("anomalies", 0)),
    )


def _failure(row: Row) -> Failure:
    return failure(str(row.get("error", "")), str(row.get("cause", "")))
