"""One message about one cause in several accounts of an owner. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from whyspike.incidents.incident import SEVERITIES, NoticeKind
from whyspike.incidents.notices import Notice, Share
from whyspike.messages.blocks import Block, context, fitting, section, within_limits
from whyspike.messages.phrases import SIGN
from whyspike.messages.ties import cause_words
from whyspike.model import Message
from whyspike.model.common_causes import Bond
from whyspike.words.amounts import counted, dollars
from whyspike.words.mrkdwn import escaped
from whyspike.words.safe import one_line

MAX_LISTED = 260  # characters, the largest accounts first; the report has all of them
_ALERTS = {
    NoticeKind.NEW: "",
    NoticeKind.ESCALATED: "Escalated: ",
    NoticeKind.SNOOZE_ENDED: "Still going after the snooze: ",
    NoticeKind.REOPENED: "Back again: ",
}
_ENDS = {
    NoticeKind.PLANNED: ":calendar: *As planned: ",
    NoticeKind.CORRECTED: ":pencil2: *AWS corrected the bill: ",
    NoticeKind.RESOLVED: ":white_check_mark: *Resolved: ",
    NoticeKind.NOW_NORMAL: ":heavy_minus_sign: *No longer unusual: ",
    NoticeKind.RESTATED: ":white_check_mark: *Restated, the bill was corrected: ",
}


def by_cause(notices: Sequence[Notice]) -> list[list[Notice]]:
    """Those that one message tells together: of one cause and kind, to one place. Each group
    begins with the notice that stands for it."""
    groups: dict[object, list[Notice]] = {}
    for notice in notices:
        share, owner = notice.share, notice.owner
        key = (
            (share.tie.cause_id, notice.kind, owner.channel, owner.email, _whose(notice))
            if share
            else notice.notice_id
        )
        groups.setdefault(key, []).append(notice)
    return [sorted(group, key=_rank) for group in groups.values()]


def joined(group: Sequence[Notice], in_all: int = 0) -> Notice:
    """The first notice of the group with the message about all of them; a single one says how many
    others have the cause. `in_all` is the number of accounts that have it, whoever owns them."""
    head = group[0]
    shares = [notice.share for notice in group if notice.share]
    if not shares:
        return head
    if len(group) == 1:
        return _of_one(head, shares[0], in_all)
    return replace(
        head,
        message=_message(head, shares, in_all),
        severity=max((notice.severity for notice in group), key=SEVERITIES.index),
        chart=None,
        joined=tuple(notice.notice_id for notice in group[1:]),
    )


def _of_one(head: Notice, share: Share, in_all: int) -> Notice:
    if in_all <= 1 or head.kind not in _ALERTS:
        return head
    first, *details = head.message.blocks
    cause = cause_words([share.tie], share.is_new, in_all)
    said = context(f"One cause: {escaped(cause, 300)}{_others(in_all, [share])}.")
    return replace(
        head, message=replace(head.message, blocks=within_limits([first, said, *details]))
    )


def _others(in_all: int, shares: Sequence[Share]) -> str:
    """Where somebody did it in more accounts than are listed, their owner is not the one to undo
    it."""
    if not any(share.tie.change for share in shares):
        return ""
    return (
        f". {in_all} accounts of the organisation have it: ask who did it before you undo it here"
    )


def _whose(notice: Notice) -> str:
    """Owners without a place of their own share the default channel, and not a message."""
    return notice.owner.name


def _rank(notice: Notice) -> tuple[bool, float, str]:
    """What was looked into first, then the largest."""
    share = notice.share
    looked_into = share is not None and share.tie.bond is Bond.LOOKED_INTO
    return not looked_into, -abs(share.usd if share else 0.0), notice.notice_id


def _message(head: Notice, shares: Sequence[Share], in_all: int) -> Message:
    first = shares[0]
    total = dollars(sum(share.usd for share in shares), sign=True)
    rate = f"{total} a day" if all(share.going for share in shares) else f"{total} together"
    number = counted(len(shares), "account")
    name = f"{escaped(first.what)} in {number}"
    text = f"{number}: {first.what} {rate} {first.when}"
    if head.kind not in _ALERTS:
        blocks = [section(f"{_ENDS[head.kind]}{name}*, {rate} {first.when}")]
        return Message(one_line(text, 300), within_limits([*blocks, _listed(shares)]))
    is_new = all(share.is_new for share in shares)
    cause = cause_words([share.tie for share in shares], is_new, in_all)
    said = f"{SIGN[head.severity]} {_ALERTS[head.kind]}*{name}: {rate}* ({first.when})"
    if in_all > len(shares):
        cause += _others(in_all, shares)
    details: list[Block] = [
        block
        for block in head.message.blocks[1:]
        if block.get("block_id") not in ("chart", "feedback")
    ]
    answers = [block for block in head.message.blocks if block.get("block_id") == "feedback"]
    blocks = [
        section(f"{said}\n*One cause:* {escaped(cause, 220)}"),
        _listed(shares),
        context(f"In {escaped(first.account_name, 80)}:"),
        *details,
        *([context("An answer counts for all accounts listed.")] if answers else []),
        *answers,
    ]
    return Message(one_line(text, 300), within_limits(blocks))


def _listed(shares: Sequence[Share]) -> Block:
    ordered = sorted(shares, key=lambda share: -abs(share.usd))
    lines = [
        f"• {escaped(share.account_name, 60)}: {dollars(share.usd, sign=True)}"
        + (" a day" if share.going else "")
        for share in ordered
    ]
    return section(fitting(lines, MAX_LISTED, "• and {} more"))
