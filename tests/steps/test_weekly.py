"""When the weekly summary is due: with the daily scan that runs on its day, and with no other."""

from __future__ import annotations

from datetime import date

import pytest

from whyspike.model import Scan
from whyspike.steps.configuration import Configuration
from whyspike.steps.weekly import WEEKDAYS, is_due

SUNDAY, MONDAY = date(2026, 11, 22), date(2026, 11, 23)


def due(scan: Scan, weekly_summary: str = "MON") -> bool:
    return is_due(Configuration("bucket", "table", weekly_summary=weekly_summary), scan)


def test_the_scan_that_runs_on_the_day_sums_up_the_days_before() -> None:
    assert due(Scan("2026-11-22", SUNDAY, today=MONDAY))
    assert [day for day in WEEKDAYS if due(Scan("2026-11-22", SUNDAY, today=MONDAY), day)] == [
        "MON"
    ]


NOT_DUE = {
    "of single accounts": Scan("2026-11-22-111122223333", SUNDAY, today=MONDAY),
    "of an older day": Scan("2026-11-22", SUNDAY, today=date(2026, 11, 30)),
    "of another day": Scan("2026-11-23", MONDAY, today=date(2026, 11, 24)),
}


@pytest.mark.parametrize("scan", NOT_DUE.values(), ids=NOT_DUE)
def test_another_scan_sums_nothing_up(scan: Scan) -> None:
    assert not due(scan)


def test_off_is_off() -> None:
    assert not due(Scan("2026-11-22", SUNDAY, today=MONDAY), "off")
