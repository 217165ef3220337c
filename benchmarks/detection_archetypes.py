"""The detector on made-up bills of kinds that the benchmark folder lacks: false alerts without an
event, and events found.

    python -m benchmarks.detection_archetypes [--series 60]

Each kind is a rule of thirty days or so that a real bill follows (a batch at the month's end,
growth with weekends, a free tier that ends); the level is drawn from $3 to $3,000 a day, the noise
with it. False alerts are counted on the series as they are, recall on copies with one spike, one
shift or one ramp each.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np

from benchmarks.detection_adapter import deployed_settings
from whyspike.detection.scoring import Minimum, score_days
from whyspike.detection.table import Flags, Floats

DAYS = 180
FIRST = 60  # with less history an event is as easily missed as told
DATES = [date(2025, 3, 3) + timedelta(days=i) for i in range(DAYS)]
_INDEX = np.arange(DAYS)
_WEEKDAY = np.array([day.weekday() for day in DATES])
_DAY = np.array([day.day for day in DATES])
_LAST_OF_MONTH = np.array([(day + timedelta(days=1)).day == 1 for day in DATES])
_QUARTER = np.array([day.day == 1 and day.month in {1, 4, 7, 10} for day in DATES])
_HOLIDAYS = np.isin(_INDEX, (40, 41, 73, 101, 123, 124, 125))
_FIRST_WORKDAY = np.array(
    [
        d.day <= 3 and d.weekday() < 5 and (d.day == 1 or (d.weekday() == 0 and d.day > 1))
        for d in DATES
    ]
)
_MINIMUM = Minimum.of([deployed_settings().limits("", "")])
_DEADLINES = {"spike": 3, "shift": 3, "ramp": 13}

Rng = np.random.Generator
Bill = Callable[[Rng, Floats], Floats]  # noisy level 1 [days] in, daily costs at level 1 out


def _heavy(rng: Rng, _one: Floats) -> Floats:
    return np.asarray(np.exp(0.15 * np.clip(rng.standard_t(3, DAYS), -4, 4)))


def _steps_down(rng: Rng, one: Floats) -> Floats:
    return np.asarray(one * np.where(rng.integers(70, 130) > _INDEX, 1.0, rng.uniform(0.3, 0.8)))


def _free_tier(rng: Rng, one: Floats) -> Floats:
    """Usage of a month is free up to an allowance that lasts to the same day of each month, more or
    less."""
    return np.asarray(
        np.where(np.clip(rng.normal(12, 1.0), 8, 20) + rng.normal(0, 0.7, DAYS) < _DAY, one, 0.0)
    )


def _calm_and_busy(rng: Rng, one: Floats) -> Floats:
    return np.asarray(
        one * (1 + 0.3 * np.sin(2 * np.pi * (_INDEX + rng.integers(60)) / rng.uniform(25, 60)))
    )


BILLS: dict[str, Bill] = {
    "flat": lambda _rng, one: one,
    "weekdays": lambda rng, one: one * np.where(_WEEKDAY < 5, 1.0, rng.uniform(0.1, 0.8)),
    "weekend jobs": lambda _rng, one: one * np.where(_WEEKDAY >= 5, 1.0, 0.0),
    "fortnightly batch": (
        lambda rng, one: one * np.where(rng.integers(14) == _INDEX % 14, rng.uniform(2, 6), 1.0)
    ),
    "month-end batch": lambda rng, one: one * np.where(_LAST_OF_MONTH, rng.uniform(2, 6), 1.0),
    "mid-month batch": (
        lambda rng, one: one * np.where(rng.integers(5, 25) == _DAY, rng.uniform(2, 6), 1.0)
    ),
    "first working day": lambda rng, one: one * np.where(_FIRST_WORKDAY, rng.uniform(2, 6), 1.0),
    "quarterly batch": lambda rng, one: one * np.where(_QUARTER, rng.uniform(2, 6), 1.0),
    "sporadic": lambda rng, one: np.where(
        rng.random(DAYS) < rng.uniform(0.1, 0.4), one * np.exp(rng.normal(0, 0.3, DAYS)), 0.0
    ),
    "holidays": lambda _rng, one: one * np.where(_HOLIDAYS, 0.4, np.where(_WEEKDAY < 5, 1.0, 0.5)),
    "free tier that ends": _free_tier,
    "growth and weekends": (
        lambda rng, one: (
            one
            * rng.uniform(1.002, 1.008) ** _INDEX
            * np.where(_WEEKDAY < 5, 1.0, rng.uniform(0.3, 0.9))
        )
    ),
    "growth, 1 % a day": lambda _rng, one: one * 1.01**_INDEX,
    "step down": _steps_down,
    "missing days": lambda rng, one: np.where(rng.random(DAYS) < 0.04, np.nan, one),
    "heavy tails": _heavy,
    "noise of 25 %": lambda rng, _one: np.exp(rng.normal(0, 0.25, DAYS)),
    "slow waves": _calm_and_busy,
    "storage": lambda rng, _one: np.cumsum(rng.gamma(1.0, 0.004, DAYS)) + 1.0,
}


def bills(kind: str, count: int, seed: int) -> Floats:
    """Daily costs [count, days] of one kind, NaN where a day has no row."""
    rows = []
    for row in range(count):
        rng = np.random.default_rng([seed, row, list(BILLS).index(kind)])
        level = float(np.exp(rng.uniform(np.log(3), np.log(3_000))))
        one = np.exp(rng.normal(0, rng.uniform(0.01, 0.10), DAYS))
        rows.append(level * np.asarray(BILLS[kind](rng, one)))
    return np.where(np.array(rows) == 0, np.nan, np.array(rows))


def with_event(costs: Floats, event: str, seed: int) -> tuple[Floats, list[int]]:
    """The same bills with one event each, +40 % to +300 % of a busy day (a ramp gets there in 6 to
    13 days), and its onsets."""
    changed = np.nan_to_num(costs)
    onsets: list[int] = []
    for row in changed:
        rng = np.random.default_rng([seed, len(onsets), list(_DEADLINES).index(event)])
        onset = int(rng.integers(FIRST + 20, DAYS - 20))
        before = row[onset - 28 : onset]
        size = float(np.quantile(before, 0.75)) or float(before.max())
        size *= float(np.exp(rng.uniform(np.log(0.4), np.log(3.0))))
        last = DAYS if event != "spike" else onset + 1
        days = int(rng.integers(6, 14)) if event == "ramp" else 1
        row[onset:last] += size * np.minimum(np.arange(1, last - onset + 1) / days, 1.0)
        onsets.append(onset)
    return np.where((changed == 0) & np.isnan(costs), np.nan, changed), onsets


def alerts(costs: Floats) -> Flags:
    """[series, days]: told on that day or, its bill final, on the next."""
    flags = score_days(costs, DATES, _MINIMUM) > 1
    flags[:, 1:] |= flags[:, :-1].copy()
    return flags


def false_alerts(flags: Flags) -> int:
    """Runs of flags, at most 2 days apart in one run, a run of more than a week once for each
    week."""
    count = 0
    for row in flags:
        start = last = -10
        for day in np.flatnonzero(row):
            if day - last > 2 or day - start >= 7:
                count, start = count + 1, int(day)
            last = int(day)
    return count


def measure(kind: str, count: int, seed: int) -> dict[str, float]:
    """False alerts in 100 series-months after two months and before, and the share of each event
    that is found in time."""
    quiet = bills(kind, count, seed)
    flags = alerts(quiet)
    months = count / 100 / 30.4
    result = {
        "false": false_alerts(flags[:, FIRST:]) / ((DAYS - FIRST) * months),
        "young": false_alerts(flags[:, 14:FIRST]) / ((FIRST - 14) * months),
    }
    for event, deadline in _DEADLINES.items():
        changed, onsets = with_event(quiet, event, seed)
        told = alerts(changed)
        result[event] = float(
            np.mean(
                [told[row, onset : onset + deadline + 1].any() for row, onset in enumerate(onsets)]
            )
        )
    return result


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--series", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(f"{'kind of bill':22}{'false alerts / 100 series-months':>34}{'found in time':>28}")
    print(f"{'':22}{'after 60 days':>20}{'before':>14}{'spike':>12}{'shift':>8}{'ramp':>8}")
    rows = {kind: measure(kind, arguments.series, arguments.seed) for kind in BILLS}
    rows["all"] = {
        name: float(np.mean([row[name] for row in rows.values()])) for name in rows["flat"]
    }
    for kind, row in rows.items():
        print(
            f"{kind:22}{row['false']:20.1f}{row['young']:14.1f}{row['spike']:12.2f}{row['shift']:8.2f}{row['ramp']:8.2f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
