"""The simulated organisation at a moment: what each account's bill and trail say as of a date."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from whyspike.simulator.organization.bill import DIMENSIONS, Bill, join, make_bill
from whyspike.simulator.organization.folder import Access, OrganizationFolder

ASKED_AT = time(9, tzinfo=UTC)  # scans run on the morning after the scan date


class World:
    """`as_of` is the usage date up to which bills are known; it moves when consecutive days are
    replayed."""

    def __init__(self, organization: OrganizationFolder, as_of: date) -> None:
        self.organization = organization
        self.as_of = as_of
        self._bills = {account.id: account.bill for account in organization.accounts.values()}
        self._joined: tuple[date, Bill] | None = None  # as of a day, which most requests share
        self._lock = threading.Lock()

    @property
    def now(self) -> datetime:
        return datetime.combine(self.as_of + timedelta(days=1), ASKED_AT)

    @property
    def account_names(self) -> Mapping[str, str]:
        return {account.id: account.name for account in self.organization.accounts.values()}

    def access(self, account_id: str) -> Access:
        account = self.organization.accounts.get(account_id)
        return account.access if account else Access()

    def bill(self, account_id: str) -> Bill:
        """One account's bill; empty for the hub or management account when the folder has no bill
        of it."""
        return self._bills.get(account_id) or make_bill([], dict.fromkeys(DIMENSIONS, ()), [], [])

    def organization_bill(self) -> Bill:
        """All bills as of now, as the management account sees them."""
        with self._lock:
            if self._joined is None or self._joined[0] != self.as_of:
                bills = [bill.as_of(self.as_of) for bill in self._bills.values()]
                self._joined = (self.as_of, join(bills))
            return self._joined[1]

    def restate(
        self,
        account_id: str,
        usage_date: date,
        factor: float,
        *,
        seen_from: date,
        service: str | None = None,
    ) -> None:
        """From the bill of `seen_from` on, the costs of `usage_date` (of one service, or all) are
        `factor` times what they were."""
        bill = self._bills[account_id]
        rows = bill.days == usage_date.toordinal()
        if service is not None:
            names = bill.columns["service"]
            rows &= np.array([*(name == service for name in names.values), False])[names.codes]
        until = np.where(
            rows, np.minimum(bill.visible_until, seen_from.toordinal()), bill.visible_until
        )
        changed = bill.where(rows)
        changed = replace(
            changed,
            cost=changed.cost * factor,
            amortized=changed.amortized * factor,
            quantity=changed.quantity * factor,
            visible_from=np.full(len(changed), seen_from.toordinal(), dtype=np.int64),
        )
        with self._lock:
            self._bills[account_id] = join([replace(bill, visible_until=until), changed])
            self._joined = None
