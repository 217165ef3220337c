"""Delivers what goes out by e-mail: to each owner one message a scan, about all of the owner's
accounts."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from whyspike.errors import Refused, Throttled, Uncertain, Unreachable
from whyspike.incidents.notices import MAX_UNCLEAR, Notice, goes_by_mail, is_due
from whyspike.messages.mail import Mail, mail
from whyspike.model import Scan
from whyspike.wire import ses as email
from whyspike.wire.table.notices import NoticeTable

logger = logging.getLogger(__name__)

_PAUSES = (1.0, 2.0, 4.0)  # seconds


@dataclass(frozen=True)
class MailDelivery:
    table: NoticeTable
    has_slack: bool
    sender: str
    answers: str  # the channel of the people who run it, where an answer is heard; may be empty
    ses: Callable[[], Any] = email.ses_client
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = lambda seconds: time.sleep(seconds)

    def deliver(self, scan: Scan) -> int:
        """Sends what NotifyOwner left in this scan; how many notices were delivered. What fails
        stays pending for the next scan; the digest, which follows, lists it as not told."""
        waiting: dict[str, list[Notice]] = {}
        for account_id in self.table.mail_accounts(scan.scan_id) if self.sender else ():
            for notice in self.table.pending(account_id):
                if is_due(notice, scan.scan_date) and goes_by_mail(
                    notice.owner, self.has_slack, self.sender
                ):
                    waiting.setdefault(str(notice.owner.email), []).append(notice)
        return sum(self._send(recipient, notices, scan) for recipient, notices in waiting.items())

    def _send(self, recipient: str, notices: Sequence[Notice], scan: Scan) -> int:
        claimed = [
            mine
            for notice in notices
            if (mine := self.table.claim(notice, self.clock().timestamp()))
        ]
        for lost in (
            notice for notice in claimed if notice.unclear >= MAX_UNCLEAR
        ):  # nobody can look into a mailbox
            self.table.set_aside(lost, scan.scan_date)
        sending = [notice for notice in claimed if notice.unclear < MAX_UNCLEAR]
        if not sending:
            return 0
        try:
            message_id = self._posted(recipient, mail(sending, self.answers))
        except (Throttled, Unreachable, Uncertain, Refused) as error:
            logger.warning("mail to %s not sent: %s", recipient, error)
            for notice in sending:
                self.table.release(notice, unclear=isinstance(error, Uncertain))
            return 0
        for notice in sending:
            self.table.mark_sent(notice, f"mailto:{recipient}", None, self.clock())
        logger.info("%d notices sent by e-mail as %s", len(sending), message_id)
        return len(sending)

    def _posted(self, recipient: str, message: Mail) -> str:
        """SES takes so many messages a second; what it throttles it has not taken."""
        for pause in _PAUSES:
            try:
                return email.send(self.ses(), self.sender, recipient, message)
            except Throttled:
                self.sleep(pause)
        return email.send(self.ses(), self.sender, recipient, message)
