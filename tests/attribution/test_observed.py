"""The lines that moved most, for a reader who may see another cause than the rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from tests.support.explained import flagged
from tests.support.variations import catalogue
from whyspike.attribution.bill.observed import MAX_LINES, lines_by_day
from whyspike.attribution.bill.plan import Case
from whyspike.model import CostSeries, DailyCosts

DAYS = tuple(date(2026, 2, 1) + timedelta(days=number) for number in range(40))
ITEM = replace(flagged(catalogue("plain")[0]), onset=DAYS[-3])


def series(name: str, before: float, after: float, hole: bool = False) -> CostSeries:
    costs: list[float | None] = [*[before] * 37, *[after] * 3]
    if hole:
        costs[-2] = None
    return CostSeries("Amazon EC2", tuple(costs), usage_type=name)


def case(*lines: CostSeries) -> Case:
    return Case(ITEM, DailyCosts("123412341234", DAYS, lines))


def test_the_lines_that_moved_most_come_first_whichever_way_they_moved() -> None:
    seen = lines_by_day(
        case(series("still", 9.0, 9.1), series("up", 1.0, 5.0), series("down", 20.0, 2.0))
    )

    assert [line.usage_type for line in seen.lines] == ["down", "up"]
    assert (seen.lines[1].usual_usd, seen.lines[1].daily_usd[DAYS[-1]]) == (1.0, 5.0)
    assert len(seen.lines[1].daily_usd) == 10


def test_a_day_that_the_bill_does_not_have_is_absent_and_not_zero() -> None:
    (line,) = lines_by_day(case(series("up", 1.0, 5.0, hole=True))).lines

    assert DAYS[-2] not in line.daily_usd


def test_there_are_ten_lines_at_most_and_none_of_a_whole_service() -> None:
    many = [series(f"line-{number}", 1.0, 10.0 + number) for number in range(30)]
    whole = CostSeries("Amazon EC2", many[0].costs)

    assert len(lines_by_day(case(whole, *many)).lines) == MAX_LINES
    assert lines_by_day(case(whole)).lines == ()
