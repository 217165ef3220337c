"""One scan for all sentences of a file, over the simulation that the file names `sim`."""

from __future__ import annotations

import pytest

from whyspike.simulator.scan_run import ScanRun
from whyspike.simulator.simulation import Simulation


@pytest.fixture(scope="module")
def run(sim: Simulation) -> ScanRun:
    finished = sim.scan()
    assert finished.succeeded, finished.cause
    return finished
