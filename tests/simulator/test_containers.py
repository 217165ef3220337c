"""What `sam local` gives a container: with it, and nothing else, each function does its work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.deployed import functions
from tests.support.organization import SCAN_DATE, event, quiet, spiking
from tests.support.simulated import deployed
from whyspike.errors import InvalidInput
from whyspike.simulator.containers import Prepared, prepare
from whyspike.simulator.functions.worker import Worker
from whyspike.simulator.simulation import Simulation

pytestmark = pytest.mark.slow  # two processes a function are started
TOLD, JUDGED = "110000000001", "110000000002"
STARTED = {"us-east-1": [event("RunInstances", "2026-10-15T06:00:00Z")]}


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    accounts = spiking(TOLD), spiking(JUDGED, events=STARTED)
    with deployed(
        tmp_path_factory.mktemp("containers"), *accounts, also_at="127.0.0.2", workers=1
    ) as simulation:
        yield simulation


@pytest.fixture(scope="module")
def prepared(simulation: Simulation) -> Prepared:
    return prepare(simulation, simulation.url_at("127.0.0.2"))


@pytest.fixture(scope="module")
def answers(
    simulation: Simulation, prepared: Prepared, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What each function answered to its event, with the variables of a container alone. StartScan
    comes last: what it starts does the others' work."""
    log = tmp_path_factory.mktemp("logs") / "log"
    return {
        name: _run(simulation, name, prepared.environments[name], prepared.events[name], log)
        for name in sorted(prepared.events, key="StartScan".__eq__)
    }


def _run(
    simulation: Simulation, name: str, environment: Any, given: Any, log: Path
) -> dict[str, Any]:
    assert simulation.functions
    bare = replace(simulation.functions.find(name), environment={})
    worker = Worker(bare, environment, log)
    try:
        outcome = worker.invoke(json.dumps(given).encode())
    finally:
        worker.close()
    assert not outcome.error, outcome.payload
    answer: dict[str, Any] = json.loads(outcome.payload)
    return answer


def test_every_function_of_the_template_has_its_variables_and_an_event(prepared: Prepared) -> None:
    assert set(prepared.events) == set(prepared.environments) == set(functions())


def test_a_container_is_told_no_address_but_the_one_that_it_reaches(prepared: Prepared) -> None:
    assert "127.0.0.1" not in json.dumps(dict(prepared.environments))
    assert len({given["AWS_ACCESS_KEY_ID"] for given in prepared.environments.values()}) == len(
        functions()
    )


def test_each_function_does_its_work(answers: dict[str, Any]) -> None:
    day = SCAN_DATE.isoformat()
    assert answers["StartScan"] == {"scan_date": day, "started": True}
    assert answers["DiscoverAccounts"]["accounts"] == 2
    assert answers["DetectAnomalies"]["account_id"] == JUDGED
    assert answers["DetectAnomalies"]["anomalies"] > 0
    assert answers["JoinCauses"]["judged"] == 2
    assert answers["ExplainAnomaly"]["explained"]
    assert answers["NotifyOwner"]["told"] == 1
    assert answers["PublishDigest"]["scan_id"] == day
    assert answers["RecordFeedback"]["statusCode"] == 200


def test_the_press_reaches_the_message(simulation: Simulation, answers: dict[str, Any]) -> None:
    assert answers["RecordFeedback"]["statusCode"] == 200
    pressed = next(message for message in simulation.slack.messages if message.updates)
    assert "acknowledged" in json.dumps(pressed.blocks).lower()


def test_a_day_without_anomalies_says_so(tmp_path: Path) -> None:
    with (
        deployed(tmp_path, quiet(TOLD), workers=1) as simulation,
        pytest.raises(InvalidInput, match="no account has an anomaly"),
    ):
        prepare(simulation, simulation.url)
