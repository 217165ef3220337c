"""DetectAnomalies as deployed: what it stores, what it counts, and that a refusal never reads as
"no anomalies"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.simulated import QUIET, SCAN_ID, SPIKE, deployed, tasks, usage_of
from whyspike.simulator.functions.failed import FunctionFailed
from whyspike.simulator.simulation import Simulation


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    with deployed(tmp_path_factory.mktemp("o")) as simulation:
        yield simulation


@pytest.fixture(scope="module")
def inputs(sim: Simulation) -> dict[str, dict[str, Any]]:
    return tasks(sim)


def test_a_quiet_account_has_no_items_and_is_recorded_as_scanned(
    sim: Simulation, inputs: dict[str, dict[str, Any]]
) -> None:
    answer = sim.invoke("DetectAnomalies", inputs[QUIET])
    assert answer == {"account_id": QUIET, "items": [], "anomalies": 0, "requests": 3}
    row = next(item for item in sim.table_items() if item["SK"]["S"] == f"ACCOUNT#{QUIET}")
    assert row["status"]["S"] == "scanned"


def test_a_spike_becomes_one_item_whose_scan_lies_in_the_bucket(
    sim: Simulation, inputs: dict[str, dict[str, Any]]
) -> None:
    answer = sim.invoke("DetectAnomalies", inputs[SPIKE])
    (item,) = answer["items"]
    assert item["alert"]
    stored = sim.bucket_json(f"scans/{SCAN_ID}/accounts/{SPIKE}.json")
    (found,) = stored["items"]
    assert found["item_id"] == item["item_id"]
    anomaly = found["anomalies"][0]
    assert (anomaly["service"], anomaly["onset"], float(anomaly["actual_spend"])) == (
        "Amazon Elastic Compute Cloud - Compute",
        SCAN_ID,
        500.0,
    )
    assert 45 < float(anomaly["expected_spend"]) < 55
    assert len(stored["costs"]["dates"]) == 90


def test_earlier_months_are_asked_for_by_the_first_scan_of_a_month_alone(
    sim: Simulation, inputs: dict[str, dict[str, Any]]
) -> None:
    assert sim.invoke("DetectAnomalies", inputs[QUIET])["requests"] == 2
    (kept,) = sim.bucket_keys(f"months/2026-10/{QUIET}")
    assert sim.bucket_json(kept)["months"][0] == "2025-10-01"


def test_every_request_is_counted_before_it_is_made(
    sim: Simulation, inputs: dict[str, dict[str, Any]]
) -> None:
    before = usage_of(sim)["ce_requests"]
    asked = len([r for r in sim.requests if r["service"] == "ce"])
    sim.invoke("DetectAnomalies", inputs[QUIET])
    assert (
        usage_of(sim)["ce_requests"] - before
        == len([r for r in sim.requests if r["service"] == "ce"]) - asked
        == 2
    )


def test_throttling_beyond_the_clients_own_retries_is_an_error_by_its_name(
    sim: Simulation, inputs: dict[str, dict[str, Any]]
) -> None:
    sim.faults.set("cost_explorer:throttle")
    with pytest.raises(FunctionFailed) as failed:
        sim.invoke("DetectAnomalies", inputs[QUIET])
    sim.faults.set("cost_explorer:throttle", 0)
    assert failed.value.kind == "Throttled"


def test_what_the_settings_ignore_is_not_judged(
    sim: Simulation, inputs: dict[str, dict[str, Any]]
) -> None:
    key, bucket = "settings/detection.json", sim.resource("ScanBucket")
    sim.client("s3").put_object(
        Bucket=bucket, Key=key, Body=b'{"ignore": [{"service": "Amazon Elastic Compute Cloud*"}]}'
    )
    assert sim.invoke("DetectAnomalies", tasks(sim)[SPIKE])["items"] == []
    sim.client("s3").delete_object(Bucket=bucket, Key=key)
    assert sim.invoke("DetectAnomalies", tasks(sim)[SPIKE])["items"] != []


def test_the_cap_of_the_scan_stops_before_the_request(tmp_path: Any) -> None:
    with deployed(tmp_path, parameters={"CostExplorerRequestCap": "1"}) as simulation:
        with pytest.raises(FunctionFailed, match="cap of 1 Cost Explorer requests") as failed:
            simulation.invoke("DetectAnomalies", tasks(simulation)[QUIET])
        assert failed.value.kind == "BudgetExhausted"
        assert len([r for r in simulation.requests if r["service"] == "ce"]) == 1


def test_the_scan_after_a_day_without_one_judges_that_day_too_and_the_table_says_so(
    tmp_path: Any,
) -> None:
    with deployed(tmp_path) as simulation:
        task = tasks(simulation)[QUIET]
        for day in ("2026-10-12", "2026-10-15"):
            scan = {**task["scan"], "scan_id": day, "scan_date": day}
            simulation.invoke("DetectAnomalies", {**task, "scan": scan})
        rows = {
            item["PK"]["S"]: item["bill"]["M"]
            for item in simulation.table_items()
            if item["SK"]["S"] == f"ACCOUNT#{QUIET}"
        }
    assert rows["SCAN#2026-10-15"]["newest"]["S"] == "2026-10-15"
    late = [day["S"] for day in rows["SCAN#2026-10-15"]["late"]["L"]]
    assert late == ["2026-10-13", "2026-10-14"]
