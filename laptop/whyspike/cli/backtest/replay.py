"""What would have been said of an account on past days: a day is judged with what the bill said at
its end, and told as an owner would be told: once, and again when it escalates or resolves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby

from whyspike.cli.bills import BillOnDisk
from whyspike.detection import (
    DetectionSettings,
    PastAccount,
    PastLines,
    bill_days,
    find_anomalies,
    group_items,
    score_ahead,
    zero_days,
)
from whyspike.detection.anomalies import LOOKBACK_DAYS
from whyspike.detection.scoring import CONSTANTS
from whyspike.incidents.incident import Incident, scope_of
from whyspike.incidents.judgement import Change, judge
from whyspike.incidents.yardsticks import told_days
from whyspike.model import (
    AccountScan,
    Anomaly,
    DailyCosts,
    FlaggedItem,
    IncidentState,
    RecordClass,
    Scan,
    ToldDays,
)

ACCOUNTS_AT_ONCE = 16
_LIVE = {IncidentState.OPEN, IncidentState.ACKNOWLEDGED, IncidentState.SNOOZED}


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


def replay_all(
    bills: Sequence[BillOnDisk], days: Sequence[date], settings: DetectionSettings
) -> Iterator[list[ToldLine]]:
    """What would have been said of each account on each of `days`, in the order of the days; the
    accounts' in the order of `bills`."""
    for begin in range(0, len(bills), ACCOUNTS_AT_ONCE):
        some = bills[begin : begin + ACCOUNTS_AT_ONCE]
        accounts = [_AccountsPast(bill, settings) for bill in some]
        for week in _weeks(days):
            score_ahead(lines for account in accounts for lines in account.ahead(week))
            for account in accounts:
                account.judge(week)
        yield from (account.said for account in accounts)


def replay(bill: BillOnDisk, days: Sequence[date], settings: DetectionSettings) -> list[ToldLine]:
    """The same of one account."""
    return next(replay_all([bill], days, settings))


def _weeks(days: Sequence[date]) -> Iterator[list[date]]:
    """Days that are judged by the same history."""
    for _, week in groupby(days, lambda day: day.toordinal() // 7):
        yield list(week)


class _AccountsPast:
    """One account while its past goes by."""

    def __init__(self, bill: BillOnDisk, settings: DetectionSettings) -> None:
        self._bill, self._settings = bill, settings
        self._incidents: dict[str, Incident] = {}
        self.said: list[ToldLine] = []
        self._past: PastAccount | None = None
        if bill.settled and not settings.accepted:
            self._past = PastAccount(bill.costs(bill.first_day, bill.last_day), settings)

    def _knows(self, day: date) -> bool:
        return self._past is not None and self._past.knows(day)

    def ahead(self, days: Sequence[date]) -> Iterable[PastLines]:
        """What is to be scored before `days` are judged."""
        known = [day for day in days if self._knows(day)]
        return self._past.ahead(known, self._told()) if self._past and known else ()

    def judge(self, days: Sequence[date]) -> None:
        for day in days:
            if self._past is not None and self._past.knows(day):
                self._judge_known(self._past, day)
            elif day >= self._bill.first_day:
                self._judge_alone(day)

    def _judge_known(self, past: PastAccount, day: date) -> None:
        if (day - self._bill.first_day).days < CONSTANTS.least_days:
            self._say(day, None, "not-judged")
        items = self._items(past.anomalies(day, self._told(), self._bill.earlier(day)))
        if items or any(incident.state in _LIVE for incident in self._incidents.values()):
            scopes = {scope_of(anomaly) for item in items for anomaly in item.anomalies}
            for incident in self._incidents.values():
                scopes |= {member.scope for member in incident.members}
            self._tell(day, past.costs(day, scopes), items)

    def _judge_alone(self, day: date) -> None:
        """With what the bill said at the end of that day."""
        start = max(self._bill.first_day, day - timedelta(days=LOOKBACK_DAYS - 1))
        costs = self._bill.costs(start, day)
        zeros = zero_days(costs, self._bill.account.joined)
        costs = replace(costs, zero_days=zeros, earlier=self._bill.earlier(day))
        unjudged = _unjudged(costs, day)
        if unjudged:
            self._say(day, None, unjudged)
        learned = replace(self._settings, told=self._told())
        self._tell(day, costs, self._items(find_anomalies(costs, day, learned)))

    def _told(self) -> tuple[ToldDays, ...]:
        return told_days(self._incidents.values())

    def _items(self, anomalies: Sequence[Anomaly]) -> tuple[FlaggedItem, ...]:
        return group_items(self._bill.account.account_id, anomalies)

    def _tell(self, day: date, costs: DailyCosts, items: tuple[FlaggedItem, ...]) -> None:
        scan = AccountScan(Scan(day.isoformat(), day), self._bill.account, costs, items)
        for change in judge(scan, tuple(self._incidents.values())):
            self._incidents[change.after.incident_id] = change.after
            if change.notice is not None or _is_listed(change):
                self._say(day, change)

    def _say(self, day: date, change: Change | None, unjudged: str = "") -> None:
        self.said.append(ToldLine(day, self._bill.account.name, change, unjudged))


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
