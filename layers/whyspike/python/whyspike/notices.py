"""A message on its way: stored with the incident before it is sent, leased while it is sent, marked when Slack confirmed it.

pending --claim--> sending --answer--> sent
   ^                  |--refused, throttled: not delivered--> pending
   |                  |--no answer, or the sender died-----> pending, `unclear` + 1 ("may be a repeat")
   '------------------'                                       unconfirmed after the second time: never a third message
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from whyspike.incidents import NoticeKind
from whyspike.model import Owner, Severity

LEASE_SECONDS = 45  # longer than one delivery takes: a few calls of 10 s and Retry-After waits of 20 s at most
MOST_UNCLEAR = 2


class NoticeStatus(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    UNCONFIRMED = "unconfirmed"  # Slack gave no answer twice; listed in the digest
    NOWHERE = "nowhere"  # the owner has neither a channel nor an address that is configured; listed in the digest


@dataclass(frozen=True)
class Message:
    """What a person reads. `text` is the notification and the e-mail subject, `blocks` are Slack blocks."""

    text: str
    blocks: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Chart:
    """The daily costs that the chart shows; the days follow `start` without a gap."""

    start: date
    costs: tuple[float | None, ...]
    expected_low: float
    expected_high: float
    onset: date


@dataclass(frozen=True)
class Notice:
    notice_id: str  # "<incident_id>#0001"
    incident_id: str
    account_id: str
    kind: NoticeKind
    scan_id: str
    scan_date: date
    owner: Owner
    severity: Severity
    message: Message
    line: str  # the incident in one line of mrkdwn, for a message that lists several
    chart: Chart | None = None
    status: NoticeStatus = NoticeStatus.PENDING
    unclear: int = 0  # deliveries that got no answer
    lease_until: float = 0.0  # epoch seconds
    sent_at: datetime | None = None
    channel: str | None = None  # where it was delivered
    ts: str | None = None
    chart_file: str | None = None  # Slack's id of the uploaded chart
    outcome: str | None = None  # mrkdwn of ours, "Acknowledged by <@U1>"
    is_final: bool = False  # after this outcome there is nothing left to answer: no buttons
    others: Mapping[str, str] = field(default_factory=dict)  # other incidents told in this message's thread: incident id -> line


def notice_id(incident_id: str, number: int) -> str:
    """The id of an incident's `number`th message (from 1); the order of ids is the order of messages."""
    return f"{incident_id}#{number:04d}"


def in_flight(notice: Notice, now: float) -> bool:
    """Somebody is sending it, or died less than a lease ago."""
    return notice.status is NoticeStatus.SENDING and notice.lease_until > now


def unclear_after_lease(notice: Notice) -> int:
    """Unclear deliveries when the notice is claimed again: a lease that ran out may have delivered."""
    return notice.unclear + (1 if notice.status is NoticeStatus.SENDING else 0)
