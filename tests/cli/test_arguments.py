"""What a person may write for dates and accounts, and the one line that says what is wrong."""

from __future__ import annotations

from datetime import date

import pytest

from whyspike.cli.arguments import check_accounts, check_scan_date, parse_accounts, parse_date
from whyspike.errors import InvalidInput

CLOCK = date(2026, 11, 6)


def test_a_date_is_read_as_iso_8601() -> None:
    assert parse_date("2026-11-06", "--scan-date") == CLOCK


@pytest.mark.parametrize(
    "text",
    [
        "2026-13-01",
        "2026-02-30",
        "06.11.2026",
        "2026-11-6",
        "20261106",
        "yesterday",
        "",
        "2026-11-06T00:00",
    ],
)
def test_anything_else_is_no_date_and_the_line_says_how_to_write_one(text: str) -> None:
    with pytest.raises(
        InvalidInput, match=r"--scan-date .* is no date\. Remedy: write it as YYYY-MM-DD"
    ):
        parse_date(text, "--scan-date")


@pytest.mark.parametrize(
    ("day", "says"),
    [
        pytest.param(
            date(2026, 11, 7), "after the newest day of the data, 2026-11-06", id="future"
        ),
        pytest.param(
            date(2025, 9, 30), "older than the 13 months", id="older than Cost Explorer keeps"
        ),
        pytest.param(
            date(2026, 7, 1), "before the first day of the bills, 2026-07-30", id="before the bills"
        ),
    ],
)
def test_a_date_that_the_data_do_not_reach_is_refused_with_the_nearest_one(
    day: date, says: str
) -> None:
    with pytest.raises(InvalidInput, match=says) as refused:
        check_scan_date(day, CLOCK, date(2026, 7, 30))
    assert "Remedy: give " in str(refused.value)


@pytest.mark.parametrize("day", [CLOCK, date(2026, 7, 30), date(2026, 9, 1)])
def test_a_date_within_the_data_is_taken(day: date) -> None:
    assert check_scan_date(day, CLOCK, date(2026, 7, 30)) == day


def test_the_first_day_of_the_thirteenth_month_before_is_still_kept() -> None:
    assert check_scan_date(date(2025, 10, 1), CLOCK, None) == date(2025, 10, 1)


def test_account_ids_are_separated_by_commas_and_named_once() -> None:
    assert parse_accounts("111122223333, 444455556666,111122223333") == (
        "111122223333",
        "444455556666",
    )
    assert parse_accounts(None) == ()


@pytest.mark.parametrize(
    "text", ["", " , ", "shop-prod", "12345", "1111222233334", "111122223333;444455556666"]
)
def test_what_is_no_account_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="--accounts"):
        parse_accounts(text)


def test_an_account_outside_the_organisation_is_named_with_some_that_are_inside() -> None:
    known = [f"{number:012d}" for number in range(1, 9)]
    with pytest.raises(InvalidInput) as refused:
        check_accounts(("999999999999", known[0]), known, "my-organisation")
    assert (
        str(refused.value)
        == "--accounts: 999999999999 not in my-organisation. Remedy: choose from its 8 accounts: "
        "000000000001, 000000000002, 000000000003, 000000000004, 000000000005, ..."
    )
