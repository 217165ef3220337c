"""A scan belongs to its simulation: nothing of it goes on, or reaches the next one, when the
simulation is closed."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from moto.stepfunctions.parser.utils import TMP_THREADS

from tests.support.organization import organization, quiet
from whyspike.simulator.organization.folder import OrganizationFolder
from whyspike.simulator.simulation import Simulation

PROJECT = Path(__file__).parent / "project"


@pytest.fixture
def small(tmp_path: Path) -> OrganizationFolder:
    return organization(tmp_path / "organization", quiet("111111111111"))


def deployed(small: OrganizationFolder) -> Simulation:
    simulation = Simulation(
        small, template=PROJECT / "template.yaml", roles=PROJECT / "roles", workers=1
    )
    simulation.deploy()
    return simulation


@pytest.fixture
def closed_while_it_ran(small: OrganizationFolder) -> None:
    """Its first function was called, the second is called two seconds later, and again where that
    fails."""
    simulation = deployed(small)
    assert simulation.deployment
    arn = simulation.deployment.state_machine_arn
    simulation.client("stepfunctions").start_execution(
        stateMachineArn=arn, input=json.dumps({"later": True})
    )
    until = time.monotonic() + 10
    while not any(entry["principal"] == "ScanStateMachine" for entry in simulation.requests):
        assert time.monotonic() < until
        time.sleep(0.05)
    simulation.close()


def test_closing_ends_a_running_scan(closed_while_it_ran: None) -> None:
    assert [thread for thread in TMP_THREADS if thread.is_alive()] == []


def test_the_next_simulation_hears_nothing_of_it(
    closed_while_it_ran: None, small: OrganizationFolder
) -> None:
    with deployed(small) as following:
        time.sleep(3)
        assert following.recorder.denied.get("ScanStateMachine", set()) == set()
        assert [
            entry for entry in following.requests if entry["principal"] == "ScanStateMachine"
        ] == []


def test_a_scan_that_has_hardly_begun_is_ended_too(small: OrganizationFolder) -> None:
    simulation = deployed(small)
    assert simulation.deployment
    simulation.client("stepfunctions").start_execution(
        stateMachineArn=simulation.deployment.state_machine_arn, input="{}"
    )
    simulation.close()

    assert [thread for thread in TMP_THREADS if thread.is_alive()] == []
