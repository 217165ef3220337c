from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tests.support.bills import ACCOUNT, SCAN_DATE, found, steady, usage
from whyspike.detection import group_items
from whyspike.model import Kind


def growing(a_day: float, weekend: float = 1.0) -> list[float]:
    costs = np.array(steady(weekend=weekend), dtype=float)
    return [float(cost) for cost in costs * (1 + a_day) ** np.arange(len(costs))]


@pytest.mark.parametrize(
    "costs",
    [
        pytest.param(growing(0.006), id="0.6 % a day"),
        pytest.param(growing(0.006, weekend=0.4), id="cheaper weekends"),
    ],
)
def test_slow_growth_is_a_line_of_the_digest(costs: Sequence[float | None]) -> None:
    (anomaly,) = found(usage(costs))
    assert (anomaly.kind, anomaly.alert, anomaly.ongoing) == (Kind.RAMP, False, True)
    assert anomaly.onset < SCAN_DATE
    assert anomaly.impact_percentage is not None
    assert 30 <= anomaly.impact_percentage <= 70
    assert "growth in nearly every week" in anomaly.reason
    (item,) = group_items(ACCOUNT, (anomaly,))
    assert not item.alert


@pytest.mark.parametrize(
    "costs",
    [
        pytest.param(growing(0.0008), id="2.5 % a month"),
        pytest.param(steady(noise=0.1), id="noise"),
        pytest.param(
            [cost * (1.4 if i >= 50 else 1.0) for i, cost in enumerate(growing(0.0))],
            id="a step that is long over",
        ),
        pytest.param([cost / 40 for cost in growing(0.006)], id="below the minimum"),
    ],
)
def test_other_bills_are_not_growing(costs: Sequence[float | None]) -> None:
    assert found(usage(costs)) == ()
