"""Cost Explorer of the management account answers for every account of the organisation unless the
query names one: each anomaly is told once, to the owner of the account that pays it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.organization import MANAGEMENT, Line, TestAccount, event, organization, quiet
from whyspike.simulator.scan_run import ScanRun
from whyspike.simulator.simulation import Simulation

SHOP, SEARCH = "110000000001", "110000000002"
QUIET = tuple(f"1100000001{number:02}" for number in range(6))
LAUNCH = event("RunInstances", "2026-10-15T06:00:00Z")
EXCESS = {SHOP: 450.0, MANAGEMENT: 240.0}  # dollars of the scan date above what is usual


def paying(account_id: str, usual: float, team: str, resource_id: str) -> TestAccount:
    lines = (
        Line(cost=usual, on={0: usual + EXCESS[account_id]}, team=team, resource_id=resource_id),
        Line("Amazon Simple Storage Service", "TimedStorage-ByteHrs", 20.0, team=team),
    )
    return TestAccount(account_id, lines, tags={"owner": team}, events={"us-east-1": [LAUNCH]})


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    folder: Path = tmp_path_factory.mktemp("o") / "organization"
    accounts = (
        paying(SHOP, 50.0, "shop", "i-0a1b2c3d4e5f60718"),
        paying(MANAGEMENT, 40.0, "finance", "i-0f0f0f0f0f0f0f0f0"),
        *(quiet(account_id) for account_id in (SEARCH, *QUIET)),
    )
    with Simulation(organization(folder, *accounts), claude="off") as simulation:
        simulation.deploy()
        yield simulation


def test_each_anomaly_is_one_incident_of_the_account_that_pays_it(
    sim: Simulation, run: ScanRun
) -> None:
    keys = sim.bucket_keys(f"scans/{run.output['scan_id']}/explanations/")
    explained = [sim.bucket_json(key) for key in keys]

    excess = {
        found["account_id"]: found["findings"][0]["driver"]["resource_ids"] for found in explained
    }
    assert len(explained) == len(EXCESS)
    assert excess == {SHOP: ["i-0a1b2c3d4e5f60718"], MANAGEMENT: ["i-0f0f0f0f0f0f0f0f0"]}


@pytest.mark.parametrize("account_id", EXCESS)
def test_its_dollars_are_its_own(sim: Simulation, run: ScanRun, account_id: str) -> None:
    key = f"scans/{run.output['scan_id']}/accounts/{account_id}.json"

    (item,) = sim.bucket_json(key)["items"]

    assert sum(float(anomaly["impact"]) for anomaly in item["anomalies"]) == pytest.approx(
        EXCESS[account_id], rel=0.05
    )


def test_each_owner_is_told_once(sim: Simulation, run: ScanRun) -> None:
    told = [message for message in sim.slack.messages if "digest" not in str(message.notice_id)]

    assert sorted(str(message.notice_id).partition("#")[0][:12] for message in told) == sorted(
        EXCESS
    )


def test_every_query_names_the_account_it_is_about(sim: Simulation, run: ScanRun) -> None:
    asked = [entry for entry in sim.requests if entry["service"] == "ce"]

    assert {entry["operation"] for entry in asked} == {
        "GetCostAndUsage",
        "GetCostAndUsageWithResources",
    }
    for entry in asked:
        linked = {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": [entry["account_id"]]}}
        assert json.dumps(linked) in json.dumps(entry["request"]["Filter"])
