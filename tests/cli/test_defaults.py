"""whyspike.toml: defaults of one's own, wrong ones named with file and line; --json of commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from whyspike.cli.main import main


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WHYSPIKE_CONFIG", raising=False)
    return tmp_path / "whyspike.toml"


def priced(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    assert main(["price", "--json", *options]) == 0
    return dict(json.loads(capsys.readouterr().out))


def test_a_default_of_the_file_holds_where_nothing_is_given(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here.write_text('[price]\naccounts = 42\ncost-source = "payer"\nno-claude = true\n')
    (price,) = priced(capsys)["prices"]
    assert (price["accounts"], price["cost_source"]) == (42, "payer")
    assert not any("Claude" in line["what"] for line in price["lines"] if line["usd"])
    assert priced(capsys, "--accounts", "7")["prices"][0]["accounts"] == 7


def test_a_file_elsewhere_is_named_by_the_environment(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = here.with_name("mine.toml")
    other.write_text("[price]\naccounts = 9\n")
    monkeypatch.setenv("WHYSPIKE_CONFIG", str(other))
    assert priced(capsys)["prices"][0]["accounts"] == 9
    monkeypatch.setenv("WHYSPIKE_CONFIG", "nowhere.toml")
    assert main(["price"]) == 2
    assert "WHYSPIKE_CONFIG=nowhere.toml: no such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[pric]\naccounts = 1\n", "line 1: pric is no command. Remedy: did you mean price?"),
        ("[price]\n\nacounts = 1\n", "line 3: acounts is no option of whyspike price"),
        ('[backtest]\naccounts = "1"\n[price]\naccounts = "many"\n', "line 4: accounts = 'many'"),
        ('[price]\ncost-source = "mebmer"\n', "line 2: cost-source = 'mebmer'"),
        ("[price\n", "not valid TOML"),
    ],
    ids=["command", "option", "number", "choice", "toml"],
)
def test_what_is_wrong_in_the_file_is_named_with_its_line(
    text: str, says: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here.write_text(text)
    assert main(["price"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("whyspike: whyspike.toml")
    assert says in error
    assert "Remedy: " in error
    assert error.count("\n") == 1


def test_prices_are_the_same_for_programs_and_add_up(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = priced(capsys, "--accounts", "100")
    assert [price["cost_source"] for price in found["prices"]] == ["member", "payer"]
    for price in found["prices"]:
        lines = sum(line["usd"] for line in price["lines"])
        assert price["total_usd"] == pytest.approx(lines + price["fixed_usd"])


def test_the_unit_prices_and_the_doctors_checks_are_there_for_programs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["price", "--units", "--json"]) == 0
    assert all(unit["source"] for unit in json.loads(capsys.readouterr().out).values())
    assert main(["doctor", "--list", "--json"]) == 0
    checks = json.loads(capsys.readouterr().out)
    assert all(check["looks_at"] and check["problems"] for check in checks)
