"""Consecutive days on one deployment: an incident is told once, ends, and vanishes when the bill is
corrected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.support.organization import SCAN_DATE, Line, TestAccount, organization
from whyspike.simulator.simulation import Simulation

pytestmark = pytest.mark.slow

GROWN, SPIKED, CORRECTED = "110000000001", "110000000002", "110000000003"
FIRST = SCAN_DATE - timedelta(days=4)
S3 = Line("Amazon Simple Storage Service", "TimedStorage-ByteHrs", 20.0)


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    grown = Line(on=dict.fromkeys(range(5), 400.0))
    spiked, corrected = (
        Line(on={4: 500.0}, usage_type=name) for name in ("BoxUsage:c5", "BoxUsage:r5")
    )
    loaded = organization(
        tmp_path_factory.mktemp("o") / "organization",
        TestAccount(GROWN, (grown, S3)),
        TestAccount(SPIKED, (spiked, S3)),
        TestAccount(CORRECTED, (corrected, S3)),
    )
    with Simulation(loaded, FIRST, claude="off") as simulation:
        simulation.deploy()
        simulation.restate(CORRECTED, FIRST, 0.1, seen_from=FIRST + timedelta(days=1))
        yield simulation


@pytest.fixture(scope="module")
def days(sim: Simulation) -> list[dict[str, Any]]:
    """The digests of five days; `posts` are the accounts' messages of that day."""
    digests = []
    for day in range(5):
        posted = len(sim.slack.messages)
        run = sim.scan(FIRST + timedelta(days=day))
        assert run.succeeded, run.cause
        texts = [
            post.text for post in sim.slack.messages[posted:] if "digest" not in str(post.notice_id)
        ]
        digests.append({**sim.bucket_json(run.output["digest"]["key"]), "posts": texts})
    return digests


def test_each_incident_is_told_on_its_first_day(days: list[dict[str, Any]]) -> None:
    assert days[0]["counts"]["found"] == 3
    assert len(days[0]["posts"]) == 3


def test_what_goes_on_is_a_line_of_the_digest_and_no_message(days: list[dict[str, Any]]) -> None:
    told = [text for day in days[1:] for text in day["posts"] if "account-001" in text]

    assert all(day["counts"]["ongoing"] >= 1 for day in days[1:4])
    assert len(told) <= 1  # at most once more, when the impact has doubled


def test_a_bill_that_was_corrected_takes_its_incident_back(
    sim: Simulation, days: list[dict[str, Any]]
) -> None:
    assert sum(day["counts"]["restated"] for day in days) == 1
    assert sum(day["counts"]["resolved"] for day in days) >= 1


def test_a_day_can_be_replayed_as_it_was(sim: Simulation, days: list[dict[str, Any]]) -> None:
    costs = {
        "TimePeriod": {"Start": FIRST.isoformat(), "End": (FIRST + timedelta(days=1)).isoformat()},
        "Granularity": "DAILY",
        "Metrics": ["UnblendedCost"],
    }

    def cost() -> float:
        return float(
            sim.client("ce", CORRECTED).get_cost_and_usage(**costs)["ResultsByTime"][0]["Total"][
                "UnblendedCost"
            ]["Amount"]
        )

    assert days
    now = cost()
    sim.world.as_of = FIRST
    assert cost() == pytest.approx(now * 10)
