"""Charges other than usage: credits that ran out, commitments that ended, fees that come for the
first time.

Refunds and taxes follow from other charges and are never judged. A charge that comes every month is
silent once it came in an earlier month at the same place, give or take a third.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from whyspike.detection.months import same_day_of_earlier_months, turn_of_month
from whyspike.detection.table import Flags, Floats, days_until
from whyspike.model import BillingReason, Kind, RecordClass
from whyspike.words.amounts import dollars
from whyspike.words.days import day as written

_STEADY_DAYS = 10  # of the fortnight before: such a credit or negation is a daily one
_FORTNIGHT = 14
_RECURRING = 1.5  # a monthly charge may grow by half and is still the same charge
_MONTH = 32  # history in which a monthly charge must have shown


@dataclass(frozen=True)
class Charge:
    """What happened to a series that is not usage. `expected` is of `last`, in dollars; `impact` is
    summed from `onset` on."""

    onset: int
    last: int
    kind: Kind
    billing_reason: BillingReason
    expected: float
    impact: float
    ongoing: bool
    reason: str


def judge_charge(
    costs: Floats,
    record_class: RecordClass,
    dates: Sequence[date],
    least: float,
    complete: bool,
    in_view: int,
) -> Charge | None:
    """`costs` [days] of one series, NaN for no row; `least` in dollars. `complete`: the last day's
    bill is all there."""
    if record_class in {RecordClass.USAGE, RecordClass.REFUND, RecordClass.TAX}:
        return None
    values = np.nan_to_num(costs)
    if record_class in {RecordClass.CREDIT, RecordClass.COMMITMENT}:
        ended = _ended(values, record_class, dates, least, complete)
        if ended is not None or record_class is RecordClass.CREDIT:
            return ended
    return _first_charge(values, record_class, dates, least, in_view)


def may_be_charged(values: Floats, least: Floats, in_view: int, newest: int) -> Flags:
    """[series, newest days] of series [series, days] that are no usage: where something may have
    ended, or was charged."""
    recent = days_until(values, in_view + 1, newest, 0.0).max(axis=2) >= least[:, None]
    taken_off = np.logical_or.accumulate(values < 0, axis=1)
    return np.asarray(recent | taken_off[:, -newest:])


def _ended(
    values: Floats, record_class: RecordClass, dates: Sequence[date], least: float, complete: bool
) -> Charge | None:
    """A daily deduction that shrank to less than half and stayed so: the account pays what it
    covered."""
    days = len(values) if complete else len(values) - 1
    if not (values < 0).any():
        return None
    for onset in range(max(_FORTNIGHT, days - _FORTNIGHT), days):
        before = values[onset - _FORTNIGHT : onset]
        usual = float(np.median(before))
        if (before < 0).sum() < _STEADY_DAYS or -usual < least:
            continue
        since = values[onset:days]
        if (since <= 0.5 * usual).any() or (
            len(since) == 1 and since[0] < 0.0 and onset + 1 == len(values)
        ):
            continue
        billing_reason = (
            BillingReason.CREDITS_USED_UP
            if record_class is RecordClass.CREDIT
            else BillingReason.COMMITMENT_EXPIRED
        )
        name = "Credits" if record_class is RecordClass.CREDIT else "The commitment"
        last = len(values) - 1
        reason = (
            f"{name} took {dollars(-usual)} off each day until {written(dates[onset - 1])}; since"
            f" then {dollars(-float(since[-1]))}."
        )
        return Charge(
            onset,
            last,
            Kind.LEVEL_SHIFT,
            billing_reason,
            usual,
            float((values[onset:] - usual).sum()),
            True,
            reason,
        )
    return None


def _first_charge(
    values: Floats, record_class: RecordClass, dates: Sequence[date], least: float, in_view: int
) -> Charge | None:
    days = len(values)
    if values[max(0, days - 1 - in_view) :].max() < least:
        return None
    usual = same_day_of_earlier_months(values, dates)
    for day in range(max(0, days - 1 - in_view), days):
        near = np.max(values[max(0, day - 35) : max(0, day - 20)], initial=0.0)  # slips
        known = max(usual[day], near, _level(values, day)) * _RECURRING
        if values[day] < least or values[day] <= known:
            continue
        turn = bool(turn_of_month(dates)[day])
        if turn and day < _MONTH and record_class is not RecordClass.COMMITMENT:
            return None  # too little history to know whether it comes every month
        billing_reason = (
            BillingReason.CALENDAR_CHARGE
            if turn and record_class is RecordClass.FEE
            else BillingReason.FEE
        )
        if record_class is RecordClass.OTHER:
            billing_reason = BillingReason.OTHER
        ongoing = bool(day < days - 1 and (values[day + 1 :] >= 0.5 * values[day]).all())
        what = (
            "a charge of the month's turn, seen"
            if billing_reason is BillingReason.CALENDAR_CHARGE
            else "a charge seen"
        )
        reason = (
            f"{dollars(float(values[day]))} on {written(dates[day])}: {what} for the first time in"
            f" {day} days."
        )
        kind, last = (Kind.LEVEL_SHIFT, days - 1) if ongoing else (Kind.SPIKE, day)
        impact = sum(float(values[at]) - _level(values, at) for at in range(day, last + 1))
        before = _level(values, day)
        return Charge(day, last, kind, billing_reason, before, impact, ongoing, reason)
    return None


def _level(values: Floats, day: int) -> float:
    """Of the fortnight before."""
    return float(np.median(values[max(0, day - _FORTNIGHT) : day])) if day else 0.0
