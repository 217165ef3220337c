"""The daily costs of an account as a matrix: one row a series, one column a day."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from whyspike.errors import InvalidInput, MixedCurrencies
from whyspike.model import CostSeries, DailyCosts

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Value = TypeVar("Value", bound=np.generic)


_MIN_HABITUAL_GAPS = 4  # as many separate ones: the account often costs nothing for a day
_MAX_HABITUAL_GAP_DAYS = 7  # a job that runs once a week leaves six days
_DORMANT_DAYS = 14  # without a row since the account exists: it cost nothing then


@dataclass(frozen=True)
class CostTable:
    """`costs` [series, days], NaN where the bill has no row. `dates` are the days of which the bill
    says something, oldest first: a day without any row of the account is no day."""

    dates: tuple[date, ...]
    series: tuple[CostSeries, ...]
    costs: Floats

    def since(self, first: date) -> CostTable:
        """Of `first` and later days."""
        left_out = bisect_left(self.dates, first)
        return CostTable(self.dates[left_out:], self.series, self.costs[:, left_out:])


def days_until(costs: NDArray[Value], days: int, newest: int, none: float) -> NDArray[Value]:
    """[series, newest, days] of `costs` [series, days]: the `days` days that end with each of the
    newest; `none` before the first."""
    first = costs.shape[1] - newest - days + 1
    if first < 0:
        costs = np.hstack([np.full((len(costs), -first), none, dtype=costs.dtype), costs])
    if newest == 1:
        return costs[:, None, -days:]
    return sliding_window_view(costs[:, max(0, first) :], days, axis=1)


def cost_table(costs: DailyCosts, scan_date: date) -> CostTable:
    """The bill up to `scan_date`. Days may come unsorted, several times (they are added) or not at
    all (nothing is known of them); a value that is not a number is no row. Raises InvalidInput,
    MixedCurrencies."""
    if len(costs.currency) != 3:
        raise MixedCurrencies(
            f"account {costs.account_id}: bill in {costs.currency!r}, not in one currency; scan"
            " each on its own"
        )
    kept = [i for i, day in enumerate(costs.dates) if day <= scan_date]
    if not kept:
        return CostTable((), costs.series, np.empty((len(costs.series), 0)))
    given = np.array(
        [[np.nan if value is None else value for value in s.costs] for s in costs.series],
        dtype=np.float64,
    )
    given = given.reshape(len(costs.series), len(costs.dates))[:, kept]
    if np.isinf(given).any():
        raise InvalidInput(f"account {costs.account_id}: a daily cost is infinite")
    dates, values = _by_day([costs.dates[i] for i in kept], scan_date, given)
    known = set(costs.known_days)
    columns = [i for i, day in enumerate(dates) if day in known]
    if len(columns) < len(dates):
        dates, values = tuple(dates[i] for i in columns), values[:, columns]
    return CostTable(dates, costs.series, values)


def zero_days(costs: DailyCosts, joined: date | None = None) -> tuple[date, ...]:
    """Days without any row on which the account is known to have cost nothing, which is not known
    of others: it has lain dormant since it joined the organisation, or often has no row for some
    days (its one job runs on Sundays). `joined`: None where nobody knows."""
    known = set(costs.known_days)
    first = next((i for i, day in enumerate(costs.dates) if day in known), len(costs.dates))
    dormant = tuple(day for day in costs.dates[:first] if joined is not None and day >= joined)
    zeros = dormant if len(dormant) >= _DORMANT_DAYS else ()
    gaps: list[list[date]] = [[]]
    for day in costs.dates[first:]:
        if day not in known:
            gaps[-1].append(day)
        elif gaps[-1]:
            gaps.append([])
    *past, latest = gaps
    habitual = [gap for gap in past if len(gap) <= _MAX_HABITUAL_GAP_DAYS]
    if len(habitual) < _MIN_HABITUAL_GAPS:
        return zeros
    if len(latest) <= max(map(len, habitual)):
        habitual.append(latest)
    return (*zeros, *(day for gap in habitual for day in gap))


def without_gaps(
    costs: Floats, dates: tuple[date, ...]
) -> tuple[Floats, tuple[date, ...], list[int]]:
    """`costs` [series, days] of all days from the first to the last of `dates`, those days, and at
    which of them `dates` stand. A day between goes on as it was before it: what that weekday cost
    in four weeks, and as much above it as the last three days."""
    span = (dates[-1] - dates[0]).days + 1
    at = [(day - dates[0]).days for day in dates]
    if span == len(dates):
        return costs, dates, at
    filled = np.full((len(costs), span), np.nan)
    filled[:, at] = costs
    born = np.maximum.accumulate(~np.isnan(filled), axis=1)
    known = np.zeros(span, dtype=bool)
    known[at] = True
    for day in np.flatnonzero(~known):
        last = np.flatnonzero(known[:day])[-3:]
        above = np.array([_value(filled, i) - _usual(filled, known, int(i)) for i in last])
        usual = _usual(filled, known, int(day)) + np.median(above, axis=0)
        filled[:, day] = np.where(born[:, day], np.maximum(usual, 0.0), np.nan)
    return filled, tuple(dates[0] + timedelta(days=i) for i in range(span)), at


def _usual(costs: Floats, known: Flags, day: int) -> Floats:
    """What the weekday of `day` cost in the four weeks before; the last known day where none of
    them is known."""
    same = [i for i in range(day - 28, day, 7) if i >= 0 and known[i]]
    if not same:
        same = [int(i) for i in np.flatnonzero(known[:day])[-1:]] or [day]
    return np.asarray(np.median(np.nan_to_num(costs[:, same]), axis=1))


def _value(costs: Floats, day: int) -> Floats:
    return np.nan_to_num(costs[:, day])


def _by_day(
    given: Sequence[date], scan_date: date, values: Floats
) -> tuple[tuple[date, ...], Floats]:
    first = min(given)
    dates = tuple(first + timedelta(days=i) for i in range((scan_date - first).days + 1))
    if tuple(given) == dates:
        return dates, values
    sums = np.zeros((len(values), len(dates)))
    rows = np.zeros(sums.shape, dtype=bool)
    for column, day in enumerate(given):
        position = (day - first).days
        present = ~np.isnan(values[:, column])
        sums[:, position] += np.where(present, values[:, column], 0.0)
        rows[:, position] |= present
    return dates, np.where(rows, sums, np.nan)
