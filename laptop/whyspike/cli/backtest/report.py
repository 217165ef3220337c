"""backtest.html: what would have been told by day, month and owner, and a chart for each service
with its alerts marked. One file that asks nothing of anybody; the template escapes every text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader

from whyspike.cli.backtest.past import History, Past, SweepRow, months
from whyspike.cli.backtest.replay import ToldLine
from whyspike.cli.backtest.view import amount_of, summary
from whyspike.detection import DetectionSettings
from whyspike.words.amounts import dollars
from whyspike.words.days import day as written
from whyspike.words.services import service_name

MAX_CHARTS = 60  # those with alerts first, then the dearest
_WIDTH, _HEIGHT, _FLOOR, _TOP = 720.0, 130.0, 110.0, 12.0
_NUMBERS = ("messages", "new", "over expected", "alerts", "a week", "dollars caught")
_LABELLED_MONTHS = 13  # beyond, every second one


@dataclass(frozen=True)
class ServiceChart:
    """Daily costs of one service as bars; `marks` where something was told."""

    title: str
    said: str
    bars: Sequence[tuple[float, float, str]]
    marks: Sequence[float]
    months: Sequence[tuple[float, str]]
    step: float
    width: float = _WIDTH
    height: float = _HEIGHT
    floor: float = _FLOOR


def write_report(
    file: Path,
    past: Past,
    histories: Sequence[History],
    rows: Sequence[SweepRow],
    settings: DetectionSettings,
) -> None:
    environment = Environment(
        loader=PackageLoader("whyspike.cli.backtest", "."), autoescape=True, trim_blocks=True
    )
    charts, count = _charts(past, histories)
    page = environment.get_template("report.html.jinja").render(
        period=f"{written(past.days[0], year=True)} to {written(past.days[-1], year=True)}",
        summary=summary(past),
        settings=settings,
        least=dollars(settings.minimum_impact_usd),
        tables=[table for table in _tables(past, rows) if table[2]],
        numbers=_NUMBERS,
        charts=charts,
        shown=f"{len(charts)} of {count}, those with alerts first, then the dearest.",
    )
    file.write_text(page, encoding="utf-8")


_Row = Sequence[tuple[str, str]]


def _tables(past: Past, rows: Sequence[SweepRow]) -> list[tuple[str, Sequence[str], list[_Row]]]:
    messages = [line for line in past.messages if line.change is not None]
    owners = {judged.account: judged.owner for judged in past.judged}
    by_month = [
        (f"{month:%B %Y}", [m for m in messages if m.scan_date.replace(day=1) == month])
        for month in months(past.days[0], past.days[-1])
    ]
    by_owner = Counter(owners[line.account] for line in messages)
    return [
        _table(
            "By month", ("month", *_COUNTED), [(name, *_counts(said)) for name, said in by_month]
        ),
        _table(
            "By owner",
            ("owner", *_COUNTED),
            [
                (owner, *_counts([line for line in messages if owners[line.account] == owner]))
                for owner, _ in by_owner.most_common()
            ],
        ),
        _table(
            "Messages",
            ("day", "told", "account", "service", "over expected", "why it stood out"),
            [_said(line) for line in messages],
        ),
        _table(
            "Other settings",
            ("rule", "alerts", "a week", "dollars caught"),
            [(r.name, f"{r.alerts}", f"{r.alerts_a_week:.1f}", dollars(r.usd)) for r in rows],
        ),
    ]


_COUNTED = ("messages", "new")


def _table(
    title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]
) -> tuple[str, Sequence[str], list[_Row]]:
    return title, headings, [list(zip(headings, row, strict=True)) for row in rows]


def _counts(lines: Sequence[ToldLine]) -> tuple[str, str]:
    new = sum(line.change is not None and line.change.before is None for line in lines)
    return f"{len(lines)}", f"{new}"


def _said(line: ToldLine) -> tuple[str, ...]:
    assert line.change is not None  # noqa: S101  messages have one
    leading = line.change.after.leading
    return (
        written(line.scan_date, year=True),
        line.told,
        line.account,
        service_name(leading.service),
        amount_of(line),
        leading.reason,
    )


def _charts(past: Past, histories: Sequence[History]) -> tuple[list[ServiceChart], int]:
    """Charts, and how many services there are."""
    told: dict[tuple[str, str], set[date]] = {}
    for line in past.messages:
        if line.change is not None:
            for member in line.change.after.current:
                told.setdefault((line.account, member.anomaly.service), set()).add(line.scan_date)
    every = [
        (history, row, told.get((history.account, service), set()))
        for history in histories
        for row, service in enumerate(history.services)
    ]
    every.sort(key=lambda one: (not one[2], -float(one[0].costs[one[1]].sum())))
    return [_chart(*one) for one in every[:MAX_CHARTS]], len(every)


def _chart(history: History, row: int, marked: set[date]) -> ServiceChart:
    costs, dates = history.costs[row], history.dates
    step = _WIDTH / len(dates)
    top = max(float(costs.max()), 0.01)
    bars = [
        (
            round(i * step, 1),
            round(_FLOOR - (_FLOOR - _TOP) * max(cost, 0.0) / top, 1),
            "hot" if day in marked else "bar",
        )
        for i, (day, cost) in enumerate(zip(dates, costs, strict=True))
    ]
    starts = [month for month in months(dates[0], dates[-1]) if month >= dates[0]]
    kept = starts[:: 1 + len(starts) // (_LABELLED_MONTHS + 1)]
    name = service_name(history.services[row])
    return ServiceChart(
        name if history.account == "-" else f"{name} in {history.account}",
        f"{dollars(float(np.median(costs)))} on a usual day, {dollars(top)} at most;"
        f" {len(marked) or 'nothing'} told",
        bars,
        [round(((day - dates[0]).days + 0.5) * step, 1) for day in sorted(marked)],
        [(round((month - dates[0]).days * step, 1), f"{month:%b}") for month in kept],
        round(max(step * 0.8, 0.4), 2),
    )
