"""A built function runs under the Lambda runtime interface emulator with what its package holds,
and nothing else."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from whyspike.errors import InvalidInput
from whyspike.simulator.functions.failed import FunctionFailed
from whyspike.simulator.functions.runtime_emulator import invoke_built, read_built

TEMPLATE = """
Resources:
  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: Layer}
  Plain:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.handler, CodeUri: Plain, Timeout: 2, Layers: [{Ref: Layer}]}
  Bare:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.handler, CodeUri: Plain, Timeout: 2}
"""
APP = """
import os, time
import carried

class Planned(Exception): pass

def handler(event, context):
    if "raise" in event:
        raise Planned(event["raise"])
    time.sleep(event.get("sleep", 0))
    variable, home = os.environ["VARIABLE"], os.environ.get("HOME")
    return {"carried": carried.NAME, "variable": variable, "home": home}
"""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("uv", path=str(Path(sys.executable).parent)) is None,
        reason="make setup brings uv",
    ),
]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build")
    (folder / "template.yaml").write_text(TEMPLATE)
    (folder / "Plain").mkdir()
    (folder / "Plain" / "app.py").write_text(APP)
    (folder / "Layer" / "python").mkdir(parents=True)
    (folder / "Layer" / "python" / "carried.py").write_text('NAME = "in the layer"')
    return folder


def invoke(build: Path, name: str, event: dict[str, Any]) -> Any:
    return invoke_built(read_built(build, name), event, {"VARIABLE": "set"}, build / "cache")


def test_it_answers_with_its_layer_and_its_own_environment(build: Path) -> None:
    answer = invoke(build, "Plain", {})

    assert answer == {"carried": "in the layer", "variable": "set", "home": None}


def test_its_error_is_an_error(build: Path) -> None:
    with pytest.raises(FunctionFailed) as error:
        invoke(build, "Plain", {"raise": "as planned"})

    assert (error.value.kind, error.value.message) == ("Planned", "as planned")


def test_it_is_stopped_at_its_time_out(build: Path) -> None:
    with pytest.raises(FunctionFailed) as error:
        invoke(build, "Plain", {"sleep": 10})

    assert error.value.kind == "Sandbox.Timedout"


def test_a_missing_package_fails_although_this_environment_has_it(build: Path) -> None:
    with pytest.raises(FunctionFailed):
        invoke(build, "Bare", {})


@pytest.mark.parametrize(
    ("name", "message"), [("Layer", "is no function"), ("Nobody", "is no function")]
)
def test_a_name_that_is_no_function_is_refused(build: Path, name: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        read_built(build, name)


def test_nothing_built_yet_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="run make build first"):
        read_built(tmp_path, "Plain")
