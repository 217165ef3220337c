"""DiscoverAccounts as deployed: who is scanned, who owns the account, and what a person's mistake
is answered with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.simulated import CLOSED, QUIET, SPIKE, START, SUSPENDED, deployed, tasks
from whyspike.simulator.functions.failed import FunctionFailed
from whyspike.simulator.simulation import Simulation


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    with deployed(tmp_path_factory.mktemp("o")) as simulation:
        owners = json.dumps({"owners": {"shop": {"channel": "#shop-costs"}}})
        simulation.client("s3").put_object(
            Bucket=simulation.resource("ScanBucket"),
            Key="settings/owners.json",
            Body=owners.encode(),
        )
        yield simulation


def test_active_accounts_are_in_the_manifest_with_their_owner_and_unit(sim: Simulation) -> None:
    found = tasks(sim)
    assert sorted(found) == [QUIET, SPIKE, CLOSED]
    account = found[QUIET]["account"]
    assert (account["ou_path"], account["tags"], account["state"]) == (
        "Workloads/Prod",
        {"owner": "shop"},
        "ACTIVE",
    )
    assert account["owner"]["channel"] == "#shop-costs"
    assert account["owner"]["source"] == "account-tag"


def test_the_output_is_a_reference_and_says_who_is_left_out(sim: Simulation) -> None:
    answer = sim.invoke("DiscoverAccounts", START)
    assert (answer["accounts"], answer["not_in_scope"]) == (3, 1)
    assert len(json.dumps(answer)) < 1_000
    row = next(item for item in sim.table_items() if item["SK"]["S"] == "SUMMARY")
    assert SUSPENDED in json.dumps(row["left_out"])


def test_a_mistake_in_the_plans_does_not_stop_the_scan_and_is_kept_for_the_digest(
    sim: Simulation,
) -> None:
    place = {"Bucket": sim.resource("ScanBucket"), "Key": "settings/planned.yaml"}
    sim.client("s3").put_object(
        **place, Body=b"planned:\n- {account: '110000000001', from: soon}\n"
    )
    answer = sim.invoke("DiscoverAccounts", {**START, "account_ids": [QUIET]})
    sim.client("s3").delete_object(**place)
    row = next(
        i
        for i in sim.table_items()
        if i["PK"]["S"] == f"SCAN#{answer['scan']['scan_id']}" and i["SK"]["S"] == "SUMMARY"
    )
    assert "planned.yaml: entry 1" in json.dumps(row["settings"])


@pytest.mark.parametrize(
    ("name", "text"), [("owners.json", b"{not json"), ("detection.json", b'{"sensitivity": 9}')]
)
def test_a_wrong_file_stops_no_scan_and_is_judged_before_anything_is_paid_for(
    sim: Simulation, name: str, text: bytes
) -> None:
    place = {"Bucket": sim.resource("ScanBucket"), "Key": f"settings/{name}"}
    before = sim.client("s3").get_object(**place)["Body"].read() if name == "owners.json" else None
    sim.client("s3").put_object(**place, Body=text)
    asked = len([r for r in sim.requests if r["service"] == "ce"])
    try:
        answer = sim.invoke("DiscoverAccounts", {**START, "account_ids": [SPIKE]})
        task = tasks(sim)[SPIKE]
        assert len([r for r in sim.requests if r["service"] == "ce"]) == asked
        assert sim.invoke("DetectAnomalies", task)["items"], "judged by the version before"
        digest = sim.invoke("PublishDigest", answer)["digest"]
        (said,) = sim.bucket_json(digest["key"])["coverage"]["settings"]
    finally:
        if before is None:
            sim.client("s3").delete_object(**place)
        else:
            sim.client("s3").put_object(**place, Body=before)
    assert f"settings/{name}" in said
    assert "Remedy: " in said


def test_single_accounts_can_be_asked_for_without_touching_the_days_scan(sim: Simulation) -> None:
    answer = sim.invoke("DiscoverAccounts", {**START, "account_ids": [SPIKE]})
    assert answer["accounts"] == 1
    assert answer["scan"]["scan_id"].endswith(SPIKE)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (
            {**START, "account_ids": ["999999999999"]},
            "account 999999999999 is not in the organisation",
        ),
        ({**START, "scan_date": "tomorrow"}, "'tomorrow' is not a date"),
        ({**START, "scan_date": "2026-10-16"}, "is not over yet"),
        ({**START, "scan_date": "2024-01-01"}, "older than 13 months"),
        ({"scan_date": 5}, "workflow input: scan_date"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(
    sim: Simulation, event: dict[str, Any], said: str
) -> None:
    with pytest.raises(FunctionFailed, match=said) as failed:
        sim.invoke("DiscoverAccounts", event)
    assert failed.value.kind == "InvalidInput"


def test_accounts_that_are_all_suspended_are_nothing_to_scan(sim: Simulation) -> None:
    with pytest.raises(FunctionFailed) as failed:
        sim.invoke("DiscoverAccounts", {**START, "account_ids": [SUSPENDED]})
    assert failed.value.kind == "NothingToScan"


def test_a_throttled_organisation_is_no_empty_one(sim: Simulation) -> None:
    sim.faults.set("organizations:throttle")
    with pytest.raises(FunctionFailed) as failed:
        sim.invoke("DiscoverAccounts", START)
    sim.faults.set("organizations:throttle", 0)
    assert failed.value.kind == "Throttled"
