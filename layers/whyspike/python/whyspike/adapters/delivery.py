"""Delivers the stored notices of an account: claim, send, mark. Whatever step it dies in, the next run goes on from there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from whyspike.adapters import email
from whyspike.adapters.notice_table import NoticeTable
from whyspike.adapters.slack import Posted, Slack
from whyspike.chart import png
from whyspike.errors import EmailRejected, NoticeInFlight, SlackRejected, SlackThrottled, SlackUnavailable, WhyspikeError
from whyspike.incidents import NoticeKind
from whyspike.model import Severity
from whyspike.notices import Chart, Notice, NoticeStatus
from whyspike.notification import assembled
from whyspike.notification_blocks import as_text, context, escaped

logger = logging.getLogger(__name__)

_STARTS = {NoticeKind.NEW, NoticeKind.PLANNED}
_LOUD = {NoticeKind.NEW, NoticeKind.ESCALATED, NoticeKind.SNOOZE_ENDED, NoticeKind.REOPENED}  # shown in the channel too when in a thread
_WORTH_SHOWING = {Severity.HIGH, Severity.CRITICAL}
_ENDS = {NoticeKind.RESOLVED, NoticeKind.RESTATED}
_NO_CHANNEL = {"channel_not_found", "not_in_channel", "is_archived", "channel_is_archived", "restricted_action", "no_permission"}
_LOOK_BACK = 3 * 86_400  # seconds of a channel's history that are searched for a message without an answer
_WAITS = 5  # seconds that a reply waits for the root message of its thread


@dataclass(frozen=True)
class Delivery:
    table: NoticeTable
    slack: Slack
    default_channel: str
    email_sender: str = ""
    ses: Callable[[], Any] = email.ses_client
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def deliver(self, account_id: str) -> int:
        """Sends every pending notice of the account; how many were delivered. One that fails keeps no other from being sent; the
        first failure is raised in the end, and the notice stays pending."""
        failures: list[WhyspikeError] = []
        sent = 0
        for notice in self.table.pending(account_id):
            if notice.status not in {NoticeStatus.PENDING, NoticeStatus.SENDING}:
                continue
            claimed = self.table.claim(notice, self.clock().timestamp())
            if claimed is None:
                now = self.table.read(notice.notice_id)
                if now.status in {NoticeStatus.PENDING, NoticeStatus.SENDING}:
                    failures.append(NoticeInFlight(f"notice {notice.notice_id} is being sent by another run"))
                continue
            try:
                sent += self._send(claimed)
            except (SlackThrottled, SlackUnavailable, SlackRejected, EmailRejected) as error:
                self.table.release(claimed, unclear=isinstance(error, SlackUnavailable) and error.may_have_arrived)
                logger.warning("notice %s not delivered: %s", notice.notice_id, error)
                failures.append(error)
        if failures:
            raise failures[0]
        return sent

    def _send(self, notice: Notice) -> bool:
        """True when it was delivered, False when there is nowhere to deliver it to."""
        owner = notice.owner
        channel = owner.channel or ("" if owner.email and self.email_sender else self.default_channel)
        if (
            self.slack.is_configured
            and (channel or not self.slack.has_threads)
            and (owner.channel or not (owner.email and self.email_sender))
        ):
            self._to_slack(notice, channel)
        elif owner.email and self.email_sender:
            message = assembled(notice)
            body = as_text([block for block in message.blocks if block["type"] not in {"actions", "image"}])
            message_id = email.send(self.ses(), self.email_sender, owner.email, message.text, body)
            self.table.mark_sent(notice, f"mailto:{owner.email}", None, self.clock())
            logger.info("notice %s sent by e-mail as %s", notice.notice_id, message_id)
        else:
            self.table.finish(notice, NoticeStatus.NOWHERE)
            return False
        return True

    def _to_slack(self, notice: Notice, channel: str) -> None:
        incident = self.table.incidents.read(notice.incident_id)
        thread = incident.thread if incident and self.slack.has_threads else None
        root = None
        if thread is None and self.slack.has_threads and notice.kind in _STARTS:
            root = self._root(notice, channel)
        channel, thread_ts = (thread.channel, thread.ts) if thread else (root.channel or channel, root.ts) if root else (channel, None)
        posted = self._find(notice, channel, thread_ts)
        if posted is None:
            notice = replace(notice, chart_file=self._upload(notice))
            posted = self._post(
                notice, channel, thread_ts, broadcast=notice.kind in _LOUD and (root is None or notice.severity in _WORTH_SHOWING)
            )
            if channel.startswith("#"):
                self.table.learn_channel(channel, posted.channel)
        if root is not None:
            self._show(self.table.add_other(root.notice_id, notice.incident_id, notice.line))
        if notice.kind in _ENDS:
            self.show_outcome(notice.incident_id, f":white_check_mark: {notice.kind.capitalize()}", is_final=True)
        self.table.mark_sent(notice, posted.channel, posted.ts, self.clock(), thread_ts)

    def _root(self, notice: Notice, channel: str) -> Notice | None:
        """The message that this one answers: the first of the scan to the same owner. None when this one is the first, or the
        first does not get through in time."""
        root_id = self.table.root_of(notice.scan_id, f"{channel}#{notice.owner.name}", notice.notice_id)
        if root_id == notice.notice_id:
            return None
        for _ in range(_WAITS):
            root = self.table.read(root_id)
            if root.ts:
                return root
            self.slack.sleep(1.0)
        return None

    def _find(self, notice: Notice, channel: str, thread_ts: str | None) -> Posted | None:
        """Where an earlier attempt that got no answer did arrive."""
        if not (notice.unclear and self.slack.has_threads):
            return None
        channel_id = self.table.channel_id(channel)
        return self.slack.find(channel_id, thread_ts, notice.notice_id, self.clock().timestamp() - _LOOK_BACK) if channel_id else None

    def _post(self, notice: Notice, channel: str, thread_ts: str | None, broadcast: bool) -> Posted:
        try:
            return self.slack.post(channel, assembled(notice), notice.notice_id, thread_ts, broadcast)
        except SlackRejected as error:
            if error.code in _NO_CHANNEL and self.default_channel not in {"", channel}:
                note = context(f":warning: Meant for {escaped(channel, 80)}, where Slack refuses it ({escaped(error.code, 40)}).")
                stray = replace(notice, message=replace(notice.message, blocks=(note, *notice.message.blocks)))
                return self.slack.post(self.default_channel, assembled(stray), notice.notice_id)
            if notice.chart_file and error.code.startswith("invalid_blocks"):  # Slack has not processed the image yet
                return self.slack.post(channel, assembled(replace(notice, chart_file=None)), notice.notice_id, thread_ts, broadcast)
            raise

    def _upload(self, notice: Notice) -> str | None:
        """The id of the chart in Slack; a message goes out without one rather than not at all."""
        if notice.chart is None or not self.slack.has_threads:
            return None
        try:
            return self.slack.upload("daily-cost.png", notice.message.text, _drawn(notice.chart))
        except (SlackRejected, SlackUnavailable, SlackThrottled) as error:
            logger.warning("chart of %s not uploaded: %s", notice.notice_id, error)
            return None

    def show_outcome(self, incident_id: str, outcome: str, *, is_final: bool, response_url: str = "") -> None:
        """Brings the incident's delivered messages up to date with what became of it. `response_url` is where Slack takes the
        message whose button was pressed, when there is no bot token. Ends at the first message that Slack does not take."""
        notices = [self.table.set_outcome(notice, outcome, is_final) for notice in self.table.delivered(incident_id)]
        if notices and response_url and not self.slack.has_threads:
            self._guarded(notices[-1], lambda: self.slack.respond(response_url, assembled(notices[-1])))
        all(self._show(notice) for notice in notices)

    def _show(self, notice: Notice) -> bool:
        if not (notice.ts and notice.channel and self.slack.has_threads):
            return True
        channel, ts = notice.channel, notice.ts
        return self._guarded(notice, lambda: self.slack.update(channel, ts, assembled(notice)))

    def _guarded(self, notice: Notice, update: Callable[[], None]) -> bool:
        """An update of a delivered message is no news: a failure only shows in the log. False when it failed."""
        try:
            update()
        except (SlackRejected, SlackUnavailable, SlackThrottled) as error:
            logger.warning("message of %s not updated: %s", notice.notice_id, error)
            return False
        return True


def _drawn(chart: Chart) -> bytes:
    days = len(chart.costs)
    dates = [chart.start + timedelta(days=n) for n in range(days)]
    return png(dates, chart.costs, [chart.expected_low] * days, [chart.expected_high] * days, chart.onset)
