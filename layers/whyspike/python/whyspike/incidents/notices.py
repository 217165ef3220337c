"""A message on its way: stored with the incident before it is sent, leased while it is sent, marked
when Slack confirmed it.

pending --claim--> sending --answer--> sent
   ^                  |--refused, throttled: not delivered--> pending
   |                  |--no answer, or the sender died-----> pending, `unclear` + 1
   |                  '--no answer twice, and nowhere to look whether it arrived--> unconfirmed
   '----------------------------------------------------------the next scan----------'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from whyspike.incidents.incident import NoticeKind
from whyspike.model import Message, Owner, Severity
from whyspike.model.common_causes import Tie

LEASE_SECONDS = 45
DELIVERY_SECONDS = (
    30  # what all calls and waits of one delivery take together: it ends well before its lease
)
MAX_UNCLEAR = (
    2  # deliveries without an answer in one scan, where nobody can look whether they arrived
)


MAX_WAIT = timedelta(days=14)  # for a channel, an address or Slack itself

_DIGEST = "digest-"
EVENT_BUS = "events"  # the target that every change of every incident goes to
_WEBHOOK, _TEAMS = "webhook:", "teams:"


class NoticeStatus(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    UNCONFIRMED = (  # no answer twice: listed in the digest, and told once more by the next scan
        "unconfirmed"
    )
    # for MAX_WAIT the owner had neither a channel nor an address that is configured
    NOWHERE = "nowhere"


@dataclass(frozen=True)
class Chart:
    """The daily costs that the chart shows; the days follow `start` without a gap."""

    start: date
    costs: tuple[float | None, ...]
    expected_low: float
    expected_high: float
    onset: date
    last: date | None = None  # the last day of an anomaly that is over


@dataclass(frozen=True)
class Share:
    """The part of one account in a message about a cause that several have. `usd` is a day while
    it goes on, else in all."""

    tie: Tie
    account_name: str
    what: str
    when: str
    going: bool
    usd: float
    is_new: bool  # nothing was billed for it before


@dataclass(frozen=True)
class Notice:
    notice_id: str  # "<incident_id>#0001", "digest-<scan_id>"
    incident_id: str  # "": about no single one, which a digest is
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
    set_aside_on: date | None = None  # scan date on which it became unconfirmed
    sent_at: datetime | None = None
    channel: str | None = None  # where it was delivered
    ts: str | None = None
    chart_file: str | None = None  # Slack's id of the uploaded chart
    note: str | None = None  # mrkdwn of ours above the message: why it stands in another channel
    outcome: str | None = None  # mrkdwn of ours, "Acknowledged by <@U1>"
    is_final: bool = False  # after this outcome there is nothing left to answer: no buttons
    share: Share | None = None  # set where it goes out with those of the owner's other accounts
    joined: tuple[str, ...] = ()  # the notices that this one's message tells as well
    joined_in: str | None = None  # the notice whose message tells this one
    reached: Message | None = None  # of a digest sent anew: what its reader has already
    target: str = ""  # "events", "webhook:<name>"; "": the owner's Slack or e-mail
    document: str = ""  # JSON, for a target that machines read
    others: Mapping[str, str] = field(
        default_factory=dict
    )  # other incidents told in this message's thread: incident id -> line


def notice_id(incident_id: str, number: int) -> str:
    """The id of an incident's `number`th message (from 1); the order of ids is the order of
    messages."""
    return f"{incident_id}#{number:04d}"


def targets_of_owner(owner: Owner | None) -> tuple[str, ...]:
    """The targets that each change of the owner's incidents goes to."""
    return (f"{_WEBHOOK}{owner.webhook}",) if owner and owner.webhook else ()


def teams_of(target: str) -> str | None:
    """The name of the Teams channel that a target is; None for another target."""
    return target.removeprefix(_TEAMS) if target.startswith(_TEAMS) else None


def by_teams(notice: Notice, number: int = 1) -> tuple[Notice, tuple[Notice, ...]]:
    """The `number`th message about something with its copy for Microsoft Teams, where its owner has
    a channel there. Where the owner has nothing else, the message itself goes there."""
    owner = notice.owner
    if owner.teams is None:
        return notice, ()
    there = replace(notice, target=f"{_TEAMS}{owner.teams}")
    if not (owner.channel or owner.email):
        return there, ()
    about = notice.incident_id or notice.notice_id
    copy_id = change_id(about, number, there.target.replace(":", "-"))
    return notice, (replace(there, notice_id=copy_id),)


def webhook_of(target: str) -> str | None:
    """The name of the webhook that a target is; None for another target."""
    return target.removeprefix(_WEBHOOK) if target.startswith(_WEBHOOK) else None


def change_id(incident_id: str, version: int, target: str = "") -> str:
    """The id of the change that made the incident's `version`: the same however often it is sent.
    With a target, the id of the notice that brings it there."""
    return f"{incident_id}{'@' + target if target else ''}#{version:04d}"


def incident_of(notice_id: str) -> str:
    """The incident that a notice of that id is about."""
    return notice_id.rpartition("#")[0].partition("@")[0]


def digest_id(scan_id: str) -> str:
    """The id of the notice that is a scan's digest."""
    return f"{_DIGEST}{scan_id}"


def scan_of_digest(notice_id: str) -> str | None:
    """The scan whose digest has this id, its copy for a target included; None when it is no
    digest's."""
    if not notice_id.startswith(_DIGEST):
        return None
    return notice_id.removeprefix(_DIGEST).partition("@")[0]


def digest_notice(scan_id: str, scan_date: date, channel: str, message: Message) -> Notice:
    """A scan's digest on its way: a notice that is about no single incident."""
    return Notice(
        notice_id=digest_id(scan_id),
        incident_id="",
        account_id="",
        kind=NoticeKind.DIGEST,
        scan_id=scan_id,
        scan_date=scan_date,
        owner=Owner("FinOps", "digest", channel or None),
        severity=Severity.LOW,
        message=message,
        line="",
    )


def digest_in_teams(scan_id: str, scan_date: date, name: str, message: Message) -> Notice:
    """A scan's digest on its way to a channel in Microsoft Teams."""
    digest = digest_notice(scan_id, scan_date, "", message)
    target = f"{_TEAMS}{name}"
    copy_id = change_id(digest.notice_id, 1, target.replace(":", "-"))
    owner = replace(digest.owner, teams=name)
    return replace(digest, notice_id=copy_id, owner=owner, target=target)


def in_flight(notice: Notice, now: float) -> bool:
    """Somebody is sending it, or died less than a lease ago."""
    return notice.status is NoticeStatus.SENDING and notice.lease_until > now


def goes_by_mail(owner: Owner, has_slack: bool, sender: str) -> bool:
    """The owner has an address, and no channel that Slack could reach. `sender` is empty where no
    mail is sent."""
    return bool(owner.email and sender) and not (owner.channel and has_slack)


def is_due(notice: Notice, scan_date: date) -> bool:
    """It waits to be sent by a scan of that date; what one scan set aside is for a later one."""
    if notice.status is NoticeStatus.UNCONFIRMED:
        return notice.set_aside_on is not None and notice.set_aside_on < scan_date
    return notice.status in {NoticeStatus.PENDING, NoticeStatus.SENDING}


def is_old(notice: Notice, scan_date: date) -> bool:
    """It has waited so long for a place to go to that it is no news any more."""
    return scan_date - notice.scan_date > MAX_WAIT


def unclear_when_claimed(notice: Notice) -> int:
    """Unclear deliveries when the notice is claimed again: a lease that ran out may have delivered;
    what was set aside gets one more."""
    if notice.status is NoticeStatus.UNCONFIRMED:
        return MAX_UNCLEAR - 1
    return notice.unclear + (1 if notice.status is NoticeStatus.SENDING else 0)
