"""From a change that is to be told to the message that is stored: its owner, its chart, its
text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from whyspike.incidents.incident import Incident, scope_of
from whyspike.incidents.judgement import Change
from whyspike.incidents.notices import Chart, Notice, Share, notice_id
from whyspike.incidents.owners import OwnerSettings, find_owner
from whyspike.incidents.page_links import PageLink
from whyspike.messages.owner_message import Facts, render
from whyspike.messages.phrases import line, what, when
from whyspike.messages.templates.own import OwnTexts
from whyspike.model import Account, DailyCosts, Explanation, Scan

_CHART_DAYS = 42
_NOTHING = Decimal("0.01")  # a day: less was expected, and the charge is new


def with_owner(
    change: Change,
    account: Account,
    explanation: Explanation | None,
    settings: OwnerSettings,
    tag_keys: Sequence[str],
) -> Incident:
    """The incident after the change, with its owner; who was told once stays the owner, so that the
    thread stays theirs.

    `tag_keys` are the cost allocation tags by which the bill was drilled down: that of the team,
    then that of the environment.
    """
    before, after = change.before, change.after
    if before and before.owner and before.notices:
        return replace(after, owner=before.owner)
    driver = explanation.findings[0].driver if explanation and explanation.findings else None
    tags: Mapping[str, str] = (
        dict(zip(tag_keys, (driver.tag_team or "", driver.tag_env or ""), strict=False))
        if driver
        else {}
    )
    return replace(after, owner=find_owner(account, tags, settings))


def compose(
    change: Change,
    scan: Scan,
    costs: DailyCosts,
    explanation: Explanation | None,
    bucket: str,
    buttons: bool,
    partition: str = "aws",
    page: PageLink | None = None,
    own: OwnTexts | None = None,
) -> Notice | None:
    """The notice of a change whose `after` has its owner, in the team's words where `own` has some;
    None when nobody is told."""
    incident = change.after
    if change.notice is None or incident.owner is None:
        return None
    chart = chart_of(incident, costs)
    previous = change.before.told if change.before else None
    name = notice_id(incident.incident_id, incident.notices)
    facts = Facts(incident, explanation, chart, bucket, page, buttons, name, previous, partition)
    facts = replace(facts, own=own) if own else facts
    return Notice(
        notice_id=name,
        incident_id=incident.incident_id,
        account_id=incident.account_id,
        kind=change.notice,
        scan_id=scan.scan_id,
        scan_date=scan.scan_date,
        owner=incident.owner,
        severity=incident.severity,
        message=render(change.notice, facts),
        line=line(incident),
        chart=chart,
        share=_share(incident),
    )


def _share(incident: Incident) -> Share | None:
    if incident.tie is None:
        return None
    return Share(
        incident.tie,
        incident.account_name or incident.account_id,
        what(incident),
        when(incident),
        incident.ongoing,
        float(incident.per_day if incident.ongoing else incident.impact),
        incident.expected_spend < _NOTHING,
    )


def chart_of(incident: Incident, costs: DailyCosts) -> Chart | None:
    """The last weeks of what the incident's numbers are made of; None where the bill has no such
    series."""
    daily = summed(costs, incident)[-_CHART_DAYS:]
    if not daily:
        return None
    low, high = (
        float(sum(getattr(member.anomaly, name) for member in incident.current))
        for name in ("expected_low", "expected_high")
    )
    last = (
        None if incident.ongoing else max(member.anomaly.usage_date for member in incident.current)
    )
    return Chart(
        costs.dates[-1] - timedelta(days=len(daily) - 1),
        daily,
        low,
        high,
        incident.leading.onset,
        last,
    )


def summed(costs: DailyCosts, incident: Incident) -> tuple[float | None, ...]:
    """The daily costs of all the anomalies that the incident's numbers add up; empty where the bill
    has none of their series."""
    scopes = {scope_of(member.anomaly) for member in incident.current}
    wanted = [s.costs for s in costs.series if (s.service, s.record_class, s.usage_type) in scopes]
    return tuple(
        None if all(cost is None for cost in day) else sum(cost or 0.0 for cost in day)
        for day in zip(*wanted, strict=True)
    )
