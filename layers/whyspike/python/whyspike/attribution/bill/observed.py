"""What the bill shows without a conclusion, for a reader who may see another cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median

from whyspike.attribution.bill.plan import Case
from whyspike.knowledge.families import strip_region_prefix
from whyspike.model import CostAnswer, CostSeries
from whyspike.model.evidence import LineByDay, LinesByDay, RegionMove

MAX_LINES = 10
MAX_REGIONS = 12
SHOWN_DAYS = 10  # before the onset and since: enough to see a shape
USUAL_DAYS = 28
MIN_MOVE_USD = 0.5
MIN_MOVE_SHARE = 0.02  # of the largest move: the rest is how days differ
_DIGITS = 4  # of a quantity and a unit price


def lines_by_day(case: Case, answers: Sequence[CostAnswer] = ()) -> LinesByDay:
    """The ten lines that moved most from the four weeks before the onset to the judged day, with
    their cost by day; days that the bill does not have are left out. Nothing where the bill was not
    read by usage type. `answers` give quantities."""
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
    least = max(MIN_MOVE_USD, MIN_MOVE_SHARE * max((line[0] for line in lines), default=0.0))
    moved = sorted((line for line in lines if line[0] >= least), key=lambda line: -line[0])
    metered = _metered(answers)
    shown = moved[:MAX_LINES]
    return LinesByDay(
        lines=tuple(
            _line(case, series, usual, first, metered.get(series.usage_type or ""))
            for _, series, usual in shown
        ),
        moved_in_other_regions=tuple(_elsewhere(case, moved, shown))[:MAX_REGIONS],
    )


@dataclass
class _Meter:
    """A usage type in the answers: its quantity and what was paid for it, by day."""

    unit: str = ""
    quantity: dict[date, float] = field(default_factory=lambda: defaultdict(float))
    cost: dict[date, float] = field(default_factory=lambda: defaultdict(float))

    def unit_price(self, start: date, end: date) -> float | None:
        """Dollars a unit from `start` to the day before `end`."""
        days = [day for day in self.quantity if start <= day < end]
        quantity = sum(self.quantity[day] for day in days)
        if quantity <= 0:
            return None
        return _rounded(sum(self.cost[day] for day in days) / quantity)


def _metered(answers: Sequence[CostAnswer]) -> Mapping[str, _Meter]:
    """Each usage type by the first answer that holds it: every answer has all of its rows."""
    found: dict[str, _Meter] = {}
    for answer in answers:
        if answer.query.group_by[:1] != ("USAGE_TYPE",) or answer.query.with_resources:
            continue
        meters: dict[str, _Meter] = {}
        for row in answer.rows:
            meter = meters.setdefault(row.keys[0], _Meter())
            meter.unit = meter.unit or row.unit
            meter.quantity[row.usage_date] += row.quantity
            meter.cost[row.usage_date] += row.cost
        found = meters | found
    return {name: meter for name, meter in found.items() if meter.unit}


def _line(
    case: Case, series: CostSeries, usual: float, first: int, meter: _Meter | None
) -> LineByDay:
    dates = case.costs.dates
    onset, end = case.item.onset, case.scan_date + timedelta(days=1)
    return LineByDay(
        service=series.service,
        usage_type=series.usage_type or "",
        usual_usd=round(usual, 2),
        daily_usd={
            day: round(cost, 2)
            for day, cost in zip(dates[first:], series.costs[first:], strict=True)
            if cost is not None
        },
        unit=meter.unit if meter else None,
        daily_quantity=(
            {day: _rounded(meter.quantity[day]) for day in dates[first:] if day in meter.quantity}
            if meter
            else None
        ),
        usd_per_unit_before=(
            meter.unit_price(onset - timedelta(days=USUAL_DAYS), onset) if meter else None
        ),
        usd_per_unit_after=meter.unit_price(onset, end) if meter else None,
    )


def _elsewhere(
    case: Case,
    moved: Sequence[tuple[float, CostSeries, float]],
    shown: Sequence[tuple[float, CostSeries, float]],
) -> Iterator[RegionMove]:
    """The meters of the flagged services that moved in further Regions."""
    told = {series.usage_type for _, series, _ in shown}
    meters = {
        (series.service, strip_region_prefix(series.usage_type or ""))
        for _, series, _ in shown
        if series.service in case.services
    }
    for _, series, usual in moved:
        name = series.usage_type or ""
        if name not in told and (series.service, strip_region_prefix(name)) in meters:
            yield RegionMove(
                usage_type=name, usual_usd=round(usual, 2), actual_usd=round(_last(series), 2)
            )


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _last(series: CostSeries) -> float:
    return series.costs[-1] or 0.0


def _usual(series: CostSeries, before: list[int]) -> float:
    return median([series.costs[place] or 0.0 for place in before] or [0.0])
