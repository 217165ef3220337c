"""The accounts of a scan in batches, so that discovery fits into any function's time and memory.

What a batch needs is asked for and stored before the next one; a later try of the same run takes
over what is stored, and pays for nothing twice. Account Management and Organizations answer some
ten requests a second, so that 10,000 accounts take longer than one invocation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from whyspike.errors import InvalidInput, Unfinished
from whyspike.model import Account, Scan
from whyspike.payload import dumps, from_json, to_json
from whyspike.wire.bucket import ScanBucket

SIZE = 100  # accounts; the bills of a batch take about 60 MB (benchmarks/payer.py)


@dataclass(frozen=True)
class AccountBatches:
    """`run` tells one run of the workflow from another of the same date; "": nothing is taken over,
    and nothing kept.

    `has_time` says whether this invocation can do another batch.
    """

    bucket: ScanBucket
    scan: Scan
    run: str
    has_time: Callable[[], bool]

    def complete(
        self, accounts: Sequence[Account], work: Callable[[Sequence[Account]], tuple[Account, ...]]
    ) -> tuple[Account, ...]:
        """`accounts`, each batch as `work` gives it back. Raises Unfinished when time runs
        out, and what `work` raises."""
        return tuple(
            account
            for batch in self._batches(accounts)
            for account in self._stored(batch) or self._done(batch, work)
        )

    def _batches(self, accounts: Sequence[Account]) -> Iterator[Sequence[Account]]:
        for start in range(0, len(accounts), SIZE):
            yield accounts[start : start + SIZE]

    def _key(self, batch: Sequence[Account]) -> str:
        return f"scans/{self.scan.scan_id}/discovery/{batch[0].account_id}.json"

    def _stored(self, batch: Sequence[Account]) -> tuple[Account, ...]:
        """The batch as an earlier try of this run left it; empty when there is none."""
        try:
            record = self.bucket.read_json(self._key(batch)) if self.run else None
            if not record or record["run"] != self.run:
                return ()
            found = from_json(tuple[Account, ...], record["accounts"], what="discovery")
        except (InvalidInput, LookupError, TypeError):  # it is done again
            return ()
        return found if [a.account_id for a in found] == [a.account_id for a in batch] else ()

    def _done(
        self, batch: Sequence[Account], work: Callable[[Sequence[Account]], tuple[Account, ...]]
    ) -> tuple[Account, ...]:
        if not self.has_time():
            raise Unfinished(
                f"time ran out before account {batch[0].account_id}",
                remedy="redrive the execution; it goes on there",
            )
        found = work(batch)
        if self.run:
            record = {"run": self.run, "accounts": [to_json(account) for account in found]}
            self.bucket.write(self._key(batch), dumps(record), "application/json")
        return found
