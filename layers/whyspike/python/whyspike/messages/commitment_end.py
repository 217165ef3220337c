"""What an owner reads before a Savings Plan or reservation ends. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from whyspike.incidents.incident import NoticeKind
from whyspike.incidents.notices import Notice
from whyspike.messages.blocks import Block, context, section, within_limits
from whyspike.messages.templates.kinds import ENDS
from whyspike.messages.templates.own import OwnTexts
from whyspike.messages.templates.values import Mrkdwn
from whyspike.model import Message, Owner, Scan, Severity
from whyspike.words.mrkdwn import escaped
from whyspike.words.safe import one_line

_SEVERITIES = {30: Severity.LOW, 7: Severity.MEDIUM, 1: Severity.HIGH}  # by threshold, in days
MAX_LISTED = 10
_METHOD = (
    "On demand is what the usage of the bill's last days would have cost without it (of a plan the"
    " median of 3 days, of a reservation the mean of 7; what several plans cover is shared out by"
    " their commitments). Its own cost is its fees, and what was paid upfront spread over the term."
)
_DO = (
    "*First:* see whether the usage stays (Cost Explorer, recommendations), then buy or queue the"
    " next one before this one ends. Once the next is queued, and as large, it is told no more."
)


@dataclass(frozen=True)
class OwnersEnd:
    """One commitment that ends, in words; plain text. `usage` is where the owner's part of the
    usage is, "" where that is not known."""

    what: str  # "Compute Savings Plan ends on Fri 13 Nov, in 7 days"
    price: str
    usage: str
    threshold: int


def commitment_notice(
    scan: Scan,
    account_id: str,
    owner: Owner,
    ends: Sequence[OwnersEnd],
    own: OwnTexts | None = None,
) -> Notice:
    """One message to one owner about all that ends and was not told before, in the team's words
    where `own` has some. `account_id` is the account of the owner that it lies with until it is
    delivered."""
    whose = hashlib.sha256(f"{owner.channel}|{owner.email}|{owner.name}".encode()).hexdigest()[:8]
    text = ends[0].what if len(ends) == 1 else f"{ends[0].what}, and {len(ends) - 1} more"
    listed: list[Block] = [section(_said(end)) for end in ends[:MAX_LISTED]]
    rest = len(ends) - MAX_LISTED
    more = [context(f"and {rest} more in the report")] if rest > 0 else []
    blocks = [*listed, *more, section(_DO), context(_METHOD)]
    blocks = (own and own.blocks(ENDS, lambda: _values(owner, ends))) or blocks
    return Notice(
        notice_id=f"{account_id}-ending-{scan.scan_date}-{whose}",
        incident_id="",
        account_id=account_id,
        kind=NoticeKind.COMMITMENT_ENDS,
        scan_id=scan.scan_id,
        scan_date=scan.scan_date,
        owner=owner,
        severity=_SEVERITIES[min(end.threshold for end in ends)],
        message=Message(one_line(text, 300), within_limits(blocks)),
        line=escaped(text, 300),
    )


def _values(owner: Owner, ends: Sequence[OwnersEnd]) -> dict[str, Any]:
    """For a team's template."""
    return {
        "owner": owner.name,
        "ends": [{**asdict(end), "price": _first(end.price)} for end in ends[:MAX_LISTED]],
        "more": max(len(ends) - MAX_LISTED, 0),
        "first": Mrkdwn(_DO),
        "method": Mrkdwn(_METHOD),
    }


def _said(end: OwnersEnd) -> str:
    usage = f" It is used {escaped(end.usage, 400)}." if end.usage else ""
    return f":calendar: *{escaped(end.what, 300)}*\n{escaped(_first(end.price), 400)}.{usage}"


def _first(text: str) -> str:
    return text[:1].upper() + text[1:]
