"""A look at many days at once says of each what a look at that day alone says."""

from __future__ import annotations

import numpy as np
import pytest

from whyspike.detection.movements import Movements, movements
from whyspike.detection.table import Floats

DAYS = 120


def costs(seed: int) -> Floats:
    """Series that go on, fall, stop, grow, run on some weekdays or begin late."""
    rng = np.random.default_rng(seed)
    level = np.exp(rng.normal(3, 1, 12))[:, None]
    values: Floats = np.round(level * np.exp(rng.normal(0, 0.03, (12, DAYS))), 2)
    values[1, rng.integers(60, DAYS) :] *= 0.3
    values[2, rng.integers(60, DAYS) :] = 0.0
    values[3] *= np.exp(0.012 * np.arange(DAYS))
    values[4, np.arange(DAYS) % 7 != 2] = 0.0
    values[4, 100:] = 0.0
    values[5, : rng.integers(5, 60)] = 0.0
    values[6] = -values[6]
    if seed % 2:
        values[:, 90] *= 0.2  # a day whose bill is not all there
    return values


def look(values: Floats, newest: int) -> Movements:
    services, charges = values[[0, 1, 2, 3, 4, 5]], np.array([6, 7])
    least = np.full(len(values), 10.0)
    return movements(values, services, charges, least, 3, newest=newest, gapless=True)


@pytest.mark.parametrize("seed", range(4))
def test_each_of_many_days_is_seen_as_on_its_own(seed: int) -> None:
    values = costs(seed)

    together = look(values, DAYS)

    for day in range(DAYS):
        alone, one = look(values[:, : day + 1], 1), together.of(day)
        assert alone.is_complete == one.is_complete
        assert (alone.may_have_moved == one.may_have_moved).all()
        assert (alone.may_have_grown == one.may_have_grown).all()


def test_only_series_that_moved_are_judged_on_their_own() -> None:
    seen = look(costs(0), DAYS)

    assert seen.complete.all()
    assert seen.moved[1].any(), "a level that fell"
    assert seen.moved[4, 100:].any(), "a weekly run that stopped"
    assert not seen.moved[4, :100].any(), "and until then ran"
    assert seen.grown[3].any()
    assert not seen.grown[0].any()
    assert not seen.moved[0].any(), "a level that stayed"
