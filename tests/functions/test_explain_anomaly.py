"""ExplainAnomaly as deployed: evidence that was asked for is stored, and whoever fails, an
explanation says who wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.simulated import SCAN_ID, SPIKE, deployed, tasks, usage_of
from whyspike.simulator.functions.failed import FunctionFailed
from whyspike.simulator.simulation import Simulation


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    with deployed(tmp_path_factory.mktemp("o")) as simulation:
        yield simulation


@pytest.fixture(autouse=True)
def nothing_explained_yet(sim: Simulation) -> None:
    """An earlier run of the date has explained nothing, which would stand."""
    for key in sim.bucket_keys(f"scans/{SCAN_ID}/explanations/"):
        sim.client("s3").delete_object(Bucket=sim.resource("ScanBucket"), Key=key)


@pytest.fixture(scope="module")
def task(sim: Simulation) -> dict[str, Any]:
    given = tasks(sim)[SPIKE]
    (item,) = sim.invoke("DetectAnomalies", given)["items"]
    return {**given, "item_id": item["item_id"]}


def stored(sim: Simulation, task: dict[str, Any], what: str) -> Any:
    return sim.bucket_json(f"scans/{SCAN_ID}/{what}/{task['item_id']}.json")


def test_claude_writes_from_the_evidence_that_is_stored(
    sim: Simulation, task: dict[str, Any]
) -> None:
    answer = sim.invoke("ExplainAnomaly", task)
    assert answer["explained"]
    assert answer["written_by"].startswith("claude-")
    explanation, evidence = stored(sim, task, "explanations"), stored(sim, task, "evidence")
    finding = explanation["findings"][0]
    assert (finding["driver"]["usage_type"], finding["driver"]["region"]) == (
        "BoxUsage:m5.large",
        "us-east-1",
    )
    assert {"detection", "cost-explorer", "cloudtrail"} <= {
        item["source"] for item in evidence["items"]
    }
    assert set(finding["evidence"]) <= {item["id"] for item in evidence["items"]}
    assert usage_of(sim)["claude_input_tokens"] > 1_000


@pytest.mark.parametrize(
    "fault",
    ["claude:refusal", "claude:truncation", pytest.param("claude:error", marks=pytest.mark.slow)],
)
def test_when_claude_fails_the_rules_answer_and_say_so(
    sim: Simulation, task: dict[str, Any], fault: str
) -> None:
    sim.faults.set(fault)
    answer = sim.invoke("ExplainAnomaly", task)
    sim.faults.set(fault, 0)
    assert answer["written_by"] == "rules"
    explanation = stored(sim, task, "explanations")
    assert explanation["text"]
    assert any("Claude" in note for note in explanation["notes"])


def test_a_denied_cloudtrail_is_a_gap_and_the_actor_unknown(
    sim: Simulation, task: dict[str, Any]
) -> None:
    sim.faults.set("cloudtrail:deny")
    sim.invoke("ExplainAnomaly", task)
    sim.faults.set("cloudtrail:deny", 0)
    explanation = stored(sim, task, "explanations")
    assert explanation["gaps"] == ["cloudtrail"]
    assert explanation["findings"][0]["actor"]["kind"] == "unknown"


def test_at_most_four_requests_are_paid_for_an_anomaly(
    sim: Simulation, task: dict[str, Any]
) -> None:
    before = usage_of(sim)["ce_requests"]
    sim.invoke("ExplainAnomaly", task)
    assert 0 < usage_of(sim)["ce_requests"] - before <= 4


def test_an_anomaly_that_was_never_found_is_refused(sim: Simulation, task: dict[str, Any]) -> None:
    with pytest.raises(FunctionFailed, match="holds no item nonsense") as failed:
        sim.invoke("ExplainAnomaly", {**task, "item_id": "nonsense"})
    assert failed.value.kind == "InvalidInput"


@pytest.mark.parametrize("fault", ["claude:refusal", "cloudtrail:deny"])
def test_a_run_that_may_ask_less_keeps_what_an_earlier_run_of_the_date_wrote(
    sim: Simulation, task: dict[str, Any], fault: str
) -> None:
    sim.invoke("ExplainAnomaly", task)
    before = stored(sim, task, "explanations"), stored(sim, task, "evidence")
    sim.faults.set(fault)
    sim.invoke("ExplainAnomaly", task)
    sim.faults.set(fault, 0)
    assert (stored(sim, task, "explanations"), stored(sim, task, "evidence")) == before
