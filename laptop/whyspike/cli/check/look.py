"""Looks at accounts with the stages of the deployed functions: daily costs, anomalies, evidence,
explanations, incidents, digest and report; all of it in memory."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import numpy as np

from whyspike.attribution.bill.plan import Case
from whyspike.cli.check.places import Place
from whyspike.cli.check.spending import Spending
from whyspike.cli.outcome import Outcome
from whyspike.detection import (
    DetectionSettings,
    bill_days,
    find_anomalies,
    group_items,
    with_spent,
    zero_days,
)
from whyspike.digest.digest import make_digest
from whyspike.digest.lines import by_size, group_of
from whyspike.digest.report import IncidentView, render, report_view
from whyspike.digest.report_views import history_row, incident_view
from whyspike.errors import (
    AccountNotInBill,
    BudgetExhausted,
    InvalidInput,
    MixedCurrencies,
    NotReady,
    Refused,
    Throttled,
    WhyspikeError,
)
from whyspike.incidents.incident import Incident, what_happened
from whyspike.incidents.judgement import Change, judge
from whyspike.incidents.notices import Notice
from whyspike.incidents.owners import OwnerSettings
from whyspike.messages.compose import compose, with_owner
from whyspike.model import (
    Account,
    AccountScan,
    Anomaly,
    DailyCosts,
    FlaggedItem,
    Kind,
    Scan,
    Severity,
    StoredExplanation,
)
from whyspike.model.evidence import StoredEvidence
from whyspike.model.outcomes import AccountOutcome, AccountStatus, Failure, ScanSummary
from whyspike.steps.explain_anomaly.context import context_of
from whyspike.steps.explain_anomaly.counterfactual import judge_with
from whyspike.steps.explain_anomaly.step import explain_case, service_of
from whyspike.wire.claude import ClaudeSettings

LOOKBACK_DAYS = 90
NEWS_DAYS = 21  # that are judged before the scan date, to know what was told by then
TAG_KEYS = ("team", "env")
_OWNERS = OwnerSettings()
_SHORTFALLS = (
    Refused,
    NotReady,
    Throttled,
    MixedCurrencies,
    AccountNotInBill,
    BudgetExhausted,
)


@dataclass
class Look:
    """A check while it runs: the accounts that were looked at, those that were judged, and why
    others were not."""

    scan: Scan
    settings: DetectionSettings
    spending: Spending
    accounts: list[Account] = field(default_factory=list)
    found: list[tuple[Place, AccountScan]] = field(default_factory=list)
    outcomes: dict[str, AccountOutcome] = field(default_factory=dict)
    explanations: dict[str, StoredExplanation] = field(default_factory=dict)
    evidence: dict[str, StoredEvidence] = field(default_factory=dict)

    def detect(self, place: Place) -> None:
        """The anomalies of one account, or why it cannot be judged."""
        account = place.account
        self.accounts.append(account)
        try:
            bill = self._costs(place)
            bill = replace(bill, zero_days=zero_days(bill, account.joined))
            costs = _known(bill)
        except _SHORTFALLS as error:
            self._shortfall(place, error)
            return
        items = group_items(
            account.account_id, find_anomalies(costs, costs.dates[-1], self.settings)
        )
        scan = replace(self.scan, scan_date=costs.dates[-1])
        self.found.append((place, AccountScan(scan, account, costs, items)))
        day = self.scan.scan_date
        days = with_spent(bill_days(bill, day), bill, day)
        metric = bill.metric if place.first_day is None else place.metric  # files say their own
        days = replace(days, metric=metric)
        self.outcomes[account.account_id] = AccountOutcome(AccountStatus.SCANNED, bill=days)

    def _costs(self, place: Place) -> DailyCosts:
        day = self.scan.scan_date
        start = day - timedelta(days=LOOKBACK_DAYS - 1)
        return place.costs(max(start, place.first_day or start), day, self.spending)

    def _shortfall(self, place: Place, error: WhyspikeError) -> None:
        failure = Failure(type(error).__name__, error.reason, error.remedy)
        status = AccountStatus.NOT_SCANNED
        self.outcomes[place.account.account_id] = AccountOutcome(status, failure)

    @property
    def items(self) -> list[FlaggedItem]:
        return [item for _, scan in self.found for item in scan.items]

    def explain(
        self,
        place: Place,
        costs: DailyCosts,
        item: FlaggedItem,
        claude: ClaudeSettings,
    ) -> StoredExplanation:
        case = Case(item, costs.of_known_days(), TAG_KEYS, judge_with(self.settings))
        sources = place.sources(costs.dates[-1], self.spending)
        asked = claude if item.alert else ClaudeSettings()
        asks = asked.provider != "off"
        explanation, evidence = explain_case(
            case, sources, asked, self.spending, context_of(place.account) if asks else None
        )
        stored = StoredExplanation(
            **vars(explanation),
            item_id=item.item_id,
            account_id=item.account_id,
            service=service_of(explanation, item),
        )
        self.explanations[item.item_id] = stored
        self.evidence[item.item_id] = evidence
        return stored

    def outcome(self, seconds: float) -> Outcome:
        """What a scan of these accounts would have left behind."""
        newest = max((scan.scan.scan_date for _, scan in self.found), default=self.scan.scan_date)
        self.scan = replace(self.scan, scan_id=newest.isoformat(), scan_date=newest)
        incidents = [
            (change.after, what_happened(change.after, scan.scan.scan_date))
            for _, scan in self.found
            for change in self._owned(scan, judge(scan, ()))
        ]
        digest = make_digest(
            self.scan,
            self.accounts,
            ScanSummary(),
            self.outcomes,
            incidents,
            (),
            self.spending.counts(),
            (),
            _OWNERS,
        )
        return Outcome(
            self.scan,
            digest,
            self.accounts,
            [scan for _, scan in self.found],
            incidents,
            self.explanations,
            self.evidence,
            render(
                report_view(digest, self._views(incidents), self.accounts, self.outcomes)
            ).encode(),
            seconds=seconds,
        )

    def _owned(self, scan: AccountScan, changes: Sequence[Change]) -> list[Change]:
        return [
            replace(
                change,
                after=with_owner(
                    change,
                    scan.account,
                    self.explanations.get(change.after.item_id),
                    _OWNERS,
                    TAG_KEYS,
                ),
            )
            for change in changes
        ]

    def _views(self, incidents: Sequence[tuple[Incident, str]]) -> list[IncidentView]:
        scans = {scan.account.account_id: scan for _, scan in self.found}
        now = datetime.combine(self.scan.scan_date, time(), UTC)
        return [
            incident_view(
                incident,
                word,
                self.scan.scan_date,
                scans[incident.account_id],
                self.explanations.get(incident.item_id),
                self.evidence.get(incident.item_id),
                [history_row(now, self.scan.scan_date, word, "whyspike", "")],
            )
            for incident, word in sorted(
                incidents, key=lambda found: by_size(found[0], self.scan.scan_date)
            )
            if group_of(incident, word, self.scan.scan_date)
        ]

    def news(self) -> list[Notice]:
        """The messages of today: what the days before would have told is not told again."""
        told: list[Notice] = []
        for _, scan in self.found:
            incidents: dict[str, Incident] = {}
            for back in range(min(NEWS_DAYS, len(scan.costs.dates) - 1), 0, -1):
                self._replay(scan, scan.costs.dates[-1 - back], incidents)
            for change in self._owned(scan, judge(scan, tuple(incidents.values()))):
                explanation = self.explanations.get(change.after.item_id)
                notice = compose(change, scan.scan, scan.costs, explanation, "", False)
                if notice is not None:
                    told.append(notice)
        return told

    def _replay(self, scan: AccountScan, day: date, incidents: dict[str, Incident]) -> None:
        costs = until(scan.costs, day)
        anomalies = find_anomalies(costs, day, self.settings)
        items = group_items(scan.account.account_id, anomalies)
        then = AccountScan(Scan(day.isoformat(), day), scan.account, costs, items)
        for change in judge(then, tuple(incidents.values())):
            incidents[change.after.incident_id] = change.after


def until(costs: DailyCosts, day: date) -> DailyCosts:
    """The costs up to `day`."""
    last = costs.dates.index(day) + 1
    series = tuple(replace(line, costs=line.costs[:last]) for line in costs.series)
    return replace(costs, dates=costs.dates[:last], series=series)


def _known(costs: DailyCosts) -> DailyCosts:
    """The costs up to the newest day that the bill knows; raises NotReady where there is too little
    to be judged."""
    days = bill_days(costs, costs.dates[-1])
    if days.newest is None:
        raise NotReady(
            f"the bill has no row from {costs.dates[0]} to {costs.dates[-1]}",
            remedy="give --scan-date a day of the bill",
        )
    if days.judged_from:
        history = (days.newest - costs.known_days[0]).days + 1
        raise NotReady(
            f"a history of {history} days is too short to judge anything",
            remedy=f"give longer bills, or look again from {days.judged_from} on",
        )
    return until(costs, days.newest)


def pointed_at(
    costs: DailyCosts, service: str, onset: date, usage_type: str | None = None
) -> FlaggedItem:
    """A cost that the user points at, as an item to explain: the days from `onset` on against the
    four weeks before. Raises InvalidInput."""
    wanted = service.casefold(), usage_type
    lines = (line for line in costs.series if (line.service.casefold(), line.usage_type) == wanted)
    line = next(lines, None)
    if line is None:
        names = sorted({line.service for line in costs.series})
        near = difflib.get_close_matches(service, names, 3, 0.3) or names[:5]
        fine = f" with --usage-type {usage_type!r}" if usage_type else ""
        raise InvalidInput(
            f"--service {service!r}{fine} is not on the bill",
            remedy=f"choose from {', '.join(near)}",
        )
    if not costs.dates[0] < onset <= costs.dates[-1]:
        raise InvalidInput(
            f"--onset {onset} has no day of the bill before it",
            remedy=f"give a day from {costs.dates[0] + timedelta(days=1)} to {costs.dates[-1]}",
        )
    at = costs.dates.index(onset)
    values = np.array([cost or 0.0 for cost in line.costs])
    expected = float(np.median(values[max(0, at - 28) : at]))
    excess = values[at:] - expected
    anomaly = Anomaly(
        account_id=costs.account_id,
        service=line.service,
        kind=Kind.DROP if excess.sum() < 0 else Kind.LEVEL_SHIFT,
        onset=onset,
        usage_date=costs.dates[-1],
        actual_spend=_money(float(values[-1])),
        expected_spend=_money(expected),
        expected_low=_money(expected),
        expected_high=_money(expected),
        impact=_money(float(excess.sum())),
        impact_percentage=round(100 * (float(values[-1]) / expected - 1), 1) if expected else None,
        projected_monthly_impact=_money(30 * float(values[-1] - expected)),
        score=0.0,
        severity=Severity.LOW,
        reason="you pointed at it",
        usage_type=usage_type,
    )
    (item,) = group_items(costs.account_id, [anomaly])
    return item


def _money(value: float) -> Decimal:
    return Decimal(str(round(value, 4)))
