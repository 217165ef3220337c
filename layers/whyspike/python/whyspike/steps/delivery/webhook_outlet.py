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
from whyspike.steps.delivery.one_way import OneWay, sent_again
from whyspike.steps.delivery.outbox import Landing
from whyspike.wire.webhook import Webhook

logger = logging.getLogger(__name__)

_PAUSES = (1.0, 3.0)  # seconds before what was not delivered is sent once more


@dataclass(frozen=True)
class WebhookOutlet(OneWay):
    webhook: Webhook
    clock: Callable[[], float] = field(default=lambda: time.time())
    sleep: Callable[[float], None] = field(default=lambda seconds: time.sleep(seconds))

    def ready(self) -> None:
        """Nothing is known before it is called."""

    def send(self, notices: Sequence[Notice]) -> tuple[Landing, ...]:
        return tuple(self._sent(notice) for notice in notices)

    def _sent(self, notice: Notice) -> Landing:
        document = as_sent(notice)
        body = json.dumps(document, ensure_ascii=False).encode()

        def post() -> None:
            headers = self.webhook.signed(str(document["id"]), int(self.clock()), body)
            self.webhook.post(body, headers)

        sent_again(post, (Throttled, Unreachable), _PAUSES, self.sleep)
        logger.info("change %s sent to %s", notice.notice_id, self.webhook.name)
        return Landing(notice, self.webhook.name)
