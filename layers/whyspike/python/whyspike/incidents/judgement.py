"""What a scan means for the incidents of an account: begun, gone on, escalated, ended, restated;
and whether the owner is told.

Pure and repeatable: judging the outcome of a scan by the same scan again changes nothing and tells
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from whyspike.incidents.corrections import corrected, still_high
from whyspike.incidents.incident import (
    SEVERITIES,
    Ending,
    Incident,
    Member,
    NoticeKind,
    Rules,
    as_told,
    foreseen,
    scope_of,
)
from whyspike.incidents.matching import Sighting, match
from whyspike.incidents.planned import PlannedActivity, plan_in_force, plan_of
from whyspike.model import AccountScan, Anomaly, DailyCosts, IncidentState

_LIVE = {IncidentState.OPEN, IncidentState.ACKNOWLEDGED, IncidentState.SNOOZED}


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
) -> tuple[Change, ...]:
    """Every incident of the account that the scan began, saw or ended. Incidents that a newer scan
    has judged stay as they are: a redriven old scan closes nothing. Notices are only decided here;
    `told` of `after` already counts them as delivered.
    """
    rules = rules or Rules()
    today = scan.scan.scan_date
    current = [incident for incident in incidents if incident.last_scan_date <= today]
    newer = [incident for incident in incidents if incident.last_scan_date > today]
    sightings = match(scan.items, incidents, today, rules)
    seen = {s.incident.incident_id for s in sightings if s.incident}
    changes = [_seen(s, scan, plans, rules) for s in sightings if s.incident not in newer]
    changes += [
        _unseen(i, scan.costs, today, rules)
        for i in current
        if i.incident_id not in seen and i.state in _LIVE
    ]
    return tuple(changes)


def _seen(
    sighting: Sighting, scan: AccountScan, plans: Sequence[PlannedActivity], rules: Rules
) -> Change:
    today, before = scan.scan.scan_date, sighting.incident
    if before is None:
        after = _begun(sighting, scan)
    else:
        after = replace(
            before,
            members=_merged(before.members, sighting.anomalies, scan.costs, today),
            last_scan_date=today,
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
    after = replace(after, plan=plan or after.plan, planned=plan.summary if plan else after.planned)
    notice = _notice_of_sighting(before, after, plan is not None, today, rules)
    return _tell(before, _moved(before, after, notice, today, rules), notice, today)


def _begun(sighting: Sighting, scan: AccountScan) -> Incident:
    today, anomalies = scan.scan.scan_date, sighting.anomalies
    return Incident(
        incident_id=sighting.incident_id,
        account_id=scan.account.account_id,
        account_name=scan.account.name,
        onset=min(anomaly.onset for anomaly in anomalies),
        state=IncidentState.OPEN,
        members=_by_impact(Member(anomaly, today) for anomaly in anomalies),
        first_scan_date=today,
        last_scan_date=today,
        last_seen=today,
        scan_id=scan.scan.scan_id,
        item_id=sighting.item.item_id,
        alert=any(anomaly.alert for anomaly in anomalies),
    )


def _merged(
    members: Sequence[Member], anomalies: Sequence[Anomaly], costs: DailyCosts, today: date
) -> tuple[Member, ...]:
    """The members with what was seen now; one that was not seen stays with its last figures, unless
    its bill was corrected."""
    now = {
        scope_of(anomaly): Member(anomaly, today)
        for anomaly in sorted(anomalies, key=lambda a: abs(a.impact))
    }
    return _by_impact(
        [*now.values(), *corrected([m for m in members if m.scope not in now], costs)]
    )


def _by_impact(members: Iterable[Member]) -> tuple[Member, ...]:
    return tuple(
        sorted(
            members,
            key=lambda m: (-abs(m.anomaly.impact), m.anomaly.service, m.anomaly.usage_type or ""),
        )
    )


def _notice_of_sighting(
    before: Incident | None, after: Incident, planned: bool, today: date, rules: Rules
) -> NoticeKind | None:
    told = after.told
    if not after.alert or (
        before and before.state is IncidentState.EXPECTED and not escalated(after, today, rules)
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
    if escalated(after, today, rules):
        return NoticeKind.ESCALATED
    if (
        after.state is IncidentState.SNOOZED
        and after.snoozed_until
        and today >= after.snoozed_until
        and after.ongoing
    ):
        return NoticeKind.SNOOZE_ENDED
    return (
        NoticeKind.CORRECTED
        if before and after.state in _LIVE and _shrunk(before, after, rules)
        else None
    )


def _shrunk(before: Incident, after: Incident, rules: Rules) -> bool:
    """The bill was corrected to less than half of what the last message let one expect: the total
    since the onset cannot fall otherwise, while a spend that merely goes down adds less from day to
    day."""
    expected = foreseen(after.told, after.last_excess) if after.told else Decimal(0)
    return (
        after.impact < before.impact
        and after.impact * 2 <= expected
        and expected - after.impact >= rules.escalation_minimum_usd
    )


def _returned(before: Incident, after: Incident) -> bool:
    """A closed incident is seen again: not the same days still in view, but new days of excess, or
    a correction taken back."""
    if before.ending is Ending.BACK_TO_EXPECTED:
        return after.last_excess > before.last_excess
    return before.ending is Ending.RESTATED


def escalated(incident: Incident, today: date, rules: Rules) -> bool:
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
            (incident.impact, foreseen(told, today)),
            (incident.per_day if incident.ongoing else Decimal(0), told.per_day),
        )
        if now - before >= minimum
    ]
    worse = SEVERITIES.index(incident.severity) > SEVERITIES.index(told.severity)
    return max(growth, default=Decimal(0)) >= (
        rules.severity_factor if worse else rules.escalation_factor
    )


def _moved(
    before: Incident | None, after: Incident, notice: NoticeKind | None, today: date, rules: Rules
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
        and before.last_scan_date < today
        and today - after.last_excess >= timedelta(days=rules.settle_days)
    )
    if after.state in _LIVE and notice is None and over:
        return replace(
            after, state=IncidentState.RESOLVED, ended_on=today, ending=Ending.BACK_TO_EXPECTED
        )
    return after


def _unseen(before: Incident, costs: DailyCosts, today: date, rules: Rules) -> Change:
    """The scan did not see the incident: the bill took every day of it back, it is over, or it is
    quiet for a day."""
    left = corrected(before.members, costs)
    if not left:
        after = replace(
            before,
            last_scan_date=today,
            state=IncidentState.RESTATED,
            ended_on=today,
            ending=Ending.RESTATED,
        )
        return _tell(before, after, NoticeKind.RESTATED if before.told else None, today)
    after = replace(before, last_scan_date=today, members=_by_impact(left))
    if today - after.last_excess >= timedelta(days=rules.settle_days):
        still = any(still_high(member, costs) for member in after.current)
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
        notice = NoticeKind.RESOLVED
    if notice is None:
        return Change(before, after)
    return Change(
        before,
        replace(after, told=as_told(after, notice, today), notices=after.notices + 1),
        notice,
    )
