"""The command line as a whole: help, and every mistake as one line and exit code 2."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
from botocore.exceptions import NoRegionError, ProfileNotFound

from whyspike.cli.main import COMMANDS, main
from whyspike.errors import InvalidInput, MemberRoleDenied
from whyspike.simulator.fernhill.organization import generate
from whyspike.simulator.fernhill.plan import plan

FIRST = plan().accounts[0].id
BILL = f"accounts/{FIRST}/bill.csv.gz"
Breaking = Callable[[Path], object]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """An organisation of two accounts to break."""
    for name in (
        "organization.json",
        "settings",
        f"accounts/{FIRST}",
        f"accounts/{plan().accounts[1].id}",
    ):
        target = tmp_path / "organization" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (
            shutil.copytree(whole / name, target)
            if (whole / name).is_dir()
            else shutil.copy(whole / name, target)
        )
    return tmp_path / "organization"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"    whyspike {command}" in shown
    assert "Exit codes" in shown


def test_the_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"\n  {command} " in shown for command in COMMANDS)


def test_the_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"whyspike {version('whyspike')}\n"


def test_help_imports_nothing_heavy() -> None:
    asked = (
        "import sys; from whyspike.cli.main import main; main(['--help']);"
        "print(*sorted({'moto', 'anthropic', 'numpy', 'boto3', 'requests'} & set(sys.modules)),"
        " file=sys.stderr)"
    )
    done = subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == ""
    assert "doctor" in done.stdout


def test_a_shell_completes_commands_options_and_values() -> None:
    def completed(*typed: str) -> str:
        asked = {
            "_WHYSPIKE_COMPLETE": "complete_bash",
            "COMP_WORDS": " ".join(["whyspike", *typed]),
            "COMP_CWORD": str(len(typed)),
        }
        done = subprocess.run(
            [sys.executable, "-c", "from whyspike.cli.main import main; main()"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **asked},
        )
        return done.stdout.strip()

    assert completed("do") == "doctor"
    assert "--organization" in completed("demo", "--o").split()
    assert completed("demo", "--claude", "r") == "real"


MISSPELT = [
    pytest.param([], "Missing command", id="nothing"),
    pytest.param(["dmo"], "No such command 'dmo'. Did you mean 'demo'?", id="command"),
    pytest.param(["--colour"], "No such option: --colour", id="option of the whole"),
    pytest.param(["demo", "--daze", "3"], "No such option: --daze", id="option"),
    pytest.param(["demo", "--days", "three"], "'--days'", id="words for a number"),
    pytest.param(["demo", "--days", "three"], "'three'", id="the value that was typed"),
    pytest.param(["demo", "--claude", "maybe"], "'maybe' is not one of 'simulated'", id="choice"),
    pytest.param(["demo", "--out"], "--out", id="value left out"),
    pytest.param(["demo", "fernhill"], "fernhill", id="argument too many"),
    pytest.param(["backtest"], "Missing argument 'PATH...", id="argument left out"),
    pytest.param(["invoke", "Detect", "--event", "x"], "'Detect' is not one of", id="function"),
    pytest.param(["invoke", "StartScan"], "Missing option '--event'", id="option left out"),
    pytest.param(["price", "--cost-source", "me"], "'me' is not one of 'member'", id="source"),
]


@pytest.mark.parametrize(("given", "says"), MISSPELT)
def test_what_no_command_takes_is_one_line_that_leads_to_the_help(
    given: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(given) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert shown.err.startswith("whyspike: ")
    assert says in shown.err
    assert "Remedy: whyspike " in shown.err
    assert "--help" in shown.err


def rewrite_bill(change: Callable[[list[str]], list[str]]) -> Breaking:
    def breaking(folder: Path) -> None:
        lines = gzip.decompress((folder / BILL).read_bytes()).decode().splitlines()
        (folder / BILL).write_bytes(gzip.compress("\n".join(change(lines)).encode()))

    return breaking


def rewrite_json(name: str, **changes: object) -> Breaking:
    def breaking(folder: Path) -> None:
        file = folder / name
        file.write_text(json.dumps(json.loads(file.read_text()) | changes))

    return breaking


def delete(name: str) -> Breaking:
    def breaking(folder: Path) -> None:
        shutil.rmtree(folder / name) if (folder / name).is_dir() else (folder / name).unlink()

    return breaking


def all_suspended(folder: Path) -> None:
    for account in plan().accounts[:2]:
        rewrite_json(f"accounts/{account.id}/account.json", state="SUSPENDED")(folder)


def nothing(_folder: Path) -> None:
    """The folder is fine; an option is not."""


def write(name: str, text: str) -> Breaking:
    return lambda folder: (folder / name).write_text(text)


BROKEN: list[tuple[Breaking, list[str], list[str]]] = [
    (delete("organization.json"), [], ["organization.json", "no such file"]),
    (write("organization.json", "{"), [], ["organization.json, line 1", "not valid JSON"]),
    (
        rewrite_json("organization.json", scan_date="6 November"),
        [],
        ["organization.json", "scan_date", "YYYY-MM-DD"],
    ),
    (delete("accounts"), [], ["accounts", "add accounts/<account_id>/"]),
    (
        lambda folder: [delete(f"accounts/{a.id}")(folder) for a in plan().accounts[:2]],
        [],
        ["no account"],
    ),
    (
        rewrite_bill(lambda lines: [lines[0].replace(",service,", ","), *lines[1:]]),
        [],
        [BILL, "line 1", "service", "missing"],
    ),
    (
        rewrite_bill(lambda lines: [*lines[:5], lines[5].replace(".", "x"), *lines[6:]]),
        [],
        [BILL, "line 6", "no number"],
    ),
    (
        rewrite_bill(lambda lines: [lines[0], "2026-99-01" + lines[1][10:]]),
        [],
        [BILL, "line 2", "no date"],
    ),
    (
        rewrite_bill(lambda lines: [*lines, lines[7].replace(FIRST, "999999999999")]),
        [],
        [BILL, "999999999999", "move the row"],
    ),
    (
        rewrite_json(f"accounts/{FIRST}/account.json", state="GONE"),
        [],
        ["account.json", "GONE", "ACTIVE"],
    ),
    (
        write("settings/owners.json", "[oops"),
        [],
        ["settings/owners.json, line 1", "not valid JSON"],
    ),
    (
        lambda folder: (folder / "settings/owners.json").write_bytes(
            b'{"default_channel": "\xff"}'
        ),
        [],
        ["settings/owners.json", "not UTF-8"],
    ),
    (
        write("settings/owners.json", "[]"),
        [],
        ["settings/owners.json: must be an object", "docs/incidents.md"],
    ),
    (
        write("settings/owners.json", '{"foo": 3}'),
        [],
        ["settings/owners.json: unknown field 'foo'", "docs/incidents.md"],
    ),
    (
        write("settings/detection.json", '{"sensitivity": "high"}'),
        [],
        ["settings/detection.json: sensitivity", "docs/detection.md"],
    ),
    (
        write("settings/detection.json", '{"foo": 1}'),
        [],
        ["settings/detection.json: foo", "docs/detection.md"],
    ),
    (
        write("settings/planned.yaml", "a: b"),
        [],
        ["settings/planned.yaml: unknown field 'a'", "planned:"],
    ),
    (
        write("settings/planned.yaml", "planned: [\n"),
        [],
        ["settings/planned.yaml, line 2", "not valid YAML"],
    ),
    (
        all_suspended,
        [],
        ["no account to scan", f"{FIRST} is SUSPENDED", "Remedy: choose accounts that are ACTIVE"],
    ),
    (
        rewrite_json(f"accounts/{FIRST}/account.json", state="CLOSED"),
        ["--accounts", FIRST],
        [f"{FIRST} is CLOSED", "Remedy"],
    ),
    (nothing, ["--scan-date", ""], ["--scan-date is empty", "leave it out"]),
    (nothing, ["--accounts="], ["--accounts is empty"]),
    (nothing, ["--organization", ""], ["--organization is empty"]),
    (nothing, ["--out", "/proc/foo"], ["--out /proc/foo: cannot be written", "Remedy"]),
    (nothing, ["--out", __file__], ["--out", "test_main.py: cannot be written", "Remedy"]),
    (
        nothing,
        ["--accounts", "999999999999"],
        ["999999999999", "Remedy: choose from its 2 accounts"],
    ),
    (nothing, ["--accounts", "shop-prod"], ["shop-prod", "12 digits"]),
    (nothing, ["--scan-date", "11/06/2026"], ["11/06/2026", "YYYY-MM-DD"]),
    (nothing, ["--scan-date", "2026-11-07"], ["2026-11-07", "newest day", "2026-11-06"]),
    (nothing, ["--scan-date", "2025-01-01"], ["2025-01-01", "13 months"]),
    (nothing, ["--scan-date", "2026-01-01"], ["2026-01-01", "first day of the bills"]),
    (nothing, ["--days", "0"], ["--days 0", "1 to 60"]),
    (
        nothing,
        ["--scan-date", "2026-08-01", "--days", "10"],
        ["--days 10", "first day of the bills"],
    ),
    (nothing, ["--claude", "real"], ["ANTHROPIC_API_KEY"]),
]
LISTED = """no organization.json, broken json, scan date in words, no accounts folder,
empty organisation, column missing, wrong number, wrong day,
row of another account, unknown state,
broken settings, settings not in UTF-8, owners as a list, unknown field of owners, sensitivity
in words, unknown field of detection, plans under another name, broken plans, all suspended, the
chosen one closed, empty date, no accounts, empty folder name, out where nothing can be, out on
a file, unknown account, account by name, malformed date, future date, older than 13 months,
before the bills, no days, days before the bills, no key"""
IDS = LISTED.replace("\n", " ").split(", ")


@pytest.mark.parametrize(("breaking", "options", "says"), BROKEN, ids=IDS)
def test_a_mistake_is_one_line_that_names_it_and_exit_code_2(
    breaking: Breaking,
    options: list[str],
    says: list[str],
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    breaking(folder)
    assert main(["demo", "--organization", str(folder), *options]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith("whyspike: ")
    assert shown.err.count("\n") == 1
    assert all(part in shown.err for part in says), shown.err
    assert "Traceback" not in shown.err + shown.out
    assert shown.out == "", "nothing was started"


def test_a_folder_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--organization", str(tmp_path / "nowhere")]) == 2
    assert "nowhere: no such folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (InvalidInput("bad"), 2, "whyspike: bad\n"),
        (MemberRoleDenied("no role"), 1, "whyspike: MemberRoleDenied: no role\n"),
        (KeyboardInterrupt(), 130, "whyspike: interrupted\n"),
        (
            OSError(28, "No space left on device", "/x/y"),
            2,
            (
                "whyspike: /x/y: No space left on device. Remedy: name a file or folder that can be"
                " read and written\n"
            ),
        ),
        (TimeoutError("too long"), 1, "whyspike: TimeoutError: too long\n"),
        (
            NoRegionError(),
            2,
            (
                "whyspike: You must specify a region. Remedy: give --region, or export"
                " AWS_DEFAULT_REGION\n"
            ),
        ),
        (
            ProfileNotFound(profile="p"),
            2,
            (
                "whyspike: The config profile (p) could not be found. Remedy: give a profile of"
                " ~/.aws/config\n"
            ),
        ),
    ],
    ids=[
        "wrong input",
        "failed run",
        "interrupted",
        "disk full",
        "too slow",
        "no region",
        "no profile",
    ],
)
def test_how_a_command_ends_is_its_exit_code(
    error: BaseException,
    code: int,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(folder: str) -> int:
        raise error

    monkeypatch.setattr("whyspike.cli.organization.run", fail)
    assert main(["organization", "unused"]) == code
    assert capsys.readouterr().err == says


def test_the_default_organisation_is_written_where_nothing_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "fernhill"
    assert main(["organization", str(target), "--scan-date", "2026-11-20"]) == 0
    assert "gpu-notebook" in capsys.readouterr().out
    assert json.loads((target / "organization.json").read_text())["scan_date"] == "2026-11-20"
    assert main(["organization", str(target)]) == 2
    assert "not an empty folder" in capsys.readouterr().err


def test_the_organisation_is_not_written_where_nothing_can_be(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["organization", "/proc/foo"]) == 2
    assert capsys.readouterr().err.startswith("whyspike: FOLDER /proc/foo: cannot be written (")


def test_an_event_that_the_function_refuses_is_named_with_where_to_look(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    event = tmp_path / "event.json"
    event.write_text("{}")
    assert main(["invoke", "DetectAnomalies", "--source", "--event", str(event)]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert f"--event {event}: DetectAnomalies input: scan" in error
    assert "Remedy: see events/" in error
