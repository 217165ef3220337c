"""What whyspike found beside what AWS's own detector lists. Pure; docs/beside-others.md says how
the two are matched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from whyspike.digest.lines import goes_on, to_usd
from whyspike.incidents.incident import Incident
from whyspike.messages.phrases import headline
from whyspike.model import FeedbackKind, IncidentState
from whyspike.model.aws_anomalies import AwsAnomaly, BesideAws, BesideRow
from whyspike.words.amounts import counted, dollars
from whyspike.words.days import day
from whyspike.words.safe import one_line
from whyspike.words.services import service_name

DAYS = 30  # that are compared
_SLACK = timedelta(days=2)  # the two sides date the same thing up to so far apart
_NAMED = 3  # in the digest; the report has all of them
_ANSWERS = {FeedbackKind.FALSE_ALARM: "NO", FeedbackKind.EXPECTED: "PLANNED_ACTIVITY"}


def compared(
    incidents: Sequence[Incident],
    listed: Sequence[AwsAnomaly],
    names: Mapping[str, str],
    scan_date: date,
    earlier: BesideAws | None,
) -> BesideAws:
    """`incidents` are those that the scans of the last 30 days saw, `listed` is AWS's list, `names`
    gives an account's name by its id, `earlier` is the newest comparison before this one."""
    ours = [i for i in incidents if not i.is_drop and i.state is not IncidentState.RESTATED]
    pairs = matched(ours, listed, scan_date)
    known = _known(listed, scan_date, earlier)
    by_incident = {incident.incident_id: anomaly for incident, anomaly in reversed(pairs)}
    rows = [
        _row(incident, by_incident.get(incident.incident_id), known, scan_date)
        for incident in ours
        if incident.told or incident.incident_id in by_incident
    ]
    seen = {anomaly.anomaly_id for _, anomaly in pairs}
    rows += [
        _only_aws(anomaly, names, known, scan_date)
        for anomaly in listed
        if anomaly.anomaly_id not in seen
    ]
    return BesideAws(DAYS, tuple(sorted(rows, key=_size)))


def matched(
    incidents: Sequence[Incident], listed: Sequence[AwsAnomaly], scan_date: date
) -> list[tuple[Incident, AwsAnomaly]]:
    """What is the same on both sides: one account, one service, and days that touch each other."""
    return [
        (incident, anomaly)
        for incident in incidents
        for anomaly in listed
        if _is_same(incident, anomaly, scan_date)
    ]


def answers(pairs: Sequence[tuple[Incident, AwsAnomaly]]) -> dict[AwsAnomaly, str]:
    """What people answered last to incidents that are the same for sure, in AWS's words."""
    last = {
        anomaly: incident.feedback[-1].kind
        for incident, anomaly in pairs
        if incident.feedback and anomaly.accounts
    }
    return {anomaly: _ANSWERS[kind] for anomaly, kind in last.items() if kind in _ANSWERS}


def _is_same(incident: Incident, anomaly: AwsAnomaly, scan_date: date) -> bool:
    if not anomaly.services or (anomaly.accounts and incident.account_id not in anomaly.accounts):
        return False
    services = {member.anomaly.service for member in incident.members}
    last = anomaly.last_day or scan_date
    return (
        bool(services & set(anomaly.services))
        and anomaly.first_day - _SLACK <= incident.last_excess
        and incident.onset - _SLACK <= last
    )


def _known(
    listed: Sequence[AwsAnomaly], scan_date: date, earlier: BesideAws | None
) -> dict[str, date | None]:
    """Since which scan each anomaly is known to be in AWS's list."""
    if earlier is None:
        return {}
    before = {row.anomaly_id: row.aws_known for row in earlier.rows if row.anomaly_id}
    return {each.anomaly_id: before.get(each.anomaly_id, scan_date) for each in listed}


def _row(
    incident: Incident,
    anomaly: AwsAnomaly | None,
    known: Mapping[str, date | None],
    scan_date: date,
) -> BesideRow:
    row = BesideRow(
        headline(incident),
        incident.incident_id,
        incident.told is not None,
        goes_on(incident, scan_date),
        incident.onset,
        incident.first_scan_date,
        to_usd(incident.impact),
    )
    return _with_aws(row, anomaly, known) if anomaly else row


def _only_aws(
    anomaly: AwsAnomaly,
    names: Mapping[str, str],
    known: Mapping[str, date | None],
    scan_date: date,
) -> BesideRow:
    service = one_line(service_name(anomaly.services[0]), 60) if anomaly.services else "Spend"
    more = len(anomaly.services) - 1
    services = f"{service} and {counted(more, 'more service')}" if more > 0 else service
    account_id = anomaly.accounts[0] if anomaly.accounts else ""
    account = one_line(names.get(account_id, account_id), 50)
    where = account if len(anomaly.accounts) == 1 else counted(len(anomaly.accounts), "account")
    going = anomaly.last_day is None or anomaly.last_day >= scan_date - _SLACK
    row = BesideRow(f"{services} in {where}" if anomaly.accounts else services, goes_on=going)
    return _with_aws(row, anomaly, known)


def _with_aws(row: BesideRow, anomaly: AwsAnomaly, known: Mapping[str, date | None]) -> BesideRow:
    return replace(
        row,
        anomaly_id=anomaly.anomaly_id,
        aws_from=anomaly.first_day,
        aws_known=known.get(anomaly.anomaly_id),
        aws_usd=round(anomaly.impact_usd, 2),
    )


def _size(row: BesideRow) -> tuple[bool, float]:
    return not row.goes_on, -max(row.ours_usd or 0.0, row.aws_usd or 0.0)


def beside_words(beside: BesideAws) -> str:
    """The comparison in a sentence or two, as plain text; "" where neither side has anything that
    goes on."""
    told = beside.told_and_going
    missed = [row.what for row in told if not row.anomaly_id]
    others = [f"{row.what} ({_there_words(row)})" for row in beside.only_aws if row.goes_on]
    said = []
    if told:
        number = "all" if not missed else "none" if len(missed) == len(told) else ""
        number = number or str(len(told) - len(missed))
        but = f", not {_some(missed)}" if missed and number != "none" else ""
        said.append(f"{number} of the {len(told)} that go on here{but}")
    if others:
        said.append(f"{len(others)} that whyspike did not find: {_some(others)}")
    if not said:
        return ""
    answered = f" Of {beside.answered} it knows what people answered here." * bool(beside.answered)
    return f"AWS Cost Anomaly Detection lists {'; and '.join(said)}.{answered}"


def _there_words(row: BesideRow) -> str:
    since = f" since {day(row.aws_from)}" if row.aws_from else ""
    return f"{dollars(row.aws_usd or 0.0)} in all{since}"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
