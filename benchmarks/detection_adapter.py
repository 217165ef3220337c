"""whyspike's detector as the detection benchmark's scorer calls it: one series, one day, the code
path of production.

python scorer.py DIR --detector benchmarks.detection_adapter:detect
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from whyspike.detection.scoring import score_days
from whyspike.detection.settings import DetectionSettings

_LIMITS = DetectionSettings().limits("", "")
_USD, _SHARE = np.array([_LIMITS.minimum_usd]), np.array([_LIMITS.minimum_share])


def detect(dates: NDArray[np.datetime64], costs: NDArray[np.float64]) -> tuple[bool, float]:
    """`dates` contiguous, oldest first; `costs` in dollars, NaN for no row, the last as it was
    visible on its day.

    Flags today, or yesterday now that its bill is final.
    """
    scores = score_days(costs[None, :], dates.tolist(), _USD, _SHARE)[0]
    score = float(scores[-2:].max())
    return score > _LIMITS.threshold, score
