"""The messages of incidents in Slack: one notice into its channel or thread, and what was delivered
brought up to date."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from whyspike.errors import InFlight, Refused, Throttled, Uncertain, Unreachable
from whyspike.incidents.feedback import Pressed, standing
from whyspike.incidents.incident import Incident, NoticeKind
from whyspike.incidents.notices import MAX_UNCLEAR, Chart, Notice
from whyspike.messages.blocks import escaped
from whyspike.messages.charts.png import png
from whyspike.messages.owner_message import assembled
from whyspike.model import Severity
from whyspike.wire.slack import Posted, Slack
from whyspike.wire.table.notices import NoticeTable

logger = logging.getLogger(__name__)

_STARTS = {NoticeKind.NEW, NoticeKind.PLANNED}
_LOUD = {
    NoticeKind.NEW,
    NoticeKind.ESCALATED,
    NoticeKind.SNOOZE_ENDED,
    NoticeKind.REOPENED,
}  # shown in the channel too when in a thread
_WORTH_SHOWING = {Severity.HIGH, Severity.CRITICAL}
_ENDS = {NoticeKind.RESOLVED, NoticeKind.RESTATED}
_NO_CHANNEL = {
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "channel_is_archived",
    "restricted_action",
    "no_permission",
}
_LOOK_BACK = (
    3 * 86_400
)  # seconds of a channel's history that are searched for a message without an answer
_WAITS = 5  # seconds that a reply waits for the root message of its thread


@dataclass(frozen=True)
class _Place:
    channel: str
    thread_ts: str | None = None
    root: Notice | None = None  # the message that this one answers, of another incident


@dataclass(frozen=True)
class SlackMessages:
    table: NoticeTable
    slack: Slack
    default_channel: str
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def send(self, notice: Notice, channel: str, scan_date: date) -> bool:
        """Sends a claimed notice; False when it was set aside, because two deliveries got no answer
        and nobody can look whether one arrived. Raises InFlight when another run has taken it
        over."""
        place = self._place(notice, channel)
        posted, can_look = self._arrived(notice, place)
        if posted is None and notice.unclear >= MAX_UNCLEAR and not can_look:
            self.table.set_aside(notice, scan_date)
            return False
        if posted is None:
            notice = replace(notice, chart_file=self._upload(notice))
            notice, place, posted = self._post(notice, place)
            if (
                place.channel.startswith("#") and self.slack.has_threads
            ):  # a webhook tells no channel
                self.table.learn_channel(place.channel, posted.channel)
        if place.root is not None:
            self._show(self.table.add_other(place.root.notice_id, notice.incident_id, notice.line))
        if notice.kind in _ENDS and self.slack.has_threads:
            self.table.ask_redraw(notice.incident_id, self.clock())
        sent = self.table.mark_sent(
            notice, posted.channel, posted.ts, self.clock(), place.thread_ts
        )
        if self._answered_since(sent):
            self.table.ask_redraw(notice.incident_id, self.clock())
        return True

    def redraw(self, account_id: str) -> None:
        """Brings the messages of the account up to date where an incident has ended or somebody has
        answered. What Slack does not take now is left to the next scan."""
        for incident_id, asked in self.table.redraws(account_id).items():
            incident = self.table.incidents.read(incident_id)
            text, final = standing(incident) if incident else (None, False)
            notices = [
                self.table.set_outcome(notice, text, final)
                for notice in self.table.delivered(incident_id)
            ]
            if all(self._show(notice) for notice in notices):
                self.table.redrawn(incident_id, asked)

    def answer(self, incident: Incident, pressed: Pressed, heard: bool) -> None:
        """Shows in the pressed message what became of the incident; its other messages follow with
        the next scan. Where the press came too late to change anything (`heard` is False), the
        person is told so."""
        text, final = standing(incident)
        delivered = self.table.delivered(incident.incident_id)
        shown = self._pressed(delivered, pressed)
        if shown is None:
            return
        if self.slack.has_threads and len(delivered) > 1:
            self.table.ask_redraw(incident.incident_id, self.clock())
        drawn = self.table.set_outcome(shown, text, final)
        if not self.slack.has_threads:
            self._guarded(drawn, lambda: self.slack.respond(pressed.response_url, assembled(drawn)))
        elif not self._show(drawn):
            self.table.ask_redraw(incident.incident_id, self.clock())
        if not heard and pressed.response_url:
            said = (
                f"Nothing to change any more: {text}" if text else "Nothing to change: it is open."
            )
            self._guarded(drawn, lambda: self.slack.whisper(pressed.response_url, said))

    def _pressed(self, delivered: tuple[Notice, ...], pressed: Pressed) -> Notice | None:
        """The message whose button it was; one that is just being marked as sent is not in
        `delivered` yet."""
        if pressed.notice_id:
            return next(
                (n for n in delivered if n.notice_id == pressed.notice_id), None
            ) or self._stored(pressed.notice_id)
        return next(
            (n for n in delivered if n.ts == pressed.message_ts),
            delivered[-1] if delivered else None,
        )

    def _stored(self, notice_id: str) -> Notice | None:
        try:
            return self.table.read(notice_id)
        except KeyError:
            return None

    def _place(self, notice: Notice, channel: str) -> _Place:
        if not self.slack.has_threads:
            return _Place(channel)
        if notice.note:  # an earlier attempt was refused where it was meant for
            return _Place(self.default_channel)
        incident = self.table.incidents.read(notice.incident_id)
        if incident and incident.thread:
            return _Place(incident.thread.channel, incident.thread.ts)
        root = self._root(notice, channel) if notice.kind in _STARTS else None
        return _Place(root.channel or channel, root.ts, root) if root else _Place(channel)

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

    def _arrived(self, notice: Notice, place: _Place) -> tuple[Posted | None, bool]:
        """Where an earlier attempt that got no answer did arrive, and whether that could be looked
        up."""
        if not notice.unclear:
            return None, True
        channel_id = self.table.channel_id(place.channel) if self.slack.has_threads else None
        if channel_id is None:
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

    def _post(self, notice: Notice, place: _Place) -> tuple[Notice, _Place, Posted]:
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
                elsewhere = _Place(self.default_channel)
                return noted, elsewhere, self._posted(noted, elsewhere)
            if notice.chart_file and error.code.startswith(
                "invalid_blocks"
            ):  # Slack has not processed the image yet
                plain = replace(notice, chart_file=None)
                return plain, place, self._posted(plain, place)
            raise

    def _posted(self, notice: Notice, place: _Place) -> Posted:
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
        incident = self.table.incidents.read(notice.incident_id) if notice.ts else None
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

    def _show(self, notice: Notice) -> bool:
        if not (notice.ts and notice.channel and self.slack.has_threads):
            return True
        channel, ts = notice.channel, notice.ts
        return self._guarded(notice, lambda: self.slack.update(channel, ts, assembled(notice)))

    def _guarded(self, notice: Notice, update: Callable[[], None]) -> bool:
        """An update of a delivered message is no news: a failure only shows in the log. False when
        it may go through later."""
        try:
            update()
        except (Refused, Unreachable, Uncertain, Throttled) as error:
            logger.warning("message of %s not updated: %s", notice.notice_id, error)
            return isinstance(error, Refused)
        return True


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
