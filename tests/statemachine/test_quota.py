"""A new account of AWS runs ten functions at once, and a scan asks for more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.organization import quiet, spiking
from tests.support.simulated import deployed
from whyspike.simulator.faults import ALWAYS

pytestmark = pytest.mark.slow


def test_a_scan_of_more_accounts_than_the_quota_waits_and_loses_none(tmp_path: Path) -> None:
    accounts = [spiking(f"3300000000{n:02}") for n in range(2)]
    accounts += [quiet(f"3300000000{n:02}") for n in range(2, 16)]
    parameters = {"MaxConcurrency": "40"}
    with deployed(
        tmp_path, *accounts, parameters=parameters, claude="off", faults={"lambda:quota": ALWAYS}
    ) as sim:
        run = sim.scan()
        assert run.succeeded, run.cause
        digest = sim.bucket_json(run.output["digest"]["key"])
        assert (digest["coverage"]["scanned"], digest["coverage"]["not_scanned"]) == (16, [])
        assert digest["coverage"]["owners_not_told"] == []
        refused = [asked for asked in sim.requests if asked.get("status") == 429]
        assert refused, "the quota was never met"
