"""`whyspike scan` against a deployed stack; the stack lies in the simulation, the command only
knows its address."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo
from pathlib import Path

import pytest

from tests.support.organization import quiet, spiking, write
from tests.support.simulated import sign_in
from whyspike.cli.main import main
from whyspike.simulator.faults import ALWAYS
from whyspike.simulator.organization.folder import load
from whyspike.simulator.simulation import Simulation

pytestmark = pytest.mark.slow
ACCOUNTS = (
    spiking("111122223333", tags={"owner": "shop"}),
    quiet("444455556666", tags={"owner": "shop"}),
)
YESTERDAY = datetime.now(UTC).date() - timedelta(days=1)


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    folder = write(tmp_path_factory.mktemp("scan") / "o", *ACCOUNTS, scan_date=YESTERDAY)
    with Simulation(load(folder), claude="off") as running:
        running.deploy()
        yield running


@pytest.fixture(autouse=True)
def addresses(simulation: Simulation, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(simulation, monkeypatch, simulation.administrator_key)
    monkeypatch.setattr("whyspike.cli.scan.POLL_SECONDS", 0.2)


def test_a_scan_is_started_watched_and_its_digest_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scan", "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "2 of 2 accounts scanned" in shown
    assert "111122223333" in json.loads((tmp_path / "incidents.json").read_text())[0]["account_id"]

    assert main(["scan", "--scan-date", str(YESTERDAY)]) == 0, (
        "a date that has run is read, not run again"
    )
    assert "has run already" in capsys.readouterr().out

    assert main(["scan", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["started"] is False
    assert found["incidents"] == json.loads((tmp_path / "incidents.json").read_text())


def test_no_stack_of_that_name_is_a_mistake_of_the_caller(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["scan", "--stack", "nothing-here"]) == 2
    assert "--stack nothing-here: no such stack in us-east-1" in capsys.readouterr().err


def test_the_future_is_refused_before_anything_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "--scan-date", str(YESTERDAY + timedelta(days=1))]) == 2
    assert "newest day of the data" in capsys.readouterr().err


def test_a_failed_execution_is_exit_code_1_with_its_cause(
    simulation: Simulation, capsys: pytest.CaptureFixture[str]
) -> None:
    simulation.faults.set("organizations:deny", 1)
    assert main(["scan", "--again"]) == 1
    assert "OrganizationAccessDenied" in capsys.readouterr().err


def test_the_command_of_a_remedy_makes_up_for_what_an_account_missed(
    simulation: Simulation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulation.faults.set("cost_explorer:deny", ALWAYS)
    assert main(["scan", "--accounts", "444455556666", "--out", str(tmp_path)]) == 0
    simulation.faults.set("cost_explorer:deny", 0)
    digest = json.loads((tmp_path / "digest.json").read_text())
    (missed,) = digest["coverage"]["not_scanned"]
    assert missed["again"] in " ".join(capsys.readouterr().out.split())

    program, *arguments = shlex.split(missed["again"])
    assert program == "whyspike"
    assert main(arguments) == 0
    assert "1 of 1 accounts scanned" in capsys.readouterr().out


def test_two_reruns_in_one_second_are_two_executions(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Stopped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Stopped:
            return cls.combine(YESTERDAY + timedelta(days=1), time(13), tz)

    monkeypatch.setattr("whyspike.cli.scan.datetime", Stopped)
    for _ in range(2):
        assert main(["scan", "--accounts", "444455556666"]) == 0
        assert "has run already" not in capsys.readouterr().out
