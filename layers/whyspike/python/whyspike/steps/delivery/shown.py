"""Messages of incidents that stand in Slack already, brought up to date where an incident has ended
or somebody has answered."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from whyspike.errors import Refused, Throttled, Uncertain, Unreachable
from whyspike.incidents.feedback import Pressed
from whyspike.incidents.incident import Incident
from whyspike.incidents.notices import Notice
from whyspike.messages.outcomes import standing
from whyspike.messages.owner_message import assembled
from whyspike.wire.slack import Slack
from whyspike.wire.table.notices import NoticeTable

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ShownMessages:
    table: NoticeTable
    slack: Slack
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def redraw(self, account_id: str) -> None:
        """Brings the messages of the account up to date where an incident has ended or somebody has
        answered. What Slack does not take now is left to the next scan."""
        for incident_id, asked in self.table.redraws(account_id).items():
            incident = self.table.incidents.read(incident_id)
            text, final = standing(incident) if incident else (None, False)
            notices = [  # a message about several is not one incident's to close
                self.table.set_outcome(notice, text, final)
                for notice in self.table.delivered(incident_id)
                if not (notice.joined or notice.joined_in)
            ]
            if all(self.show(notice) for notice in notices):
                self.table.redrawn(incident_id, asked)

    def answer(self, incident: Incident, pressed: Pressed, heard: bool) -> None:
        """Shows in the pressed message what became of the incident; its other messages, marked when
        the answer was stored, follow with the next scan. Where the press came too late to change
        anything (`heard` is False), the person is told so."""
        text, final = standing(incident)
        delivered = self.table.delivered(incident.incident_id)
        shown = self._pressed(delivered, pressed)
        if shown is None:
            return
        drawn = self.table.set_outcome(shown, text, final)
        if not self.slack.has_threads:
            self._guarded(drawn, lambda: self.slack.respond(pressed.response_url, assembled(drawn)))
        elif not self.show(drawn):
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
            ) or self.table.find(pressed.notice_id)
        return next(
            (n for n in delivered if n.ts == pressed.message_ts),
            delivered[-1] if delivered else None,
        )

    def show(self, notice: Notice) -> bool:
        """Updates the message in place; False when it may go through later."""
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
