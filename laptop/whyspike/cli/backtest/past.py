"""The whole past of a bill in one pass: what other settings and simple rules would have alerted to,
and what stayed below the minimum.

The numbers here count alerts of services from scores alone. They compare rules with each other;
what would have been told is said by the replay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from whyspike.cli.backtest.replay import ToldLine
from whyspike.cli.bills import BillOnDisk
from whyspike.detection import DetectionSettings, zero_days
from whyspike.detection.scoring import CONSTANTS, Minimum, score_at
from whyspike.detection.table import Flags, Floats, Value, cost_table, without_gaps
from whyspike.model import DailyCosts, RecordClass

SENSITIVITIES = (0.25, 0.5, 1.0, 2.0, 4.0)
CAUGHT_SHARE = 0.9  # of what the most sensitive setting catches; the recommended one catches it too
_QUIET_DAYS = 3  # between two alerts of one service
_CAUGHT_DAYS = 7  # what is over the expected from an alert on, so long, is caught by it
_Z_SCORE, _Z_DAYS, _Z_SHARE = 2.5, 7, 0.2  # of the article this project began from
_RISE = 0.3
_WEEK = 7


@dataclass(frozen=True)
class History:
    """Daily usage of an account by service, gaps filled. `scores` at the settings, `free` without
    a least impact; `asked` the days that are judged. Arrays [services, days]."""

    account: str
    dates: tuple[date, ...]
    services: tuple[str, ...]
    costs: Floats
    asked: Flags
    scores: Floats
    free: Floats

    @property
    def excess(self) -> Floats:
        """Over the median of the same weekday in the four weeks before."""
        weeks = np.stack([_shifted(self.costs, week * _WEEK) for week in (1, 2, 3, 4)])
        usual: Floats = np.median(weeks, axis=0)
        return np.asarray(np.maximum(self.costs - usual, 0.0))


@dataclass(frozen=True)
class SweepRow:
    """A rule, and what it would have done. `sensitivity` is None for a rule of others."""

    name: str
    sensitivity: float | None
    alerts: int
    alerts_a_week: float
    usd: float


@dataclass(frozen=True)
class BelowMinimum:
    """The largest rise that was sure, and too small to be an anomaly."""

    account: str
    service: str
    day: date
    usd: float


@dataclass(frozen=True)
class JudgedDays:
    """How much of what was asked could be judged of an account; `first` is None for nothing."""

    account: str
    owner: str
    days: int
    no_bill: int
    too_short: int
    first: date | None


@dataclass(frozen=True)
class Past:
    """What a backtest found out."""

    days: Sequence[date]
    lines: Sequence[ToldLine]
    judged: Sequence[JudgedDays]
    below: BelowMinimum | None
    minimum_usd: float

    @classmethod
    def of(
        cls,
        bills: Sequence[BillOnDisk],
        days: Sequence[date],
        lines: Sequence[ToldLine],
        histories: Sequence[History],
        settings: DetectionSettings,
    ) -> Past:
        below = [found for history in histories if (found := _below(history, settings))]
        return cls(
            days,
            lines,
            [_judged(bill, days, lines) for bill in bills],
            max(below, key=lambda found: found.usd, default=None),
            settings.minimum_impact_usd,
        )

    @property
    def messages(self) -> list[ToldLine]:
        return [line for line in self.lines if line.message]

    @property
    def judged_days(self) -> int:
        return sum(judged.days for judged in self.judged)


def owner_of(bill: BillOnDisk) -> str:
    account = bill.account
    return account.owner.name if account.owner else account.tags.get("owner", "unowned")


def _judged(bill: BillOnDisk, days: Sequence[date], lines: Sequence[ToldLine]) -> JudgedDays:
    mine = [line for line in lines if line.account == bill.account.name and line.unjudged]
    unjudged = {line.scan_date: line.unjudged for line in mine}
    reasons = Counter(unjudged.values())
    left = [day for day in days if day >= bill.first_day and day not in unjudged]
    absent = len(days) - len(left) - len(unjudged)
    return JudgedDays(
        bill.account.name,
        owner_of(bill),
        len(left),
        reasons["no-bill"] + absent,
        reasons["not-judged"],
        left[0] if left else None,
    )


def histories_of(bill: BillOnDisk, days: Sequence[date], settings: DetectionSettings) -> History:
    """The services of one account up to the last of `days`, scored in one pass."""
    until = min(bill.last_day, days[-1])
    account = bill.account
    costs = _usage(bill.costs(min(bill.first_day, until), until), settings)
    table = cost_table(_with_zero_days(costs, account.joined), until)
    services = tuple(series.service for series in table.series)
    if not services or not table.dates:
        nothing = np.zeros((0, 0))
        return History(account.name, (), (), nothing, nothing > 0, nothing, nothing)
    filled, dates, _ = without_gaps(table.costs, table.dates)
    known = set(table.dates)
    asked = np.array([days[0] <= day and day in known for day in dates])
    asked[: CONSTANTS.least_days] = False
    limits = [settings.limits(account.account_id, service) for service in services]
    least = np.full((len(services), 1), 0.01)
    everything = Minimum(least, 0.0 * least, least)
    scores, free = score_at(filled, dates, (Minimum.of(limits), everything))
    return History(
        account.name,
        dates,
        services,
        np.nan_to_num(filled),
        np.broadcast_to(asked, filled.shape),
        scores,
        free,
    )


def _usage(costs: DailyCosts, settings: DetectionSettings) -> DailyCosts:
    kept = tuple(
        series
        for series in costs.series
        if series.record_class is RecordClass.USAGE
        and series.usage_type is None
        and not settings.ignores(costs.account_id, series)
    )
    return DailyCosts(costs.account_id, costs.dates, kept, costs.currency)


def _with_zero_days(costs: DailyCosts, joined: date | None) -> DailyCosts:
    return DailyCosts(
        costs.account_id,
        costs.dates,
        costs.series,
        costs.currency,
        zero_days=zero_days(costs, joined),
    )


def _below(history: History, settings: DetectionSettings) -> BelowMinimum | None:
    threshold = 1.0 / settings.sensitivity
    small = history.asked & (history.free > threshold) & ~(history.scores > threshold)
    excess = np.where(small, history.excess, 0.0)
    if not excess.any():
        return None
    service, day = np.unravel_index(int(excess.argmax()), excess.shape)
    return BelowMinimum(
        history.account,
        history.services[service],
        history.dates[day],
        float(excess[service, day]),
    )


def sweep(histories: Sequence[History], settings: DetectionSettings) -> list[SweepRow]:
    """Sensitivities, and two simple rules with the same least dollars a day, over the same days."""
    weeks = max(len({day for h in histories for day in _asked_days(h)}), 1) / 7
    rows = [
        _row(
            f"whyspike, sensitivity {value:g}",
            value,
            weeks,
            histories,
            [h.scores > 1.0 / value for h in histories],
        )
        for value in SENSITIVITIES
    ]
    least = settings.minimum_impact_usd
    z_score = [_z_score(h.costs, least) for h in histories]
    rise = [_rise(h.costs, least) for h in histories]
    rows.append(_row("z-score over 7 days", None, weeks, histories, z_score))
    rows.append(_row("30 % over the last 7 days", None, weeks, histories, rise))
    return rows


def _asked_days(history: History) -> list[date]:
    return [history.dates[day] for day in np.flatnonzero(history.asked.any(axis=0))]


def _row(
    name: str,
    sensitivity: float | None,
    weeks: float,
    histories: Sequence[History],
    flags: Sequence[Flags],
) -> SweepRow:
    alerts, usd = 0, 0.0
    for history, flagged in zip(histories, flags, strict=True):
        hits = flagged & history.asked
        alerts += int((hits & ~_within(hits, 1, _QUIET_DAYS)).sum())
        usd += float(history.excess[_within(hits, 0, _CAUGHT_DAYS - 1)].sum())
    return SweepRow(name, sensitivity, alerts, alerts / weeks, usd)


def _within(hits: Flags, first: int, last: int) -> Flags:
    """Where one of the hits lies `first` to `last` days before."""
    found = np.zeros(hits.shape, dtype=bool)
    for days in range(first, last + 1):
        found |= _shifted(hits, days)
    return found


def _shifted(values: NDArray[Value], days: int) -> NDArray[Value]:
    """Each day's value as it was `days` before; the first days have the first value of all, and
    flags none."""
    if days == 0 or values.shape[1] == 0:
        return values
    days = min(days, values.shape[1])
    first = np.zeros_like(values[:, :1]) if values.dtype == bool else values[:, :1]
    return np.hstack([np.repeat(first, days, axis=1), values[:, : values.shape[1] - days]])


def _z_score(costs: Floats, least: float) -> Flags:
    week = _last_week(costs)
    mean: Floats = week.mean(axis=0)
    deviation: Floats = week.std(axis=0)
    over = costs - mean
    far = (over > _Z_SCORE * deviation) & (deviation > 0)
    return np.asarray(far & (over > _Z_SHARE * mean) & (over >= least))


def _rise(costs: Floats, least: float) -> Flags:
    mean: Floats = _last_week(costs).mean(axis=0)
    return np.asarray((costs - mean > _RISE * mean) & (costs - mean >= least))


def _last_week(costs: Floats) -> Floats:
    return np.stack([_shifted(costs, day) for day in range(1, _Z_DAYS + 1)])


def months(first: date, last: date) -> list[date]:
    """The first day of each month from that of `first` to that of `last`."""
    found, day = [], first.replace(day=1)
    while day <= last:
        found.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    return found
