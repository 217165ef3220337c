"""The digest as a Slack message for the FinOps channel: one line on a quiet day, otherwise what
needs somebody first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from whyspike.digest.beside_aws import beside_words
from whyspike.digest.commitment_ends import end_words, share_words
from whyspike.digest.figures import figure_words, metric_words
from whyspike.digest.lines import is_excess
from whyspike.digest.month_words import month_lines, month_title
from whyspike.messages.blocks import (
    MAX_CHARACTERS,
    SECTION,
    Block,
    context,
    section,
    within_limits,
)
from whyspike.messages.phrases import SIGN
from whyspike.messages.templates.kinds import DIGEST, DIGEST_LINE
from whyspike.messages.templates.own import OwnTexts
from whyspike.messages.templates.values import Mrkdwn
from whyspike.model import CostMetric, IncidentState, Message
from whyspike.model.commitments import CommitmentEnd
from whyspike.model.digests import (
    AccountDays,
    Digest,
    DigestLine,
    Group,
    PracticeFigures,
    Shortfall,
    TargetShortfall,
)
from whyspike.words.amounts import counted, dollars
from whyspike.words.days import day
from whyspike.words.mrkdwn import code, escaped, link

_ROOM = MAX_CHARACTERS - 500  # characters of a message; Slack counts the names of the blocks too
_LINES = 12  # of one list; the report has all of them
_NAMES = 3  # accounts of a common cause; the report has all of them
_MORE = 50  # characters of "… and 1,204 more in the report"
TITLES = {
    Group.FOUND: "New",
    Group.ESCALATED: "Escalated",
    Group.PLANNED: "Announced beforehand",
    Group.ONGOING: "Still going",
    Group.OVER: "Over: back within the expected spend, closed when it stays there",
    Group.RESOLVED: "Ended",
    Group.NOW_NORMAL: "A new level, counted as normal from now on",
    Group.RESTATED: "Vanished: the bill was corrected",
    Group.RECURRING: "Expected, nobody was told: charges that came a quarter to a year ago",
    Group.GROWING: "Slow growth, nobody was told: said when it begins and when it has doubled",
    Group.DROPS: "Dropped, nobody was told",
    Group.MINOR: "Too small to tell anybody",
}
_REASONED = {Group.RECURRING, Group.GROWING}  # whose lines say why, and not who owns them
_SILENT_STATES = {IncidentState.OPEN, IncidentState.RESOLVED, IncidentState.RESTATED}
_NOTES = {
    "snooze-ended": ", still going after its snooze",
    "reopened": ", back again",
    "corrected": ", less since AWS corrected the bill",
}


@dataclass(frozen=True)
class _Listed:
    """A titled list; `lines` are mrkdwn."""

    title: str
    lines: Sequence[str]

    def block(self, shown: int) -> Block:
        rest = (
            [f"… and {len(self.lines) - shown:,} more in the report"]
            if shown < len(self.lines)
            else []
        )
        return section(
            "\n".join([f"*{self.title}*", *(f"• {line}" for line in self.lines[:shown]), *rest])
        )

    def values(self, shown: int) -> dict[str, Any]:
        """For a template."""
        return {
            "title": self.title,
            "lines": [Mrkdwn(line) for line in self.lines[:shown]],
            "more": len(self.lines) - shown,
        }

    def size(self, shown: int) -> int:
        return len(self.title) + _MORE + sum(len(line) + 4 for line in self.lines[:shown])


def digest_message(
    digest: Digest, report_url: str, console_url: str = "", own: OwnTexts | None = None
) -> Message:
    """The message, written by the team's template where `own` has one. `report_url` opens the
    report without a sign-in until its signer's session ends, `console_url` in the S3 console for as
    long as it is kept; both are links that we made, or empty."""
    of_day = day(digest.scan_date, year=True)
    later = f" opens for some hours, {link(console_url, 'S3')} after that" if console_url else ""
    report = f"{link(report_url, 'Report')}{later}" if report_url else ""
    if is_quiet(digest):
        text = f"whyspike, {of_day}: {digest.headline}"
        top = [section(f"*whyspike, {of_day}*  {escaped(digest.headline, 300)}  {report}")]
        bottom = [*_days(digest), *_beside_aws(digest), _cost(digest)]
        lists = _within(_room(top, bottom), _months(digest))
    else:
        text = f"{of_day}: {_total(digest)}. {digest.headline}"
        top = [
            section(f"*{of_day}: {_total(digest)}*{_month(digest)}"),
            context(escaped(digest.headline, 300), *([report] if report else [])),
        ]
        bottom = [
            *_days(digest),
            *_left_out(digest),
            *_beside_aws(digest),
            *_figures(digest.figures),
            _cost(digest),
        ]
        lists = _within(_room(top, bottom), _lists(digest))
    if own:
        line = own.line(DIGEST_LINE, lambda: {"line": text, **_line_values(digest)})
        text = line or text
    if own and (blocks := own.blocks(DIGEST, lambda: _values(digest, report, lists, bottom))):
        return Message(text, within_limits(blocks))
    return Message(text, (*top, *(listed.block(shown) for listed, shown in lists), *bottom))


def _room(*parts: Sequence[Block]) -> int:
    """What the lists may take beside the other parts."""
    return _ROOM - len(json.dumps([block for part in parts for block in part], ensure_ascii=False))


def _values(
    digest: Digest, report: str, lists: Sequence[tuple[_Listed, int]], small: Sequence[Block]
) -> dict[str, Any]:
    """For a team's template."""
    return {
        **_line_values(digest),
        "month": Mrkdwn(_month(digest)),
        "report": Mrkdwn(report),
        "lists": [listed.values(shown) for listed, shown in lists],
        "small": [Mrkdwn(each["text"]) for block in small for each in block["elements"]],
    }


def _line_values(digest: Digest) -> dict[str, Any]:
    """For a team's template of the lock screen's line."""
    scope = digest.coverage
    return {
        "date": day(digest.scan_date, year=True),
        "quiet": is_quiet(digest),
        "headline": digest.headline,
        "total": _total(digest),
        "per_day": digest.daily_excess_usd,
        "accounts": {"in_scope": scope.in_scope, "scanned": scope.scanned},
    }


def _going(digest: Digest) -> list[DigestLine]:
    """What adds to the dollars a day above expected."""
    return [line for lines in digest.lines.values() for line in lines if is_excess(line)]


def _total(digest: Digest) -> str:
    """ "$1,607 a day more than expected, in 6 of 14 accounts" """
    if not digest.daily_excess_usd:
        return "nothing goes on above the expected spend"
    accounts = len({each for line in _going(digest) for each in line.account_ids})
    return (
        f"{dollars(digest.daily_excess_usd)} a day more than expected, in {accounts} of"
        f" {counted(digest.coverage.in_scope, 'account')}"
    )


def _month(digest: Digest) -> str:
    monthly = sum(line.monthly_usd for line in _going(digest))
    return f" (about {dollars(monthly)} a month if nothing changes)" if monthly > 0 else ""


def is_quiet(digest: Digest) -> bool:
    """Nothing for anybody to read but the one line."""
    coverage = digest.coverage
    loud = sum(
        count
        for group, count in digest.counts.items()
        if group not in {Group.ONGOING, Group.OVER, Group.MINOR}
    )
    failed = (
        coverage.not_scanned
        or coverage.no_bill
        or coverage.owners_not_told
        or coverage.not_explained
        or coverage.settings
        or coverage.not_asked
        or coverage.targets
        or any(end.is_due for end in digest.ends)
    )
    weekly = digest.month is not None and any(
        line.unanswered_days for lines in digest.lines.values() for line in lines
    )
    return not (loud or failed or weekly or digest.scan_cost.capped)


def _title(group: Group, digest: Digest) -> str:
    """With what goes on, how many and how much: each was told before, and the money is theirs; and
    how many of them nobody has answered."""
    lines = digest.lines[group]
    a_day = sum(line.per_day_usd for line in lines if is_excess(line))
    if group is not Group.ONGOING or not a_day:
        return TITLES[group]
    waiting = sum(bool(line.unanswered_days) for line in lines)
    answers = f", {waiting} without an answer" if waiting else ""
    return f"{TITLES[group]} ({len(lines)}, {dollars(a_day)} a day{answers})"


def _lists(digest: Digest) -> list[_Listed]:
    """Every list that has lines, in the order of the message."""
    coverage = digest.coverage
    lists = [
        _Listed(
            _title(group, digest),
            [_reasoned(line) if group in _REASONED else _incident(line) for line in lines],
        )
        for group in TITLES
        if (lines := digest.lines.get(group, ()))
    ]
    lists += _months(digest)
    lists += [
        _Listed("Not scanned", [_account(row) for row in coverage.not_scanned]),
        _Listed("No bill yet", [_account_days(row) for row in coverage.no_bill]),
        _Listed("Not explained", [_account(row) for row in coverage.not_explained]),
        _Listed("Owner not told", [_account(row) for row in coverage.owners_not_told]),
        _Listed("Not delivered", [_target(row) for row in coverage.targets]),
        _Listed(
            "Settings that were left aside",
            [escaped(problem, 300) for problem in coverage.settings],
        ),
        _Listed(
            "Ends soon",
            [escaped(_end(end), 600) for end in digest.ends if end.is_due],
        ),
        _Listed("Could not be asked", [escaped(each, 400) for each in coverage.not_asked]),
        _Listed(
            "Needs an owner",
            [
                f"*{escaped(row.name)}* {row.account_id}: {escaped(row.remedy, 300)}"
                for row in digest.unowned
            ],
        ),
    ]
    return [listed for listed in lists if listed.lines]


def _months(digest: Digest) -> list[_Listed]:
    return [_Listed(month_title(digest.month), month_lines(digest.month))] if digest.month else []


def _within(room: int, lists: Sequence[_Listed]) -> list[tuple[_Listed, int]]:
    """The lists, each with how many of its lines are shown, in `room` characters in all: each in
    turn gets one more, so that no long list hides a short one."""
    shown = [0] * len(lists)
    growing = set(range(len(lists)))
    while growing:
        for at in sorted(growing):
            more = shown[at] + 1
            used = sum(listed.size(count) for listed, count in zip(lists, shown, strict=True))
            grown = used - lists[at].size(shown[at]) + lists[at].size(more)
            if (
                more > min(len(lists[at].lines), _LINES)
                or lists[at].size(more) > SECTION
                or grown > room
            ):
                growing.discard(at)
            else:
                shown[at] = more
    return list(zip(lists, shown, strict=True))


def _incident(line: DigestLine) -> str:
    state = "" if line.state in _SILENT_STATES else f", {line.state}"
    owner = "has no owner" if line.owner == "unowned" else f"owner {escaped(line.owner, 80)}"
    if line.accounts:
        names = ", ".join(escaped(each.account_name, 40) for each in line.accounts[:_NAMES])
        more = len(line.accounts) - _NAMES
        rest = f" and {more} more" if more > 0 else ""
        owner = f"{escaped(line.cause, 300)}: {names}{rest}; {escaped(line.owner, 80)}"
    elif line.cause:
        owner = f"{escaped(line.cause, 300)}, {owner}"
    waits = (
        f", no answer for {counted(line.unanswered_days, 'day')}" if line.unanswered_days else ""
    )
    said = f"{line.amount} {line.when}{state}{_NOTES.get(line.happened, '')}{waits}"
    return f"{SIGN[line.severity]} *{escaped(line.title)}*: {said}, {owner}"


def _reasoned(line: DigestLine) -> str:
    said = f"{line.amount} {line.when}. {escaped(line.reason, 400)}"
    return f"{SIGN[line.severity]} *{escaped(line.title)}*: {said}"


def _account(row: Shortfall) -> str:
    remedy = f"{escaped(row.remedy, 160)}; then {code(row.again)}"
    said = f"{escaped(row.reason, 240)}. Remedy: {remedy}"
    return f"*{escaped(row.name, 60)}* {row.account_id}: {said}"


def _target(row: TargetShortfall) -> str:
    remedy = f" Remedy: {escaped(row.remedy, 160)}" if row.remedy else ""
    return (
        f"*{escaped(row.name, 60)}*: {counted(row.waiting, 'message')} since {day(row.since)}:"
        f" {escaped(row.reason, 240)}.{remedy} The next scan sends what waits"
    )


def _account_days(row: AccountDays) -> str:
    return f"*{escaped(row.name, 60)}* {row.account_id}".rstrip() + f": {escaped(row.reason, 240)}"


def _together(rows: Sequence[AccountDays]) -> list[AccountDays]:
    """Rows that say the same as one: a day without a scan is missing in every account."""
    groups: dict[str, list[AccountDays]] = {}
    for row in rows:
        groups.setdefault(row.reason, []).append(row)
    return [
        replace(same[0], account_id="", name=counted(len(same), "account"))
        if len(same) > 1
        else same[0]
        for same in groups.values()
    ]


def _days(digest: Digest) -> list[Block]:
    """Days that count for nothing, came late, or are too few: said also on a quiet day."""
    scope = digest.coverage
    rows = [
        *scope.never_judged,
        *scope.not_judged,
        *scope.gaps,
        *_together(scope.judged_late),
        *scope.months_unknown,
    ]
    rest = [f"… and {len(rows) - _LINES:,} more in the report"] if len(rows) > _LINES else []
    said = [f"{_account_days(row)}." for row in rows[:_LINES]]
    return [context("\n".join([*said, *rest]))] if rows else []


def _left_out(digest: Digest) -> list[Block]:
    left_out = digest.coverage.left_out
    states = ", ".join(sorted(f"{row.account_id} {row.state}" for row in left_out[:_LINES]))
    rest = f" and {len(left_out) - _LINES} more" if len(left_out) > _LINES else ""
    return [context(f"Not in scope: {states}{rest}")] if left_out else []


def _end(end: CommitmentEnd) -> str:
    used = share_words(end)
    return f"{end_words(end)}; {used}" if used else end_words(end)


def _beside_aws(digest: Digest) -> list[Block]:
    said = beside_words(digest.beside_aws) if digest.beside_aws else ""
    return [context(escaped(said, 900))] if said else []


def _figures(figures: PracticeFigures) -> list[Block]:
    parts = figure_words(figures)
    return [context(f"Last {figures.period_days} days: {', '.join(parts)}")] if parts else []


def _cost(digest: Digest) -> Block:
    cost = digest.scan_cost
    claude = (
        f", Claude {cost.claude_tokens:,} tokens ({dollars(cost.claude_usd)})"
        if cost.claude_requests
        else ""
    )
    capped = f". *Cut off by its cap:* {', '.join(cost.capped)}" if cost.capped else ""
    asked = f"{counted(cost.ce_requests, 'Cost Explorer request')} ({dollars(cost.ce_usd)})"
    metric = "" if set(digest.metrics) <= {CostMetric.UNBLENDED} else metric_words(digest.metrics)
    return context(
        f"This scan cost {dollars(cost.total_usd)}: {asked}{claude}{capped}",
        *([metric] if metric else []),
    )
