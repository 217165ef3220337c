"""`whyspike backtest`: the production detection over past days, from a folder or from a CSV."""

from __future__ import annotations

import gzip
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from whyspike.cli.main import main
from whyspike.simulator.fernhill.organization import generate

LAST = date(2026, 10, 31)
FIRST = LAST - timedelta(days=59)


def csv_of(jump_usd: float, header: str = "date,service,cost") -> str:
    """Sixty days of two services; the first costs `jump_usd` more on the last two days."""
    lines = [header]
    for number in range(60):
        day = FIRST + timedelta(days=number)
        lines.append(
            f"{day},Amazon Simple Storage"
            f" Service,{20 + number % 3 / 10 + (jump_usd if number >= 58 else 0):.2f}"
        )
        lines.append(f"{day},AWS Lambda,{8 + number % 5 / 10:.2f}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzipped"])
def test_a_csv_of_daily_costs_is_enough(
    packed: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / ("costs.csv.gz" if packed else "costs.csv")
    file.write_bytes(gzip.compress(csv_of(300).encode()) if packed else csv_of(300).encode())
    assert main(["backtest", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "Fri 30 Oct  new" in shown
    assert "+$300" in shown
    assert shown.count("  new  ") == 1, "told once, though it goes on"


def test_a_quiet_csv_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "costs.csv"
    file.write_text(csv_of(0))
    assert main(["backtest", str(file)]) == 0
    assert (
        capsys.readouterr()
        .out.strip()
        .startswith("0 messages in 30 days (Fri 2 Oct 2026 to Sat 31 Oct 2026)")
    )


def test_the_minimum_impact_keeps_small_jumps_quiet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "costs.csv"
    file.write_text(csv_of(60))
    assert main(["backtest", str(file), "--minimum-usd", "100"]) == 0
    assert "0 messages" in capsys.readouterr().out


def test_an_organisation_folder_is_judged_with_what_the_bill_said_on_each_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = generate(tmp_path / "organization")
    assert (
        main(
            [
                "backtest",
                str(folder),
                "--accounts",
                "408815530917",
                "--from",
                "2026-10-30",
                "--to",
                "2026-11-04",
            ]
        )
        == 0
    )
    shown = capsys.readouterr().out
    assert "Sat 31 Oct  new" in shown
    assert "restated" in shown, "the charge that was booked by mistake left the bill again"


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        ("when,service,cost\n", [], "--columns date="),
        ("date,service,cost\n2026-10-32,S3,1\n", [], "line 2: date '2026-10-32' is no date"),
        ("date,service,cost\n2026-10-31,S3,a lot\n", [], "line 2: cost 'a lot' is no number"),
        ("date,service,cost\n2026-10-31,S3,nan\n", [], "line 2: cost 'nan' is no number"),
        ("date,service,cost\n", [], "a heading and no rows"),
        ("date,service,cost\n2026-10-31,,1\n", [], "line 2: service is empty"),
        (
            'date,service,cost\n"2026-10-31,S3,1\n' + "x" * 200_000,
            [],
            "field larger than field limit",
        ),
        (csv_of(0), ["--from", "2026-10-31", "--to", "2026-10-01"], "Remedy: swap them"),
        (csv_of(0), ["--to", "2026-12-24"], "is not on the bills"),
        (csv_of(0), ["--sensitivity", "9"], "sensitivity"),
        (csv_of(0), ["--settings", "nowhere.json"], "nowhere.json: no such file"),
    ],
    ids=[
        "column",
        "date",
        "number",
        "nan",
        "empty",
        "no service",
        "stray quote",
        "swapped",
        "outside",
        "sensitivity",
        "settings",
    ],
)
def test_a_mistake_is_named_with_its_line(
    text: str, options: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "costs.csv"
    file.write_text(text)
    assert main(["backtest", str(file), *options]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


def messages(file: Path, capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, Any]]:
    assert main(["backtest", str(file), "--json", *options]) == 0
    found = json.loads(capsys.readouterr().out)
    return list(found["messages"])


def test_json_holds_each_message_with_what_it_is_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "costs.csv"
    file.write_text(csv_of(300))
    (found,) = messages(file, capsys)
    assert found["told"] == "new"
    assert found["day"] == found["onset"] == "2026-10-30"
    assert found["service"] == "Amazon Simple Storage Service"
    assert found["services"] == [found["service"]]
    assert found["usd_a_day"] == pytest.approx(300, abs=1)
    assert found["account"] == "-"


def test_json_says_where_nothing_could_be_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "costs.csv"
    header, *rows = csv_of(0).splitlines()
    file.write_text("\n".join([header, *rows[:20], *rows[24:]]) + "\n")
    found = messages(file, capsys, "--from", str(FIRST), "--to", str(FIRST + timedelta(days=20)))
    told = {message["day"]: message["told"] for message in found}
    assert told[str(FIRST)] == "not-judged"
    assert told[str(FIRST + timedelta(days=10))] == "no-bill"
    assert str(FIRST + timedelta(days=18)) not in told
    assert all(message["service"] is None for message in found)
