"""Posts the digest of a scan once: a scan that is run again corrects its digest in place instead of
repeating it. It is a notice as any other, so that the outbox delivers it."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass, replace
from datetime import date

from whyspike.errors import Refused
from whyspike.incidents.notices import (
    DELIVERY_SECONDS,
    Notice,
    NoticeStatus,
    digest_id,
    digest_notice,
    is_due,
)
from whyspike.messages.owner_message import assembled
from whyspike.model import Message, Scan
from whyspike.steps.delivery.mail_outlet import MailOutlet
from whyspike.steps.delivery.outbox import Outbox, Outlet
from whyspike.steps.delivery.slack_outlet import SlackOutlet
from whyspike.wire.slack import Slack

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class DigestDelivery:
    """The digest of `scan` goes to its channel; where Slack does not take it there, to
    `default_channel`; where Slack takes it nowhere, by `mail`. Of the three the first that takes
    it. `scan_date` is of the scan that runs now, which tells earlier digests too."""

    outbox: Outbox
    scan: Scan
    scan_date: date
    default_channel: str = ""
    mail: MailOutlet | None = None

    def is_waiting(self) -> bool:
        """The digest was stored and is not known to have reached anybody."""
        stored = self.outbox.table.find(digest_id(self.scan.scan_id))
        return stored is not None and is_due(stored, self.scan_date)

    def keep(self, channel: str, message: Message) -> None:
        """Stores the digest for a later scan to tell."""
        table = self.outbox.table
        new = digest_notice(self.scan.scan_id, self.scan.scan_date, channel, message)
        if table.find(new.notice_id) is None:
            table.add(new, self.scan.expires_at)

    def publish(self, slack: Slack, channel: str, message: Message) -> bool:
        """True when somebody got a new or corrected message. Raises what whyspike.wire.slack and
        whyspike.wire.ses raise, and InFlight while another run posts it."""
        by_slack = slack.is_configured and bool(channel or slack.secret.webhook_url)
        if not (by_slack or self.mail):
            return False
        table = self.outbox.table
        new = digest_notice(self.scan.scan_id, self.scan.scan_date, channel, message)
        stored = table.find(new.notice_id) or table.add(new, self.scan.expires_at)
        if stored.status is NoticeStatus.SENT:
            if _said(stored.message) == _said(message):
                return False
            if stored.ts and by_slack and self._correct(stored, slack, message):
                return True
            if not stored.ts and stored.message.text == message.text:
                # a webhook's message and a mail cannot be corrected: sent again only with another
                # first line
                return False
            stored = replace(table.reopen(stored), reached=None if stored.ts else stored.message)
        claimed = self.outbox.claim(stored, self.scan_date)
        if claimed is None:
            return False
        if claimed.message != message:
            claimed = table.reword(claimed, message)
        if claimed.reached and claimed.reached.text == message.text and not claimed.unclear:
            # what was to be told instead never went out, and is no news any more
            table.finish(claimed, NoticeStatus.SENT)
            return False
        return self._delivered(claimed, slack if by_slack else None)

    def _delivered(self, claimed: Notice, slack: Slack | None) -> bool:
        table, mail = self.outbox.table, self.mail
        if slack:
            outlet = SlackOutlet(
                table, slack.within(DELIVERY_SECONDS), self.default_channel, self.outbox.clock
            )
            try:
                return self._deliver(claimed, outlet)
            except Refused as error:
                again = mail and self.outbox.claim(table.read(claimed.notice_id), self.scan_date)
                if not again:
                    raise
                logger.warning("the digest goes by e-mail: %s", error)
                claimed = again
        return bool(mail and self._deliver(claimed, mail))

    def _deliver(self, claimed: Notice, outlet: Outlet) -> bool:
        return bool(self.outbox.deliver([claimed], outlet, self.scan_date))

    def _correct(self, stored: Notice, slack: Slack, message: Message) -> bool:
        """False where the message is there no more, or must not be changed any more: it is posted
        anew."""
        corrected = replace(stored, message=message, unclear=0)
        try:
            slack.update(str(stored.channel), str(stored.ts), assembled(corrected))
        except Refused as error:
            logger.warning("the digest is posted anew: %s", error)
            return False
        self.outbox.table.reword(stored, message)
        return True


def _said(message: Message) -> str:
    """What the message says, without the addresses behind its links: the report's is signed anew
    each time."""
    blocks = json.dumps(message.blocks, ensure_ascii=False, sort_keys=True)
    return re.sub(r"<https?://[^|>]*\|", "<|", blocks)
