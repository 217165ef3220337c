"""PublishDigest as deployed: told once, corrected in place, and an account that nothing is known of
counts as not scanned."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.simulated import CLOSED, QUIET, SCAN_ID, SPIKE, START, deployed, tasks
from whyspike.simulator.simulation import Simulation


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    with deployed(
        tmp_path_factory.mktemp("o"), parameters={"DigestChannel": "#finops"}, claude="off"
    ) as simulation:
        yield simulation


@pytest.fixture(scope="module")
def discovered(sim: Simulation) -> dict[str, Any]:
    """A scan of which only the quiet account has been detected."""
    found: dict[str, Any] = sim.invoke("DiscoverAccounts", START)
    sim.invoke("DetectAnomalies", tasks(sim)[QUIET])
    return found


def digests(sim: Simulation) -> list[Any]:
    return [
        message for message in sim.slack.messages if (message.notice_id or "").startswith("digest")
    ]


def test_accounts_without_an_outcome_are_named_as_not_scanned(
    sim: Simulation, discovered: dict[str, Any]
) -> None:
    answer = sim.invoke("PublishDigest", discovered)
    assert answer["told"]
    digest = sim.bucket_json(answer["digest"]["key"])
    assert (digest["coverage"]["scanned"], digest["coverage"]["in_scope"]) == (1, 3)
    assert {row["account_id"] for row in digest["coverage"]["not_scanned"]} == {SPIKE, CLOSED}
    assert b"<!doctype html>" in sim.bucket_object(f"scans/{SCAN_ID}/report.html")


def test_the_same_digest_is_not_told_again_and_a_changed_one_is_corrected_in_place(
    sim: Simulation, discovered: dict[str, Any]
) -> None:
    sim.invoke("PublishDigest", discovered)
    (first,) = digests(sim)
    assert not sim.invoke("PublishDigest", discovered)["told"]
    task = tasks(sim)[SPIKE]
    items = sim.invoke("DetectAnomalies", task)["items"]
    sim.invoke(
        "NotifyOwner",
        {**task, "items": [{"item_id": items[0]["item_id"], "explained": False}]},
    )
    assert sim.invoke("PublishDigest", discovered)["told"]
    (message,) = digests(sim)
    assert message.ts == first.ts
    assert "1 new" in message.text


def test_the_metrics_that_the_alarms_read_are_written(
    sim: Simulation, discovered: dict[str, Any]
) -> None:
    sim.invoke("PublishDigest", discovered)
    assert '"AccountsNotScanned":[2.0]' in sim.log("PublishDigest")


def test_the_owner_settings_name_the_tag_to_set(tmp_path: Path) -> None:
    with deployed(
        tmp_path, claude="off"
    ) as sim:  # of its own: who was told once stays the owner, whatever the settings say later
        settings = b'{"tag_keys": ["team"]}'
        sim.client("s3").put_object(
            Bucket=sim.resource("ScanBucket"), Key="settings/owners.json", Body=settings
        )
        discovered, task = sim.invoke("DiscoverAccounts", START), tasks(sim)[SPIKE]
        items = sim.invoke("DetectAnomalies", task)["items"]
        sim.invoke(
            "NotifyOwner",
            {**task, "items": [{"item_id": items[0]["item_id"], "explained": False}]},
        )
        digest = sim.bucket_json(sim.invoke("PublishDigest", discovered)["digest"]["key"])
        assert "set the tag team" in digest["unowned"][0]["remedy"]
