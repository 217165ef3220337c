"""What a unit of a usage type costs: a rise that less use hides from the bill, and use that a fall
of the price hides. A line of the digest, never an alert."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from whyspike.detection.settings import Limits
from whyspike.detection.table import Floats
from whyspike.model import CostSeries

_STEADY_DAYS = 3  # of the new price, before it is one
_KNOWN_DAYS = 56  # of the old one: they hold the tiers of a month
_MIN_KNOWN_DAYS = 28
_MIN_SHARE = 0.05  # of the price, however many dollars it makes: discounts move by a few percent
_FLAT = 0.5  # of what a lower price saves, at most, that may be missing on the bill


@dataclass(frozen=True)
class PriceChange:
    """`onset` is the index of the first day of the new price. Prices are of a unit, quantities of a
    day."""

    onset: int
    price_before: float
    price: float
    quantity_before: float
    quantity: float

    @property
    def rose(self) -> bool:
        return self.price > self.price_before

    @property
    def actual(self) -> float:
        """Dollars of a day."""
        return self.price * self.quantity

    @property
    def expected(self) -> float:
        """Of a day at the old price; where the price fell, of the old quantity at the new one."""
        return self.price_before * self.quantity if self.rose else self.price * self.quantity_before

    def is_large(self, limits: Limits) -> bool:
        usd, moved = self.actual - self.expected, abs(self.price / self.price_before - 1.0)
        return usd >= limits.minimum_usd and (
            moved >= limits.minimum_share or usd >= limits.large_usd
        )


def quantities_of(
    series: Sequence[CostSeries], given: Sequence[date], dates: Sequence[date]
) -> Floats:
    """[series, days] of `dates`, NaN where the bill does not say how much was used; the series hold
    the days `given`."""
    at = {day: place for place, day in enumerate(given)}
    values = [
        [None] * len(dates) if s.quantities is None else [s.quantities[at[day]] for day in dates]
        for s in series
    ]
    return np.array(values, dtype=np.float64).reshape(len(series), len(dates))


def price_changes(costs: Floats, quantities: Floats, view: int) -> dict[int, PriceChange]:
    """Of usage types [series, days], by their place: those that began in the last `view` days,
    three days ago at the latest. The new price lies beyond all prices of two months but one day's;
    where it is lower, the bill stayed about as it was."""
    used = (quantities > 0) & (costs > 0)
    prices = np.divide(costs, quantities, out=np.full(costs.shape, np.nan), where=used)
    newest = prices[:, -_STEADY_DAYS:]
    if prices.shape[1] < _MIN_KNOWN_DAYS + _STEADY_DAYS:
        return {}
    earlier = prices[:, : -_STEADY_DAYS - view][:, -_KNOWN_DAYS:]
    known = used[:, : -_STEADY_DAYS - view].sum(axis=1) > 0
    moved = np.zeros(len(prices), dtype=bool)
    usual = np.nanmedian(earlier[known], axis=1)[:, None]
    moved[known] = (np.abs(newest[known] / usual - 1.0) >= _MIN_SHARE).all(axis=1)
    found = {int(row): _change(prices[row], quantities[row], view) for row in np.flatnonzero(moved)}
    return {row: change for row, change in found.items() if change is not None}


def _change(prices: Floats, quantities: Floats, view: int) -> PriceChange | None:
    days = len(prices)
    for onset in range(max(_MIN_KNOWN_DAYS, days - view), days - _STEADY_DAYS + 1):
        since = prices[onset:]
        known = np.sort(prices[max(0, onset - _KNOWN_DAYS) : onset])
        known = known[~np.isnan(known)]
        if len(known) < _MIN_KNOWN_DAYS or np.isnan(since).any():
            continue
        change = PriceChange(
            onset,
            float(np.median(known)),
            float(np.median(since)),
            float(np.nanmedian(quantities[onset - _MIN_KNOWN_DAYS : onset])),
            float(np.median(quantities[onset:])),
        )
        if since.min() > known[-2] or (since.max() < known[1] and _flat(change)):
            return change
    return None


def _flat(change: PriceChange) -> bool:
    saved = (change.price_before - change.price) * change.quantity
    missing = change.price_before * change.quantity_before - change.actual
    return abs(missing) <= _FLAT * saved
