"""whyspike's detector as the detection benchmark's scorer calls it: one series, one day, the code
path of production at the settings that template.yaml deploys.

python scorer.py DIR --detector benchmarks.detection_adapter:detect

WHYSPIKE_MINIMUM_USD sets other dollars, to compare with rules that have another minimum.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whyspike.detection.anomalies import first_judged
from whyspike.detection.scoring import Minimum, score_at, score_days
from whyspike.detection.settings import DetectionSettings, detection_settings
from whyspike.detection.shape import Baselines, Width, latest_anomaly
from whyspike.detection.table import CostTable, Flags, Floats
from whyspike.detection.told import without_told
from whyspike.model import CostSeries, ToldDays

_TEMPLATE = Path(__file__).parents[1] / "template.yaml"
_ENDED_DAYS = 3  # back within the band, as the incident table needs to call it over


def deployed_settings() -> DetectionSettings:
    """What a plain deployment sets."""
    usd = os.environ.get("WHYSPIKE_MINIMUM_USD") or _default("MinimumImpactUsd")
    return detection_settings(
        _default("Sensitivity"),
        float(usd),
        _default("MinimumImpactPercent"),
        large_impact_usd=_default("LargeImpactUsd"),
    )


def _default(parameter: str) -> float:
    text = _TEMPLATE.read_text(encoding="utf-8")
    found = re.search(rf"^  {parameter}:\n(?:    .*\n)*?    Default: ([0-9.]+)$", text, re.M)
    if found is None:
        raise ValueError(f"template.yaml: no number as the default of {parameter}")
    return float(found[1])


_LIMITS = deployed_settings().limits("", "")
_MINIMUM = Minimum.of([_LIMITS])


def detect(dates: NDArray[np.datetime64], costs: NDArray[np.float64]) -> tuple[bool, float]:
    """`dates` contiguous, oldest first; `costs` in dollars, NaN for no row, the last as it was
    visible on its day.

    Flags today, or yesterday now that its bill is final. What it would have told within the window
    stands for the incident table.
    """
    first = first_judged(dates[0].item(), dates[-1].item())
    days: list[date] = dates[dates >= np.datetime64(first)].tolist()
    costs = costs[-len(days) :]
    bill = costs[None, :]
    scores = score_days(bill, days, _MINIMUM)
    told = tuple(_told(costs, days, scores[0] > _LIMITS.threshold))
    if told:
        table = CostTable(tuple(days), (CostSeries("", ()),), bill)
        history = without_told(table, bill, told, Baselines(days))
        scores = score_at(bill, days, (_MINIMUM,), history=history, newest=2)[0]
    score = float(scores[0, -2:].max())
    return score > _LIMITS.threshold, score


def _told(costs: Floats, days: Sequence[date], hits: Flags) -> Iterator[ToldDays]:
    """The anomalies of the window that are over."""
    values, newest = np.nan_to_num(costs), len(days) - 1
    last, baselines = -1, Baselines(days)
    for hit in np.flatnonzero(hits):
        if hit <= last:
            continue
        end = min(int(hit) + _ENDED_DAYS, newest)
        while True:
            shape = latest_anomaly(
                values[: end + 1],
                baselines,
                hits[: end + 1],
                Width(_LIMITS.minimum_usd, _LIMITS.large_usd),
                True,
                _ENDED_DAYS,
            )
            if shape is None or end == newest or end - shape.last >= _ENDED_DAYS:
                break
            end += 1
        if shape is not None and end - shape.last >= _ENDED_DAYS:
            yield ToldDays("", days[shape.onset], days[shape.last])
        last = int(hit) if shape is None else shape.last
