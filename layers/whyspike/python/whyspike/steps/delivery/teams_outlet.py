"""Owners' messages into Microsoft Teams, through a workflow's webhook.

The connectors that workflows replaced answer HTTP 200 also to what they could not post, and say so
in the text alone; a workflow may be built that answers as they did.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from whyspike.errors import Throttled, Uncertain, Unreachable
from whyspike.incidents.notices import Notice
from whyspike.messages.adaptive_card import adaptive_card
from whyspike.messages.joined import joined
from whyspike.steps.delivery.one_way import OneWay, sent_again
from whyspike.steps.delivery.outbox import Landing
from whyspike.wire.webhook import Webhook

logger = logging.getLogger(__name__)

_PACE = 0.3  # seconds between two messages: Teams takes four a second
_FAILED = "message delivery failed"
_FAILED_WITH = re.compile(r"returned HTTP error ([345]\d\d)\b")
_PAUSES = (2.0, 5.0, 10.0)  # seconds before what Teams throttled is sent once more


@dataclass(frozen=True)
class TeamsOutlet(OneWay):
    """`webhook` listens."""

    webhook: Webhook
    sleep: Callable[[float], None] = field(default=lambda seconds: time.sleep(seconds))

    def ready(self) -> None:
        """Nothing is known before it is called."""

    def send(self, notices: Sequence[Notice]) -> tuple[Landing, ...]:
        """One card about all of them, which are of one cause."""
        told = joined(notices)
        body = json.dumps(adaptive_card(told)).encode()

        def post() -> None:
            self.sleep(_PACE)
            self._judge(self.webhook.post(body, {}))

        sent_again(post, (Throttled, Unreachable), _PAUSES, self.sleep)
        logger.info("notice %s sent to %s", told.notice_id, self.webhook.name)
        return tuple(Landing(notice, self.webhook.name) for notice in notices)

    def _judge(self, said: str) -> None:
        """Raises what a text means that tells of a failure."""
        if status := _FAILED_WITH.search(said):
            self.webhook.judge(int(status[1]))
        if _FAILED in said.casefold():
            raise Uncertain(f"{self.webhook.name} said that it did not post the message")
