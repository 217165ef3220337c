"""The evaluations that ship: marks tell right from wrong, and the accounts make an organisation."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.evaluations import CASES, costs, day, mark_account, mark_bill, told
from benchmarks.evaluations import write_organization as written
from whyspike.simulator.organization.folder import load

EVALUATIONS = yaml.safe_load(CASES.read_text(encoding="utf-8"))
BILLS = {case["id"]: case for case in EVALUATIONS["bills"]}
TRUTH = EVALUATIONS["accounts"][0]["truth"]


@pytest.mark.parametrize("name", ["step", "late-bill", "small"])
def test_a_bill_is_judged_as_a_backtest_judges_it(name: str, tmp_path: Path) -> None:
    assert mark_bill(BILLS[name], told(BILLS[name], tmp_path)) == (True, 0)


@pytest.mark.parametrize(
    ("name", "said", "marks"),
    [
        ("step", [day(9)], (True, 0)),
        ("step", [day(7)], (False, 1)),
        ("step", [day(9), day(3)], (True, 1)),
        ("step", [], (False, 0)),
        ("quiet", [], (True, 0)),
        ("quiet", [day(2)], (False, 1)),
    ],
)
def test_a_bill_is_right_when_told_in_time_or_rightly_silent(
    name: str, said: list[date], marks: tuple[bool, int]
) -> None:
    assert mark_bill(BILLS[name], said) == marks


def test_a_change_shows_on_its_days_alone_and_a_missing_day_has_no_cost() -> None:
    found = dict(costs(BILLS["spike"]))
    assert found[day(12)] > 250
    assert max(found[day(11)], found[day(13)]) < 90
    assert day(6) not in dict(costs(BILLS["late-bill"]))


def explanation(**changed: Any) -> dict[str, Any]:
    actor = {"event": TRUTH["event"], "session": TRUTH["session"], "name": "terraform-ci"}
    driver = {"service": TRUTH["service"], "usage_type": TRUTH["usage_type"]}
    finding = {"onset": day(2).isoformat(), "category": TRUTH["category"]}
    return {"findings": [{**finding, "driver": driver, "actor": actor, **changed}]}


@pytest.mark.parametrize(
    ("changed", "missed"),
    [
        ({}, []),
        ({"category": "data-transfer"}, ["category"]),
        ({"onset": "2026-03-01"}, ["since"]),
        ({"actor": {"event": TRUTH["event"], "session": "deploy-77"}}, ["who"]),
        ({"driver": {"service": TRUTH["service"], "usage_type": "other"}}, ["where"]),
        ({"driver": {"service": "AWS Lambda"}}, ["found", "where", "since", "category", "who"]),
    ],
)
def test_what_an_explanation_gets_wrong_costs_its_mark(
    changed: dict[str, Any], missed: list[str]
) -> None:
    marks = mark_account(TRUTH, [explanation(**changed)])
    assert [name for name, good in marks.items() if not good] == missed


def test_an_account_where_nothing_happened_is_to_be_left_in_peace() -> None:
    assert mark_account(None, []) == {"found": True}
    assert mark_account(None, [explanation()]) == {"found": False}


def test_the_accounts_make_an_organisation_that_the_simulator_takes(tmp_path: Path) -> None:
    loaded = load(written(EVALUATIONS["accounts"], tmp_path / "organization"))
    assert {case["account"] for case in EVALUATIONS["accounts"]} <= set(loaded.accounts)
