"""Changes of incidents onto an event bus."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from whyspike.incidents.incident import NoticeKind
from whyspike.incidents.notices import Notice
from whyspike.messages.change_event import as_sent
from whyspike.steps.delivery.one_way import OneWay
from whyspike.steps.delivery.outbox import Landing
from whyspike.wire.event_bus import COMMITMENT_ENDS, DETAIL_TYPE, EventBus

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class EventOutlet(OneWay):
    bus: EventBus

    def ready(self) -> None:
        self.bus.check()

    def send(self, notices: Sequence[Notice]) -> tuple[Landing, ...]:
        """One request for each: of several in one, some may be taken and others not."""
        return tuple(self._sent(notice) for notice in notices)

    def _sent(self, notice: Notice) -> Landing:
        about_ends = notice.kind is NoticeKind.COMMITMENT_ENDS
        detail_type = COMMITMENT_ENDS if about_ends else DETAIL_TYPE
        event_id = self.bus.put(json.dumps(as_sent(notice), ensure_ascii=False), detail_type)
        logger.info("change %s put on %s as event %s", notice.notice_id, self.bus.name, event_id)
        return Landing(notice, f"event-bus:{self.bus.name}", event_id)
