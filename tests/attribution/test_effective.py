"""Effective cost beside what was billed: a fee paid at once is small by the day, and only a
commitment makes it worth saying."""

from __future__ import annotations

from datetime import date, timedelta

from tests.support.explained import explained
from tests.support.variations import account, catalogue
from whyspike.attribution.bill.cause import Effective
from whyspike.attribution.bill.cells import Grid, effective_of
from whyspike.model import CostAnswer, CostQuery, CostRow
from whyspike.model.evidence import BillLine, UsdPerDay

START = date(2026, 3, 2)
DATES = [START + timedelta(days=i) for i in range(20)]
ONSET = DATES[18]


def grid(*rows: tuple[str, str, float, float]) -> Grid:
    """Rows of (usage type, record type, effective USD a day before the onset, from it on)."""
    made = [
        CostRow(day, (usage_type, record_type), 1.0, effective=after if day >= ONSET else before)
        for usage_type, record_type, before, after in rows
        for day in DATES
    ]
    return Grid.of(
        CostAnswer(CostQuery(START, ONSET, ("USAGE_TYPE", "RECORD_TYPE")), tuple(made), 1), DATES
    )


def test_covered_usage_and_its_fees_are_told_together_without_credits() -> None:
    found = grid(
        ("Box", "SavingsPlanCoveredUsage", 10.0, 12.0),
        ("Box", "Usage", 1.0, 50.0),
        ("Box", "Credit", -5.0, -5.0),
    )

    assert effective_of(found, "Box", ONSET) == Effective(11.0, 62.0)
    assert effective_of(found, "Other", ONSET) is None


def test_without_a_commitment_nothing_is_told() -> None:
    assert (
        effective_of(grid(("Box", "Usage", 1.0, 50.0), ("Box", "Credit", -1.0, -1.0)), "Box", ONSET)
        is None
    )


def test_without_the_metric_nothing_is_told() -> None:
    row = CostRow(ONSET, ("Box", "SavingsPlanCoveredUsage"), 1.0)
    answer = CostAnswer(CostQuery(START, ONSET, ("USAGE_TYPE", "RECORD_TYPE")), (row,), 1)

    assert effective_of(Grid.of(answer, DATES), "Box", ONSET) is None


def test_a_savings_plan_that_was_paid_at_once_is_told_by_the_day_too() -> None:
    bought = next(
        variation for variation in catalogue("plain") if variation.name == "savings-plan-bought"
    )
    told = explained(bought, account(bought))
    bill, *_ = [item.content for item in told.items if isinstance(item.content, BillLine)]

    assert bill.actual_usd_per_day > 20_000
    assert bill.effective_usd_per_day == UsdPerDay(before=0.0, after=57.47)
    assert (
        "effective cost (commitments spread over their term, discounts taken off) is $57.47 a day"
        in told.explanation.text
    )
    assert "It is for one year, paid all upfront." in told.explanation.text
    assert told.requests <= 4, "asked in the same requests"
