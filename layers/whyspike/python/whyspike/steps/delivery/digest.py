"""Posts the digest of a scan once: a scan that is run again corrects its digest in place instead of
repeating it. It is a notice as any other, so that the outbox delivers it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace

from whyspike.incidents.notices import DELIVERY_SECONDS, Notice, NoticeStatus, digest_notice
from whyspike.messages.owner_message import assembled
from whyspike.model import Message, Scan
from whyspike.steps.delivery.outbox import Outbox
from whyspike.steps.delivery.slack_outlet import SlackOutlet
from whyspike.wire.slack import Slack


@dataclass(frozen=True)
class DigestDelivery:
    outbox: Outbox
    scan: Scan

    def publish(self, slack: Slack, channel: str, message: Message) -> bool:
        """True when Slack got a new or corrected message. Raises what whyspike.wire.slack raises,
        and InFlight while another run posts it."""
        if not (channel or slack.secret.webhook_url):
            return False
        table = self.outbox.table
        new = digest_notice(self.scan.scan_id, self.scan.scan_date, channel, message)
        stored = table.find(new.notice_id) or table.add(new, self.scan.expires_at)
        if stored.status is NoticeStatus.SENT:
            if _said(stored.message) == _said(message):
                return False
            if stored.ts:
                self._correct(stored, slack, message)
                return True
            if stored.message.text == message.text:
                # a webhook's message cannot be corrected: posted again only with another first line
                return False
            stored = table.reopen(stored)
        claimed = self.outbox.claim(stored, self.scan.scan_date)
        if claimed is None:
            return False
        if claimed.message != message:
            claimed = table.reword(claimed, message)
        outlet = SlackOutlet(table, slack.within(DELIVERY_SECONDS), "", self.outbox.clock)
        return bool(self.outbox.deliver([claimed], outlet, self.scan.scan_date))

    def _correct(self, stored: Notice, slack: Slack, message: Message) -> None:
        corrected = replace(stored, message=message, unclear=0)
        slack.update(str(stored.channel), str(stored.ts), assembled(corrected))
        self.outbox.table.reword(stored, message)


def _said(message: Message) -> str:
    """What the message says, without the addresses behind its links: the report's is signed anew
    each time."""
    blocks = json.dumps(message.blocks, ensure_ascii=False, sort_keys=True)
    return re.sub(r"<https?://[^|>]*\|", "<|", blocks)
