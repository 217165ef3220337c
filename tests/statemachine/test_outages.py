"""What AWS and Slack do when they are unwell: a passing fault costs no message of the day."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.organization import SCAN_DATE, Line, TestAccount, organization
from whyspike.simulator.faults import ALWAYS
from whyspike.simulator.simulation import Simulation

pytestmark = pytest.mark.slow

EARLIER, NOW = "110000000001", "110000000002"
WITHOUT = {
    "dynamodb:down:NotifyOwner": "110000000003",
    "s3:down:DetectAnomalies": "110000000004",
}
HALF_AN_HOUR = 1800.0


def spiking(account_id: str, ago: int) -> TestAccount:
    lines = (Line(on={ago: 500.0}), Line("Amazon Simple Storage Service", "Requests-Tier1", 20.0))
    return TestAccount(account_id, lines)


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    folder: Path = tmp_path_factory.mktemp("o") / "organization"
    accounts = (spiking(EARLIER, 1), *(spiking(each, 0) for each in (NOW, *WITHOUT.values())))
    with Simulation(organization(folder, *accounts), claude="off") as simulation:
        simulation.deploy()
        run = simulation.scan(SCAN_DATE - timedelta(days=1))
        assert run.succeeded, run.cause
        yield simulation


def ends_after(sim: Simulation, fault: str, seconds: float) -> threading.Thread:
    """The fault lasts until the state machine has waited that long for its end."""
    sim.faults.set(fault, ALWAYS)
    begun = sim.retry_waits.seconds

    def watch() -> None:
        while sim.retry_waits.seconds - begun < seconds:
            time.sleep(0.1)
        sim.faults.set(fault, 0)

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    return watching


def told(sim: Simulation, about: str) -> int:
    return sum(str(message.notice_id).startswith(about) for message in sim.slack.messages)


def test_half_an_hour_without_slack_costs_no_message_of_the_day(sim: Simulation) -> None:
    before = told(sim, "digest")
    watching = ends_after(sim, "slack:down", HALF_AN_HOUR)

    run = sim.scan(SCAN_DATE, account_ids=[NOW])

    watching.join(1.0)
    assert run.succeeded, run.cause
    assert told(sim, NOW) == 1
    assert told(sim, "digest") == before + 1
    assert sim.bucket_json(run.output["digest"]["key"])["coverage"]["owners_not_told"] == []


@pytest.mark.parametrize(("fault", "account_id"), WITHOUT.items())
def test_half_an_hour_without_table_or_bucket_costs_no_message_of_the_day(
    sim: Simulation, fault: str, account_id: str
) -> None:
    watching = ends_after(sim, fault, HALF_AN_HOUR)

    run = sim.scan(SCAN_DATE, account_ids=[account_id])

    watching.join(1.0)
    assert not watching.is_alive()
    assert run.succeeded, run.cause
    assert told(sim, account_id) == 1
    coverage = sim.bucket_json(run.output["digest"]["key"])["coverage"]
    assert (coverage["not_scanned"], coverage["owners_not_told"]) == ([], [])


@pytest.mark.parametrize("death", ["Runtime.ExitError", "Sandbox.Timedout", "Lambda.Unknown"])
def test_a_step_that_dies_once_is_repeated(sim: Simulation, death: str) -> None:
    for function in ("DiscoverAccounts", "DetectAnomalies", "ExplainAnomaly", "PublishDigest"):
        sim.faults.set(f"lambda:{death}:{function}", 1)

    run = sim.scan(SCAN_DATE, account_ids=[EARLIER])

    assert run.succeeded, run.cause
    assert sim.faults.left() == {}
    coverage = sim.bucket_json(run.output["digest"]["key"])["coverage"]
    assert (coverage["not_scanned"], coverage["not_explained"]) == ([], [])
