"""The weekly summary as deployed: with the budgets that could be read, or the reason that they
could not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.organization import SCAN_DATE, organization, quiet
from tests.support.simulated import SCAN_ID, START
from whyspike.simulator.deployment import organization_role
from whyspike.simulator.organization.folder import OrganizationFolder
from whyspike.simulator.simulation import Simulation

ONE = "110000000001"
BUDGET = {
    "BudgetName": "All",
    "BudgetType": "COST",
    "TimeUnit": "MONTHLY",
    "BudgetLimit": {"Amount": "100", "Unit": "USD"},
}
FRIDAY = {"DigestChannel": "#finops", "WeeklySummary": "FRI", "ReadBudgets": "true"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> OrganizationFolder:
    assert SCAN_DATE.strftime("%a") == "Thu"  # the scan runs on the Friday after it
    path: Path = tmp_path_factory.mktemp("o") / "organization"
    return replace(organization(path, quiet(ONE)), budgets=(BUDGET,))


@pytest.fixture(scope="module")
def sim(folder: OrganizationFolder) -> Iterator[Simulation]:
    parameters = {**FRIDAY, "OrganizationRoleArn": organization_role(folder)}
    with Simulation(folder, parameters=parameters, claude="off", workers=1) as simulation:
        simulation.deploy()
        yield simulation


def published(sim: Simulation) -> dict[str, Any]:
    found = sim.invoke("DiscoverAccounts", START)
    (account,) = sim.bucket_json(found["manifest"]["key"])
    sim.invoke("DetectAnomalies", {"scan": found["scan"], "account": account})
    digest: dict[str, Any] = sim.bucket_json(sim.invoke("PublishDigest", found)["digest"]["key"])
    return digest


def channel(sim: Simulation) -> str:
    return json.dumps([message.blocks for message in sim.slack.messages], ensure_ascii=False)


def test_on_its_day_the_digest_sums_the_month_up_against_its_budgets(sim: Simulation) -> None:
    month = published(sim)["month"]
    assert month["landing_usd"] > month["so_far_usd"] > 0
    assert (month["budgets"][0]["name"], month["budgets"][0]["ours"]) == ("All", True)
    assert "October so far: $" in channel(sim)
    assert "of budget All ($100)" in channel(sim)


@pytest.mark.slow
def test_refused_or_throttled_budgets_are_named_and_the_digest_arrives(sim: Simulation) -> None:
    for fault, said in (("deny", "AccessDeniedException"), ("throttle", "ThrottlingException")):
        sim.faults.set(f"budgets:{fault}", -1)
        month = published(sim)["month"]
        sim.faults.set(f"budgets:{fault}", 0)
        assert said in month["budgets_problem"]
        assert f"Budgets were not read: AWS Budgets: {said}" in channel(sim)


@pytest.mark.slow
def test_a_hub_that_is_not_the_payer_says_so_instead_of_showing_its_own(
    folder: OrganizationFolder,
) -> None:
    with Simulation(folder, parameters=FRIDAY, claude="off", workers=1) as simulation:
        simulation.deploy()
        simulation.invoke("DiscoverAccounts", START)
        stored = simulation.bucket_json(f"scans/{SCAN_ID}/budgets.json")
    assert stored["budgets"] == []
    assert f"those of the organisation are of {folder.management_account}" in stored["problem"]
