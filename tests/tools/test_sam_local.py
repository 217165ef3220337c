"""`make sam-local` without Docker; tests/simulator/test_containers.py runs what it writes."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path

import pytest

from tests.support.deployed import PROJECT, functions
from tools import sam_local
from tools.expand_template import read_template
from whyspike.simulator.containers import Prepared, signed_now

EVENT = json.loads((PROJECT / "events" / "record_feedback.json").read_text(encoding="utf-8"))


def test_sam_gives_a_function_every_variable_of_env_json() -> None:
    # sam drops what the template does not declare
    given = {name: {"AWS_ENDPOINT_URL": "http://there:1", "TABLE": "t"} for name in functions()}
    declared = sam_local.declaring(read_template(PROJECT / "template.yaml"), given)
    for name in functions():
        assert set(given[name]) <= set(
            declared["Resources"][name]["Properties"]["Environment"]["Variables"]
        )


def test_what_is_written_is_what_a_container_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sam_local.BUILD.mkdir(parents=True)
    sam_local.write(
        Prepared({"StartScan": {"AWS_REGION": "us-east-1"}}, {"StartScan": {"a": 1}}),
        {"Resources": {"StartScan": {"Type": sam_local.FUNCTION, "Properties": {}}}},
    )
    assert json.loads(sam_local.ENVIRONMENT.read_text())["StartScan"]["AWS_REGION"] == "us-east-1"
    assert json.loads((sam_local.EVENTS / "StartScan.json").read_text()) == {"a": 1}
    properties = json.loads(sam_local.TEMPLATE.read_text())["Resources"]["StartScan"]["Properties"]
    assert properties == {"Environment": {"Variables": {"AWS_REGION": ""}}}


def test_a_press_is_signed_anew_for_a_simulation_that_has_run_for_long() -> None:
    now = signed_now(EVENT)
    assert b64decode(now["body"]) == b64decode(EVENT["body"])
    old = EVENT["headers"]["x-slack-request-timestamp"]
    assert int(now["headers"]["x-slack-request-timestamp"]) > int(old)
    assert now["headers"]["x-slack-signature"] != EVENT["headers"]["x-slack-signature"]


def test_without_a_build_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert sam_local.main(["DetectAnomalies"]) == 2
    assert "Remedy: run make build first" in capsys.readouterr().err


def test_a_misspelt_function_is_answered_with_the_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    sam_local.BUILD.mkdir(parents=True)
    (sam_local.BUILD / "template.yaml").write_bytes((PROJECT / "template.yaml").read_bytes())
    assert sam_local.main(["DetectAnomaly"]) == 2
    assert "choose one of" in (told := capsys.readouterr().err)
    assert "DetectAnomalies" in told


def test_a_note_of_a_simulation_that_is_gone_is_none_that_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert not sam_local._is_running()
    sam_local.FOLDER.mkdir(parents=True)
    sam_local.RUNNING.write_text(json.dumps({"url": "http://127.0.0.1:9"}))
    assert not sam_local._is_running()
