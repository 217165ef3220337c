"""What `sam build` leaves runs: each function answers its event under the runtime interface
emulator, from a clean environment."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.deployed import PROJECT, functions, resources, snake_case, template
from tools.build_layer import MACHINES, VERSION, build, digest
from tools.expand_template import read_template
from tools.finish_build import MAX_BYTES, hold_architecture, package_sizes
from whyspike.simulator.fernhill.organization import generate
from whyspike.simulator.functions.failed import FunctionFailed
from whyspike.simulator.organization.folder import load
from whyspike.simulator.simulation import Simulation
from whyspike.simulator.stack_parameters import why_refused

pytestmark = pytest.mark.slow


def sam_build(folder: Path, architecture: str) -> Path:
    """Plain `sam build`, with nothing of ours around it."""
    tools = Path(sys.executable).parent
    environment = {**os.environ, "SAM_CLI_TELEMETRY": "0"}
    command = [
        str(tools / "sam"),
        "build",
        "--no-cached",
        "--build-dir",
        str(folder),
        "--parameter-overrides",
        f"Architecture={architecture}",
    ]
    done = subprocess.run(  # noqa: S603
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module", params=["x86_64", "arm64"])
def either_build(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    return request.param, sam_build(
        tmp_path_factory.mktemp(f"build-{request.param}"), request.param
    )


def test_a_build_holds_every_handler_and_stays_below_the_limit(
    either_build: tuple[str, Path],
) -> None:
    _, build = either_build
    sizes = package_sizes(build)
    assert set(sizes) == set(functions())
    for name, parts in sizes.items():
        assert (build / name / "app.py").exists()
        assert 10 * 2**20 < sum(parts.values()) < MAX_BYTES


def test_compiled_modules_are_for_the_architecture(either_build: tuple[str, Path]) -> None:
    architecture, build = either_build
    compiled = list(build.rglob("*.so"))
    assert compiled
    assert {file.read_bytes()[18:20] for file in compiled} == {MACHINES[architecture]}


def test_a_layer_carries_the_sdk_and_no_tests(either_build: tuple[str, Path]) -> None:
    _, folder = either_build
    assert (folder / "DependenciesLayer" / "python" / "botocore" / "data" / "ce").is_dir()
    assert [path for path in folder.rglob("tests") if path.is_dir()] == []


def test_a_layer_is_built_to_the_same_bytes_again(
    either_build: tuple[str, Path], tmp_path: Path
) -> None:
    architecture, folder = either_build
    for layer in ("DependenciesLayer", "ClaudeLayer"):
        requirements = PROJECT / resources("AWS::Serverless::LayerVersion")[layer]["ContentUri"]
        build(requirements / "requirements.txt", tmp_path / layer, architecture)
        assert digest(tmp_path / layer) == digest(folder / layer / "python")


def test_bytecode_is_that_of_lambda_s_python_and_names_its_files(
    either_build: tuple[str, Path],
) -> None:
    """On a host without that Python there is none, and the build says so."""
    _, folder = either_build
    assert functions_run_on() == {f"python{VERSION}"}
    for file in list(folder.glob("*Layer/python/**/*.pyc"))[:50]:
        assert file.read_bytes()[:4] == b"\xf3\r\r\n"  # the magic number of 3.13
        assert b"/opt/python/" in file.read_bytes()


def functions_run_on() -> set[str]:
    layers = resources("AWS::Serverless::LayerVersion").values()
    runtimes = {runtime for layer in layers for runtime in layer["CompatibleRuntimes"]}
    return runtimes | {template()["Globals"]["Function"]["Runtime"]}


def test_a_built_template_takes_no_other_architecture_than_its_layers(
    either_build: tuple[str, Path], tmp_path: Path
) -> None:
    architecture, folder = either_build
    shutil.copy(folder / "template.yaml", tmp_path)
    assert hold_architecture(tmp_path) == architecture
    held = read_template(tmp_path / "template.yaml")["Parameters"]["Architecture"]
    other = next(iter(MACHINES.keys() - {architecture}))
    assert held["Default"] == architecture
    assert why_refused(held, architecture) is None
    assert "make build-arm64" in str(why_refused(held, other))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sam_build(tmp_path_factory.mktemp("build"), "x86_64")


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    with Simulation(load(generate(tmp_path_factory.mktemp("organization"))), workers=1) as deployed:
        deployed.deploy()
        yield deployed


def event_of(function: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(
        (PROJECT / "events" / f"{snake_case(function)}.json").read_text()
    )
    return event


# StartScan last: it starts a whole scan behind the back of the others.
JOURNEY = [
    "DiscoverAccounts",
    "DetectAnomalies",
    "JoinCauses",
    "ExplainAnomaly",
    "NotifyOwner",
    "PublishDigest",
    "RecordFeedback",
    "StartScan",
]
ANSWERS: dict[str, dict[str, Any]] = {
    "StartScan": {"scan_date": "2026-11-06", "started": True},
    "DiscoverAccounts": {"accounts": 15, "not_in_scope": 1},
    "DetectAnomalies": {"account_id": "214600318705", "requests": 3},
    "JoinCauses": {"round": 1, "judged": 1},
    "ExplainAnomaly": {"item_id": "214600318705-2026-11-05-28772eaa", "explained": True},
    "NotifyOwner": {"account_id": "214600318705", "told": 1},
    "PublishDigest": {"scan_id": "2026-11-06", "told": True},
    "RecordFeedback": {"statusCode": 200},
}


def test_every_function_answers_its_event_along_the_journey(
    simulation: Simulation, built: Path
) -> None:
    """In the order of the journey, since each reads what the one before left in bucket and
    table."""
    assert set(JOURNEY) == set(functions())
    for function in JOURNEY:
        event = event_of(function)
        if function == "RecordFeedback":
            body = b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
            event["headers"] = simulation.slack.sign(body).headers
        answer = simulation.invoke_built(function, event, built)
        assert {name: answer.get(name) for name in ANSWERS[function]} == ANSWERS[function], function


def test_a_package_that_the_layer_lacks_fails(
    simulation: Simulation, built: Path, tmp_path: Path
) -> None:
    lacking = tmp_path / "build"
    shutil.copytree(built, lacking)
    for found in (lacking / "DependenciesLayer" / "python").glob("numpy*"):
        shutil.rmtree(found)
    template = (lacking / "template.yaml").read_text()
    layer = os.path.relpath(PROJECT / "layers" / "whyspike", lacking)
    written = next(
        line.split(": ")[1]
        for line in template.splitlines()
        if "ContentUri:" in line and line.endswith("layers/whyspike")
    )
    (lacking / "template.yaml").write_text(template.replace(written, layer))
    with pytest.raises(FunctionFailed, match="numpy"):
        simulation.invoke_built("DetectAnomalies", event_of("DetectAnomalies"), lacking)
