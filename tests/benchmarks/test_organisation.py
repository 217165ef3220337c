"""The benchmark of whole organisations: the workflow is the deployed one, its counts are those that
`whyspike price` reckons with."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.organisation import Measured, measure
from benchmarks.organisation_world import organisation
from whyspike.cli.price.model import distance

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="read from /proc")


def test_as_many_accounts_have_an_incident_as_are_asked_for() -> None:
    world = organisation(30, 6)
    began = [
        account.id
        for account in world.accounts.values()
        if any("engineer." in event["Username"] for event in account.events["us-east-1"])
    ]
    assert len(world.accounts) == 30
    assert len(began) == 6


def test_the_same_numbers_make_the_same_bills() -> None:
    one, two = organisation(3, 1), organisation(3, 1)
    for account_id, account in one.accounts.items():
        assert account.bill.cost.tolist() == two.accounts[account_id].bill.cost.tolist()


@pytest.fixture(scope="module")
def measured() -> Measured:
    return measure(10, 2, "member")


@pytest.mark.slow
def test_ten_accounts_take_what_the_price_says(measured: Measured) -> None:
    off = distance(measured.run)
    assert off.pop("Lambda") < 1.0  # the seconds of this machine
    assert off.pop("Cost Explorer") < 0.01
    assert off.pop("Step Functions") < 0.01
    assert max(off.values()) < 0.15, off


@pytest.mark.slow
def test_every_account_is_scanned_and_every_incident_found(measured: Measured) -> None:
    assert (measured.scanned, measured.incidents_found) == (10, 2)


@pytest.mark.slow
def test_what_is_handed_on_between_states_is_small(measured: Measured) -> None:
    assert measured.largest_payload_bytes < 4_000
    assert measured.output_bytes < 1_000
