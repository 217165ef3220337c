"""One way to write a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from whyspike.words.days import day, days, listed, moment, moment_of, weekdays

FRIDAY = date(2026, 11, 6)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (day(FRIDAY), "Fri 6 Nov"),
        (day(FRIDAY, year=True), "Fri 6 Nov 2026"),
        (day(date(2024, 2, 29)), "Thu 29 Feb"),
        (days(FRIDAY, FRIDAY), "on Fri 6 Nov"),
        (days(date(2026, 10, 30), FRIDAY), "from Fri 30 Oct to Fri 6 Nov"),
        (listed([FRIDAY]), "Fri 6 Nov"),
        (
            listed([date(2026, 10, 31), date(2026, 11, 1), FRIDAY]),
            "Sat 31 Oct to Sun 1 Nov and Fri 6 Nov",
        ),
        (
            listed([date(2026, 11, n) for n in (1, 3, 6, 5)]),
            "Sun 1 Nov, Tue 3 Nov and Thu 5 to Fri 6 Nov",
        ),
        (moment_of("yesterday <!channel>"), ""),
        (moment_of(None), ""),
        (weekdays(FRIDAY), "Fridays"),
        (moment(datetime(2026, 11, 6, 9, 5, 59, tzinfo=UTC)), "Fri 6 Nov, 09:05 UTC"),
        (moment(datetime(2026, 11, 6, 9, 5, tzinfo=UTC), year=True), "Fri 6 Nov 2026, 09:05 UTC"),
        (moment_of("2026-11-06T09:05:59Z"), "Fri 6 Nov, 09:05 UTC"),
        (
            moment(datetime(2026, 11, 6, 1, 0, tzinfo=timezone(timedelta(hours=2)))),
            "Thu 5 Nov, 23:00 UTC",
        ),
    ],
)
def test_days_are_words(text: str, expected: str) -> None:
    assert text == expected
