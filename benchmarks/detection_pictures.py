"""A picture for each kind of complaint: the bill, the band of what was expected, the message.

    python -m benchmarks.detection_pictures CASES FILE.svg

CASES is a folder of detection cases (cases.json, csv/). Of each fault the first case that is told
is drawn, replayed as `whyspike backtest` does at the deployed settings.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.detection_adapter import deployed_settings
from whyspike.cli.backtest.replay import ToldLine, replay
from whyspike.cli.bills import BillOnDisk, read_bills
from whyspike.detection.shape import Baseline, Baselines, Width
from whyspike.detection.table import Floats
from whyspike.model import Anomaly
from whyspike.words.amounts import dollars
from whyspike.words.days import day as written

_WIDTH, _HEIGHT, _COLUMNS = 420, 190, 2
_PLOT = (12.0, 44.0, 396.0, 122.0)  # left, top, width, height within a panel
_BEFORE, _AFTER = 49, 10  # days around the onset
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Panel:
    """One message about one series; `days`, `costs` and `baseline` go together."""

    title: str
    said: str
    days: Sequence[date]
    costs: Floats
    baseline: Baseline
    onset: date
    told: date


def panels(folder: Path) -> Iterator[Panel]:
    """The first case of each fault that is told, in the order of the file."""
    done = set()
    for case in json.loads((folder / "cases.json").read_text(encoding="utf-8")):
        fault = case["fault"]
        if fault in done or case.get("flags"):
            continue
        panel = _panel(case, folder)
        if panel is not None:
            done.add(fault)
            yield panel


def _panel(case: dict[str, Any], folder: Path) -> Panel | None:
    first, last = date.fromisoformat(case["from"]), date.fromisoformat(case["to"])
    days = [first + n * _DAY for n in range((last - first).days + 1)]
    for bill in read_bills(folder / "csv" / case["file"]):
        for line in replay(bill, days, deployed_settings()):
            if line.change is not None:
                return _drawn(case["title"], bill, line, line.change.after.leading)
    return None


def _drawn(title: str, bill: BillOnDisk, line: ToldLine, anomaly: Anomaly) -> Panel:
    begin = max(bill.first_day, anomaly.onset - 90 * _DAY)
    end = max(anomaly.onset, line.scan_date) + _AFTER * _DAY
    costs = bill.costs(begin, min(bill.last_day, end)).of_known_days()
    scope = anomaly.service, anomaly.record_class, anomaly.usage_type
    series = next(s for s in costs.series if (s.service, s.record_class, s.usage_type) == scope)
    values = np.nan_to_num(np.array(series.costs, dtype=np.float64))
    settings = deployed_settings()
    width = Width(settings.minimum_impact_usd, settings.large_impact_usd)
    onset = costs.dates.index(anomaly.onset)
    baseline = Baselines(costs.dates).before(values, onset, width)
    told = "in the digest" if line.told == "digest" else "to the owner"
    daily = dollars(float(anomaly.actual_spend - anomaly.expected_spend), sign=True)
    said = f"{anomaly.kind}, {'paid once' if line.once else f'{daily} a day'}; told {told} on"
    return Panel(
        title,
        f"{said} {written(line.scan_date)}",
        costs.dates,
        values,
        baseline,
        anomaly.onset,
        line.scan_date,
    )


def drawing(drawn: Sequence[Panel]) -> str:
    """One SVG of all panels, two beside each other."""
    rows = -(-len(drawn) // _COLUMNS)
    width, height = _COLUMNS * _WIDTH, rows * _HEIGHT
    body = [
        f'<g transform="translate({i % _COLUMNS * _WIDTH},{i // _COLUMNS * _HEIGHT})">'
        f"{_inside(panel)}</g>"
        for i, panel in enumerate(drawn)
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
            f' width="{width}" height="{height}" font-family="sans-serif" font-size="10">',
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            *body,
            "</svg>\n",
        ]
    )


def _inside(panel: Panel) -> str:
    left, top, width, height = _PLOT
    begin = max(0, list(panel.days).index(panel.onset) - _BEFORE)
    costs, band = panel.costs[begin:], panel.baseline
    low, high = band.low[begin:], band.high[begin:]
    most = 1.05 * max(float(costs.max()), float(high.max()), 0.01)
    steps = max(len(costs) - 1, 1)

    def at(i: int, value: float) -> str:
        return f"{left + i * width / steps:.1f},{top + height * (1 - max(value, 0) / most):.1f}"

    around = [at(i, v) for i, v in enumerate(high)] + [
        at(i, low[i]) for i in reversed(range(len(low)))
    ]
    line = " ".join(at(i, v) for i, v in enumerate(costs))
    told = sum(day < panel.told for day in panel.days[begin:])
    x = left + min(told, steps) * width / steps
    return (
        f'<text x="{left}" y="16" font-weight="bold">{escape(_short(panel.title))}</text>'
        f'<text x="{left}" y="31" fill="#b3261e">{escape(panel.said)}</text>'
        f'<polygon points="{" ".join(around)}" fill="#d7e3f4"/>'
        f'<polyline points="{line}" fill="none" stroke="#1f3a5f" stroke-width="1.4"/>'
        f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{top + height}" stroke="#b3261e"'
        f' stroke-dasharray="3 2"/>'
        f'<text x="{left}" y="{top + height + 13}" fill="#555555">{written(panel.days[begin])}'
        f" to {written(panel.days[-1])}, up to {dollars(most / 1.05)} a day</text>"
    )


def _short(title: str) -> str:
    return title if len(title) <= 72 else f"{title[:71]}…"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", type=Path)
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    if not (arguments.cases / "cases.json").exists():
        print(f"{arguments.cases}: no cases.json there", file=sys.stderr)
        return 2
    drawn = list(panels(arguments.cases))
    arguments.file.parent.mkdir(parents=True, exist_ok=True)
    arguments.file.write_text(drawing(drawn), encoding="utf-8")
    print(f"{arguments.file}: {len(drawn)} pictures")
    return 0


if __name__ == "__main__":
    sys.exit(main())
