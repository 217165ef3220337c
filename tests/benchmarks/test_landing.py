"""The figures of docs/digest.md hold: how far off a month's landing is on the made-up
organisation."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest

from benchmarks.landing import WAYS, demo_bills, misses, table

MEDIANS = {7: 0.006, 14: 0.005, 21: 0.002}  # as docs/digest.md tells them


@pytest.mark.slow
def test_a_month_lands_where_the_page_says(tmp_path: Path) -> None:
    found = misses(demo_bills(tmp_path))
    ours, simple = WAYS[:2]
    for days, told in MEDIANS.items():
        assert len(found[days, ours]) == 32
        assert round(median(found[days, ours]), 3) <= told
        assert median(found[days, ours]) < median(found[days, simple])
    assert "after  7 days  foretold" in table(found)
