"""Changes of an owner's incidents to the owner's webhook, signed."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from whyspike.errors import Throttled, Unreachable
from whyspike.incidents.notices import Notice
from whyspike.messages.change_event import as_sent
from whyspike.steps.delivery.outbox import Landing
from whyspike.wire.webhook import Webhook

logger = logging.getLogger(__name__)

_PAUSES = (1.0, 3.0)  # seconds before what was not delivered is sent once more


@dataclass(frozen=True)
class WebhookOutlet:
    webhook: Webhook
    clock: Callable[[], float] = field(default=lambda: time.time())
    sleep: Callable[[float], None] = field(default=lambda seconds: time.sleep(seconds))

    def ready(self) -> None:
        """Nothing is known before it is called."""

    def find(self, _notice: Notice) -> tuple[None, bool]:
        """Nobody can ask a webhook what it got."""
        return None, False

    def send(self, notices: Sequence[Notice]) -> tuple[Landing, ...]:
        return tuple(self._sent(notice) for notice in notices)

    def settle(self, _landing: Landing, mark: Callable[[], Notice]) -> None:
        mark()

    def _sent(self, notice: Notice) -> Landing:
        document = as_sent(notice)
        body = json.dumps(document, ensure_ascii=False).encode()
        for pause in (*_PAUSES, None):
            headers = self.webhook.signed(str(document["id"]), int(self.clock()), body)
            try:
                self.webhook.post(body, headers)
                break
            except (Throttled, Unreachable):  # nothing was taken
                if pause is None:
                    raise
                self.sleep(pause)
        logger.info("change %s sent to %s", notice.notice_id, self.webhook.name)
        return Landing(notice, self.webhook.name)
