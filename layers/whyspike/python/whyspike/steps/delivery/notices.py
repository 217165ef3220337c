"""Delivers the stored notices of an account: claim, send, mark. Whatever step it dies in, the next
run goes on from there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from whyspike.errors import InFlight, Refused, Throttled, Uncertain, Unreachable, WhyspikeError
from whyspike.incidents.notices import DELIVERY_SECONDS, Notice, NoticeStatus, goes_by_mail, is_due
from whyspike.steps.delivery.slack_messages import SlackMessages
from whyspike.wire.slack import Slack
from whyspike.wire.table.notices import NoticeTable

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delivery:
    """By Slack now; what goes to an owner by e-mail is left for the digest's run, which sends one
    mail to each owner."""

    table: NoticeTable
    slack: Slack
    default_channel: str
    email_sender: str = ""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def deliver(self, account_id: str, scan_id: str, scan_date: date) -> int:
        """Sends every notice of the account that is due; how many were delivered. One that fails
        keeps no other from being sent; the first failure is raised in the end, and the notice stays
        pending."""
        failures: list[WhyspikeError] = []
        sent = 0
        for notice in self.table.pending(account_id):
            if not is_due(notice, scan_date):
                continue
            if goes_by_mail(notice.owner, self.slack.is_configured, self.email_sender):
                self.table.ask_mail(scan_id, account_id, self.clock())
                continue
            try:
                sent += self._send(notice, scan_date)
            except (Throttled, Unreachable, Uncertain, Refused, InFlight) as error:
                logger.warning("notice %s not delivered: %s", notice.notice_id, error)
                failures.append(error)
        self._messages().redraw(account_id)
        if failures:
            raise failures[0]
        return sent

    def _send(self, notice: Notice, scan_date: date) -> bool:
        """True when it was delivered, False when somebody else has done it, it was set aside, or
        there is nowhere to deliver it to."""
        claimed = self.table.claim(notice, self.clock().timestamp())
        if claimed is None:
            if is_due(self.table.read(notice.notice_id), scan_date):
                raise InFlight(f"notice {notice.notice_id} is being sent by another run")
            return False
        channel = notice.owner.channel or self.default_channel
        if not self.slack.is_configured or (self.slack.has_threads and not channel):
            self.table.finish(claimed, NoticeStatus.NOWHERE)
            return False
        try:
            return self._messages().send(claimed, channel, scan_date)
        except (Throttled, Unreachable, Uncertain, Refused) as error:
            self.table.release(claimed, unclear=isinstance(error, Uncertain))
            raise

    def _messages(self) -> SlackMessages:
        """Slack for one delivery: all its calls and waits are over before its lease is."""
        return SlackMessages(
            self.table, self.slack.within(DELIVERY_SECONDS), self.default_channel, self.clock
        )
