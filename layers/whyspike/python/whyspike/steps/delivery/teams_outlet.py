"""Owners' messages into Microsoft Teams, through a workflow's webhook."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from whyspike.errors import Throttled, Unreachable
from whyspike.incidents.notices import Notice
from whyspike.messages.adaptive_card import adaptive_card
from whyspike.steps.delivery.outbox import Landing
from whyspike.wire.webhook import Webhook

logger = logging.getLogger(__name__)

_PACE = 0.3  # seconds between two messages: Teams takes four a second
_PAUSES = (2.0, 5.0, 10.0)  # seconds before what Teams throttled is sent once more


@dataclass(frozen=True)
class TeamsOutlet:
    webhook: Webhook
    sleep: Callable[[float], None] = field(default=lambda seconds: time.sleep(seconds))

    def ready(self) -> None:
        """Nothing is known before it is called."""

    def find(self, _notice: Notice) -> tuple[None, bool]:
        """A workflow tells nothing of what it posted."""
        return None, False

    def send(self, notices: Sequence[Notice]) -> tuple[Landing, ...]:
        return tuple(self._sent(notice) for notice in notices)

    def settle(self, _landing: Landing, mark: Callable[[], Notice]) -> None:
        mark()

    def _sent(self, notice: Notice) -> Landing:
        body = json.dumps(adaptive_card(notice)).encode()
        for pause in (*_PAUSES, None):
            self.sleep(_PACE)
            try:
                self.webhook.post(body, {})
                break
            except (Throttled, Unreachable):  # nothing was taken
                if pause is None:
                    raise
                self.sleep(pause)
        logger.info("notice %s sent to %s", notice.notice_id, self.webhook.name)
        return Landing(notice, self.webhook.name)
