"""`whyspike claude record` keeps what Claude is asked; `replay` tells what somebody answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.bill_files import written
from whyspike.cli.main import main
from whyspike.explanation.prompts.texts import read_fence
from whyspike.simulator.claude.reading import honest_answer
from whyspike.simulator.claude.recorded import RecordedClaude, serving

ACCOUNT, SERVICE = "110000000001", "AWS Lambda"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def bill(tmp_path: Path) -> Path:
    """Ninety days of an account, in whose last two a service costs twenty times as much."""
    lines = ["date,account,service,usage_type,cost"]
    for back in range(90):
        day = date(2026, 10, 15) - timedelta(days=back)
        cost = 200 if back < 2 else 10
        lines.append(f"{day},{ACCOUNT},{SERVICE},Lambda-GB-Second,{cost}")
    return written(tmp_path, "bill.csv", "\n".join(lines) + "\n")


@pytest.fixture
def claude(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command without a key of its own: its exit code and its outputs."""
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["claude", *arguments])
        shown = capsys.readouterr()
        return code, " ".join(shown.out.split()), shown.err

    return run


def explanation(out: Path) -> dict[str, Any]:
    (told,) = json.loads((out / "explanations.json").read_text("utf-8"))
    found: dict[str, Any] = told
    return found


def answer_of(folder: Path, name: str) -> dict[str, Any]:
    """The answer that the simulated Claude gives to a recorded request."""
    (message,) = json.loads((folder / f"{name}.request.json").read_text("utf-8"))
    return honest_answer(read_fence(message["content"][0]["text"]))


def test_what_is_recorded_can_be_answered_and_told(tmp_path: Path, bill: Path, claude: Run) -> None:
    kept, out = tmp_path / "kept", tmp_path / "out"

    code, shown, _ = claude("record", str(kept), "--", "check", str(bill), "--out", str(out))

    (request,) = kept.glob("*.request.json")
    name = request.name.removesuffix(".request.json")
    assert code == 1  # check found something
    assert "1 request" in shown
    assert "1 kept" in shown
    assert explanation(out)["written_by"] == "rules"
    assert json.loads((kept / "fixed-part.json").read_text("utf-8"))["tools"]

    answer = kept / f"{name}.answer.json"
    answer.write_text(json.dumps(answer_of(kept, name)), encoding="utf-8")
    code, shown, _ = claude("replay", str(kept), "--", "check", str(bill), "--out", str(out))

    assert code == 1
    assert "1 answered from the files" in shown
    assert explanation(out)["written_by"] == "recorded-claude-sonnet-5-5"
    assert "Claude's reading, not proven" in explanation(out)["text"]


def test_an_answer_to_other_evidence_is_named_and_its_request_stays(
    tmp_path: Path, bill: Path, claude: Run
) -> None:
    kept, given = tmp_path / "kept", ("--", "check", str(bill))
    claude("record", str(kept), *given)
    (request,) = kept.glob("*.request.json")
    answer = answer_of(kept, request.name.removesuffix(".request.json"))
    (kept / request.name.replace("request", "answer")).write_text(json.dumps(answer), "utf-8")
    before = request.read_text("utf-8").replace("Lambda-GB-Second", "Lambda-GB-Hour")
    request.write_text(before, "utf-8")

    _, shown, _ = claude("replay", str(kept), *given)

    assert "1 answered from the files for other evidence" in shown
    assert request.read_text("utf-8") == before


def test_a_look_up_of_an_answer_leads_to_a_second_request(
    tmp_path: Path, bill: Path, claude: Run
) -> None:
    kept, given = tmp_path / "kept", ("--", "check", str(bill))
    claude("record", str(kept), *given)
    (request,) = kept.glob("*.request.json")
    asked = {
        "look_up": "group_costs",
        "arguments": {"by": "OPERATION", "service": SERVICE, "usage_type": "Lambda-GB-Second"},
    }
    (kept / request.name.replace("request", "answer")).write_text(json.dumps(asked), "utf-8")

    _, shown, _ = claude("replay", str(kept), *given)

    (second,) = kept.glob("*-2.request.json")
    assert "1 without an answer" in shown
    assert "tool_result" in second.read_text("utf-8")


def test_with_ask_the_api_answers_and_its_answers_are_kept(
    tmp_path: Path, bill: Path, claude: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, kept, given = tmp_path / "first", tmp_path / "kept", ("--", "check", str(bill))
    claude("record", str(first), *given)
    (request,) = first.glob("*.request.json")
    answer = answer_of(first, request.name.removesuffix(".request.json"))
    (first / request.name.replace("request", "answer")).write_text(json.dumps(answer), "utf-8")
    api = RecordedClaude(first, replays=True)  # stands in for the API
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-mine")

    with serving(api.handle) as url:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", url)
        _, shown, _ = claude("record", str(kept), "--ask", *given)

    (body,) = kept.glob("*.answer.json")
    assert "1 answered by the API" in shown
    assert json.loads(body.read_text("utf-8"))["type"] == "message"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--ask",), "--ask needs an API key"),
        (("--", "price"), "'price' asks Claude nothing"),
        (("--", "check", "--claude", "off", "nothing.csv"), "nothing.csv"),
    ],
    ids=["no key", "a command without Claude", "a mistake of the command"],
)
def test_a_mistake_is_one_line(
    tmp_path: Path, claude: Run, arguments: tuple[str, ...], why: str
) -> None:
    code, _, error = claude("record", str(tmp_path / "kept"), *arguments)

    assert code == 2
    assert why in error
    assert len(error.splitlines()) == 1


def test_a_folder_that_is_not_there_is_not_replayed(tmp_path: Path, claude: Run) -> None:
    code, _, told = claude("replay", str(tmp_path / "gone"))
    assert code == 2
    assert "there is none" in told
    assert "whyspike claude record" in told
    assert not (tmp_path / "gone").exists()
