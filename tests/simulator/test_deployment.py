"""What AWS refuses to deploy, the simulation refuses too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.organization import organization, quiet
from whyspike.simulator.simulation import Simulation

PROJECT = Path(__file__).parent / "project"


def test_a_function_whose_variables_take_more_than_4_kb_is_not_deployed(tmp_path: Path) -> None:
    loaded = organization(tmp_path / "organization", quiet("111111111111"))
    with (
        Simulation(
            loaded,
            template=PROJECT / "template.yaml",
            roles=PROJECT / "roles",
            parameters={"Greeting": "g" * 4096},
        ) as simulation,
        pytest.raises(RuntimeError, match="exceeded the 4KB limit"),
    ):
        simulation.deploy()
