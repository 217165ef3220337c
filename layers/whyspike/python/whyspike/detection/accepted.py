"""Levels of spend that people called expected: history before their onset is lifted to them, so
that they are the baseline."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

import numpy as np

from whyspike.detection.table import CostTable, Floats
from whyspike.model import AcceptedLevel

_SETTLED_DAYS = 7  # of the accepted level that teach it; later growth is news again
_BEFORE_DAYS = 28


def teach(table: CostTable, account_id: str, accepted: Iterable[AcceptedLevel]) -> Floats:
    """`table.costs` with each series' days before an accepted onset raised by how much its level
    rose there. Who accepted a whole service has accepted its usage types."""
    costs = table.costs.copy()
    for level in sorted(accepted, key=lambda level: level.onset):
        onset = bisect_left(table.dates, level.onset)
        if level.account_id != account_id or not 0 < onset < len(table.dates):
            continue
        for row, series in enumerate(table.series):
            if (series.service, series.record_class) == (
                level.service,
                level.record_class,
            ) and level.usage_type in (None, series.usage_type):
                values = np.nan_to_num(costs[row])
                rise = float(
                    np.median(values[onset : onset + _SETTLED_DAYS])
                    - np.median(values[max(0, onset - _BEFORE_DAYS) : onset])
                )
                if rise > 0:
                    costs[row, :onset] = values[:onset] + rise
    return costs
