"""One distribution: a wheel in an empty environment is the whole of the laptop's whyspike, the
deployed files included."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support.deployed import PROJECT

pytestmark = pytest.mark.slow
UV = Path(sys.executable).with_name("uv")
DEPLOYED = ("template.yaml", "statemachine", "functions", "organization", "events")
TYPED = "whyspike/py.typed"
VERSION = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]


def run(words: Sequence[str | Path], folder: Path) -> str:
    """What a command says that was run in `folder`, with nothing of this checkout on its path."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(  # noqa: S603  our own command
        [str(word) for word in words],
        cwd=folder,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("dist")
    run([UV, "build", "--quiet", "--wheel", "--out-dir", target, PROJECT], target)
    (built,) = target.glob("whyspike-*.whl")
    return built


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of an environment that holds the wheel and what it asks for."""
    environment = tmp_path_factory.mktemp("fresh") / "venv"
    run([UV, "venv", "--quiet", "--python", sys.executable, environment], wheel.parent)
    python = environment / "bin" / "python"
    run([UV, "pip", "install", "--quiet", "--python", python, wheel], wheel.parent)
    return python.parent


def test_the_wheel_installs_one_package_with_the_deployed_files_and_its_types(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {
        "whyspike",
        f"{'-'.join(wheel.name.split('-')[:2])}.dist-info",
    }
    assert {name.split("/")[2] for name in names if name.startswith("whyspike/deployed/")} == set(
        DEPLOYED
    )
    assert names.count(TYPED) == 1
    assert len(names) == len(set(names))


def test_every_module_comes_from_the_fresh_environment(programs: Path, tmp_path: Path) -> None:
    asked = "import json, sys; from whyspike.cli.main import COMMANDS, loaded;"
    asked += "[loaded(name) for name in COMMANDS];"
    asked += "import whyspike.simulator.simulation as s, whyspike; print(json.dumps("
    asked += "[str(s.PROJECT), *whyspike.__path__, *sys.path[1:]]))"
    found = json.loads(run([programs / "python", "-c", asked], tmp_path))
    assert [path for path in found if Path(path).is_relative_to(PROJECT)] == []
    assert Path(found[0]).is_relative_to(programs.parent)


def test_the_installed_command_says_its_version_and_judges_a_file(
    programs: Path, tmp_path: Path
) -> None:
    days = [date(2026, 9, 1) + timedelta(days=back) for back in range(60)]
    rows = [f"{day},AWS Lambda,{308 if day == days[-1] else 8}" for day in days]
    (tmp_path / "costs.csv").write_text("\n".join(["date,service,cost", *rows]))
    assert run([programs / "whyspike", "--version"], tmp_path) == f"whyspike {VERSION}\n"
    told = run([programs / "whyspike", "backtest", "costs.csv"], tmp_path)
    assert "+$300" in told


def test_the_installed_command_scans_the_simulated_organisation(
    programs: Path, tmp_path: Path
) -> None:
    shown = run([programs / "whyspike", "demo", "--claude", "off"], tmp_path)
    assert "14 of 15 accounts scanned" in shown
    (report,) = tmp_path.glob("out/*/report.html")
    assert "SageMaker" in report.read_text(encoding="utf-8")


def test_uvx_runs_the_wheel(wheel: Path, tmp_path: Path) -> None:
    said = run([UV, "tool", "run", "--from", wheel, "whyspike", "--version"], tmp_path)
    assert said == f"whyspike {VERSION}\n"
