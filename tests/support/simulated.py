"""The deployed functions over a small organisation, invoked one by one: what the handler tests
share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.organization import SCAN_DATE, TestAccount, event, organization, quiet, spiking
from whyspike.simulator.simulation import Simulation

QUIET, SPIKE, CLOSED, SUSPENDED = "110000000001", "110000000002", "110000000003", "110000000004"
SCAN_ID = SCAN_DATE.isoformat()
START = {"scan_date": SCAN_ID, "scheduled_time": "2026-10-16T09:00:00Z"}
ACCOUNTS = (
    quiet(QUIET),
    spiking(SPIKE, events={"us-east-1": [event("RunInstances", "2026-10-15T06:00:00Z")]}),
    spiking(CLOSED, access={"cost_explorer": "denied"}),
    quiet(SUSPENDED, state="SUSPENDED"),
)


@contextmanager
def deployed(folder: Path, *accounts: TestAccount, **options: Any) -> Iterator[Simulation]:
    with Simulation(
        organization(folder / "organization", *(accounts or ACCOUNTS)), **options
    ) as simulation:
        simulation.deploy()
        yield simulation


def tasks(simulation: Simulation) -> dict[str, dict[str, Any]]:
    """DetectAnomalies' input of every account in scope, by account id, as the Map makes it."""
    found = simulation.invoke("DiscoverAccounts", START)
    return {
        account["account_id"]: {"scan": found["scan"], "account": account}
        for account in simulation.bucket_json(found["manifest"]["key"])
    }


def usage_of(simulation: Simulation) -> dict[str, int]:
    """The counters of the scan."""
    row = next((item for item in simulation.table_items() if item["SK"]["S"] == "USAGE"), {})
    return {name: int(value["N"]) for name, value in row.items() if "N" in value}


def sign_in(simulation: Simulation, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    """The owner of an access key at the simulation's address, for the rest of the test."""
    for name, value in (
        ("AWS_ENDPOINT_URL", simulation.url),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", key),
        ("AWS_SECRET_ACCESS_KEY", "simulated"),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
