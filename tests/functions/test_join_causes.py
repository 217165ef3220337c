"""JoinCauses as deployed: what is to be explained, in which order, and once for what has one
cause."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.mass_event import switched_on
from tests.support.organization import quiet, spiking
from tests.support.simulated import QUIET, SCAN_ID, SPIKE, deployed, tasks
from whyspike.simulator.simulation import Simulation

ONCE = [switched_on(number, usd=40.0 + number) for number in range(3)]
OTHERWISE = switched_on(3, by="mallory", usd=30.0)


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    accounts = [quiet(QUIET), spiking(SPIKE), *ONCE, OTHERWISE]
    with deployed(tmp_path_factory.mktemp("o"), *accounts, claude="off") as simulation:
        yield simulation


@pytest.fixture(scope="module")
def rounds(sim: Simulation) -> list[dict[str, Any]]:
    """The outputs of JoinCauses, with what it wanted explained explained in between."""
    given = tasks(sim)
    for task in given.values():
        sim.invoke("DetectAnomalies", task)
    scan = given[QUIET]["scan"]
    joined = [sim.invoke("JoinCauses", {"scan": scan, "causes": {}})]
    while joined[-1]["goes_on"]:
        for wanted in explained_in(sim, joined[-1]):
            for item in wanted["items"]:
                sim.invoke("ExplainAnomaly", {"scan": scan, **wanted, **item})
        joined.append(sim.invoke("JoinCauses", {"scan": scan, "causes": joined[-1]}))
    return joined


def explained_in(sim: Simulation, joined: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sim.bucket_json(joined["explain"]["key"])
    return found


def ids(wanted: list[dict[str, Any]]) -> list[str]:
    return [each["account"]["account_id"] for each in wanted]


def test_the_sample_and_what_stands_alone_come_first_the_largest_impact_before(
    sim: Simulation, rounds: list[dict[str, Any]]
) -> None:
    assert ids(explained_in(sim, rounds[0])) == [SPIKE, ONCE[2].id]
    assert (rounds[0]["items"], rounds[0]["judged"]) == (2, 6)


def test_the_others_are_checked_against_the_sample_and_one_of_another_person_leaves(
    sim: Simulation, rounds: list[dict[str, Any]]
) -> None:
    assert ids(explained_in(sim, rounds[1])) == [ONCE[1].id, ONCE[0].id, OTHERWISE.id]
    assert ids(explained_in(sim, rounds[2])) == [OTHERWISE.id]
    assert [each["goes_on"] for each in rounds] == [True, True, False]


def test_each_says_what_ties_it_and_whose_numbers_they_are(
    sim: Simulation, rounds: list[dict[str, Any]]
) -> None:
    found = {
        each["account_id"]: each
        for each in map(sim.bucket_json, sim.bucket_keys(f"scans/{SCAN_ID}/explanations/"))
    }
    bonds = {account_id: (each.get("tie") or {}).get("bond") for account_id, each in found.items()}
    assert bonds == {
        SPIKE: None,
        ONCE[2].id: "looked-into",
        ONCE[1].id: "same-call",
        ONCE[0].id: "same-call",
        OTHERWISE.id: None,
    }
    text = found[ONCE[0].id]["text"]
    assert "CreateDetector" in text.split("\n")[0]
    assert text.split("\n")[1].startswith("Found in account-002: ")
    assert found[ONCE[0].id]["findings"][0]["excess_usd_per_day"] < 40  # its own


def test_only_what_was_looked_into_asked_cost_explorer(
    sim: Simulation, rounds: list[dict[str, Any]]
) -> None:
    for account, requests in ((ONCE[0], 3), (ONCE[1], 3)):  # of the detection
        asked = [r for r in sim.requests if r["service"] == "ce" and r["account_id"] == account.id]
        assert len(asked) == requests


def test_who_is_to_be_told_is_every_account_that_was_judged(
    sim: Simulation, rounds: list[dict[str, Any]]
) -> None:
    assert len(sim.bucket_json(rounds[0]["tell"]["key"])) == 6
