"""The sentence that says why an anomaly was flagged, from its own numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from whyspike.detection.shape import Shape
from whyspike.detection.table import Floats
from whyspike.model import Kind

_MONTHS = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)  # not the locale's
_WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


def dollars(value: float) -> str:
    sign = "-" if value < 0 else ""
    return f"{sign}${abs(value):,.2f}" if abs(value) < 100 else f"{sign}${abs(value):,.0f}"


def day_name(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]}"


def span(low: float, high: float) -> str:
    return dollars(high) if dollars(low) == dollars(high) else f"{dollars(low)} to {dollars(high)}"


def usage_reason(values: Floats, dates: Sequence[date], shape: Shape, kind: Kind) -> str:
    """What was ordinary, and what the last day of the anomaly cost."""
    onset, last = shape.onset, shape.last
    told = f"{day_name(dates[last])} cost {dollars(float(values[last]))}"
    past = values[max(0, onset - 56) : onset]
    if kind is Kind.NEW_SERVICE or not (past > 0).any():
        return (
            f"Nothing was spent here in the {onset} days before {day_name(dates[onset])}; {told}."
        )
    weekdays = np.array([day.weekday() for day in dates[max(0, onset - 56) : onset]])
    same = past[weekdays == dates[last].weekday()]
    low, high = np.quantile(past, [0.1, 0.9])
    if shape.baseline.weekly and len(same) >= 2:
        usual = (
            f"{_WEEKDAYS[dates[last].weekday()]} cost {span(float(same.min()), float(same.max()))}"
            f" in the {len(same)} weeks before"
        )
    elif (past > 0).mean() < 0.5:
        paid = past[past > 0]
        days = "one day" if len(paid) == 1 else f"{len(paid)} of {len(past)} days"
        usual = f"{days} had a cost, {span(float(paid.min()), float(paid.max()))}"
    else:
        usual = (
            f"Days cost {span(float(low), float(high))} in the {len(past)} days before"
            f" {day_name(dates[onset])}"
        )
    more = {
        Kind.RAMP: f" after rising for {last - onset + 1} days",
        Kind.BURST: " and was not the only such day",
        Kind.DROP: ", below all of them",
    }.get(kind, "")
    return f"{usual}; {told}{more}."
