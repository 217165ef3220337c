"""Notices by e-mail: to each owner one message a scan, about all of the owner's accounts."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from whyspike.errors import Throttled
from whyspike.incidents.notices import Notice
from whyspike.messages.joined import by_cause, joined
from whyspike.messages.mail import mail
from whyspike.messages.templates.own import OwnTexts
from whyspike.model import Mail
from whyspike.steps.delivery.one_way import OneWay, sent_again
from whyspike.steps.delivery.outbox import Landing
from whyspike.wire import ses as email

logger = logging.getLogger(__name__)

_PAUSES = (1.0, 2.0, 4.0)  # seconds


@dataclass(frozen=True)
class MailOutlet(OneWay):
    """To one recipient. `answers` is the channel where an answer is heard; may be empty."""

    sender: str
    recipient: str
    answers: str
    own: OwnTexts = field(default_factory=OwnTexts)
    ses: Callable[[], Any] = email.ses_client
    sleep: Callable[[float], None] = lambda seconds: time.sleep(seconds)

    def send(self, notices: Sequence[Notice]) -> tuple[Landing, ...]:
        told = [joined(group) for group in by_cause(notices)]
        message_id = self._posted(mail(told, self.answers, self.own))
        logger.info("%d notices sent by e-mail as %s", len(notices), message_id)
        return tuple(Landing(notice, f"mailto:{self.recipient}") for notice in notices)

    def _posted(self, message: Mail) -> str:
        """SES takes so many messages a second; what it throttles it has not taken."""

        def send() -> str:
            return email.send(self.ses(), self.sender, self.recipient, message)

        return sent_again(send, (Throttled,), _PAUSES, self.sleep)
