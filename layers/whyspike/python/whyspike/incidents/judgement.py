"""What a scan means for the incidents of an account: begun, gone on, escalated, ended, restated;
and whether the owner is told. A day of which the bill says nothing counts for nothing: while no new
day is known, no incident ends and no snooze runs out.

Pure and repeatable: judging the outcome of a scan by the same scan again changes nothing and tells
nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from whyspike.incidents.corrections import corrected, still_high, taken_back
from whyspike.incidents.incident import (
    SEVERITIES,
    Ending,
    Incident,
    Member,
    NoticeKind,
    Rules,
    SaidGrowth,
    as_told,
    foreseen,
    scope_of,
)
from whyspike.incidents.matching import Sighting, match
from whyspike.incidents.planned import PlannedActivity, plan_in_force, plan_of
from whyspike.model import AccountScan, Anomaly, DailyCosts, IncidentState

_SATURDAY = 5
_LIVE = {IncidentState.OPEN, IncidentState.ACKNOWLEDGED, IncidentState.SNOOZED}


@dataclass(frozen=True)
class _KnownBill:
    """What a scan's bill says of its days."""

    scan_date: date
    costs: DailyCosts
    known: tuple[date, ...]  # up to the scan date, oldest first

    @property
    def newest(self) -> date | None:
        return self.known[-1] if self.known else None

    def days(self, after: date, until: date = date.max) -> int:
        """Known days after `after`, up to and including `until`."""
        return sum(after < day <= until for day in self.known)

    def quiet_days(self, incident: Incident) -> int:
        """Known days since the last of its excess. A weekend without cost is none where it cost
        something on weekdays alone: Monday says whether it is over."""
        since = [day for day in self.known if day > incident.last_excess]
        anomaly = incident.leading
        series = next(
            (
                s
                for s in self.costs.series
                if (s.service, s.record_class, s.usage_type) == scope_of(anomaly)
            ),
            None,
        )
        if series is None:
            return len(since)
        paid = {d for d, cost in zip(self.costs.dates, series.costs, strict=True) if cost}
        weekends = {d for d in self.known if d >= anomaly.onset and d.weekday() >= _SATURDAY}
        return sum(bool(paid & weekends) or day not in weekends for day in since)

    def is_news_of(self, incident: Incident) -> bool:
        """A day is known that no scan before this one judged the incident by."""
        judged = incident.judged_until or incident.last_scan_date
        return self.newest is not None and self.newest > judged


@dataclass(frozen=True)
class Change:
    """An incident after a scan. `before` is None for a new one; `notice` is None when nobody is
    told."""

    before: Incident | None
    after: Incident
    notice: NoticeKind | None = None


def judge(
    scan: AccountScan,
    incidents: Sequence[Incident],
    plans: Sequence[PlannedActivity] = (),
    rules: Rules | None = None,
    taken: Collection[str] = (),
) -> tuple[Change, ...]:
    """Every incident of the account that the scan began, saw or ended. Incidents that a newer scan
    has judged stay as they are: a redriven old scan closes nothing. Notices are only decided here;
    `told` of `after` already counts them as delivered. `taken` are ids of incidents that could not
    be read.
    """
    rules = rules or Rules()
    today = scan.scan.scan_date
    bill = _KnownBill(
        today, scan.costs, tuple(day for day in scan.costs.known_days if day <= today)
    )
    current = [incident for incident in incidents if incident.last_scan_date <= today]
    newer = [incident for incident in incidents if incident.last_scan_date > today]
    sightings = match(scan.items, incidents, today, rules, taken)
    seen = {s.incident.incident_id for s in sightings if s.incident}
    changes = [_seen(s, scan, bill, plans, rules) for s in sightings if s.incident not in newer]
    changes += [
        _unseen(i, bill, rules) for i in current if i.incident_id not in seen and i.state in _LIVE
    ]
    return tuple(changes)


def _seen(
    sighting: Sighting,
    scan: AccountScan,
    bill: _KnownBill,
    plans: Sequence[PlannedActivity],
    rules: Rules,
) -> Change:
    today, before = scan.scan.scan_date, sighting.incident
    if before is None:
        after = _begun(sighting, scan, bill)
    else:
        after = replace(
            before,
            members=_merged(before.members, sighting.anomalies, bill),
            last_scan_date=today,
            judged_until=bill.newest,
            metric=scan.costs.metric,
            last_seen=today,
            scan_id=scan.scan.scan_id,
            item_id=sighting.item.item_id,
            alert=before.alert or any(anomaly.alert for anomaly in sighting.anomalies),
        )
    in_force = (
        plan_in_force(plans, after.plan)
        if after.told and after.told.notice is NoticeKind.PLANNED
        else plans
    )
    plan = plan_of(in_force, after.account_id, [m.anomaly for m in after.members], after.impact)
    after = replace(after, said_growth=_said_growth(after, today))
    after = replace(after, plan=plan or after.plan, planned=plan.summary if plan else after.planned)
    notice = _notice_of_sighting(before, after, plan is not None, bill, rules)
    return _tell(before, _moved(before, after, notice, bill, rules), notice, today)


def _begun(sighting: Sighting, scan: AccountScan, bill: _KnownBill) -> Incident:
    today, anomalies = scan.scan.scan_date, sighting.anomalies
    return Incident(
        incident_id=sighting.incident_id,
        account_id=scan.account.account_id,
        account_name=scan.account.name,
        onset=min(anomaly.onset for anomaly in anomalies),
        state=IncidentState.OPEN,
        members=_by_impact(Member(anomaly, today, bill.newest) for anomaly in anomalies),
        first_scan_date=today,
        last_scan_date=today,
        judged_until=bill.newest,
        metric=scan.costs.metric,
        last_seen=today,
        scan_id=scan.scan.scan_id,
        item_id=sighting.item.item_id,
        alert=any(anomaly.alert for anomaly in anomalies),
    )


def _merged(
    members: Sequence[Member], anomalies: Sequence[Anomaly], bill: _KnownBill
) -> tuple[Member, ...]:
    """The members with what was seen now; one that was not seen stays with its last figures, unless
    its bill was corrected."""
    now = {
        scope_of(anomaly): Member(anomaly, bill.scan_date, bill.newest)
        for anomaly in sorted(anomalies, key=lambda a: abs(a.impact))
    }
    return _by_impact(
        [*now.values(), *corrected([m for m in members if m.scope not in now], bill.costs)]
    )


def _by_impact(members: Iterable[Member]) -> tuple[Member, ...]:
    return tuple(
        sorted(
            members,
            key=lambda m: (-abs(m.anomaly.impact), m.anomaly.service, m.anomaly.usage_type or ""),
        )
    )


def _notice_of_sighting(
    before: Incident | None, after: Incident, planned: bool, bill: _KnownBill, rules: Rules
) -> NoticeKind | None:
    told = after.told
    if not after.alert or (
        before and before.state is IncidentState.EXPECTED and not _escalated(after, bill, rules)
    ):
        return None
    if told is None:
        return NoticeKind.PLANNED if planned else NoticeKind.NEW
    if planned:
        return None
    if told.notice is NoticeKind.PLANNED:
        return NoticeKind.NEW  # went beyond its plan
    if before and before.is_closed and _returned(before, after):
        return NoticeKind.REOPENED
    if _escalated(after, bill, rules):
        return NoticeKind.ESCALATED
    if (
        after.state is IncidentState.SNOOZED
        and after.snoozed_until
        and bill.newest
        and bill.newest >= after.snoozed_until
        and after.ongoing
    ):
        return NoticeKind.SNOOZE_ENDED
    return (
        NoticeKind.CORRECTED
        if before and after.state in _LIVE and _shrunk(before, after, bill, rules)
        else None
    )


def _said_growth(after: Incident, today: date) -> SaidGrowth | None:
    """Slow growth is news when it begins, and again when it has doubled."""
    before = after.said_growth
    if after.is_growth and (before is None or after.per_day >= 2 * before.per_day):
        return SaidGrowth(today, after.per_day)
    return before


def _shrunk(before: Incident, after: Incident, bill: _KnownBill, rules: Rules) -> bool:
    """The bill was corrected to less than half of what the last message let one expect: the days
    that were told cost less now, while a spend that merely goes down adds less from day to day."""
    if after.told is None:
        return False
    expected = foreseen(after.told, bill.days(after.told.until, after.last_excess))
    return (
        after.impact < before.impact
        and after.impact * 2 <= expected
        and expected - after.impact >= rules.escalation_minimum_usd
        and taken_back(before.current, bill.costs)
    )


def _returned(before: Incident, after: Incident) -> bool:
    """A closed incident is seen again: not the same days still in view, but new days of excess, or
    a correction taken back."""
    if before.ending is Ending.BACK_TO_EXPECTED:
        return after.last_excess > before.last_excess
    return before.ending is Ending.RESTATED


def _escalated(incident: Incident, bill: _KnownBill, rules: Rules) -> bool:
    """The daily impact doubled, the total is twice what the last message let one expect by now, or
    severity rose with half as much again.

    The total of a steady anomaly doubles by itself on its second day; that is no news, so the days
    since are counted at the told rate. Nor is a severity that a few more dollars carried over its
    limit.
    """
    told, minimum = incident.told, rules.escalation_minimum_usd
    if told is None:
        return False
    growth = [
        now / before if before > 0 else rules.escalation_factor
        for now, before in (
            (incident.impact, foreseen(told, bill.days(told.until))),
            (incident.per_day if incident.ongoing else Decimal(0), told.per_day),
        )
        if now - before >= minimum
    ]
    worse = SEVERITIES.index(incident.severity) > SEVERITIES.index(told.severity)
    return max(growth, default=Decimal(0)) >= (
        rules.severity_factor if worse else rules.escalation_factor
    )


def _moved(
    before: Incident | None,
    after: Incident,
    notice: NoticeKind | None,
    bill: _KnownBill,
    rules: Rules,
) -> Incident:
    """The state after a sighting."""
    if notice in {NoticeKind.ESCALATED, NoticeKind.SNOOZE_ENDED, NoticeKind.REOPENED} or (
        notice is NoticeKind.NEW and after.is_closed
    ):
        acknowledged = notice is NoticeKind.ESCALATED and after.state is IncidentState.ACKNOWLEDGED
        return replace(
            after,
            state=after.state if acknowledged else IncidentState.OPEN,
            snoozed_until=None,
            ended_on=None,
            ending=None,
        )
    over = (
        before is not None
        and bill.is_news_of(before)
        and bill.quiet_days(after) >= rules.settle_days
    )
    if after.state in _LIVE and notice is None and over:
        return replace(
            after,
            state=IncidentState.RESOLVED,
            ended_on=bill.scan_date,
            ending=Ending.BACK_TO_EXPECTED,
        )
    return after


def _unseen(before: Incident, bill: _KnownBill, rules: Rules) -> Change:
    """The scan did not see the incident: the bill took every day of it back, it is over, or it is
    quiet for a day."""
    today = bill.scan_date
    judged = replace(before, last_scan_date=today, judged_until=bill.newest or before.judged_until)
    left = corrected(before.members, bill.costs)
    if not left:
        after = replace(
            judged, state=IncidentState.RESTATED, ended_on=today, ending=Ending.RESTATED
        )
        return _tell(before, after, NoticeKind.RESTATED if before.told else None, today)
    after = replace(judged, members=_by_impact(left))
    if bill.quiet_days(after) >= rules.settle_days:
        still = any(still_high(member, bill.costs) for member in after.current)
        after = replace(
            after,
            state=IncidentState.RESOLVED,
            ended_on=today,
            ending=Ending.NEW_BASELINE if still else Ending.BACK_TO_EXPECTED,
        )
        return _tell(before, after, None, today)
    return Change(before, after)


def _tell(
    before: Incident | None, after: Incident, notice: NoticeKind | None, today: date
) -> Change:
    """A resolution is told when the last message said that the incident goes on; a planned activity
    ends in silence."""
    ended = after.state is IncidentState.RESOLVED and before is not None and not before.is_closed
    if (
        notice is None
        and ended
        and after.told
        and after.told.ongoing
        and after.told.notice is not NoticeKind.PLANNED
    ):
        still = after.ending is Ending.NEW_BASELINE
        notice = NoticeKind.NOW_NORMAL if still else NoticeKind.RESOLVED
    if notice is None:
        return Change(before, after)
    return Change(
        before,
        replace(after, told=as_told(after, notice, today), notices=after.notices + 1),
        notice,
    )
