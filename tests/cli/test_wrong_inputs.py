"""What newcomers type and hand over by mistake: one line that names cause and remedy, exit code 2,
nothing written, no traceback."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from whyspike.cli.main import main

DAYS = [date(2026, 7, 1) + timedelta(days=at) for at in range(92)]
ROWS = [f"{day},Amazon S3,{10 + at % 3}\n" for at, day in enumerate(DAYS)]
GOOD = "date,service,cost\n" + "".join(ROWS)
OLD_EXCEL = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
FILES: dict[str, bytes] = {
    "good.csv": GOOD.encode(),
    "empty.csv": b"",
    "noise.csv": bytes(range(256)) * 4,
    "bill.pdf": b"%PDF-1.7 nothing",
    "bill.xls": OLD_EXCEL,
    "huge.csv": GOOD.replace(",11\n", ",-1e400\n").encode(),
    "nan.csv": GOOD.replace(",11\n", ",NaN\n").encode(),
    "months.csv": GOOD.replace("2026-08", "2026-13").encode(),
    "folder/readme.md": b"no bill",
    "owners.json": b"{not",
    "detection.json": b'{"sensitivity": "high"}',
    "planned.yaml": b"- : [",
}
WRONG: tuple[tuple[str, str, str], ...] = (
    ("check no.csv", "no.csv: no such file or folder", "give a bill file"),
    ("check empty.csv", "empty.csv: the file is empty", "download it again"),
    ("check noise.csv", "noise.csv: is text in no known encoding", "save it as CSV"),
    ("check bill.pdf", "bill.pdf: is a PDF", "save it as CSV"),
    ("check bill.xls", "bill.xls: is an Excel workbook", "save it as CSV"),
    ("check huge.csv", "huge.csv, lines 3, 6, 9, 12, 15", "take the rows out"),
    ("check nan.csv", "cost 'NaN' is no number", "12.34"),
    ("check months.csv", "'2026-13-01' is no date", "YYYY-MM-DD"),
    ("check folder", "folder: holds no bill", ".parquet"),
    ("check good.csv no.csv", "no.csv: no such file", "give a bill file"),
    ("check good.csv --scan-date yesterday", "--scan-date 'yesterday'", "YYYY-MM-DD"),
    ("check good.csv --scan-date 2030-01-01", "--scan-date 2030-01-01", "to 2026-09-30"),
    ("check good.csv --account 999999999999", "--account 999999999999", "leave it out"),
    ("check good.csv --account a/b", "--account 'a/b'", "12 digits"),
    ("check --account 12", "--account '12' is no account id", "12 digits"),
    ("check good.csv --claude gpt", "--claude", "check --help"),
    ("check good.csv --claude anthropic", "--claude anthropic needs an API key", "ANTHROPIC"),
    ("check good.csv --slack-webhook hooks", "--slack-webhook 'hooks'", "hooks.slack.com"),
    ("check good.csv --slack-webhook http://10.0.0.1/x", "--slack-webhook", "hooks.slack.com"),
    ("check good.csv --columns date=Nope", "--columns date=Nope", "choose from date"),
    ("check good.csv --columns what", "--columns: 'what'", "role=heading"),
    ("check good.csv --sensitivity 0", "--sensitivity", "check --help"),
    ("check good.csv --sensitivity many", "--sensitivity", "check --help"),
    ("check good.csv --minimum-usd -5", "--minimum-usd", "check --help"),
    ("check good.csv --minimum-percent 1e9", "--minimum-percent", "check --help"),
    ("check good.csv --out good.csv", "--out good.csv: cannot be written", "name a folder"),
    ("check good.csv --out good.csv/x", "--out good.csv/x: cannot be written", "name a folder"),
    ("check good.csv --currency EUR", "--currency EUR", "leave it out"),
    ("check good.csv --profile prod", "--profile has nothing to do", "leave it out"),
    ("check --columns date=Day", "--columns needs bill files", "leave it out"),
    ("chek good.csv", "Did you mean 'check'?", "whyspike --help"),
    ("check good.csv --slak-webhook x", "--slack-webhook", "check --help"),
    ("explain good.csv", "--service", "explain --help"),
    ("explain good.csv --service Nope --onset 2026-09-01", "--service 'Nope'", "Amazon S3"),
    ("backtest", "PATH", "backtest --help"),
    ("backtest no.csv", "no.csv: no such file", "give a bill file"),
    ("backtest good.csv --from 2026-09-02 --to 2026-08-01", "--from 2026-09-02", "swap them"),
    ("backtest good.csv --save good.csv/x.json", "--save good.csv/x.json", "name a file"),
    ("backtest good.csv --sensitivity -1", "--sensitivity", "backtest --help"),
    ("demo --days 0", "--days 0 is out of range", "1 to 60"),
    ("demo --organization no", "no: no such folder", "organization.json"),
    ("demo --scan-date 2026-02-30", "--scan-date '2026-02-30'", "YYYY-MM-DD"),
    ("demo --out good.csv", "--out good.csv: cannot be written", "name a folder"),
    ("report no", "no/accounts.json: no such file", "give the folder of whyspike demo --out"),
    ("settings check owners.json", "owners.json, line 1: not valid JSON", "correct it there"),
    ("settings check detection.json", "detection.json: sensitivity", "docs/detection.md"),
    ("settings check planned.yaml", "planned.yaml, line 1: not valid YAML", "correct it there"),
    ("settings check good.csv", "good.csv: is none of", "name the file"),
    ("price --accounts 0", "--accounts 0", "that range"),
    ("invoke Nothing", "Nothing", "invoke --help"),
    ("invoke DetectAnomalies --event no.json", "--event no.json", "events/"),
    ("scan --scan-date tomorrow", "--scan-date 'tomorrow'", "YYYY-MM-DD"),
    ("scan --accounts 12", "--accounts: '12'", "12 digits"),
    ("organization good.csv", "good.csv: exists", "another name"),
    ("simulate --organization no", "no: no such folder", "organization.json"),
)


@pytest.fixture
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)


@pytest.mark.usefixtures("_files")
@pytest.mark.parametrize(("typed", "cause", "remedy"), WRONG, ids=[typed for typed, _, _ in WRONG])
def test_a_wrong_input_is_one_line_with_cause_and_remedy(
    typed: str, cause: str, remedy: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    before = sorted(tmp_path.rglob("*"))

    assert main(typed.split(" ")) == 2

    shown = capsys.readouterr()
    (line,) = shown.err.strip().splitlines()[-1:]
    assert line.startswith("whyspike: ")
    assert cause in line
    assert remedy in line
    assert "Traceback" not in shown.err + shown.out
    assert sorted(tmp_path.rglob("*")) == before
