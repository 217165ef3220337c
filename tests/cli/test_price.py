"""whyspike price: the sums, the assumptions against the template, and what is refused."""

from __future__ import annotations

import argparse
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli import price
from cli.price_model import ALARMS, MEMORY_GB, METRICS, SECRETS, UNITS, Assumptions, cheaper_source, daily_requests, monthly_usd, scan_lines
from tests.deployed import PROJECT, functions, resources, template
from whyspike.adapters.cost_explorer import USD_PER_REQUEST
from whyspike.detection.record_types import KNOWN_RECORD_TYPES
from whyspike.errors import InvalidInput


def priced(accounts: int, **changes: object) -> dict[str, float]:
    return {line.what: line.usd for line in scan_lines(replace(Assumptions(accounts), **changes))}  # type: ignore[arg-type]


def test_a_hundred_accounts_are_asked_twice_a_day() -> None:
    assert daily_requests(Assumptions(100)) == 200
    assert daily_requests(Assumptions(100, usage_types=False)) == 100


def test_the_payer_pays_by_the_page_and_not_by_the_account() -> None:
    classes = len(KNOWN_RECORD_TYPES)
    assert daily_requests(Assumptions(10, cost_source="payer")) == classes + 3  # 10 x 12 services x 90 days, 5,000 a page
    assert daily_requests(Assumptions(1_000, cost_source="payer")) == classes + 216


def test_the_price_of_a_request_is_that_of_the_adapter() -> None:
    assert UNITS["cost explorer request"].usd == USD_PER_REQUEST


def test_memory_is_that_of_the_template() -> None:
    for name, gigabytes in MEMORY_GB.items():
        assert functions()[name]["MemorySize"] == round(gigabytes * 1024)


def test_alarms_metrics_and_secrets_are_those_of_the_template_and_the_contracts() -> None:
    text = str(template())
    assert len(resources("AWS::CloudWatch::Alarm")) == ALARMS
    assert len(resources("AWS::SecretsManager::Secret")) == SECRETS
    assert text.count('["whyspike"') <= METRICS


def test_without_claude_nothing_is_paid_for_it() -> None:
    assert priced(100, model=None)["Claude"] == 0
    assert priced(100)["Claude"] > 0


@given(accounts=st.integers(1, 9_999), source=st.sampled_from(["member", "payer"]))
def test_more_accounts_never_cost_less(accounts: int, source: str) -> None:
    assert monthly_usd(Assumptions(accounts, source)) <= monthly_usd(Assumptions(accounts + 1, source))


@given(accounts=st.integers(1, 10_000))
def test_the_cheaper_source_is_cheaper(accounts: int) -> None:
    best = cheaper_source(Assumptions(accounts))
    assert monthly_usd(Assumptions(accounts, best)) == min(monthly_usd(Assumptions(accounts, source)) for source in ("member", "payer"))


def arguments(*given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    price.add_arguments(parser)
    return parser.parse_args(list(given))


def test_the_tables_name_every_line_and_the_total(capsys: pytest.CaptureFixture[str]) -> None:
    assert price.run(arguments("--accounts", "300")) == 0
    printed = capsys.readouterr().out
    for name in [*priced(300), "total", "per account", "CostSource=member", "CostSource=payer", "not verified"]:
        assert name in printed


def test_every_unit_price_names_its_price_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert price.run(arguments("--units")) == 0
    printed = capsys.readouterr().out
    for name in UNITS:
        assert name in printed


@pytest.mark.parametrize(
    "wrong",
    [("--accounts", "0"), ("--accounts", "-5"), ("--accounts", "10001"), ("--services", "0"), ("--explained", "-1")],
    ids=" ".join,
)
def test_a_senseless_number_is_refused_with_the_range(wrong: tuple[str, str]) -> None:
    with pytest.raises(InvalidInput, match="Remedy"):
        price.run(arguments(*wrong))


def test_the_tables_of_docs_costs_are_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    price.run(arguments())
    printed = [line.rstrip() for line in capsys.readouterr().out.strip().splitlines()]
    assert "\n".join(printed) in (PROJECT / "docs" / "costs.md").read_text()
