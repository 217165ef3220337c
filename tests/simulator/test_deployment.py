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


@pytest.mark.parametrize(
    ("padded", "said"),
    [
        ('"ce:GetCostAndUsage",', r"member: .*Maximum policy size of 10240"),
        ("Action: sts:AssumeRole\n", r"member: .*ACLSizePerRole: 2048"),
    ],
    ids=["inline policies", "trust policy"],
)
def test_a_role_whose_policies_iam_finds_too_large_is_not_deployed(
    tmp_path: Path, padded: str, said: str
) -> None:
    written = (PROJECT / "roles" / "member-role.yaml").read_text(encoding="utf-8")
    more = '"ce:GetCostForecast",' * 500
    longer = {
        '"ce:GetCostAndUsage",': f'"ce:GetCostAndUsage",{more}',
        "Action: sts:AssumeRole\n": f'Action: [sts:AssumeRole, {more} "sts:TagSession"]\n',
    }
    (tmp_path / "member-role.yaml").write_text(
        written.replace(padded, longer[padded], 1), encoding="utf-8"
    )
    loaded = organization(tmp_path / "organization", quiet("111111111111"))
    with (
        Simulation(loaded, template=PROJECT / "template.yaml", roles=tmp_path) as simulation,
        pytest.raises(RuntimeError, match=said),
    ):
        simulation.deploy()
