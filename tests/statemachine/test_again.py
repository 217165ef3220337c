"""A date that is run again: no account fares worse than in the run before."""

from __future__ import annotations

from pathlib import Path

from tests.support.simulated import QUIET, deployed


def test_an_account_that_was_scanned_stays_scanned_when_the_cap_stops_the_next_run(
    tmp_path: Path,
) -> None:
    parameters = {"CostExplorerRequestCap": "2"}  # one detection
    with deployed(tmp_path, parameters=parameters, claude="off") as sim:
        for _ in range(2):
            run = sim.scan(account_ids=[QUIET])
            assert run.succeeded, run.cause
            coverage = sim.bucket_json(run.output["digest"]["key"])["coverage"]
            assert (coverage["scanned"], coverage["not_scanned"]) == (1, [])
        assert len([r for r in sim.requests if r["service"] == "ce"]) == 2
