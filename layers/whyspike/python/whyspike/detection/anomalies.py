"""DetectAnomalies, decided: the daily costs of one account in, its anomalies of the scan date
out."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

import numpy as np

from whyspike.detection.accepted import teach
from whyspike.detection.billing import judge_charge
from whyspike.detection.movements import FALL_DAYS, Movements, movements
from whyspike.detection.prices import PriceChange, price_changes, quantities_of
from whyspike.detection.reasons import (
    coverage_reason,
    growth_reason,
    price_reason,
    usage_reason,
)
from whyspike.detection.recurring import MonthlyLevels, expected_charges, monthly_levels
from whyspike.detection.scoring import Minimum, score_at
from whyspike.detection.settings import DetectionSettings, Limits
from whyspike.detection.shape import (
    LOOK_BACK_DAYS,
    Baselines,
    Shape,
    Width,
    drop,
    latest_anomaly,
    stop,
)
from whyspike.detection.table import CostTable, Flags, Floats, cost_table, without_gaps
from whyspike.detection.told import without_told
from whyspike.detection.trends import Trend, may_grow_by_months, slow_growth
from whyspike.detection.windows import WEEK, Places
from whyspike.knowledge.families import instance_family, region_code
from whyspike.model import (
    Anomaly,
    BillingReason,
    CostSeries,
    DailyCosts,
    EarlierMonths,
    Kind,
    RecordClass,
    Severity,
)

LOOKBACK_DAYS = 90  # of a bill that a scan reads
_RESTATED_DAYS = 3  # the bill of these days still changes: they are judged again
# of its service's spend that a usage type must add to be told on its own, unless it is large or the
# first of its Region or instance family in the account
_USAGE_TYPE_SHARE = 0.1
_WORTH_A_PART = {Severity.HIGH, Severity.CRITICAL}  # and twice its own cost
_TOGETHER = 3  # services that rise on one day are no chance
_TOGETHER_USD = 1.0  # a day of each of them
_MIX_SHARE = 0.25  # of the rise that may be left after the fall beside it
_ALERT_USD = (
    10.0  # what an anomaly must have cost by now, or will within a week, to be worth a message
)
_NAMED_LINES = 3  # usage types of a growth
_NAMED_SHARE = 0.1  # of the largest, at least
_SEVERITIES = (
    (10_000.0, Severity.CRITICAL),
    (1_000.0, Severity.HIGH),
    (100.0, Severity.MEDIUM),
)  # dollars a month


@dataclass(frozen=True)
class AccountLimits:
    """Of each series of an account, and of all together."""

    series: tuple[CostSeries, ...]
    of_each: tuple[Limits, ...]
    of_all: Limits

    @classmethod
    def of(
        cls, account_id: str, series: tuple[CostSeries, ...], settings: DetectionSettings
    ) -> AccountLimits:
        each = tuple(settings.limits(account_id, s.service) for s in series)
        return cls(series, each, settings.limits(account_id, ""))

    @cached_property
    def minimums(self) -> tuple[Minimum, Minimum]:
        """Of each series and of the total: the settings', and that of what rises together."""
        limits = [*self.of_each, self.of_all]
        return Minimum.of(limits), Minimum.of([_small(limit) for limit in limits])

    @cached_property
    def thresholds(self) -> Floats:
        """[series and the total, 1]"""
        return np.array([[limits.threshold] for limits in (*self.of_each, self.of_all)])

    @cached_property
    def wholes(self) -> Flags:
        """[series]: services."""
        return np.array([is_whole(series) for series in self.series], dtype=bool)

    @cached_property
    def charges(self) -> Places:
        """Series that are no usage."""
        usage = [series.record_class is RecordClass.USAGE for series in self.series]
        return np.flatnonzero(~np.array(usage, dtype=bool))

    @cached_property
    def least_usd(self) -> Floats:
        """[series]"""
        return np.array([least_usd(limits) for limits in self.of_each])


def least_usd(limits: Limits) -> float:
    return max(limits.minimum_usd, 0.01)


@dataclass(frozen=True)
class AccountSeries:
    """What is judged of an account on a scan day, up to that day."""

    account_id: str
    given: tuple[date, ...]  # of the series' quantities
    table: CostTable
    costs: Floats  # with accepted levels taught
    history: Floats  # the same without what told incidents added
    limits: AccountLimits
    months: MonthlyLevels
    baselines: Baselines
    in_view: int = _RESTATED_DAYS  # days before the last whose anomalies are told though over
    looked: Movements | None = None  # of the last day, where it is known ahead

    @cached_property
    def values(self) -> Floats:
        """The costs; 0 where there is no row."""
        return np.nan_to_num(self.costs)

    @cached_property
    def past(self) -> Floats:
        """The history; 0 where there is no row."""
        return self.values if self.history is self.costs else np.nan_to_num(self.history)

    @cached_property
    def movements(self) -> Movements:
        """Of the last day."""
        return self.looked or self.movements_of(1)

    def movements_of(self, newest: int) -> Movements:
        dates, limits = self.table.dates, self.limits
        return movements(
            self.values,
            np.nan_to_num(self.table.costs[limits.wholes]),
            limits.charges,
            limits.least_usd,
            self.in_view,
            newest=newest,
            gapless=(dates[-1] - dates[0]).days + 1 == len(dates),
        )

    @property
    def complete(self) -> bool:
        """The last day's bill is all there."""
        return self.movements.is_complete

    def with_total(self, costs: Floats) -> Floats:
        """`costs` [series, days] and below them what all services cost together."""
        services = costs[self.limits.wholes]
        known = ~np.isnan(services).all(axis=0)
        return np.vstack([costs, np.where(known, np.nan_to_num(services).sum(axis=0), np.nan)])


@dataclass(frozen=True)
class Scores:
    """[series and the total, days]: at the least impacts of the settings, and of a dollar or so for
    what rises together."""

    of_each: Floats
    small: Floats


def find_anomalies(
    costs: DailyCosts,
    scan_date: date,
    settings: DetectionSettings,
    judged_until: date | None = None,
) -> tuple[Anomaly, ...]:
    """The anomalies of one account that are in view on `scan_date`: those that go on, and those of
    the last three days, or since `judged_until`, the newest day that an earlier scan judged. Days
    without any row of the account are no days (`zero_days` of the bill
    are): where the scan date is one, the newest day that is none is judged.

    All series are scored in one pass. Raises InvalidInput, MixedCurrencies.
    """
    table = judged_series(cost_table(costs, scan_date), costs.account_id, settings)
    if table.dates:
        table = table.since(first_judged(min(costs.dates), table.dates[-1]))
    if len(table.dates) < 2 or not table.series:
        return ()
    taught = teach(table, costs.account_id, settings.accepted)
    baselines, history = Baselines(table.dates), taught
    if settings.told:
        history = without_told(table, taught, settings.told, baselines)
    late = sum(judged_until is not None and day > judged_until for day in table.dates) - 1
    limits = AccountLimits.of(costs.account_id, table.series, settings)
    in_view = max(_RESTATED_DAYS, late)
    months = monthly_levels(costs.earlier, table.series)
    account = AccountSeries(
        costs.account_id, costs.dates, table, taught, history, limits, months, baselines, in_view
    )
    return anomalies_of(account, scores_of(account), settings, costs.earlier)


def judged_series(table: CostTable, account_id: str, settings: DetectionSettings) -> CostTable:
    judged = [not settings.ignores(account_id, series) for series in table.series]
    return CostTable(
        table.dates,
        tuple(s for s, use in zip(table.series, judged, strict=True) if use),
        table.costs[judged],
    )


def first_judged(given: date, newest: date) -> date:
    """Of the days since `given`. History begins with a Monday once 90 days are known: scans of one
    week judge by the same days, so that a day's score is today what it was yesterday."""
    if (newest - given).days < LOOKBACK_DAYS - 1:
        return given
    return given + timedelta(days=-given.weekday() % 7)


def scores_of(account: AccountSeries) -> Scores:
    gapless, dates, at = without_gaps(account.with_total(account.costs), account.table.dates)
    judged_from = at[max(0, len(at) - 1 - LOOK_BACK_DAYS)]
    history = None
    if account.history is not account.costs:
        history = without_gaps(account.with_total(account.history), account.table.dates)[0]
    scores, small = score_at(
        gapless,
        dates,
        account.limits.minimums,
        history=history,
        newest=len(dates) - judged_from,
    )
    return Scores(scores[:, at], small[:, at])


def anomalies_of(
    account: AccountSeries,
    scores: Scores,
    settings: DetectionSettings,
    earlier: EarlierMonths | None,
) -> tuple[Anomaly, ...]:
    """Of an account whose days are scored; `earlier` are the months before them."""
    limits = account.limits
    hits = np.any(scores.of_each > limits.thresholds, axis=1)
    worth = hits[:-1] | account.movements.may_have_moved
    found = [
        _told_if_stopped(_judge(account, row, scores.of_each[row]), settings) if may else None
        for row, may in enumerate(worth)
    ]
    anomalies = _fine(account, [anomaly for anomaly in found if anomaly is not None])
    quiet = np.array([anomaly is None for anomaly in found])
    services = np.flatnonzero(quiet & account.limits.wholes)
    spread = _spread(account, services, scores.of_each[-1], anomalies) if hits[-1] else ()
    anomalies += spread or _together(account, services, scores.small)
    anomalies += _growing(account, services, anomalies)
    return expected_charges(anomalies + _priced(account, anomalies), earlier)


def is_whole(series: CostSeries) -> bool:
    """The usage of a service, of whatever type."""
    return series.record_class is RecordClass.USAGE and series.usage_type is None


def _judge(account: AccountSeries, row: int, scores: Floats, small: bool = False) -> Anomaly | None:
    series, limits = account.table.series[row], account.limits.of_each[row]
    if small:
        limits = _small(account.limits.of_all)
    if series.record_class is not RecordClass.USAGE:
        return _charge(account, row, limits)
    values, dates = account.values[row], account.table.dates
    hits, least = scores > limits.threshold, least_usd(limits)
    shape = None
    if hits.any():
        width = Width(least, limits.large_usd)
        shape = latest_anomaly(
            values,
            account.baselines,
            hits,
            width,
            account.complete,
            account.in_view,
            account.past[row],
        )
    if shape is None and account.complete:
        in_view = account.in_view + FALL_DAYS
        shape = drop(values, account.baselines, least, limits.minimum_share, in_view)
        shape = shape or stop(values, dates, least, in_view)
    return None if shape is None else _anomaly(account, row, values, scores, shape, hits)


def _anomaly(
    account: AccountSeries, row: int, values: Floats, scores: Floats, shape: Shape, hits: Flags
) -> Anomaly | None:
    series, dates = account.table.series[row], account.table.dates
    expected, actual = float(shape.baseline.expected[shape.last]), float(values[shape.last])
    excess = (values - shape.baseline.expected)[shape.onset :]
    usual = float(np.median(excess[-3:])) if len(excess) >= 3 else actual - expected
    impact = (
        float(excess.sum())
        if shape.ongoing
        else float(excess[: shape.last - shape.onset + 1].sum())
    )
    falls = shape.kind is Kind.DROP
    if not falls and impact <= 0:
        return None
    kind = shape.kind
    if series.usage_type is None and not falls and not (values[: shape.onset] > 0).any():
        kind = Kind.NEW_SERVICE
    usually = expected
    if falls and shape.baseline.weekly:  # a week's mean: no day of it stands for the others
        usually = float(shape.baseline.expected[-7:].mean())
    monthly = 30 * (actual - usually) if shape.ongoing else impact
    return Anomaly(
        account_id=account.account_id,
        service=series.service,
        kind=kind,
        onset=dates[shape.onset],
        usage_date=dates[shape.last],
        actual_spend=_money(actual),
        expected_spend=_money(expected),
        expected_low=_money(float(shape.baseline.low[shape.last])),
        expected_high=_money(float(shape.baseline.high[shape.last])),
        impact=_money(impact),
        impact_percentage=(
            round(100.0 * (actual - expected) / expected, 1) if expected >= 0.01 else None
        ),
        projected_monthly_impact=_money(monthly),
        score=0.0 if falls else round(float(scores[hits].max()), 3),
        severity=Severity.LOW if falls else _severity(monthly),
        reason=usage_reason(values, dates, shape, kind),
        ongoing=shape.ongoing,
        usage_type=series.usage_type,
        alert=not falls and _worth_telling(impact, usual, shape.ongoing),
    )


def _told_if_stopped(anomaly: Anomaly | None, settings: DetectionSettings) -> Anomaly | None:
    """A fall is for the digest alone, but for what must not end unseen."""
    if anomaly is None or anomaly.kind is not Kind.DROP or anomaly.actual_spend:
        return anomaly
    return replace(
        anomaly, alert=anomaly.usage_type is None and settings.tells_stop(anomaly.service)
    )


def _charge(account: AccountSeries, row: int, limits: Limits) -> Anomaly | None:
    series, dates, costs = account.table.series[row], account.table.dates, account.costs[row]
    charge = judge_charge(
        costs,
        series.record_class,
        dates,
        least_usd(limits),
        account.complete,
        account.in_view,
    )
    if charge is None:
        return None
    actual = float(np.nan_to_num(costs[charge.last]))
    daily = actual - charge.expected
    monthly = 30 * daily if charge.ongoing else charge.impact
    return Anomaly(
        account_id=account.account_id,
        service=series.service,
        kind=charge.kind,
        onset=dates[charge.onset],
        usage_date=dates[charge.last],
        actual_spend=_money(actual),
        expected_spend=_money(charge.expected),
        expected_low=_money(charge.expected - 0.1 * abs(charge.expected)),
        expected_high=_money(charge.expected + 0.1 * abs(charge.expected)),
        impact=_money(charge.impact),
        impact_percentage=(
            round(100.0 * (actual - charge.expected) / abs(charge.expected), 1)
            if abs(charge.expected) >= 0.01
            else None
        ),
        projected_monthly_impact=_money(monthly),
        score=round((actual - charge.expected) / least_usd(limits), 3),
        severity=_severity(monthly),
        reason=charge.reason + _coverage(account, series, charge.last),
        ongoing=charge.ongoing,
        record_class=series.record_class,
        usage_type=series.usage_type,
        billing_reason=charge.billing_reason,
        alert=charge.billing_reason is not BillingReason.OTHER
        and _worth_telling(charge.impact, daily, charge.ongoing),
    )


def _coverage(account: AccountSeries, series: CostSeries, last: int) -> str:
    """How much of the usage commitments cover, where the bill says it: what it takes off (a
    negation) is the usage that they pay for."""
    if series.record_class is not RecordClass.COMMITMENT:
        return ""
    covered = {
        other.service: -float(cost)
        for other, cost in zip(
            account.table.series, np.nan_to_num(account.costs[:, last]), strict=True
        )
        if other.record_class is RecordClass.COMMITMENT and cost < 0
    }
    usage = sum(
        float(np.nan_to_num(costs[last]))
        for other, costs in _usage_rows(account)
        if other.usage_type is None and other.service in covered
    )
    return coverage_reason(sum(covered.values()), usage, account.table.dates[last])


def _small(limits: Limits) -> Limits:
    return replace(limits, minimum_usd=min(limits.minimum_usd, _TOGETHER_USD))


def _together(account: AccountSeries, services: Places, scores: Floats) -> tuple[Anomaly, ...]:
    """Services that each rose by less than the minimum on one day, and together by what is worth
    telling: in dollars, and as a share of what the account costs."""
    limits = account.limits.of_all
    unusual = services[(scores[services] > limits.threshold).any(axis=1)]
    if len(unusual) < _TOGETHER:
        return ()
    judged = [_judge(account, row, scores[row], small=True) for row in unusual]
    rises = [a for a in judged if a is not None and a.kind is not Kind.DROP]
    if len(rises) < _TOGETHER:
        return ()
    spend = float(np.median(account.values[account.limits.wholes, -28:], axis=1).sum())
    least = max(limits.minimum_usd, min(limits.minimum_share * spend, limits.large_usd))
    told: list[Anomaly] = []
    for onset in {anomaly.onset for anomaly in rises}:
        group = [a for a in rises if 0 <= (a.onset - onset).days <= 1]
        daily = sum(float(a.actual_spend - a.expected_spend) for a in group)
        if len(group) >= _TOGETHER and daily >= least:
            told += [replace(a, alert=True) for a in group if a not in told]
    return tuple(told)


def _spread(
    account: AccountSeries, services: Places, scores: Floats, told: Sequence[Anomaly]
) -> tuple[Anomaly, ...]:
    """Services that rose with the account as a whole, where none of them stands out of its own
    noise: at least half of the rise is theirs."""
    limits = account.limits.of_all
    hits, dates = scores > limits.threshold, account.table.dates
    total, history = (
        np.nan_to_num(account.with_total(costs)[-1]) for costs in (account.costs, account.history)
    )
    width = Width(least_usd(limits), limits.large_usd)
    shape = latest_anomaly(
        total, account.baselines, hits, width, account.complete, account.in_view, history
    )
    if shape is None or any(abs((a.onset - dates[shape.onset]).days) <= 1 for a in told):
        return ()
    days = slice(shape.onset, shape.last + 1)
    rises = []
    for row in services:
        values, past = account.values[row], account.past[row]
        baseline = account.baselines.before(past, shape.onset, Width(_TOGETHER_USD))
        if np.median((values - baseline.high)[days]) > 0:
            own = replace(shape, baseline=baseline)
            rises.append(_anomaly(account, row, values, scores, own, hits))
    group = [replace(a, alert=True) for a in rises if a is not None]
    rise = total[shape.last] - shape.baseline.expected[shape.last]
    theirs = sum(float(a.actual_spend - a.expected_spend) for a in group)
    return tuple(group) if len(group) >= _TOGETHER and theirs >= 0.5 * rise else ()


def _growing(
    account: AccountSeries, services: Places, told: Sequence[Anomaly]
) -> tuple[Anomaly, ...]:
    """Services that grow week after week, or month after month, where no day stands out: for the
    digest alone."""
    if not len(services):
        return ()
    least, complete, result = account.limits.least_usd, account.complete, []
    moved = {anomaly.service for anomaly in told}
    may = account.movements.may_have_grown[services]
    may |= may_grow_by_months(
        account.values[services], account.months.usd[services], least[services], complete
    )
    for row in services[may]:
        series, values = account.table.series[row], account.values[row]
        if series.service not in moved:
            months = account.months.of(row)
            trend = slow_growth(values, account.table.dates, months, float(least[row]), complete)
            if trend is not None:
                result.append(_trend(account, series, values, trend))
    return tuple(result)


def _trend(account: AccountSeries, series: CostSeries, values: Floats, trend: Trend) -> Anomaly:
    """Its spend is that of a day of the last week, and of a day of the time before the growth. Its
    onset is a day that the bill holds, also where the growth is older."""
    dates = account.table.dates
    onset = bisect_left(dates, trend.since)
    return replace(
        _for_the_digest(account, series, Kind.RAMP, onset, trend.now, trend.before),
        impact=_money(float((values[onset:] - trend.before).sum())),
        reason=growth_reason(trend, _grown_lines(account, series.service, onset)),
        growth_weeks=trend.weeks,
    )


def _grown_lines(account: AccountSeries, service: str, onset: int) -> Sequence[tuple[str, float]]:
    """The usage types that the growth is in, where the bill is asked that finely, each with the
    dollars that a day of the last week costs more than one of the week before `onset`; the largest
    first."""
    before = slice(onset - WEEK, onset) if onset >= WEEK else slice(0, WEEK)
    grown = []
    for series, costs in _usage_rows(account):
        if series.service == service and series.usage_type is not None:
            values = np.nan_to_num(costs)
            grown.append((series.usage_type, float(values[-WEEK:].mean() - values[before].mean())))
    grown.sort(key=lambda line: -line[1])
    largest = grown[0][1] if grown else 0.0
    return [line for line in grown[:_NAMED_LINES] if line[1] > _NAMED_SHARE * largest > 0]


def _for_the_digest(
    account: AccountSeries,
    series: CostSeries,
    kind: Kind,
    onset: int,
    actual: float,
    expected: float,
) -> Anomaly:
    """What is a line of the digest and nobody's alarm: `actual` a day since the day `onset`,
    instead of `expected`."""
    dates, daily = account.table.dates, actual - expected
    return Anomaly(
        account_id=account.account_id,
        service=series.service,
        kind=kind,
        onset=dates[onset],
        usage_date=dates[-1],
        actual_spend=_money(actual),
        expected_spend=_money(expected),
        expected_low=_money(0.9 * expected),
        expected_high=_money(1.1 * expected),
        impact=_money(daily * (len(dates) - onset)),
        impact_percentage=round(100.0 * daily / expected, 1),
        projected_monthly_impact=_money(30 * daily),
        score=0.0,
        severity=_severity(30 * daily),
        reason="",
        alert=False,
    )


def _priced(account: AccountSeries, told: Sequence[Anomaly]) -> tuple[Anomaly, ...]:
    """Usage types whose unit costs another price than before, in services whose bill shows
    nothing: for the digest alone."""
    moved = {anomaly.service for anomaly in told}
    series, dates = account.table.series, account.table.dates
    rows = [
        row
        for row, s in enumerate(series)
        if s.usage_type and s.quantities and s.service not in moved
    ]
    if not rows or not account.complete:
        return ()
    quantities = quantities_of([series[row] for row in rows], account.given, dates)
    changes = price_changes(account.costs[rows], quantities, account.in_view + FALL_DAYS)
    return tuple(
        _price(account, series[rows[place]], change)
        for place, change in changes.items()
        if change.is_large(account.limits.of_each[rows[place]])
    )


def _price(account: AccountSeries, series: CostSeries, change: PriceChange) -> Anomaly:
    return replace(
        _for_the_digest(
            account, series, Kind.UNIT_PRICE, change.onset, change.actual, change.expected
        ),
        reason=price_reason(series.usage_type or "", change, account.table.dates),
        usage_type=series.usage_type,
    )


def _first_of_kind(account: AccountSeries, usage_type: str, onset: int) -> bool:
    """No line of the account was in its Region, or of its instance family, before `onset`."""
    kinds = [of(usage_type) for of in (region_code, instance_family)]
    known = [
        [of(s.usage_type or "") for of in (region_code, instance_family)]
        for s, costs in _usage_rows(account)
        if np.nan_to_num(costs[:onset]).any()
    ]
    return any(kind and all(k[i] != kind for k in known) for i, kind in enumerate(kinds))


def _fine(account: AccountSeries, found: list[Anomaly]) -> tuple[Anomaly, ...]:
    """Usage types beside their services: small ones stay silent, and a rise that a fall pays for is
    a shift of the mix."""
    if not any(anomaly.usage_type for anomaly in found):
        return tuple(found)
    rows = np.flatnonzero(account.limits.wholes)
    spend = {account.table.series[row].service: account.values[row] for row in rows}
    larges = {
        account.table.series[row].service: account.limits.of_each[row].large_usd for row in rows
    }
    result = []
    for anomaly in found:
        if anomaly.usage_type is None or anomaly.kind is Kind.DROP or anomaly.service not in spend:
            result.append(anomaly)
            continue
        onset = account.table.dates.index(anomaly.onset)
        service = spend[anomaly.service]
        usual = float(np.median(service[max(0, onset - 28) : onset])) if onset else 0.0
        rise = float(anomaly.actual_spend - anomaly.expected_spend)
        large = larges[anomaly.service]
        own = float(anomaly.expected_spend)
        doubled = 0.0 < own <= rise and _severity(30 * rise) in _WORTH_A_PART
        if (
            rise < min(_USAGE_TYPE_SHARE * usual, large)
            and not doubled
            and not _first_of_kind(account, anomaly.usage_type, onset)
        ):
            continue
        same = any(
            a.service == anomaly.service
            and a.usage_type is None
            and a.record_class is RecordClass.USAGE
            for a in found
        )
        if not same and _paid_for(account, anomaly, rise, onset, service):
            anomaly = replace(anomaly, kind=Kind.MIX_SHIFT, alert=False)
        result.append(anomaly)
    return tuple(
        a
        for a in result
        if not (a.kind is Kind.DROP and a.usage_type is not None and _beside(a, result))
    )


def _beside(fall: Anomaly, found: Sequence[Anomaly]) -> bool:
    """A usage type's fall is told by its service's fall, or with the rise in the same service that
    it paid for."""
    return any(
        a is not fall
        and a.service == fall.service
        and (_whole_fall(a) or _rise_of_day(a, fall.onset))
        for a in found
    )


def _whole_fall(anomaly: Anomaly) -> bool:
    return anomaly.kind is Kind.DROP and anomaly.usage_type is None


def _rise_of_day(anomaly: Anomaly, onset: date) -> bool:
    return anomaly.kind is not Kind.DROP and abs((anomaly.onset - onset).days) <= 1


def _paid_for(
    account: AccountSeries, anomaly: Anomaly, rise: float, onset: int, service: Floats
) -> bool:
    """The service as a whole costs what it did on that weekday, and its other usage types fell by
    about the rise."""
    last = account.table.dates.index(anomaly.usage_date)
    weekday = account.table.dates[last].weekday()
    weeks = [
        day
        for day in range(max(0, onset - 28), onset)
        if account.table.dates[day].weekday() == weekday
    ]
    if not weeks or abs(float(service[last] - np.median(service[weeks]))) > _MIX_SHARE * rise:
        return False
    fall = 0.0
    for series, costs in _usage_rows(account):
        if series.service == anomaly.service and series.usage_type not in {
            None,
            anomaly.usage_type,
        }:
            values = np.nan_to_num(costs)
            fall += float(max(np.median(values[weeks]) - values[last], 0.0))
    return fall >= (1 - _MIX_SHARE) * rise


def _usage_rows(account: AccountSeries) -> list[tuple[CostSeries, Floats]]:
    return [
        (s, c)
        for s, c in zip(account.table.series, account.costs, strict=True)
        if s.record_class is RecordClass.USAGE
    ]


def _worth_telling(impact: float, daily: float, ongoing: bool) -> bool:
    """`daily` is what a day of the next week is taken to add; not the last day's, where three are
    known, so that no single day decides."""
    return impact + (daily * 7 if ongoing else 0.0) >= _ALERT_USD


def _severity(monthly: float) -> Severity:
    return next(
        (severity for least, severity in _SEVERITIES if abs(monthly) >= least), Severity.LOW
    )


def _money(value: float) -> Decimal:
    return Decimal(str(round(value, 4)))
