"""One incident as a line of the digest, and in which of its lists it stands. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from whyspike.incidents.incident import SEVERITIES, Ending, Incident, NoticeKind
from whyspike.messages.phrases import change, headline, what
from whyspike.messages.ties import cause_words
from whyspike.model import IncidentState
from whyspike.model.digests import AccountShare, DigestLine, Group
from whyspike.words.amounts import counted, dollars
from whyspike.words.days import day, days

_NOTHING = Decimal("0.01")  # a day: less was expected, and the charge is new
_GROUPS = {
    "new": Group.FOUND,
    "reopened": Group.FOUND,
    "planned": Group.PLANNED,
    "escalated": Group.ESCALATED,
    "snooze-ended": Group.ESCALATED,
    "ongoing": Group.ONGOING,
    "acknowledged": Group.ONGOING,
    "snoozed": Group.ONGOING,
    "expected": Group.ONGOING,
    "corrected": Group.ONGOING,
    "quiet": Group.ONGOING,
    "resolved": Group.RESOLVED,
    "now-normal": Group.NOW_NORMAL,
    "restated": Group.RESTATED,
    "recurring": Group.RECURRING,
    "growing": Group.GROWING,
    "drop": Group.DROPS,
    "minor": Group.MINOR,
}  # by what happened


def group_of(incident: Incident, happened: str, scan_date: date) -> Group | None:
    """The list that the incident stands in; None for one that was closed before this scan."""
    group = _GROUPS.get(happened)
    return Group.OVER if group is Group.ONGOING and not goes_on(incident, scan_date) else group


def word_of(incident: Incident, happened: str, scan_date: date) -> str:
    """The word that people read: what is over is not called ongoing."""
    group = group_of(incident, happened, scan_date)
    return group.value if group is Group.OVER else happened


def goes_on(incident: Incident, scan_date: date) -> bool:
    """The scan saw it, it is not closed, and its last judged day was still out of the expected
    band."""
    return incident.ongoing and not incident.is_closed and incident.last_seen >= scan_date


def by_size(incident: Incident, scan_date: date) -> tuple[bool, Decimal]:
    """Sort key: what goes on first, by its dollars a day; then the others, by their dollars in
    all."""
    going = goes_on(incident, scan_date)
    return not going, -abs(incident.per_day if going else incident.impact)


def digest_line(incident: Incident, happened: str, scan_date: date) -> DigestLine:
    """Its money is nothing where AWS took it back."""
    going, restated = goes_on(incident, scan_date), incident.state is IncidentState.RESTATED
    return DigestLine(
        incident_id=incident.incident_id,
        happened=word_of(incident, happened, scan_date),
        account_id=incident.account_id,
        account_name=incident.account_name,
        title=headline(incident),
        what=what(incident),
        service=incident.leading.service,
        services=tuple(dict.fromkeys(member.anomaly.service for member in incident.current)),
        kind=incident.leading.kind,
        severity=incident.severity,
        state=incident.state,
        onset=incident.onset,
        when=span(incident, scan_date),
        goes_on=going,
        amount=_amount(incident, going),
        per_day_usd=to_usd(incident.per_day) if going else 0.0,
        impact_usd=0.0 if restated else to_usd(incident.impact),
        monthly_usd=to_usd(incident.projected_monthly_impact) if going else 0.0,
        owner=incident.owner.name if incident.owner else "unowned",
        reason=incident.leading.reason,
        unanswered_days=_unanswered_days(incident, scan_date),
    )


def _unanswered_days(incident: Incident, scan_date: date) -> int:
    """Since its owner was first told in Slack, while it goes on and nobody has pressed a button; a
    mail has none, and what was announced waits for no answer."""
    told, owner = incident.told, incident.owner
    by_mail = owner is not None and not owner.channel and bool(owner.email)
    if told is None or told.notice is NoticeKind.PLANNED or incident.feedback or by_mail:
        return 0
    waits = incident.state is IncidentState.OPEN and goes_on(incident, scan_date)
    return max((scan_date - told.since).days, 0) if waits else 0


def sharing(incidents: Sequence[Incident], scan_date: date) -> Counter[str]:
    """In how many accounts each common cause goes on, by its id."""
    return Counter(i.tie.cause_id for i in incidents if i.tie and goes_on(i, scan_date))


def joined_lines(
    incidents: Sequence[tuple[Incident, str]], scan_date: date, in_all: Mapping[str, int]
) -> tuple[DigestLine, ...]:
    """The lines of one list, in the order of the incidents; those that have one cause are one
    line, where the first stands. `in_all` is the `sharing` of all lists: one that joined a cause,
    or goes another way than the others, says of how many it is one."""
    groups: dict[tuple[str, bool] | str, list[tuple[Incident, str]]] = {}
    for incident, happened in incidents:
        tie, going = incident.tie, goes_on(incident, scan_date)
        key = (tie.cause_id, going) if tie else incident.incident_id
        groups.setdefault(key, []).append((incident, happened))
    return tuple(_line_of(group, scan_date, in_all) for group in groups.values())


def _line_of(
    group: Sequence[tuple[Incident, str]], scan_date: date, in_all: Mapping[str, int]
) -> DigestLine:
    lines = [digest_line(incident, happened, scan_date) for incident, happened in group]
    first = lines[0]
    if len(lines) == 1:
        tie = group[0][0].tie
        others = in_all.get(tie.cause_id, 0) - first.goes_on if tie else 0
        same = f"the same cause as in {counted(others, 'other account')}"
        return replace(first, cause=same) if others > 0 else first
    incidents = [incident for incident, _ in group]
    number = counted(len(lines), "account")
    states = {line.state for line in lines}
    owners = sorted({line.owner for line in lines} - {"unowned"})
    return replace(
        first,
        title=f"{first.what} in {number}",
        severity=max((line.severity for line in lines), key=SEVERITIES.index),
        state=first.state if len(states) == 1 else IncidentState.OPEN,
        onset=min(line.onset for line in lines),
        amount=_sum_of(incidents, first.goes_on),
        per_day_usd=round(sum(line.per_day_usd for line in lines), 2),
        impact_usd=round(sum(line.impact_usd for line in lines), 2),
        monthly_usd=round(sum(line.monthly_usd for line in lines), 2),
        owner=owners[0] if len(owners) == 1 else f"{len(owners)} owners" if owners else first.owner,
        unanswered_days=max(line.unanswered_days for line in lines),
        accounts=tuple(
            AccountShare(
                line.incident_id,
                line.account_id,
                line.account_name,
                line.owner,
                line.per_day_usd if line.goes_on else line.impact_usd,
            )
            for line in lines
        ),
        cause=cause_words(
            [incident.tie for incident in incidents if incident.tie],
            all(incident.expected_spend < _NOTHING for incident in incidents),
        ),
    )


def _sum_of(incidents: Sequence[Incident], going: bool) -> str:
    """ "+$310 a day together", "over, $541 together" """
    if any(incident.state is IncidentState.RESTATED for incident in incidents):
        was = sum((incident.impact for incident in incidents), Decimal(0))
        return f"was {dollars(was)}, now nothing"
    if going:
        a_day = sum((incident.per_day for incident in incidents), Decimal(0))
        return f"{dollars(a_day, sign=True)} a day together"
    whole = sum((incident.impact for incident in incidents), Decimal(0))
    closed = all(incident.is_closed for incident in incidents)
    return f"{'' if closed else 'over, '}{dollars(whole)} together"


def span(incident: Incident, scan_date: date) -> str:
    """ "since Thu 5 Nov" while it goes on, "on Thu 5 Nov" or "from Mon 2 Nov to Thu 5 Nov" once it
    does not."""
    first, last = incident.onset, incident.last_excess
    if goes_on(incident, scan_date):
        return f"since {day(first)}"
    return days(first, last)


def is_excess(line: DigestLine) -> bool:
    """It adds to the dollars a day above expected: it goes on, and nobody called it expected."""
    return line.per_day_usd > 0 and line.state is not IncidentState.EXPECTED


def _amount(incident: Incident, going: bool) -> str:
    """ "+$212 a day (+340%)", "over, $541 in all", "was $482, now nothing"; of slow growth "+$1,800
    a month by now" """
    if incident.is_growth:
        return f"{dollars(30 * incident.per_day, sign=True)} a month by now"
    if going or incident.is_paid_fee or incident.state is IncidentState.RESTATED:
        return change(incident)
    total = f"{dollars(incident.impact)} in all"
    if incident.is_recurring:
        return total
    if incident.ending is Ending.NEW_BASELINE:
        return f"{total}, now counted as normal"
    return total if incident.is_closed else f"over, {total}"


def to_usd(value: Decimal) -> float:
    return round(float(value), 2)
