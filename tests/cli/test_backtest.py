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
    recognised, _, told = capsys.readouterr().out.strip().partition("\n")
    assert recognised.startswith("own CSV, ")
    assert told.strip().startswith("0 messages in 30 days (Fri 2 Oct 2026 to Sat 31 Oct 2026)")


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


def shown(file: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    assert main(["backtest", str(file), *options]) == 0
    return capsys.readouterr().out


def test_where_nothing_was_judged_no_message_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "costs.csv"
    file.write_text("\n".join(csv_of(300).splitlines()[:21]))
    said = shown(file, capsys)
    assert "0 messages" not in said
    assert "Nothing was judged in 10 days" in said
    assert "the history is too short" in said


def test_how_much_was_judged_is_said_by_account(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "costs.csv"
    file.write_text(csv_of(300))
    assert "JudgedDays: all 30 days of 1 of 1 account." in shown(file, capsys)
    early = shown(file, capsys, "--from", str(FIRST + timedelta(days=10)))
    assert "46 of 50 days, from Wed 16 Sep on; 4 days with too short a history" in early
    assert "of the days that could be judged" in " ".join(early.split())


def test_a_message_says_why_it_stood_out_and_the_largest_below_the_minimum_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "costs.csv"
    file.write_text(csv_of(300))
    assert "Fridays cost $20" in shown(file, capsys)
    quiet = shown(file, capsys, "--minimum-usd", "400")
    assert "stayed below the minimum of $400 a day: Amazon S3, +$300 on" in quiet


def test_a_sweep_compares_settings_and_simple_rules_and_saves_what_it_recommends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, saved = tmp_path / "costs.csv", tmp_path / "detection.json"
    file.write_text(csv_of(300))
    said = shown(file, capsys, "--sweep", "--save", str(saved))
    for rule in ("sensitivity 0.25", "sensitivity 4", "z-score over 7 days", "30 % over the last"):
        assert rule in said
    assert "Recommended for this past: sensitivity 1," in said
    assert json.loads(saved.read_text())["sensitivity"] == 1.0
    assert "new" in shown(file, capsys, "--settings", str(saved)), "the file is one of settings"


def test_the_report_has_months_owners_and_a_chart_for_each_service_with_its_alerts_marked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = tmp_path / "costs.csv", tmp_path / "out"
    file.write_text(csv_of(300).replace("AWS Lambda", "<b>Lambda"))
    shown(file, capsys, "--out", str(out), "--sweep")
    page = (out / "backtest.html").read_text(encoding="utf-8")
    for part in ("October 2026", "unowned", "+$300 a day", "Fridays cost $20", "z-score"):
        assert part in page
    assert page.count("<svg") == 2
    assert page.count('<path class="hot"') == 1
    assert "<b>" not in page


@pytest.mark.parametrize("columns", ["80", "100"])
def test_lines_fit_the_width_and_have_no_trailing_blanks_in_a_pipe(
    columns: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    file = tmp_path / "costs.csv"
    file.write_text(csv_of(300))
    lines = shown(file, capsys, "--sweep").splitlines()
    assert max(map(len, lines)) <= int(columns)
    assert [line for line in lines if line != line.rstrip()] == []


def test_json_has_what_was_judged_and_the_sweep(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "costs.csv"
    file.write_text(csv_of(300))
    found = json.loads(shown(file, capsys, "--json", "--sweep"))
    assert found["judged"][0]["days"] == found["days_asked"] == 30
    assert [row["sensitivity"] for row in found["sweep"]] == [0.25, 0.5, 1, 2, 4, None, None]
    assert found["recommended_sensitivity"] == 1.0


def test_a_bill_in_euros_with_columns_of_its_own_is_told_in_euros(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "costs.csv"
    file.write_text(csv_of(300, "Tag,Dienst,Wert (EUR)"))
    assert main(["backtest", str(file), "--columns", "date=Tag,cost=Wert (EUR)"]) == 0
    shown = capsys.readouterr().out
    assert "own CSV, " in shown
    assert "€" in shown
    assert "$" not in shown
