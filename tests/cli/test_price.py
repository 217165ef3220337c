"""whyspike price: the sums, the assumptions against the template, and what is refused."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.payer import measure
from tests.support.deployed import PROJECT, functions, resources, template
from tests.test_template import figures_of_the_digest
from whyspike.cli.main import main
from whyspike.cli.price import runs
from whyspike.cli.price.caps import DEFAULT_CAPS, advised_caps, needed_caps
from whyspike.cli.price.model import (
    ALARM_METRICS,
    DASHBOARDS,
    METRICS,
    SECRETS,
    Assumptions,
    cheaper_source,
    daily_requests,
    distance,
    earlier_month_requests,
    monthly_usd,
    requests_of_an_explanation,
    scan_lines,
    tokens_of_an_explanation,
    units,
)
from whyspike.cli.price.runs import MEMORY_GB, MeasuredRun, kept_runs, quantity
from whyspike.digest.digest import CE_USD_PER_REQUEST
from whyspike.knowledge.record_types import KNOWN_RECORD_TYPES


def priced(accounts: int, **changes: object) -> dict[str, float]:
    return {line.what: line.usd for line in scan_lines(replace(Assumptions(accounts), **changes))}  # type: ignore[arg-type]


def test_a_hundred_accounts_are_asked_twice_a_day() -> None:
    assert daily_requests(Assumptions(100)) == 200
    assert daily_requests(Assumptions(100, usage_types=False)) == 100


def test_the_payer_pays_by_the_page_of_a_batch_and_not_by_the_account() -> None:
    classes = len(KNOWN_RECORD_TYPES)
    assert (
        daily_requests(Assumptions(10, cost_source="payer")) == classes + 3
    )  # 10 x 12 services x 90 days, 5,000 a page
    assert daily_requests(Assumptions(1_000, cost_source="payer")) == 10 * (classes + 22)
    assert (
        daily_requests(Assumptions(1_010, cost_source="payer")) == 10 * (classes + 22) + classes + 3
    )


def test_an_event_bus_is_paid_by_the_event_and_its_api_destination_by_the_call() -> None:
    """AWS: $1.00 a million events of up to 64 KB, $0.20 a million calls of an API destination."""
    assert "EventBridge" not in priced(1_000)
    assert priced(1_000, event_bus=True)["EventBridge"] == pytest.approx(100 * 3 * 1.2e-6)


def test_the_payers_requests_are_those_that_the_code_makes() -> None:
    requests, megabytes, _ = measure(130, services=4)
    assumed = Assumptions(130, cost_source="payer", services=4)
    assert requests == daily_requests(assumed) + earlier_month_requests(assumed)
    assert megabytes < 200


def test_earlier_months_are_asked_once_a_month() -> None:
    assert earlier_month_requests(Assumptions(100)) == 100
    assert priced(100)["Earlier months"] == pytest.approx(100 * 0.01 / 30)
    assert earlier_month_requests(Assumptions(250, cost_source="payer")) == 5 + 5 + 4


def test_the_price_of_a_request_is_that_of_the_digest() -> None:
    assert units()["cost explorer request"].usd == CE_USD_PER_REQUEST


def test_memory_is_that_of_the_template() -> None:
    for name, gigabytes in MEMORY_GB.items():
        assert functions()[name]["MemorySize"] == round(gigabytes * 1024)


def test_what_is_paid_without_a_scan_is_what_the_template_and_the_code_have() -> None:
    alarms = resources("AWS::CloudWatch::Alarm").values()
    assert (
        sum(
            sum("MetricStat" in metric for metric in alarm.get("Metrics", [])) or 1
            for alarm in alarms
        )
        == ALARM_METRICS
    )
    assert len(resources("AWS::CloudWatch::Dashboard")) == DASHBOARDS
    assert len(resources("AWS::SecretsManager::Secret")) == SECRETS
    added = {
        name
        for path in (PROJECT / "functions").glob("*/app.py")
        for name in re.findall(r'add_metric\(\s*"(\w+)"', path.read_text())
    }
    assert len(added | set(figures_of_the_digest())) == METRICS


def test_results_are_kept_as_long_as_by_default() -> None:
    assert Assumptions(1).kept_scans == template()["Parameters"]["ScanRetentionDays"]["Default"]


@pytest.mark.parametrize("name", DEFAULT_CAPS)
def test_the_default_caps_are_those_of_the_template(name: str) -> None:
    assert DEFAULT_CAPS[name] == template()["Parameters"][name]["Default"]


def test_a_big_organisation_is_told_to_raise_its_caps() -> None:
    member, payer = Assumptions(10_000), Assumptions(10_000, cost_source="payer")
    assert needed_caps(member) == {
        "CostExplorerRequestCap": ceil(20_000 + 1_000 * requests_of_an_explanation("member")),
        "ClaudeTokenCap": ceil(1_000 * tokens_of_an_explanation(member)),
    }
    assert needed_caps(payer)["CostExplorerRequestCap"] < 10_000
    assert all(advised_caps(member)[name] > cap for name, cap in DEFAULT_CAPS.items())
    assert advised_caps(Assumptions(500)) == DEFAULT_CAPS


def test_the_caps_are_printed_as_parameters_to_deploy_with(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["price"])
    caps = " ".join(f"{name}={cap}" for name, cap in advised_caps(Assumptions(10_000)).items())
    assert f"10,000 accounts: {caps}" in capsys.readouterr().out


@given(accounts=st.integers(1, 10_000), source=st.sampled_from(["member", "payer"]))
def test_an_advised_cap_lets_a_busy_scan_through(accounts: int, source: str) -> None:
    assumed = Assumptions(accounts, source)
    for name, need in needed_caps(assumed).items():
        assert advised_caps(assumed)[name] >= 1.5 * need


def test_without_claude_nothing_is_paid_for_it() -> None:
    assert priced(100, model=None)["Claude"] == 0
    assert priced(100)["Claude"] > 0


@given(accounts=st.integers(1, 9_999), source=st.sampled_from(["member", "payer"]))
def test_more_accounts_never_cost_less(accounts: int, source: str) -> None:
    assert monthly_usd(Assumptions(accounts, source)) <= monthly_usd(
        Assumptions(accounts + 1, source)
    )


@given(accounts=st.integers(1, 10_000))
def test_the_cheaper_source_is_cheaper(accounts: int) -> None:
    best = cheaper_source(Assumptions(accounts))
    assert monthly_usd(Assumptions(accounts, best)) == min(
        monthly_usd(Assumptions(accounts, source)) for source in ("member", "payer")
    )


def test_the_tables_name_every_line_and_the_total(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["price", "--accounts", "300"]) == 0
    printed = capsys.readouterr().out
    for name in [
        *priced(300),
        "total",
        "per account",
        "CostSource=member",
        "CostSource=payer",
        "not verified",
    ]:
        assert name in printed


@pytest.mark.parametrize("run", kept_runs(), ids=lambda run: f"{run.accounts} {run.cost_source}")
def test_the_model_is_near_every_run_that_it_is_from(run: MeasuredRun) -> None:
    off = distance(run)
    assert off.pop("Lambda") < 0.5  # seconds of a busy machine
    assert max(off.values()) < 0.1, off


@pytest.mark.parametrize("source", ["member", "payer"])
def test_the_runs_are_of_small_and_large_organisations(source: str) -> None:
    sizes = {run.accounts for run in kept_runs() if run.cost_source == source}
    assert {10, 100, 300, 1_000} <= sizes


@pytest.mark.parametrize(
    ("source", "smallest", "largest"),
    [
        ("member", 10, 1_000),
        ("payer", 10, 100),
        # Without usage types more incidents of a large organisation look alike and are checked.
        ("payer", 300, 1_000),
    ],
)
def test_a_run_takes_no_more_of_an_account_where_there_are_many(
    source: str, smallest: int, largest: int
) -> None:
    alike = [run for run in kept_runs() if run.accounts == 5 * run.explanations]
    of_source = [
        run for run in alike if run.cost_source == source and smallest <= run.accounts <= largest
    ]
    few, *many = sorted(of_source, key=lambda run: run.accounts)
    assert many[-1].accounts == largest
    for run in many:
        for what, number in run.counts.items():
            assert number / run.accounts <= 1.1 * few.counts[what] / few.accounts, what


@pytest.mark.parametrize("cost_source", ["member", "payer"])
def test_the_model_knows_a_large_organisation_from_smaller_ones(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, cost_source: str
) -> None:
    request.addfinalizer(quantity.cache_clear)
    large = max(
        (run for run in kept_runs() if run.cost_source == cost_source),
        key=lambda run: run.accounts,
    )
    smaller = tuple(run for run in kept_runs() if run.accounts < large.accounts)
    monkeypatch.setattr(runs, "kept_runs", lambda: smaller)
    quantity.cache_clear()
    off = distance(large)
    assert large.accounts == 1_000
    assert off.pop("Lambda") < 0.5  # seconds of a busy machine
    assert max(off.values()) < 0.1, off


def test_a_quantity_is_of_the_scan_of_each_account_and_of_each_explanation() -> None:
    transitions = quantity("state transitions", "member")
    assert transitions.per_account == pytest.approx(
        4, abs=0.1
    )  # two starts, DetectAnomalies, NotifyOwner
    assert transitions.per_explanation == pytest.approx(3, abs=0.1)  # a start, two states


def test_what_is_printed_says_how_far_the_model_is_from_the_runs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["price", "--accounts", "100"])
    assert f"{len(kept_runs())} simulated scans" in " ".join(capsys.readouterr().out.split())
    main(["price", "--accounts", "100", "--json"])
    told = json.loads(capsys.readouterr().out)["runs"]
    assert [run["accounts"] for run in told] == [run.accounts for run in kept_runs()]
    assert told[0]["model_is_off_by"] == pytest.approx(distance(kept_runs()[0]))


def test_claude_is_not_waited_for_where_it_is_off() -> None:
    assert priced(100, model=None)["Lambda"] < priced(100)["Lambda"]


def test_every_unit_price_names_its_price_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["price", "--units"]) == 0
    printed = capsys.readouterr().out
    for name in units():
        assert name in printed


@pytest.mark.parametrize(
    "wrong",
    [
        ("--accounts", "0"),
        ("--accounts", "-5"),
        ("--accounts", "10001"),
        ("--services", "0"),
        ("--explained", "-1"),
    ],
    ids=" ".join,
)
def test_a_senseless_number_is_refused_with_the_range(
    wrong: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["price", *wrong]) == 2
    assert "Remedy: give a number in that range" in capsys.readouterr().err


def test_the_tables_of_docs_costs_are_what_the_command_prints(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["price"])
    printed = [line.rstrip() for line in capsys.readouterr().out.strip().splitlines()]
    assert "\n".join(printed) in (PROJECT / "docs" / "costs.md").read_text()
