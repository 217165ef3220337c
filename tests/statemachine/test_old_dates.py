"""A date is looked at again long after: AWS has forgotten part of what was known then, and the scan
says what."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.organization import SCAN_DATE, event, organization, spiking
from whyspike.simulator.simulation import Simulation

pytestmark = pytest.mark.slow
SPIKE = "110000000002"


def looked_at(folder: Path, days_later: int) -> tuple[Simulation, dict[str, Any], dict[str, Any]]:
    """(simulation, digest, explanation) of the day of the spike, scanned so many days after it."""
    spike = spiking(SPIKE, events={"us-east-1": [event("RunInstances", "2026-10-15T06:00:00Z")]})
    with Simulation(
        organization(folder / "o", spike), SCAN_DATE + timedelta(days=days_later), claude="off"
    ) as sim:
        sim.deploy()
        run = sim.scan(SCAN_DATE, looking_back=True)
        assert run.succeeded, run.cause
        (key,) = sim.bucket_keys(f"scans/{run.output['scan_id']}/explanations/{SPIKE}")
        return sim, sim.bucket_json(run.output["digest"]["key"]), sim.bucket_json(key)


def test_near_the_end_of_cost_explorer_s_history_the_lookback_is_shorter_and_what_is_gone_is_a_gap(
    tmp_path: Path,
) -> None:
    sim, digest, found = looked_at(tmp_path, 380)

    asked = [
        entry["request"]["TimePeriod"]["Start"]
        for entry in sim.requests
        if entry["service"] == "ce" and entry["request"]["Granularity"] == "DAILY"
    ]
    assert min(asked) == "2026-09-01"  # thirteen months before, from the first of the month on
    assert (digest["coverage"]["not_scanned"], digest["coverage"]["not_explained"]) == ([], [])
    assert "no months since" in digest["coverage"]["months_unknown"][0]["reason"]
    assert set(found["gaps"]) == {"cloudtrail", "resource_level"}
    assert found["findings"][0]["actor"]["kind"] == "unknown"
    assert [entry for entry in sim.requests if entry["service"] == "cloudtrail"] == []


def test_a_month_later_the_trail_still_tells_who_did_it(tmp_path: Path) -> None:
    _, _, found = looked_at(tmp_path, 30)

    assert found["gaps"] == ["resource_level"]
    assert found["findings"][0]["actor"]["name"] == "dana"
