"""Tells owners what is due: by Slack while an account is scanned, by e-mail after the scan:
one mail to each owner."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from whyspike.errors import InFlight, Retryable, WhyspikeError
from whyspike.incidents.notices import (
    DELIVERY_SECONDS,
    Notice,
    NoticeStatus,
    goes_by_mail,
    is_due,
    is_old,
)
from whyspike.messages.joined import by_cause
from whyspike.messages.templates.own import OwnTexts
from whyspike.model import Scan
from whyspike.steps.delivery.joined_outlet import JoinedOutlet
from whyspike.steps.delivery.mail_outlet import MailOutlet
from whyspike.steps.delivery.outbox import NOT_DELIVERED, Outbox
from whyspike.steps.delivery.shown import ShownMessages
from whyspike.steps.delivery.slack_outlet import SlackOutlet
from whyspike.wire.slack import Slack

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class OwnerDelivery:
    outbox: Outbox
    slack: Slack
    default_channel: str = ""
    email_sender: str = ""
    answers: str = ""  # the channel that a mail names for answers
    own: OwnTexts = field(default_factory=OwnTexts)

    def tell(self, account_id: str, scan: Scan) -> int:
        """Sends every notice of the account that is due by Slack; how many were delivered. One that
        fails keeps no other from being sent; the first failure is raised in the end, and the notice
        stays pending. What goes by e-mail is left for `mail`, what shares its cause with other
        accounts for `tell_joined`."""
        failures: list[WhyspikeError] = []
        sent = 0
        for notice in self._due(account_id, scan.scan_date):
            if self._goes_by_mail(notice):
                self.outbox.table.ask_mail(scan.scan_id, account_id, self.outbox.clock())
                continue
            if notice.share:
                self.outbox.table.ask_joined(scan.scan_id, account_id, self.outbox.clock())
                continue
            try:
                sent += self._send(notice, scan.scan_date)
            except (*NOT_DELIVERED, InFlight) as error:
                logger.warning("notice %s not delivered: %s", notice.notice_id, error)
                failures.append(error)
        ShownMessages(self.outbox.table, self._in_time(), self.outbox.clock).redraw(account_id)
        if failures:
            raise failures[0]
        return sent

    def tell_joined(
        self, scan: Scan, in_all: Mapping[str, int]
    ) -> tuple[int, WhyspikeError | None]:
        """Sends what `tell` left for it in this scan, one message for a cause and an owner: how
        many notices were delivered, and the first failure that may pass, as `mail` does. `in_all`
        says in how many accounts a cause was seen, by its id."""
        waiting = [
            notice
            for account_id in self.outbox.table.joined_accounts(scan.scan_id)
            for notice in self._due(account_id, scan.scan_date)
            if notice.share and not self._goes_by_mail(notice)
        ]
        sent = 0
        failure: WhyspikeError | None = None
        for group in by_cause(waiting):
            share = group[0].share
            number = in_all.get(share.tie.cause_id, 0) if share else 0
            try:
                sent += self._send_together(group, number, scan.scan_date)
            except (*NOT_DELIVERED, InFlight) as error:
                logger.warning("notice %s not delivered: %s", group[0].notice_id, error)
                if isinstance(error, Retryable):  # a refusal does not pass by waiting
                    failure = failure or error
        return sent, failure

    def _send_together(self, group: Sequence[Notice], in_all: int, scan_date: date) -> int:
        if not self._outlet().reaches(group[0]):
            return sum(self._send(notice, scan_date) for notice in group)
        claimed = [mine for notice in group if (mine := self.outbox.claim(notice, scan_date))]
        if not claimed:
            return 0
        outlet = JoinedOutlet(self._outlet(), claimed, in_all)
        return self.outbox.deliver(claimed, outlet, scan_date)

    def mail(self, scan: Scan) -> tuple[int, WhyspikeError | None]:
        """Sends what `tell` left in this scan: how many notices were delivered, and the first
        failure that may pass, for the caller to raise when all else is done. What fails stays
        pending; the digest, which follows, lists it as not told."""
        waiting: dict[str, list[Notice]] = {}
        accounts = self.outbox.table.mail_accounts(scan.scan_id) if self.email_sender else ()
        for account_id in accounts:
            for notice in self._due(account_id, scan.scan_date):
                if self._goes_by_mail(notice):
                    waiting.setdefault(str(notice.owner.email), []).append(notice)
        done = [self._mail(recipient, notices, scan) for recipient, notices in waiting.items()]
        failures = (failure for _, failure in done if isinstance(failure, Retryable))
        return sum(sent for sent, _ in done), next(failures, None)

    def _due(self, account_id: str, scan_date: date) -> list[Notice]:
        pending = self.outbox.table.pending(account_id)
        return [notice for notice in pending if is_due(notice, scan_date)]

    def _goes_by_mail(self, notice: Notice) -> bool:
        return goes_by_mail(notice.owner, self.slack.is_configured, self.email_sender)

    def _send(self, notice: Notice, scan_date: date) -> int:
        """0 when somebody else has done it, it was set aside, or there is nowhere to deliver it
        to: it waits for a place until it is old."""
        outlet = self._outlet()
        reaches = outlet.reaches(notice)
        if not reaches and not is_old(notice, scan_date):
            return 0
        claimed = self.outbox.claim(notice, scan_date)
        if claimed is None:
            return 0
        if not reaches:
            self.outbox.table.finish(claimed, NoticeStatus.NOWHERE)
            return 0
        return self.outbox.deliver([claimed], outlet, scan_date)

    def _mail(
        self, recipient: str, notices: Sequence[Notice], scan: Scan
    ) -> tuple[int, WhyspikeError | None]:
        """One that another run is sending keeps the others from no mail."""
        claimed, failure = [], None
        for notice in notices:
            try:
                if mine := self.outbox.claim(notice, scan.scan_date):
                    claimed.append(mine)
            except InFlight as error:
                logger.warning("%s", error)
                failure = error
        outlet = MailOutlet(self.email_sender, recipient, self.answers, self.own)
        try:
            return self.outbox.deliver(claimed, outlet, scan.scan_date), failure
        except NOT_DELIVERED as error:
            logger.warning("mail to %s not sent: %s", recipient, error)
            return 0, error

    def _outlet(self) -> SlackOutlet:
        return SlackOutlet(
            self.outbox.table, self._in_time(), self.default_channel, self.outbox.clock
        )

    def _in_time(self) -> Slack:
        """Slack for one delivery: all its calls and waits are over before its lease is."""
        return self.slack.within(DELIVERY_SECONDS)
