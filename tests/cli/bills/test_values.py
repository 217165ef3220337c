"""Dates and amounts are read as they were meant, asked about where they may mean two things, and
never guessed."""

from __future__ import annotations

from datetime import date

import pytest

from whyspike.cli.bills.values import (
    Readings,
    amount_column,
    amount_readings,
    date_column,
    date_readings,
)
from whyspike.errors import InvalidInput

POINT, COMMA = 0, 1


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12.50", 12.5),
        ("12,50", 12.5),
        ("1,234.50", 1234.5),
        ("1.234,50", 1234.5),
        ("1 234,50", 1234.5),
        ("1\u202f234,50", 1234.5),
        ("1'234.50", 1234.5),
        ("12,34,567.80", 1234567.8),
        ("$1,234.50", 1234.5),
        ("US$ 12.50", 12.5),
        ("12,50 €", 12.5),
        ("EUR 12,50", 12.5),
        ("($45.10)", -45.1),
        ("-$45.10", -45.1),
        ("$-45.10", -45.1),
        ("45.10-", -45.1),
        ("−45.10", -45.1),
        ("+45.10", 45.1),
        (".5", 0.5),
        ("0.000000012", 1.2e-8),
        ("1.5E-7", 1.5e-7),
        ("0", 0.0),
    ],
)
def test_an_amount_that_means_one_thing_is_read(text: str, amount: float) -> None:
    found = amount_readings(text)
    assert {value for value in (found.one, found.other) if value is not None} == {amount}


@pytest.mark.parametrize(
    "text", ["n/a", "", "-", "12 34", "1,23,4.5", "1.2.3,4", "nan", "inf", "--5"]
)
def test_what_is_no_amount_is_never_read_as_one(text: str) -> None:
    assert amount_readings(text) == Readings(None, None)


def test_three_digits_behind_one_sign_may_mean_two_amounts() -> None:
    assert amount_readings("1,100") == Readings(1100.0, 1.1)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-09-30", date(2026, 9, 30)),
        ("20260930", date(2026, 9, 30)),
        ("2026/09/30", date(2026, 9, 30)),
        ("2026-09-30 23:00:00", date(2026, 9, 30)),
        ("2026-09-30T23:00:00.000Z", date(2026, 9, 30)),
        ("2026-10-01T00:30:00+02:00", date(2026, 9, 30)),
        ("2026-09-29T20:00:00-0500", date(2026, 9, 30)),
        ("30.09.2026", date(2026, 9, 30)),
        ("30/09/2026", date(2026, 9, 30)),
        ("9/30/2026", date(2026, 9, 30)),
        ("9/30/26 0:00", date(2026, 9, 30)),
        ("30-Sep-2026", date(2026, 9, 30)),
        ("30 September 2026", date(2026, 9, 30)),
        ("Sep 30, 2026", date(2026, 9, 30)),
        ("Wednesday, September 30, 2026", date(2026, 9, 30)),
        ("2026-09", date(2026, 9, 1)),
        ("Sep 2026", date(2026, 9, 1)),
    ],
)
def test_a_date_that_means_one_day_is_read(text: str, day: date) -> None:
    found = date_readings(text)
    assert {value for value in (found.one, found.other) if value is not None} == {day}


@pytest.mark.parametrize("text", ["", "31/31/2026", "2026-02-30", "tomorrow", "12.50", "1234"])
def test_what_is_no_date_is_refused(text: str) -> None:
    assert date_readings(text) == Readings(None, None)


def test_one_row_settles_the_order_of_day_and_month_for_all() -> None:
    column = date_column(None)
    for line, text in enumerate(("03/04/2026", "13/04/2026"), 2):
        column.see(text, line)
    way = column.settle("costs.csv", str)
    assert column.value("03/04/2026", way) == date(2026, 4, 3)


def test_an_order_that_no_row_settles_is_asked_for_and_can_be_given() -> None:
    def seen(chosen: int | None) -> date:
        column = date_column(chosen)
        column.see("03/04/2026", 2)
        return column.value("03/04/2026", column.settle("costs.csv", str))

    with pytest.raises(InvalidInput, match=r"line 2.*two ways.*--dates day-first"):
        seen(None)
    assert seen(0) == date(2026, 4, 3)
    assert seen(1) == date(2026, 3, 4)


def test_rows_that_contradict_each_other_are_both_named() -> None:
    column = date_column(None)
    for line, text in ((2, "13/04/2026"), (3, "04/14/2026")):
        column.see(text, line)
    with pytest.raises(InvalidInput, match=r"line 2 .*day-first, line 3 .*month-first"):
        column.settle("costs.csv", lambda line: f"row {line}")


def test_an_amount_settles_the_decimal_sign_for_all() -> None:
    column = amount_column(None)
    for line, text in ((2, "1,100"), (3, "7,5")):
        column.see(text, line)
    assert column.settle("costs.csv", str) == COMMA
    assert column.value("1,100", COMMA) == 1.1


def test_amounts_that_nothing_settles_are_asked_for() -> None:
    column = amount_column(None)
    column.see("1,100", 2)
    with pytest.raises(InvalidInput, match="--decimal comma"):
        column.settle("costs.csv", str)
    assert amount_column(POINT).value("1,100", POINT) == 1100.0


def test_every_line_that_cannot_be_read_is_named() -> None:
    column = amount_column(None)
    for line, text in ((2, "5"), (9, "n/a"), (33, "n/a")):
        column.see(text, line)
    with pytest.raises(InvalidInput, match=r"lines 9, 33: cost 'n/a' is no number"):
        column.settle("costs.csv", str)
