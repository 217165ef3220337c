"""How far from where a month ended its landing was foretold (whyspike.digest.landing), beside two
simpler ways: what was spent so far times the days of the month, and the mean of the last week.

    python -m benchmarks.landing [BILL.csv[.gz] ...]     without one: the made-up organisation

A bill has a column `date` and a column `cost`; each whole month that comes after four weeks of it
and that cost $100 or more is foretold after 7, 14 and 21 days.
"""

from __future__ import annotations

import csv
import gzip
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from statistics import mean, median

from whyspike.digest.landing import landing
from whyspike.simulator.fernhill.organization import generate
from whyspike.words.days import month_start

AFTER = (7, 14, 21)  # days of the month
MIN_COST = 100.0
MIN_HISTORY = timedelta(days=28)
WAYS = ("foretold", "so far times the days", "mean of the last week")
Misses = Mapping[tuple[int, str], list[float]]  # by days of the month and way: shares of the month


def misses(files: Iterable[Path]) -> Misses:
    found: dict[tuple[int, str], list[float]] = defaultdict(list)
    for file in files:
        bill = read(file)
        for first, after in whole_months(bill):
            actual = sum(cost for day, cost in bill.items() if first <= day < after)
            if actual < MIN_COST:
                continue
            for days in AFTER:
                for way, value in ways(bill, first + timedelta(days=days - 1), after).items():
                    found[days, way].append(abs(value - actual) / actual)
    return found


def ways(bill: Mapping[date, float], until: date, after: date) -> dict[str, float]:
    known = {day: cost for day, cost in bill.items() if day <= until}
    so_far = sum(cost for day, cost in known.items() if day >= until.replace(day=1))
    week = mean(known.get(until - timedelta(days=back), 0.0) for back in range(7))
    left = (after - until).days - 1
    foretold = landing(known, until)
    return {
        **({} if foretold is None else {WAYS[0]: foretold}),
        WAYS[1]: so_far / until.day * (until.day + left),
        WAYS[2]: so_far + week * left,
    }


def read(file: Path) -> dict[date, float]:
    bill: dict[date, float] = defaultdict(float)
    with gzip.open(file, "rt") if file.suffix == ".gz" else file.open() as text:
        for row in csv.DictReader(text):
            bill[date.fromisoformat(row["date"])] += float(row["cost"] or 0)
    return dict(bill)


def whole_months(bill: Mapping[date, float]) -> Iterator[tuple[date, date]]:
    if not bill:
        return
    first = month_start(min(bill) + MIN_HISTORY)
    while (after := month_start(first, -1)) <= max(bill) + timedelta(days=1):
        if first >= min(bill) + MIN_HISTORY:
            yield first, after
        first = after


def table(found: Misses) -> str:
    rows = []
    for (days, way), shares in sorted(found.items()):
        ordered = sorted(shares)
        worst = ordered[int(0.9 * len(ordered))]
        rows.append(
            f"after {days:2} days  {way:22}  {len(ordered):4} months"
            f"  median {median(ordered):6.1%}  nine in ten {worst:6.1%}"
        )
    return "\n".join(rows)


def demo_bills(folder: Path) -> list[Path]:
    return sorted(generate(folder).glob("accounts/*/bill.csv.gz"))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(given) for given in sys.argv[1:]] or demo_bills(Path(folder))
        print(table(misses(files)))


if __name__ == "__main__":
    main()
