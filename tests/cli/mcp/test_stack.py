"""An assistant reads the newest scan of a deployed stack, and may ask further within its cap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.organization import MANAGEMENT, quiet, spiking, write
from tests.support.simulated import sign_in
from whyspike.cli.main import main
from whyspike.cli.mcp import answers
from whyspike.cli.mcp.look_up import Asker, look_up
from whyspike.cli.mcp.records import Records
from whyspike.cli.mcp.stack import newest_scan
from whyspike.errors import InvalidInput
from whyspike.simulator.organization.folder import load
from whyspike.simulator.simulation import Simulation

pytestmark = pytest.mark.slow
SPIKING = "111122223333"
YESTERDAY = datetime.now(UTC).date() - timedelta(days=1)
BY_OPERATION = {"by": "OPERATION", "usage_type": ""}


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    folder = write(
        tmp_path_factory.mktemp("mcp") / "o",
        spiking(SPIKING, tags={"owner": "shop"}),
        quiet("444455556666", tags={"owner": "shop"}),
        scan_date=YESTERDAY,
    )
    with Simulation(load(folder), claude="off") as running:
        running.deploy()
        yield running


@pytest.fixture(autouse=True)
def _signed_in(simulation: Simulation, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(simulation, monkeypatch, simulation.administrator_key)
    monkeypatch.setattr("whyspike.cli.scan.POLL_SECONDS", 0.2)


@pytest.fixture
def found() -> tuple[Records, Asker]:
    assert main(["scan"]) == 0
    return newest_scan("whyspike", None, None)


def test_a_stack_tells_what_its_newest_scan_found(found: tuple[Records, Asker]) -> None:
    records, _ = found
    (line,) = answers.incidents(records)["incidents"]

    one = answers.incident(records, line["incident_id"])

    assert one["account_id"] == SPIKING
    assert one["explanation"]["text"]
    assert one["evidence"]["items"]


def test_a_question_is_asked_with_own_credentials_and_counted(
    found: tuple[Records, Asker], simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    records, asker = found
    (line,) = answers.incidents(records)["incidents"]
    question = BY_OPERATION | {"service": line["service"]}
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", simulation.key_of(MANAGEMENT))

    answer = look_up(asker, records, line["incident_id"], "group_costs", question)
    capped = Asker(None, None, replace(asker.usage, cost_explorer_cap=0))
    refused = look_up(capped, records, line["incident_id"], "group_costs", question)

    assert answer["content"]["groups"]
    assert not answer["gap"]
    assert refused["gap"]
    assert "cap of 0" in str(refused["content"])
    with pytest.raises(InvalidInput, match="by is one of"):
        look_up(asker, records, line["incident_id"], "group_costs", question | {"by": "SECRET"})
