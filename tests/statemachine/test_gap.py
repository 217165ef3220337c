"""No scan ran for some days: the next one judges them, and says so."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.organization import SCAN_DATE, Line, TestAccount
from tests.support.simulated import deployed

pytestmark = pytest.mark.slow
GAP = "230000000001"


@pytest.mark.parametrize(("days", "found"), [("14", 1), ("2", 0)], ids=["in time", "too late"])
def test_a_spike_in_a_gap_of_four_days_is_told_by_the_next_scan(
    tmp_path: Path, days: str, found: int
) -> None:
    spike = TestAccount(GAP, lines=(Line(on={4: 5_000.0}),))
    with deployed(tmp_path, spike, parameters={"CatchUpDays": days}, claude="off") as sim:
        assert sim.scan(SCAN_DATE - timedelta(days=5)).succeeded
        run = sim.scan(SCAN_DATE)
        assert run.succeeded, run.cause
        digest = sim.bucket_json(run.output["digest"]["key"])
        told = [m for m in sim.slack.messages if not str(m.notice_id).startswith("digest")]
    assert len(told) == found
    assert [len(row["days"]) for row in digest["coverage"]["judged_late"]] == [4] * found
