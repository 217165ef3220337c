"""Scan days of bills that no longer change, judged as `find_anomalies` would judge each on its own.

Scans of one week judge by the same history, which a day's score sees up to that day alone: so one
pass scores the week, and one the week of many accounts. What was told by then leaves the history,
which is known a week ahead but for what ends late; such a day is scored on its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np

from whyspike.detection.anomalies import (
    LOOKBACK_DAYS,
    AccountLimits,
    AccountSeries,
    Scores,
    anomalies_of,
    first_judged,
    judged_series,
    scores_of,
)
from whyspike.detection.recurring import monthly_levels
from whyspike.detection.scoring import Minimum, score_at
from whyspike.detection.settings import DetectionSettings
from whyspike.detection.shape import LOOK_BACK_DAYS, Baselines
from whyspike.detection.table import CostTable, Flags, Floats, cost_table
from whyspike.detection.told import ToldHistory, may_leave
from whyspike.model import Anomaly, CostSeries, DailyCosts, EarlierMonths, RecordClass, ToldDays

Scope = tuple[str, RecordClass, str | None]

_IN_VIEW = LOOK_BACK_DAYS + 1


@dataclass
class PastLines:
    """Series of an account whose days are scored together, from `start` to `end`, of which the
    newest `scored` count. `costs` and `history` are [lines, days]."""

    account: PastAccount
    start: int
    end: int
    scored: int
    rows: Sequence[int]
    costs: Floats
    history: Floats | None  # None: the costs
    scores: list[Floats] = field(default_factory=list)  # of the newest days

    @property
    def days(self) -> tuple[date, date]:
        return self.account.dates[self.start], self.account.dates[self.end]

    @property
    def minimums(self) -> list[Minimum]:
        rows = np.array(self.rows)
        return [minimum.of_series(rows) for minimum in self.account.limits.minimums]


@dataclass(frozen=True)
class _Day:
    """What is known ahead of a scan day: the days that were told, and by which lines it is
    judged."""

    told: tuple[ToldDays, ...]
    lines: PastLines
    without: PastLines | None = None  # instead, of the lines whose history leaves something out
    history: Floats | None = None


class PastAccount:
    """One account's bill from its first day to its last. Levels that people accepted are not
    looked at: such settings are for `find_anomalies`."""

    def __init__(self, costs: DailyCosts, settings: DetectionSettings) -> None:
        table = cost_table(costs, costs.dates[-1])
        self.dates, self._first = costs.dates, costs.dates[0]
        self._settings, self._account_id = settings, costs.account_id
        self._known = np.isin(np.arange(len(costs.dates)), [self._at(day) for day in table.dates])
        self._table = judged_series(table, costs.account_id, settings)
        costs_of_days = np.full((len(self._table.series), len(costs.dates)), np.nan)
        costs_of_days[:, self._known] = self._table.costs
        self._costs = costs_of_days
        self.limits = AccountLimits.of(costs.account_id, self._table.series, settings)
        self._days: dict[int, _Day] = {}
        self._baselines: dict[int, Baselines] = {}  # by the first day of the history
        self._earlier: EarlierMonths | None = None
        self._months = monthly_levels(None, self._table.series)
        count = len(self.dates)
        self._looked = self._series(0, count - 1).movements_of(count)

    def _at(self, day: date) -> int:
        return (day - self._first).days

    def knows(self, day: date) -> bool:
        """Nothing is unknown of the days by which `day` is judged."""
        at = self._at(day)
        if not 1 <= at < len(self.dates) or not self._table.series:
            return False
        return bool(self._known[max(0, at - LOOKBACK_DAYS + 1) : at + 1].all())

    def _start(self, at: int) -> int:
        """Of the history by which the day is judged."""
        given = max(0, at - LOOKBACK_DAYS + 1)
        return self._at(first_judged(self.dates[given], self.dates[at]))

    def costs(self, day: date, scopes: Collection[Scope]) -> DailyCosts:
        """The bill by which a day that it knows is judged, of the usage types and `scopes`
        alone."""
        at = self._at(day)
        days = slice(max(0, at - LOOKBACK_DAYS + 1), at + 1)
        series = [
            CostSeries(s.service, _given(self._costs[row, days]), s.record_class, s.usage_type)
            for row, s in enumerate(self._table.series)
            if s.usage_type or (s.service, s.record_class, s.usage_type) in scopes
        ]
        return DailyCosts(
            self._account_id,
            self.dates[days],
            tuple(s for s in series if any(cost is not None for cost in s.costs)),
            zero_days=self.dates[days],
        )

    def ahead(self, days: Sequence[date], told: tuple[ToldDays, ...]) -> Iterator[PastLines]:
        """What is to be scored, so that `days` can be judged, each of which it knows; `told` are
        the days that were told before them."""
        groups: dict[int, list[int]] = defaultdict(list)
        for day in days:
            groups[self._start(self._at(day))].append(self._at(day))
        self._days = {}
        self._baselines = {
            start: Baselines(self.dates[start : group[-1] + 1]) for start, group in groups.items()
        }
        for start, group in groups.items():
            lines = self._lines(start, group[0], group[-1], range(len(self._costs) + 1), None)
            yield lines
            yield from self._without_told(lines, group, told)

    def _lines(
        self, start: int, first: int, end: int, rows: Sequence[int], history: Floats | None
    ) -> PastLines:
        """To judge the days from `first` to `end`; the row after the last is the total."""
        newest = min(end - first + _IN_VIEW, end - start + 1)
        costs = self._series(start, end).with_total(self._costs[:, start : end + 1])[list(rows)]
        return PastLines(self, start, end, newest, rows, costs, history)

    def _without_told(
        self, lines: PastLines, group: Sequence[int], told: tuple[ToldDays, ...]
    ) -> Iterator[PastLines]:
        start, end = lines.start, lines.end
        account = self._series(start, end)
        if not told:
            self._days |= {at: _Day((), lines) for at in group}
            return
        left = ToldHistory(account.table, account.costs, account.baselines)
        latest: PastLines | None = None
        whole = account.costs
        for at in reversed(group):
            of_day = tuple(days for days in told if may_leave(days, self.dates[at]))
            history = left.until(at - start + 1, of_day)
            changed = np.flatnonzero(_differ(history, account.costs[:, : at - start + 1]))
            if not len(changed):
                self._days[at] = _Day(of_day, lines)
                continue
            if latest is None or _differ(history, whole[:, : at - start + 1]).any():
                whole = np.hstack([history, account.costs[:, at - start + 1 :]])
                rows = [*changed, len(self._costs)]
                latest = self._lines(start, group[0], end, rows, account.with_total(whole)[rows])
                yield latest
            self._days[at] = _Day(of_day, lines, latest, history)

    def _day(self, start: int, at: int, history: Floats | None = None) -> AccountSeries:
        """What is judged of it on that day."""
        return replace(self._series(start, at, history), looked=self._looked.of(at))

    def _series(self, start: int, at: int, history: Floats | None = None) -> AccountSeries:
        dates, costs = self.dates[start : at + 1], self._costs[:, start : at + 1]
        table = CostTable(dates, self._table.series, costs)
        return AccountSeries(
            self._account_id,
            self.dates,
            table,
            costs,
            costs if history is None else history,
            self.limits,
            self._months,
            self._baselines.get(start) or Baselines(dates),
        )

    def anomalies(
        self, day: date, told: tuple[ToldDays, ...], earlier: EarlierMonths
    ) -> tuple[Anomaly, ...]:
        """Those in view on a day that is scored; `earlier` are the months before its own."""
        if earlier is not self._earlier:
            self._earlier, self._months = earlier, monthly_levels(earlier, self._table.series)
        at = self._at(day)
        known, start = self._days[at], self._start(at)
        if tuple(days for days in told if may_leave(days, day)) != known.told:
            now = self._day(start, at)
            history = ToldHistory(now.table, now.costs, now.baselines).until(at - start + 1, told)
            account = self._day(start, at, history)
            return anomalies_of(account, scores_of(account), self._settings, earlier)
        account = self._day(start, at, known.history)
        scores = [np.zeros((len(self._costs) + 1, at - start + 1)) for _ in range(2)]
        for lines in (known.lines, known.without):
            if lines is not None:
                count = min(_IN_VIEW, at - start + 1)
                until = lines.scored - (lines.end - at)
                for all_days, newest in zip(scores, lines.scores, strict=True):
                    all_days[lines.rows, -count:] = newest[:, until - count : until]
        return anomalies_of(account, Scores(*scores), self._settings, earlier)


def _given(row: Floats) -> tuple[float | None, ...]:
    return tuple(None if cost != cost else cost for cost in row.tolist())


def score_ahead(lines: Iterable[PastLines]) -> None:
    """Of any accounts, those of the same days in one pass."""
    alike: dict[tuple[date, date, int, bool], list[PastLines]] = defaultdict(list)
    for part in lines:
        alike[*part.days, part.scored, part.history is None].append(part)
    for (first, last, scored, unchanged), parts in alike.items():
        dates = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        of_each, small = score_at(
            np.vstack([part.costs for part in parts]),
            dates,
            [_joined([part.minimums[which] for part in parts]) for which in range(2)],
            history=None
            if unchanged
            else np.vstack(
                [part.costs if part.history is None else part.history for part in parts]
            ),
            newest=scored,
        )
        begin = 0
        for part in parts:
            rows = slice(begin, begin + len(part.rows))
            part.scores = [of_each[rows, -scored:], small[rows, -scored:]]
            begin = rows.stop


def _joined(minimums: Sequence[Minimum]) -> Minimum:
    return Minimum(
        np.concatenate([minimum.usd for minimum in minimums]),
        np.concatenate([minimum.share for minimum in minimums]),
        np.concatenate([minimum.large_usd for minimum in minimums]),
    )


def _differ(one: Floats, other: Floats) -> Flags:
    """Rows that are not the same."""
    return np.asarray(~((one == other) | np.isnan(one)).all(axis=1))
