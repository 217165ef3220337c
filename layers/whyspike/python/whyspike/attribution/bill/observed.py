"""What the bill shows without a conclusion, for a reader who may see another cause."""

from __future__ import annotations

from datetime import timedelta
from statistics import median

from whyspike.attribution.bill.plan import Case
from whyspike.model import CostSeries
from whyspike.model.evidence import LineByDay, LinesByDay

MAX_LINES = 10
SHOWN_DAYS = 10  # before the onset and since: enough to see a shape
USUAL_DAYS = 28
MIN_MOVE_USD = 0.5


def lines_by_day(case: Case) -> LinesByDay:
    """The ten lines that moved most from the four weeks before the onset to the judged day, with
    their cost by day; days that the bill does not have are left out. Nothing where the bill was not
    read by usage type."""
    dates = case.costs.dates
    first = max(0, len(dates) - max(SHOWN_DAYS, (case.scan_date - case.item.onset).days + 4))
    before = [
        place
        for place, day in enumerate(dates)
        if case.item.onset - timedelta(days=USUAL_DAYS) <= day < case.item.onset
    ]
    lines = [
        (abs(_last(series) - usual), series, usual)
        for series in case.costs.series
        if series.usage_type is not None
        for usual in (_usual(series, before),)
    ]
    moved = sorted((line for line in lines if line[0] >= MIN_MOVE_USD), key=lambda line: -line[0])
    return LinesByDay(
        lines=tuple(
            LineByDay(
                service=series.service,
                usage_type=series.usage_type or "",
                usual_usd=round(usual, 2),
                daily_usd={
                    day: round(cost, 2)
                    for day, cost in zip(dates[first:], series.costs[first:], strict=True)
                    if cost is not None
                },
            )
            for _, series, usual in moved[:MAX_LINES]
        )
    )


def _last(series: CostSeries) -> float:
    return series.costs[-1] or 0.0


def _usual(series: CostSeries, before: list[int]) -> float:
    return median([series.costs[place] or 0.0 for place in before] or [0.0])
