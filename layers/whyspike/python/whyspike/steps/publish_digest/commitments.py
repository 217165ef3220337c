"""Savings Plans and reservations that end soon: told once at each threshold, to the owners of the
usage that they cover and in the digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

from whyspike.digest.commitment_ends import (
    commitment_ends,
    ending_words,
    not_read_words,
    price_words,
    share_words,
)
from whyspike.incidents.notices import by_teams, targets_of_owner
from whyspike.incidents.owners import OwnerSettings, find_owner
from whyspike.messages.commitment_end import OwnersEnd, commitment_notice
from whyspike.messages.commitment_event import commitment_copies
from whyspike.messages.templates.own import OwnTexts
from whyspike.model import Account, Owner, Scan
from whyspike.model.commitments import AccountCommitments, CommitmentEnd, NotRead, UsageShare
from whyspike.model.outcomes import AccountOutcome, AccountStatus
from whyspike.steps.configuration import Configuration
from whyspike.steps.delivery.targets import Targets
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.table.commitments import CommitmentTable
from whyspike.wire.table.notices import NoticeTable

_READERS = 8
# Of an account that was judged by a function that ended before it came to them.
_NEVER_READ = NotRead(
    "Savings Plans and reservations", "Unfinished", "the function ended before it had read them"
)


@dataclass
class CommitmentWatch:
    """Of one scan. `accounts` are those in scope, `outcomes` how they fared, by account id."""

    config: Configuration
    scan: Scan
    bucket: ScanBucket
    table: CommitmentTable
    accounts: Sequence[Account]
    outcomes: Mapping[str, AccountOutcome]

    @cached_property
    def ends(self) -> tuple[CommitmentEnd, ...]:
        """What ends within 30 days, with what this scan is the first to tell."""
        today = self.scan.today or self.scan.scan_date + timedelta(days=1)
        return tuple(
            replace(end, is_due=self._is_due(end))
            for end in commitment_ends(self._found, self._names, today)
        )

    @property
    def not_read(self) -> tuple[str, ...]:
        """What could not be read, one sentence each."""
        return tuple(not_read_words(self._found, self._names))

    def store_notices(
        self, notices: NoticeTable, settings: OwnerSettings, own: OwnTexts
    ) -> list[str]:
        """Stores a message for each owner of usage whose commitment's end is due: the accounts
        whose pending messages are to be sent now."""
        by_owner: dict[Owner, list[tuple[CommitmentEnd, UsageShare]]] = {}
        for end in self.ends:
            for share in self._told(end) if end.is_due else ():
                by_owner.setdefault(self._owner(end, share, settings), []).append((end, share))
        waiting = []
        for owner, parts in by_owner.items():
            account_id = parts[0][1].account_id
            notice = commitment_notice(self.scan, account_id, owner, _merged(parts), own)
            told, in_teams = by_teams(notice)
            targets = (*Targets(self.config).of_all, *targets_of_owner(owner))
            for each in (told, *in_teams, *commitment_copies(notice, parts, targets)):
                notices.add(each, self.scan.expires_at)
            waiting.append(account_id)
        for end in self.ends:
            if end.is_due:
                self.table.note_told(end.commitment.commitment_id, end.threshold, self.scan)
        return sorted(set(waiting))

    def _told(self, end: CommitmentEnd) -> list[UsageShare]:
        """Whose owner reads of it: who uses enough of it, and who bought it."""
        least = self.config.minimum_impact_usd
        using = [share for share in end.shares if (share.on_demand_usd or 0.0) >= least]
        buyer = end.commitment.account_id
        if all(share.account_id != buyer for share in using):
            own = next((s.on_demand_usd for s in end.shares if s.account_id == buyer), None)
            using.append(UsageShare(buyer, end.account_name, own))
        return using

    def _owner(self, end: CommitmentEnd, share: UsageShare, settings: OwnerSettings) -> Owner:
        """The commitment's own tags name an owner for the account that bought it alone."""
        account = self._by_id.get(share.account_id) or Account(share.account_id, share.account_name)
        bought_it = share.account_id == end.commitment.account_id
        return find_owner(account, end.commitment.tags if bought_it else {}, settings)

    def _is_due(self, end: CommitmentEnd) -> bool:
        if end.commitment.renewed:
            return False
        return self.table.is_due(end.commitment.commitment_id, end.threshold, self.scan)

    @cached_property
    def _found(self) -> list[AccountCommitments]:
        if not (self.config.watch_commitments and self.scan.is_daily):
            return []
        judged = [
            account.account_id
            for account in self.accounts
            if (outcome := self.outcomes.get(account.account_id))
            and outcome.status is not AccountStatus.NOT_SCANNED
        ]
        with ThreadPoolExecutor(_READERS) as pool:
            read = pool.map(lambda each: self.bucket.read_commitments(self.scan, each), judged)
            return [
                found or AccountCommitments(account_id, not_read=(_NEVER_READ,))
                for account_id, found in zip(judged, read, strict=True)
            ]

    @property
    def _names(self) -> dict[str, str]:
        return {account.account_id: account.name for account in self.accounts}

    @property
    def _by_id(self) -> dict[str, Account]:
        return {account.account_id: account for account in self.accounts}


def _merged(parts: Sequence[tuple[CommitmentEnd, UsageShare]]) -> list[OwnersEnd]:
    """One entry for each commitment, with the owner's accounts that use it."""
    shares: dict[str, list[UsageShare]] = {}
    ends = {end.commitment.commitment_id: end for end, _ in parts}
    for end, share in parts:
        shares.setdefault(end.commitment.commitment_id, []).append(share)
    return [
        OwnersEnd(
            ending_words(end),
            price_words(end),
            share_words(replace(end, shares=tuple(shares[commitment_id]))),
            end.threshold,
        )
        for commitment_id, end in ends.items()
    ]
