"""One series against its past: onset, shape, excess."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whyspike.attribution.bill.monthly import same_day_last_month
from whyspike.attribution.bill.shift import measure
from whyspike.model import Kind

DAYS = 70
START = date(2026, 3, 2)
DATES = [START + timedelta(days=i) for i in range(DAYS)]


def _series(change: dict[int, float], level: float = 100.0) -> list[float]:
    noise = np.random.default_rng(7).normal(1.0, 0.02, DAYS)
    return [float(level * noise[i] + change.get(i, 0.0)) for i in range(DAYS)]


@pytest.mark.parametrize(
    ("change", "kind", "onset", "ongoing"),
    [
        pytest.param(
            dict.fromkeys(range(66, 70), 300.0), Kind.LEVEL_SHIFT, 66, True, id="level shift"
        ),
        pytest.param(
            {66: 40.0} | dict.fromkeys(range(67, 70), 300.0),
            Kind.LEVEL_SHIFT,
            66,
            True,
            id="first day only in part",
        ),
        pytest.param(
            {66: 160.0, 67: 261.0, 68: 263.0, 69: 272.0},
            Kind.LEVEL_SHIFT,
            66,
            True,
            id="a jump at noon is no ramp",
        ),
        pytest.param({66: 300.0}, Kind.SPIKE, 66, False, id="spike"),
        pytest.param({i: 30.0 * (i - 59) for i in range(60, 70)}, Kind.RAMP, 60, True, id="ramp"),
        pytest.param(dict.fromkeys(range(66, 70), -80.0), Kind.DROP, 66, True, id="drop"),
        pytest.param(
            {54: 300.0, 58: 290.0, 61: 310.0, 66: 300.0}, Kind.BURST, 54, False, id="burst"
        ),
    ],
)
def test_shape_and_onset(change: dict[int, float], kind: Kind, onset: int, ongoing: bool) -> None:
    shift = measure(_series(change), DATES, DATES[66 if kind != Kind.RAMP else 60])

    assert (shift.kind, shift.onset, shift.ongoing) == (kind, onset, ongoing)


def test_a_ramp_that_was_seen_late_begins_where_it_left_the_baseline() -> None:
    shift = measure(_series({i: 30.0 * (i - 49) for i in range(50, 70)}), DATES, DATES[58])

    assert shift.onset is not None
    assert abs(shift.onset - 50) <= 1


def test_a_weekly_rhythm_is_expected() -> None:
    values = [200.0 if day.weekday() == 0 else 100.0 for day in DATES]

    assert measure(values, DATES, DATES[60]).onset is None


@settings(max_examples=40, deadline=None)
@given(rise=st.floats(20, 5_000), level=st.floats(0, 2_000), length=st.integers(2, 6))
def test_excess_of_a_clear_shift_is_what_was_added(rise: float, level: float, length: int) -> None:
    values = [level + (rise if i >= DAYS - length else 0.0) for i in range(DAYS)]
    shift = measure(values, DATES, DATES[DAYS - length])
    if rise > 0.05 * level:  # the noise floor is a share of the level
        assert shift.excess_per_day == pytest.approx(rise, rel=0.01)
        assert shift.onset == DAYS - length


def test_the_same_rise_a_month_before_is_found() -> None:
    then, now = (date(2026, 4, 10) - START).days, (date(2026, 5, 10) - START).days
    values = _series({then: 300.0, now: 310.0})
    dates = DATES[: now + 1]
    shift = measure(values[: now + 1], dates, dates[-1])

    found = same_day_last_month(values[: now + 1], dates, shift)

    assert found is not None
    assert found[0] == date(2026, 4, 10)
    assert same_day_last_month(_series({now: 310.0})[: now + 1], dates, shift) is None


def test_days_that_are_no_days_move_nothing() -> None:
    values = _series(dict.fromkeys(range(60, 70), 300.0))
    known = [i for i in range(DAYS) if i not in (63, 64, 65)]

    shift = measure([values[i] for i in known], [DATES[i] for i in known], DATES[60])

    assert shift.onset is not None
    assert (known[shift.onset], shift.kind, shift.changed_days) == (60, Kind.LEVEL_SHIFT, 7)
    assert shift.excess_total == pytest.approx(2100.0, rel=0.05)
