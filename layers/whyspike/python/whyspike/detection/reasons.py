"""The sentence that says why an anomaly was flagged, from its own numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from whyspike.detection.prices import PriceChange
from whyspike.detection.shape import Shape
from whyspike.detection.table import Floats
from whyspike.detection.trends import Trend
from whyspike.knowledge.units import measure_of
from whyspike.model import Kind
from whyspike.words.amounts import dollar_range, dollars, percent, unit_price
from whyspike.words.days import day, month, weekdays


def usage_reason(values: Floats, dates: Sequence[date], shape: Shape, kind: Kind) -> str:
    """What was ordinary, and what the last day of the anomaly cost."""
    onset, last = shape.onset, shape.last
    told = f"{day(dates[last])} cost {dollars(float(values[last]))}"
    past = values[max(0, onset - 56) : onset]
    if kind is Kind.NEW_SERVICE or not (past > 0).any():
        return f"Nothing was spent here in the {onset} days before {day(dates[onset])}; {told}."
    of_week = np.array([each.weekday() for each in dates[max(0, onset - 56) : onset]])
    same = past[of_week == dates[last].weekday()]
    low, high = np.quantile(past, [0.1, 0.9])
    if shape.baseline.weekly and len(same) >= 2:
        usual = (
            f"{weekdays(dates[last])} cost {dollar_range(float(same.min()), float(same.max()))}"
            f" in the {len(same)} weeks before"
        )
    elif (past > 0).mean() < 0.5:
        paid = past[past > 0]
        days = "one day" if len(paid) == 1 else f"{len(paid)} of {len(past)} days"
        usual = f"{days} had a cost, {dollar_range(float(paid.min()), float(paid.max()))}"
    else:
        usual = (
            f"Days cost {dollar_range(float(low), float(high))} in the {len(past)} days before"
            f" {day(dates[onset])}"
        )
    more = {
        Kind.RAMP: f" after rising for {last - onset + 1} days",
        Kind.BURST: " and was not the only such day",
        Kind.DROP: ", below all of them",
    }.get(kind, "")
    return f"{usual}; {told}{more}."


def growth_reason(trend: Trend, lines: Sequence[tuple[str, float]]) -> str:
    """How much a day costs more than before the growth, what that is a month, and in which of the
    `lines` it is."""
    monthly = trend.weeks > 8
    step, last = ("month", "four weeks") if monthly else ("week", "week")
    before = f"{month(trend.since)}" if monthly else f"{day(trend.since)}"
    most = ", ".join(f"{usage_type} ({dollars(usd, sign=True)} a day)" for usage_type, usd in lines)
    return (
        f"Over {trend.weeks} weeks: a day of the last {last} cost {dollars(trend.now)} on average,"
        f" of the {step} before {before} {dollars(trend.before)}: growth in nearly every {step}, by"
        f" {dollars(trend.a_month)} a month so far{f', most of it in {most}' if most else ''}."
    )


def coverage_reason(covered: float, usage: float, on: date) -> str:
    """What commitments paid for of the services that they cover; nothing where the bill takes
    nothing off."""
    if covered <= 0 or usage <= 0:
        return ""
    share = percent(min(covered / usage, 1.0))
    return f" Commitments cover {share} of the usage that they are for on {day(on)}."


_UNITS = {"hours": "An hour", "requests": "A request", "users": "A user", "tokens": "A token"}


def price_reason(usage_type: str, change: PriceChange, dates: Sequence[date]) -> str:
    """What a unit costs now and what it did, and how much is used; nothing of the bill, which
    hides it."""
    unit = _UNITS.get(measure_of(usage_type) or "", "A unit")
    more = change.quantity / change.quantity_before - 1.0
    used = f"{percent(abs(more))} {'more' if more > 0 else 'less'} is used"
    hides = "which hides it on the bill" if change.rose else "which the lower price hides"
    return (
        f"{unit} of {usage_type} costs {unit_price(change.price)} since"
        f" {day(dates[change.onset])}, {unit_price(change.price_before)} before. {used}, {hides}."
    )
