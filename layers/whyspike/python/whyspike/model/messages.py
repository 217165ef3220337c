"""What people read, as it travels: in Slack and by e-mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Message:
    """What a person reads. `text` is the notification and the e-mail subject, `blocks` are Slack
    blocks."""

    text: str
    blocks: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Mail:
    """A message as an e-mail."""

    subject: str
    text: str
    html: str
