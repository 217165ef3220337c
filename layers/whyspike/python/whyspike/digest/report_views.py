"""Makes the views of the report from what a scan stored. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from whyspike.digest.lines import by_size, goes_on, group_of, span, word_of
from whyspike.digest.report import DriverView, EvidenceView, IncidentView, PartView
from whyspike.incidents.incident import Ending, Incident
from whyspike.knowledge.categories import plain_category
from whyspike.knowledge.events import normalise_event_name
from whyspike.knowledge.naming import plain_name
from whyspike.messages.compose import summed
from whyspike.messages.links import event_link, incident_link, resource_link, thread_link
from whyspike.messages.numbers import above_expected, spend
from whyspike.messages.phrases import change, headline, shape
from whyspike.model import (
    AccountScan,
    Actor,
    Anomaly,
    EvidenceItem,
    Explanation,
    Finding,
    IncidentState,
    Kind,
    RecordClass,
)
from whyspike.model.common_causes import Bond
from whyspike.model.digests import Digest, DigestLine
from whyspike.model.evidence import StoredEvidence
from whyspike.payload import to_json
from whyspike.words.amounts import dollars
from whyspike.words.days import day, moment, moment_of
from whyspike.words.services import service_name, with_service_names

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_PERMISSION_SET = "AWSReservedSSO_"  # of IAM Identity Center: the session names the person
MAX_RESOURCES = 3  # linked for each cause
_DAYS = 42  # of the chart: six weeks show the weekly pattern


def incident_view(
    incident: Incident,
    happened: str,
    scan_date: date,
    found: AccountScan | None,
    explanation: Explanation | None,
    evidence: StoredEvidence | None,
    history: Sequence[tuple[str, str, str]],
    partition: str = "aws",
) -> IncidentView:
    """One incident with whatever is stored about it; what is missing stays empty in the report."""
    costs = summed(found.costs, incident)[-_DAYS:] if found else ()
    dates = found.costs.dates[-_DAYS:] if found and costs else ()
    low, high = (
        float(sum(getattr(member.anomaly, name) for member in incident.current))
        for name in ("expected_low", "expected_high")
    )
    last = scan_date if goes_on(incident, scan_date) else incident.last_excess
    banded = [
        incident.onset <= each <= last for each in dates
    ]  # what is expected of these days says nothing of the others
    view = IncidentView(
        incident_id=incident.incident_id,
        account_id=incident.account_id,
        account_name=incident.account_name,
        owner=incident.owner.name if incident.owner else "unowned",
        title=headline(incident),
        happened=word_of(incident, happened, scan_date),
        when=span(incident, scan_date),
        kind=shape(incident.leading.kind),
        state=str(incident.state),
        severity=str(incident.severity),
        onset=incident.onset,
        ongoing=goes_on(incident, scan_date),
        told=incident.told is not None,
        numbers=_numbers(incident, scan_date),
        reason=incident.leading.reason,
        dates=dates,
        costs=costs,
        band_low=[low if each else None for each in banded],
        band_high=[high if each else None for each in banded],
        parts=_parts(incident),
        evidence=[_evidence(item) for item in evidence.items] if evidence else [],
        history=history,
        per_day=float(incident.per_day) if goes_on(incident, scan_date) else 0.0,
        in_all=float(incident.impact),
        links=_links(incident, explanation, partition),
    )
    return _with_why(view, explanation)


def listed(
    found: Sequence[tuple[Incident, str]], digest: Digest, scan_date: date
) -> list[tuple[Incident, str, DigestLine | None]]:
    """The incidents that the report shows, what goes on first, the largest excess a day before the
    others. Those that have one cause are one, with its line: the account that was looked into for
    all."""
    shared = {
        share.incident_id: line
        for lines in digest.lines.values()
        for line in lines
        for share in line.accounts
    }
    samples = {
        shared[incident.incident_id].incident_id: incident.incident_id
        for incident, _ in found
        if incident.incident_id in shared and _was_looked_into(incident)
    }
    shown = []
    for incident, word in sorted(found, key=lambda each: by_size(each[0], scan_date)):
        line = shared.get(incident.incident_id)
        sample = samples.get(line.incident_id, line.incident_id) if line else incident.incident_id
        if group_of(incident, word, scan_date) and sample == incident.incident_id:
            shown.append((incident, word, line))
    return shown


def shared_view(view: IncidentView, line: DigestLine) -> IncidentView:
    """The view of the account that was looked into, as that of all accounts of the line."""
    return replace(
        view,
        incident_id=line.incident_id,
        severity=str(line.severity),
        onset=line.onset,
        per_day=line.per_day_usd,
        in_all=line.impact_usd,
        shared=line,
    )


def _links(
    incident: Incident, explanation: Explanation | None, partition: str
) -> list[tuple[str, str]]:
    """Where the account's owner looks next: the costs, the message and its thread, the resources
    that carry the costs, and the call that began them."""
    links = [("Cost Explorer", incident_link(incident, partition))]
    if incident.thread:
        links.append(("Slack thread", thread_link(incident.thread)))
    for finding in explanation.findings if explanation else ():
        region, event = finding.driver.region, finding.actor.event
        if event and region and _REGION.fullmatch(region):
            named = normalise_event_name(event)
            links.append((f"CloudTrail: {named}", event_link(region, event, partition)))
        resources = [
            (plain_name(each), resource_link(each, incident.account_id, partition))
            for each in finding.driver.resource_ids
        ]
        links += [(name, url) for name, url in resources if url][:MAX_RESOURCES]
    return list(dict.fromkeys(links))


def history_row(
    at: datetime, scan_date: date | None, kind: str, by: str, detail: str
) -> tuple[str, str, str]:
    """(time, scan date or nothing, what happened) of one entry of an incident's history."""
    who = "" if by == "whyspike" else f" by {by}"
    said = (
        detail
        if detail.lower().startswith(kind.replace("-", " "))
        else f"{kind}{who}{': ' if detail else ''}{detail}"
    )
    return moment(at, year=True), day(scan_date) if scan_date else "", said


def _numbers(incident: Incident, scan_date: date) -> list[str]:
    """The owner's words while they hold; what became of it afterwards."""
    if incident.state is IncidentState.RESTATED:
        return [f"AWS corrected the bill: {change(incident)}"]
    if goes_on(incident, scan_date) or not (incident.ongoing or incident.is_closed):
        return spend(incident)
    end = (
        "it stayed where it is and counts as normal"
        if incident.ending is Ending.NEW_BASELINE
        else f"last on {day(incident.last_excess)}"
    )
    return [f"*{above_expected(incident)}* in all since {day(incident.onset, year=True)}; {end}"]


def _parts(incident: Incident) -> list[PartView]:
    """A row for each anomaly, where the title alone does not say it."""
    found = [member.anomaly for member in incident.current]
    if len(found) == 1 and found[0].usage_type is None:
        return []
    return [
        PartView(
            _where(a),
            dollars(a.actual_spend),
            dollars(a.expected_spend),
            dollars(a.impact),
            _shape(a),
        )
        for a in found
    ]


def _shape(anomaly: Anomaly) -> str:
    """ "higher since Thu 5 Nov"; of its first day nobody knows whether it stays."""
    if anomaly.ongoing and anomaly.kind is Kind.LEVEL_SHIFT and anomaly.onset == anomaly.usage_date:
        return f"since yesterday, {day(anomaly.onset)}"
    past = "on" if anomaly.onset == anomaly.usage_date else "from"
    return f"{shape(anomaly.kind)} {'since' if anomaly.ongoing else past} {day(anomaly.onset)}"


def _where(anomaly: Anomaly) -> str:
    charge = (
        None
        if anomaly.record_class is RecordClass.USAGE
        else f"on the bill as {anomaly.record_class}"
    )
    return ", ".join(filter(None, (service_name(anomaly.service), anomaly.usage_type, charge)))


def _with_why(view: IncidentView, explanation: Explanation | None) -> IncidentView:
    if explanation is None:
        return replace(view, notes=("No explanation could be written; the scan's log says why.",))
    return replace(
        view,
        text=with_service_names(explanation.text),
        fix=with_service_names(explanation.fix),
        commands=explanation.commands,
        confidence=explanation.confidence,
        written_by=explanation.written_by,
        notes=explanation.notes,
        gaps=[str(gap) for gap in explanation.gaps],
        drivers=[_driver(finding) for finding in explanation.findings],
    )


def _driver(finding: Finding) -> DriverView:
    driver, actor = finding.driver, finding.actor
    service = service_name(driver.service)
    tags = [
        f"{name}={value}"
        for name, value in (("team", driver.tag_team), ("env", driver.tag_env))
        if value
    ]
    where = [
        part
        for part in (
            service,
            driver.usage_type,
            driver.region,
            driver.record_type,
            *tags,
        )
        if part
    ]
    resources = (
        f"; {', '.join(map(plain_name, driver.resource_ids[:5]))}"
        + (" …" if len(driver.resource_ids) > 5 else "")
        if driver.resource_ids
        else ""
    )
    who = {"none": "nobody changed anything", "unknown": "cannot be told"}.get(actor.kind)
    event = actor.event and normalise_event_name(actor.event)
    named = " ".join(part for part in (_person(actor), event) if part)
    at = moment_of(actor.event_time)
    when = f", {at}" if at else ""
    return DriverView(
        plain_category(finding.category),
        ", ".join(where) + resources,
        who or f"{named}{when}".strip(),
        finding.excess_usd_per_day,
    )


def _person(actor: Actor) -> str:
    """Of a permission set whoever used it; of another role, the role and its session."""
    name, session = actor.name or "", actor.session or ""
    if not session or name.startswith(_PERMISSION_SET):
        return session or name
    return f"{name} ({session})"


def _evidence(item: EvidenceItem) -> EvidenceView:
    content = to_json(item.content, without_none=True)
    return EvidenceView(item.id, item.source, item.request, content, item.gap)


def _was_looked_into(incident: Incident) -> bool:
    return incident.tie is not None and incident.tie.bond is Bond.LOOKED_INTO
