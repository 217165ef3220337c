"""The one machine that delivers notices: claim, look whether it did arrive, send, mark.

Whatever step a run dies in, the next one goes on from there. How a message travels is an outlet's
business: Slack's for owners and for the digest (slack_outlet), e-mail's (mail_outlet).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from whyspike.errors import InFlight, Refused, Throttled, Uncertain, Unreachable
from whyspike.incidents.notices import MAX_UNCLEAR, Notice, is_due
from whyspike.wire.table.notices import NoticeTable

logger = logging.getLogger(__name__)

NOT_DELIVERED = (Throttled, Unreachable, Uncertain, Refused)  # what an outlet's send may raise


@dataclass(frozen=True)
class Landing:
    """Where a notice arrived. `notice` is as it was sent, which may have changed on the way (a
    chart, another channel)."""

    notice: Notice
    channel: str
    ts: str | None = None
    thread_ts: str | None = None
    root_id: str | None = None  # the notice of another incident whose message it answers


class Outlet(Protocol):
    """One way for messages to travel. `find` and `send` raise NOT_DELIVERED."""

    def find(self, notice: Notice, /) -> tuple[Landing | None, bool]:
        """Where an earlier attempt without an answer did arrive, and whether that could be looked
        up."""

    def send(self, notices: Sequence[Notice]) -> tuple[Landing, ...]:
        """Sends them together, all or none."""

    def settle(self, landing: Landing, mark: Callable[[], Notice], /) -> None:
        """Does what a delivery has to be followed by, and has it marked as sent with `mark`."""


@dataclass(frozen=True)
class Outbox:
    table: NoticeTable
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def claim(self, notice: Notice, scan_date: date) -> Notice | None:
        """The notice under a lease of this run; None when there is nothing left to do in a scan of
        that date. Raises InFlight while another run is sending it."""
        if not is_due(notice, scan_date):
            return None
        claimed = self.table.claim(notice, self.clock().timestamp())
        if claimed is None and is_due(self.table.read(notice.notice_id), scan_date):
            raise InFlight(f"notice {notice.notice_id} is being sent by another run")
        return claimed

    def deliver(self, claimed: Sequence[Notice], outlet: Outlet, scan_date: date) -> int:
        """Sends claimed notices in one message; how many were delivered.

        One that got no answer before is looked up first. What is not there is sent again, marked;
        after two deliveries without an answer, where nobody can look, it is set aside instead. A
        failure gives the leases back and is raised. The first one, under whose id the others may
        have arrived, is marked last: what is left by a death in between is found under it.
        """
        found: list[Landing] = []
        sending: list[Notice] = []
        try:
            for notice in claimed:
                landing, looked = outlet.find(notice) if notice.unclear else (None, True)
                if landing is not None:
                    found.append(landing)
                elif notice.unclear < MAX_UNCLEAR or looked:
                    sending.append(notice)
                else:
                    logger.warning("notice %s unconfirmed: no answer twice", notice.notice_id)
                    self.table.set_aside(notice, scan_date)
            landings = [*found, *(outlet.send(sending) if sending else ())]
        except NOT_DELIVERED as error:
            kept = {landing.notice.notice_id for landing in found}
            for notice in claimed:
                if notice.notice_id not in kept:
                    self.table.release(notice, unclear=isinstance(error, Uncertain))
            for landing in reversed(found):
                self._settle(landing, outlet)
            raise
        for landing in reversed(landings):
            self._settle(landing, outlet)
        return len(landings)

    def _settle(self, landing: Landing, outlet: Outlet) -> None:
        outlet.settle(
            landing,
            lambda: self.table.mark_sent(
                landing.notice, landing.channel, landing.ts, self.clock(), landing.thread_ts
            ),
        )
