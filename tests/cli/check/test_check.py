"""`whyspike check` finds in credentials and in bill files what a deployed scan finds, asks no more
than was agreed to, and ends with what a program can tell apart."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support.bill_files import Charge, cur_2, cur_legacy, focus, own, text, written
from tests.support.organization import MANAGEMENT, SCAN_DATE, Line, TestAccount, event, quiet, write
from tests.support.simulated import ACCOUNTS, CLOSED, QUIET, SPIKE, deployed, sign_in, tasks
from whyspike.cli.check.spending import agreed
from whyspike.cli.main import main
from whyspike.errors import InvalidInput
from whyspike.simulator.simulation import Simulation

DAY = ["--scan-date", SCAN_DATE.isoformat(), "--claude", "off"]
BLIND = "110000000005"  # its administrator sees no CloudTrail
Run = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    denied = TestAccount(
        BLIND,
        (Line(on={0: 500.0}),),
        access={"cloudtrail": "denied"},
        events={"us-east-1": [event("RunInstances", "2026-10-15T06:00:00Z")]},
    )
    folder = tmp_path_factory.mktemp("check")
    with deployed(folder, *ACCOUNTS, denied, claude="off") as running:
        yield running


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command with --json: its exit code, its object, and its standard error."""

    def run(*arguments: str) -> tuple[int, dict[str, Any], str]:
        capsys.readouterr()
        code = main(["check", "--json", *arguments])
        shown = capsys.readouterr()
        return code, json.loads(shown.out) if shown.out else {}, shown.err

    return run


@pytest.fixture
def signed_in(simulation: Simulation, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts the credentials of an account's administrator into the environment."""

    return lambda account_id: sign_in(simulation, monkeypatch, simulation.key_of(account_id))


def findings(explanations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [finding for explanation in explanations for finding in explanation["findings"]]


def test_credentials_of_a_member_find_what_the_deployed_scan_finds(
    simulation: Simulation, signed_in: Callable[[str], None], check: Run
) -> None:
    task = tasks(simulation)[SPIKE]
    (item,) = simulation.invoke("DetectAnomalies", task)["items"]
    simulation.invoke("ExplainAnomaly", {**task, "item_id": item["item_id"]})
    key = f"scans/{SCAN_DATE}/explanations/{item['item_id']}.json"
    deployed_one = simulation.bucket_json(key)
    signed_in(SPIKE)
    code, found, error = check(*DAY)
    assert code == 1
    assert findings(found["explanations"]) == deployed_one["findings"]
    assert found["explanations"][0]["text"] == deployed_one["text"]
    assert "2 requests ($0.02)" in error


def test_credentials_of_the_payer_look_at_every_active_account(
    signed_in: Callable[[str], None], check: Run
) -> None:
    signed_in(MANAGEMENT)
    code, found, error = check(*DAY)
    assert code == 1
    assert {each["account_id"] for each in found["explanations"]} >= {SPIKE, CLOSED}
    assert "organisation that" in error


def test_the_payer_may_name_one_account_and_its_trail_is_a_named_gap(
    signed_in: Callable[[str], None], check: Run
) -> None:
    signed_in(MANAGEMENT)
    code, found, _ = check(*DAY, "--account", SPIKE)
    (explanation,) = found["explanations"]
    assert (code, explanation["account_id"]) == (1, SPIKE)
    assert explanation["gaps"] == ["cloudtrail"]


def test_what_the_credentials_may_not_see_is_a_gap_that_names_the_action(
    signed_in: Callable[[str], None], check: Run, tmp_path: Path
) -> None:
    signed_in(BLIND)
    code, found, _ = check(*DAY, "--out", str(tmp_path))
    (explanation,) = found["explanations"]
    assert (code, explanation["gaps"]) == (1, ["cloudtrail"])
    evidence = (tmp_path / "evidence" / f"{explanation['item_id']}.json").read_text()
    assert "cloudtrail:LookupEvents" in evidence


def test_more_than_ten_cents_are_spent_only_where_they_were_agreed_to(
    simulation: Simulation, signed_in: Callable[[str], None], check: Run
) -> None:
    def asked() -> int:
        return sum(request["service"] == "ce" for request in simulation.requests)

    signed_in(MANAGEMENT)
    before = asked()
    _, found, _ = check(*DAY)
    assert asked() - before <= 10
    assert any("--yes" in note for note in found["notes"])
    _, found, _ = check(*DAY, "--yes")
    assert asked() - before > 20
    assert found["notes"] == []


def test_bills_of_many_pages_are_read_as_far_as_was_agreed_and_the_rest_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, check: Run
) -> None:
    busy = TestAccount(SPIKE, tuple(Line(service=f"Service {n}") for n in range(30)))
    with deployed(tmp_path, busy, quiet(QUIET), claude="off", page_size=200) as sim:
        sign_in(sim, monkeypatch, sim.key_of(SPIKE))
        code, _, told = check(*DAY)
        assert code == 2
        assert "10 Cost Explorer requests that were agreed to are used up. Remedy" in told
        assert "--yes" in told

        code, found, _ = check(*DAY, "--yes")
        assert (code, found["digest"]["coverage"]["not_scanned"]) == (0, [])

        sign_in(sim, monkeypatch, sim.key_of(MANAGEMENT))
        monkeypatch.setattr("whyspike.cli.check.spending.MIN_AGREED", 12)
        monkeypatch.setattr("whyspike.cli.check.spending.PAGES_AGREED", 1)
        code, found, _ = check(*DAY, "--yes")
        assert code == 2, "an account that was not judged is no quiet one"
        missed = found["digest"]["coverage"]["not_scanned"]
        assert SPIKE in {row["account_id"] for row in missed}
        assert all("--account" in row["remedy"] for row in missed)
        assert found["digest"]["coverage"]["scanned"] >= 1


def test_reading_many_bills_is_agreed_to_before_anything_is_asked() -> None:
    with pytest.raises(InvalidInput, match=r"may cost \$0.12 in all.*--yes"):
        agreed(0.12, "Reading the bills", yes=False, must=True)
    assert agreed(0.12, "Reading the bills", yes=True, must=True)
    assert not agreed(0.12, "Explaining", yes=False, must=False)


def test_a_quiet_account_ends_with_0(signed_in: Callable[[str], None], check: Run) -> None:
    signed_in(QUIET)
    code, found, _ = check(*DAY)
    assert (code, found["found"], found["explanations"]) == (0, False, [])


def test_a_member_cannot_look_at_another_account(
    signed_in: Callable[[str], None], check: Run
) -> None:
    signed_in(QUIET)
    code, _, error = check(*DAY, "--account", SPIKE)
    assert code == 2
    assert "does not pay for others" in error


def test_a_day_that_is_not_over_is_refused(signed_in: Callable[[str], None], check: Run) -> None:
    signed_in(QUIET)
    assert check("--scan-date", "2199-01-01")[0] == 2


def folder_of(tmp_path: Path, *lines: Line) -> tuple[Path, list[Charge]]:
    """An organisation folder with one account, and its charges."""
    account = TestAccount(
        "111122223333", lines or (Line(on={0: 500.0}), Line("AWS Lambda", "Request"))
    )
    folder = write(tmp_path / "organization", account)
    (file,) = (folder / "accounts").glob("*/bill.csv")
    with file.open() as opened:
        rows = list(csv.DictReader(opened))
    return folder, [
        Charge(
            date.fromisoformat(row["date"]),
            row["service"],
            float(row["cost"]),
            row["account"],
            row["usage_type"],
            row["record_type"],
        )
        for row in rows
    ]


def same(explanations: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """What the columns of every format can tell of a finding."""
    return [
        (
            *(finding[name] for name in ("kind", "onset", "ongoing", "excess_usd_per_day")),
            *(finding["driver"][name] for name in ("service", "usage_type")),
        )
        for finding in findings(explanations)
    ]


@pytest.mark.parametrize("write_file", [cur_legacy, cur_2, focus])
def test_a_bill_file_gives_the_findings_of_the_folder_that_it_came_from(
    write_file: Callable[[list[Charge]], str], tmp_path: Path, check: Run
) -> None:
    folder, charged = folder_of(tmp_path)
    file = written(tmp_path, "bill.csv", write_file(charged))
    code, of_folder, _ = check(str(folder), "--claude", "off")
    assert code == 1
    code, of_file, error = check(str(file), "--claude", "off")
    assert code == 1
    assert same(of_file["explanations"]) == same(of_folder["explanations"])
    assert "60 days, 1 account, USD" in error


def test_a_rise_that_the_days_before_told_is_no_news_for_slack(
    tmp_path: Path, check: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted: list[str] = []

    def post(_slack: object, _channel: str, message: Any, _notice: str) -> None:
        posted.append(message.text)

    monkeypatch.setattr("whyspike.wire.slack.Slack.post", post)
    _, charged = folder_of(tmp_path, Line(on=dict.fromkeys(range(6), 500.0)))
    file = str(written(tmp_path, "bill.csv", own(charged)))
    webhook = ("--claude", "off", "--slack-webhook", "https://hooks.slack.com/services/T/B/x")
    began = date.fromordinal(SCAN_DATE.toordinal() - 5).isoformat()
    assert check(file, *webhook, "--scan-date", began)[0] == 1
    assert len(posted) == 1
    assert check(file, *webhook)[0] == 1
    assert len(posted) == 1


def test_money_is_in_the_currency_of_the_bill(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, charged = folder_of(tmp_path)
    file = written(tmp_path, "bill.csv", focus(charged, "EUR"))
    assert main(["check", str(file), "--out", str(tmp_path / "out")]) == 1
    shown = capsys.readouterr().out + (tmp_path / "out" / "report.html").read_text()
    assert "€450" in shown
    assert "$450" not in shown
    anew = tmp_path / "anew.html"
    assert main(["report", str(tmp_path / "out"), "--to", str(anew)]) == 0
    assert "€450" in anew.read_text()
    assert "$" not in re.sub(r"<script>.*?</script>", "", anew.read_text(), flags=re.DOTALL)


def test_the_files_of_out_are_those_of_a_scan(tmp_path: Path, check: Run) -> None:
    folder, _ = folder_of(tmp_path)
    _, found, _ = check(str(folder), "--claude", "off", "--out", str(tmp_path / "out"))
    stored = json.loads((tmp_path / "out" / "explanations.json").read_text())
    assert stored == found["explanations"]
    assert "Amazon EC2" in (tmp_path / "out" / "report.html").read_text()
    assert main(["report", str(tmp_path / "out")]) == 0


def test_too_short_a_bill_is_an_error_and_not_quiet(tmp_path: Path, check: Run) -> None:
    _, charged = folder_of(tmp_path)
    file = written(tmp_path, "bill.csv", own([c for c in charged if c.day.month == 10][:20]))
    code, _, error = check(str(file))
    assert code == 2
    assert "too short" in error


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--profile", "x"), "--profile has nothing to do with bill files"),
        (("--account", "999"), "--account 999 is not in the files"),
        (("--scan-date", "2020-01-01"), "is not on the bills"),
        (("--claude", "anthropic"), "needs an API key"),
        (("--slack-webhook", "nowhere"), "no address of a webhook"),
        (("--columns", "cost=Nope"), "no such column"),
        (("--currency", "EUR"), "no row is in it"),
    ],
)
def test_a_mistake_is_one_line_with_its_remedy(
    options: tuple[str, ...],
    said: str,
    tmp_path: Path,
    check: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    _, charged = folder_of(tmp_path)
    code, _, error = check(str(written(tmp_path, "bill.csv", own(charged))), *options)
    assert code == 2
    assert said in error
    assert "Traceback" not in error


def test_a_cost_that_one_points_at_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = folder_of(tmp_path)
    given = ["explain", str(folder), "--claude", "off", "--onset", SCAN_DATE.isoformat()]
    assert main([*given, "--service", "amazon elastic compute cloud - compute"]) == 0
    assert "Amazon EC2" in capsys.readouterr().out
    assert main([*given, "--service", "AWS Lamda"]) == 2
    assert "choose from AWS Lambda" in capsys.readouterr().err


def test_files_without_usage_types_say_that_causes_are_guesses(tmp_path: Path, check: Run) -> None:
    _, charged = folder_of(tmp_path)
    rows = [("date", "service", "cost"), *((c.day, c.service, c.cost) for c in charged)]
    _, found, _ = check(str(written(tmp_path, "bill.csv", text(rows))), "--claude", "off")
    assert any("guesses" in said for said in found["looked_at"])
