"""What would have been said of an account on past days: a day is judged with what the bill said at
its end, and told as an owner would be told: once, and again when it escalates or resolves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from whyspike.cli.bills import BillOnDisk
from whyspike.detection import (
    DetectionSettings,
    bill_days,
    find_anomalies,
    group_items,
    zero_days,
)
from whyspike.incidents.incident import Incident
from whyspike.incidents.judgement import Change, judge
from whyspike.incidents.yardsticks import told_days
from whyspike.model import AccountScan, DailyCosts, RecordClass, Scan

LOOKBACK_DAYS = 90


@dataclass(frozen=True)
class ToldLine:
    """What was said of an account on a day: a change of an incident, told to the owner or listed
    in the digest, or why nothing could be said."""

    scan_date: date
    account: str
    change: Change | None
    unjudged: str = ""  # no-bill or not-judged

    @property
    def told(self) -> str:
        if self.change is None:
            return self.unjudged
        return str(self.change.notice or "digest")

    @property
    def message(self) -> bool:
        """It was told to the owner, and not in the digest alone."""
        return self.change is not None and self.change.notice is not None

    @property
    def once(self) -> bool:
        """It was paid once: there is no rate a day."""
        if self.change is None:
            return False
        incident = self.change.after
        return not incident.ongoing and incident.leading.record_class is not RecordClass.USAGE


def replay(
    bill: BillOnDisk, days: Sequence[date], settings: DetectionSettings
) -> Iterator[ToldLine]:
    """What would have been said of the account on each of `days`."""
    incidents: dict[str, Incident] = {}
    for day in days:
        start = max(bill.first_day, day - timedelta(days=LOOKBACK_DAYS - 1))
        if start > day:
            continue
        costs = bill.costs(start, day)
        zeros = zero_days(costs, bill.account.joined)
        costs = replace(costs, zero_days=zeros, earlier=bill.earlier(day))
        unjudged = _unjudged(costs, day)
        if unjudged:
            yield ToldLine(day, bill.account.name, None, unjudged)
        learned = replace(settings, told=told_days(incidents.values()))
        items = group_items(bill.account.account_id, find_anomalies(costs, day, learned))
        scan = AccountScan(Scan(day.isoformat(), day), bill.account, costs, items)
        for change in judge(scan, tuple(incidents.values())):
            incidents[change.after.incident_id] = change.after
            if change.notice is not None or _is_listed(change):
                yield ToldLine(day, bill.account.name, change)


def _is_listed(change: Change) -> bool:
    """The digest alone says it: it is new there, or slow growth that has doubled."""
    before, after = change.before, change.after
    return not after.told and (before is None or before.said_growth != after.said_growth)


def _unjudged(costs: DailyCosts, day: date) -> str:
    """Why nothing can be said of the account on `day`; "" where it is judged."""
    found = bill_days(costs, day)
    if found.newest != day:
        return "no-bill"
    return "not-judged" if found.judged_from else ""


def as_json(line: ToldLine) -> dict[str, object]:
    """The line for programs."""
    said: dict[str, object] = {
        "day": line.scan_date.isoformat(),
        "told": line.told,
        "account": line.account,
        "service": None,
    }
    if line.change is None:
        return said
    incident = line.change.after
    parts = [member.anomaly for member in incident.current]
    return said | {
        "service": incident.leading.service,
        "services": list(dict.fromkeys(part.service for part in parts)),
        "usage_types": [part.usage_type for part in parts if part.usage_type],
        "kind": str(incident.leading.kind),
        "usd_a_day": None if line.once else round(float(incident.per_day), 2),
        "onset": incident.onset.isoformat(),
        "severity": str(incident.severity),
    }
