"""What a run leaves: its own files alone, and how it failed in one line for people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from whyspike.cli.main import main
from whyspike.cli.outcome import ScanFailed, failed
from whyspike.cli.output import WRITTEN, empty_of_results
from whyspike.errors import InvalidInput, WhyspikeError


def cause(kind: str, message: str) -> str:
    return json.dumps(
        {"errorType": kind, "errorMessage": message, "stackTrace": ["File app.py, line 30"]}
    )


CAUSES: dict[str, tuple[str, str, type[WhyspikeError], str]] = {
    "wrong input": (
        "InvalidInput",
        cause("InvalidInput", "scan_date is wrong"),
        InvalidInput,
        "scan_date is wrong",
    ),
    "nothing to scan": (
        "NothingToScan",
        cause("NothingToScan", "no account"),
        InvalidInput,
        "no account",
    ),
    "a failure": (
        "OrganizationAccessDenied",
        cause("OrganizationAccessDenied", "denied. Remedy: allow it"),
        ScanFailed,
        "the state machine ended with FAILED: OrganizationAccessDenied denied. Remedy: allow it",
    ),
    "AWS's own words": (
        "States.Timeout",
        "it took too long",
        ScanFailed,
        "the state machine ended with FAILED: States.Timeout it took too long",
    ),
    "no words": (
        "States.Timeout",
        "",
        ScanFailed,
        "the state machine ended with FAILED: States.Timeout",
    ),
}


@pytest.mark.parametrize(("error", "text", "kind", "says"), CAUSES.values(), ids=CAUSES)
def test_the_cause_of_a_failed_run_is_its_message_and_never_its_stack(
    error: str, text: str, kind: type[WhyspikeError], says: str
) -> None:
    ended = failed("FAILED", error, text)
    assert type(ended) is kind
    assert str(ended) == says


def test_what_an_earlier_run_left_is_gone_and_what_it_did_not_write_stays(tmp_path: Path) -> None:
    (tmp_path / "evidence").mkdir()
    for name in (*WRITTEN, "evidence/a-1.json", "notes.txt"):
        (tmp_path / name).write_text("old")

    empty_of_results(tmp_path)

    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["notes.txt"]


FILES = {
    "digest.json": "{}",
    "accounts.json": "[]",
    "explanations.json": "[]",
    "incidents.json": "[]",
}


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("digest.json", "{}", "digest.json: is no file of a scan (not of this version: scan_id"),
        ("digest.json", "[]", "digest.json: is no file of a scan (no JSON object)"),
        ("digest.json", "{", "digest.json: is no file of a scan, line 1: "),
        (
            "accounts.json",
            "{}",
            "accounts.json: is no file of a scan (no list of JSON objects)",
        ),
        (
            "incidents.json",
            "[1]",
            "incidents.json: is no file of a scan (no list of JSON objects)",
        ),
        ("incidents.json", "[{}]", "incidents.json: "),
    ],
)
def test_a_folder_that_holds_no_finished_scan_is_one_line(
    name: str, text: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file, content in {**FILES, name: text}.items():
        (tmp_path / file).write_text(content)
    assert main(["report", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


def test_a_report_that_cannot_be_written_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(tmp_path), "--to", "/proc/x/y.html"]) == 2
    assert capsys.readouterr().err.startswith("whyspike: --to /proc/x/y.html: cannot be written (")
