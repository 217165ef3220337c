"""Notices into Slack: an incident's into its channel or thread, a digest into its channel."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from whyspike.errors import InFlight, Refused, Throttled, Uncertain, Unreachable
from whyspike.incidents.incident import NoticeKind
from whyspike.incidents.notices import Chart, Notice
from whyspike.messages.charts.png import png
from whyspike.messages.owner_message import assembled
from whyspike.model import Severity
from whyspike.steps.delivery.outbox import Landing
from whyspike.steps.delivery.shown import ShownMessages
from whyspike.wire.slack import Posted, Slack
from whyspike.wire.table.notices import NoticeTable
from whyspike.words.mrkdwn import escaped

logger = logging.getLogger(__name__)

_STARTS = {NoticeKind.NEW, NoticeKind.PLANNED}
_LOUD = {
    NoticeKind.NEW,
    NoticeKind.ESCALATED,
    NoticeKind.SNOOZE_ENDED,
    NoticeKind.REOPENED,
}  # shown in the channel too when in a thread
_WORTH_SHOWING = {Severity.HIGH, Severity.CRITICAL}
_ENDS = {NoticeKind.RESOLVED, NoticeKind.NOW_NORMAL, NoticeKind.RESTATED}
# What Slack says where a channel does not take the message; another one may.
_NO_CHANNEL = {
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "channel_is_archived",
    "channel_type_not_supported",
    "restricted_action",
    "restricted_action_non_threadable_channel",
    "restricted_action_read_only_channel",
    "restricted_action_thread_locked",
    "restricted_action_thread_only_channel",
    "team_access_not_granted",
    "cannot_post_to_canvas_channel",
    "ekm_access_denied",
    "no_permission",
}
_LOOK_BACK = (
    3 * 86_400
)  # seconds of a channel's history that are searched for a message without an answer
_WAITS = 5  # seconds that a reply waits for the root message of its thread


@dataclass(frozen=True)
class _SlackPlace:
    channel: str
    thread_ts: str | None = None
    root: Notice | None = None  # the message that this one answers, of another incident


@dataclass(frozen=True)
class SlackOutlet:
    """For one delivery; `slack` has its deadline. Sends one notice at a time."""

    table: NoticeTable
    slack: Slack
    default_channel: str  # where a message goes that its own channel does not take; "": nowhere
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def reaches(self, notice: Notice) -> bool:
        """There is a place in Slack that it can go to."""
        return self.slack.is_configured and (
            not self.slack.has_threads or bool(self.channel_of(notice))
        )

    def channel_of(self, notice: Notice) -> str:
        return notice.owner.channel or self.default_channel

    def find(self, notice: Notice) -> tuple[Landing | None, bool]:
        """What an earlier run posted as a digest may say less than this one's: it is corrected."""
        place = self._place(notice)
        posted, looked = self._arrived(notice, place)
        if posted is None:
            return None, looked
        if notice.kind is NoticeKind.DIGEST and posted.ts:
            self.slack.update(posted.channel, posted.ts, assembled(replace(notice, unclear=0)))
        return _landing(notice, place, posted), looked

    def send(self, notices: Sequence[Notice]) -> tuple[Landing, ...]:
        """Raises InFlight too, when another run has taken the notice over."""
        return tuple(self._sent(notice) for notice in notices)

    def settle(self, landing: Landing, mark: Callable[[], Notice]) -> None:
        notice, shown = landing.notice, ShownMessages(self.table, self.slack, self.clock)
        if landing.root_id:
            shown.show(self.table.add_other(landing.root_id, notice.incident_id, notice.line))
        if notice.kind in _ENDS and self.slack.has_threads:
            self.table.ask_redraw(notice.incident_id, self.clock())
        if self._answered_since(mark()):
            self.table.ask_redraw(notice.incident_id, self.clock())

    def _sent(self, notice: Notice) -> Landing:
        place = self._place(notice)
        sent, place, posted = self._post(replace(notice, chart_file=self._upload(notice)), place)
        if place.channel.startswith("#") and self.slack.has_threads:  # a webhook tells no channel
            self.table.learn_channel(place.channel, posted.channel)
        return _landing(sent, place, posted)

    def _place(self, notice: Notice) -> _SlackPlace:
        channel = self.channel_of(notice)
        if not self.slack.has_threads or notice.kind is NoticeKind.DIGEST:
            return _SlackPlace(channel)
        if notice.note:  # an earlier attempt was refused where it was meant for
            return _SlackPlace(self.default_channel)
        incident = self.table.incidents.read(notice.incident_id) if notice.incident_id else None
        if incident and incident.thread:
            return _SlackPlace(incident.thread.channel, incident.thread.ts)
        starts = notice.kind in _STARTS and not notice.joined
        root = self._root(notice, channel) if starts else None
        return _SlackPlace(root.channel or channel, root.ts, root) if root else _SlackPlace(channel)

    def _root(self, notice: Notice, channel: str) -> Notice | None:
        """The message that this one answers: the first of the scan to the same owner, or of the
        same account where it has none. None when this one is the first, or the first does not get
        through in time."""
        whose = notice.account_id if notice.owner.source == "default" else notice.owner.name
        root_id = self.table.root_of(
            notice.scan_id, f"{channel}#{whose}", notice.notice_id, self.clock()
        )
        if root_id == notice.notice_id:
            return None
        for _ in range(_WAITS):
            root = self.table.read(root_id)
            if root.ts:
                return root
            self.slack.sleep(1.0)
        return None

    def _arrived(self, notice: Notice, place: _SlackPlace) -> tuple[Posted | None, bool]:
        """Where an earlier attempt that got no answer did arrive, and whether that could be looked
        up."""
        if not notice.unclear:
            return None, True
        if not self.slack.has_threads:
            return None, False
        channel_id = self.table.channel_id(place.channel)
        if channel_id is None:  # no message went there yet: a Slack that is down is waited for
            self.slack.check()
            return None, False
        try:
            return (
                self.slack.find(
                    channel_id,
                    place.thread_ts,
                    notice.notice_id,
                    self.clock().timestamp() - _LOOK_BACK,
                ),
                True,
            )
        except Refused as error:
            logger.warning("history of %s not searched: %s", place.channel, error)
            return None, False

    def _post(self, notice: Notice, place: _SlackPlace) -> tuple[Notice, _SlackPlace, Posted]:
        """The notice as it was posted, and where."""
        try:
            return notice, place, self._posted(notice, place)
        except Refused as error:
            if error.code in _NO_CHANNEL and self.default_channel not in {"", place.channel}:
                note = (
                    f":warning: Meant for {escaped(place.channel, 80)}, where Slack refuses it"
                    f" ({escaped(error.code, 40)})."
                )
                noted = replace(self.table.set_note(notice, note), chart_file=notice.chart_file)
                elsewhere = _SlackPlace(self.default_channel)
                return noted, elsewhere, self._posted(noted, elsewhere)
            if error.code == "thread_not_found" and place.thread_ts:  # somebody deleted its root
                anew = _SlackPlace(place.channel)
                return notice, anew, self._posted(notice, anew)
            if notice.chart_file and error.code.startswith(
                "invalid_blocks"
            ):  # Slack has not processed the image yet
                plain = replace(notice, chart_file=None)
                return plain, place, self._posted(plain, place)
            raise

    def _posted(self, notice: Notice, place: _SlackPlace) -> Posted:
        if not self.table.holds(notice, self.clock().timestamp()):
            raise InFlight(f"notice {notice.notice_id} was taken over by another run")
        broadcast = notice.kind in _LOUD and (
            place.root is None or notice.severity in _WORTH_SHOWING
        )
        return self.slack.post(
            place.channel, assembled(notice), notice.notice_id, place.thread_ts, broadcast
        )

    def _answered_since(self, notice: Notice) -> bool:
        """Somebody pressed a button before the message was marked as sent; a `ts` of Slack counts
        seconds."""
        incident = (
            self.table.incidents.read(notice.incident_id)
            if notice.ts and notice.incident_id
            else None
        )
        return bool(
            incident
            and any(f.at.timestamp() >= float(notice.ts or 0) - 1 for f in incident.feedback)
        )

    def _upload(self, notice: Notice) -> str | None:
        """The id of the chart in Slack; a message goes out without one rather than not at all."""
        if notice.chart is None or not self.slack.has_threads:
            return None
        try:
            return self.slack.upload("daily-cost.png", notice.message.text, _drawn(notice.chart))
        except (Refused, Unreachable, Uncertain, Throttled) as error:
            logger.warning("chart of %s not uploaded: %s", notice.notice_id, error)
            return None


def _landing(notice: Notice, place: _SlackPlace, posted: Posted) -> Landing:
    root_id = place.root.notice_id if place.root else None
    return Landing(notice, posted.channel, posted.ts, place.thread_ts, root_id)


def _drawn(chart: Chart) -> bytes:
    days = len(chart.costs)
    dates = [chart.start + timedelta(days=n) for n in range(days)]
    judged = [
        chart.onset <= each <= (chart.last or each) for each in dates
    ]  # what was expected of these days says nothing of the others
    low, high = (
        [value if each else None for each in judged]
        for value in (chart.expected_low, chart.expected_high)
    )
    return png(dates, chart.costs, low, high, chart.onset)
