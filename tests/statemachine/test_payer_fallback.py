"""Accounts that refuse their role or Cost Explorer: the payer's bill is judged and explained, and
the digest names them all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.organization import (
    HUB,
    MANAGEMENT,
    SCAN_DATE,
    Line,
    TestAccount,
    event,
    organization,
    quiet,
)
from whyspike.simulator.deployment import organization_role
from whyspike.simulator.faults import ALWAYS
from whyspike.simulator.organization.folder import OrganizationFolder
from whyspike.simulator.scan_run import ScanRun
from whyspike.simulator.simulation import Simulation

NO_ROLE, NO_COST_EXPLORER, QUIET, OPEN, MUTE = (f"11000000000{number}" for number in range(1, 6))
LAUNCH = event("RunInstances", "2026-10-15T06:00:00Z")
ROLE_DENIED, COST_EXPLORER_DENIED = {"assume_role": "denied"}, {"cost_explorer": "denied"}
ROLE = f"arn:aws:iam::{MANAGEMENT}:role/whyspike-organization"
VIEW = f"arn:aws:billing::{MANAGEMENT}:billingview/custom-5e1d"


def refusing(account_id: str, access: dict[str, str]) -> TestAccount:
    """An account whose spike in one region and team was made by a person, and that refuses."""
    lines = (
        Line(on={0: 500.0}, region="eu-west-1", team="search", resource_id="i-0a1b2c3d4e5f60718"),
        Line(region="us-east-1", team="shop"),
        Line("Amazon Simple Storage Service", "TimedStorage-ByteHrs", 20.0),
    )
    return TestAccount(account_id, lines, access=access, events={"eu-west-1": [LAUNCH]})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> OrganizationFolder:
    return organization(
        tmp_path_factory.mktemp("o") / "organization",
        refusing(NO_ROLE, ROLE_DENIED),
        refusing(NO_COST_EXPLORER, COST_EXPLORER_DENIED),
        quiet(QUIET, access=ROLE_DENIED),
        TestAccount(  # another instance type: three alike would be one cause
            OPEN,
            (Line(usage_type="BoxUsage:c5.large", on={0: 500.0}),),
            events={"us-east-1": [LAUNCH]},
        ),
        refusing(MUTE, ROLE_DENIED),
    )


@pytest.fixture(scope="module")
def sim(folder: OrganizationFolder) -> Iterator[Simulation]:
    with Simulation(
        folder, claude="off", parameters={"OrganizationRoleArn": organization_role(folder)}
    ) as simulation:
        simulation.deploy()
        yield simulation


@pytest.fixture(scope="module")
def run(sim: Simulation) -> ScanRun:
    finished = sim.scan(account_ids=[NO_ROLE, NO_COST_EXPLORER, QUIET, OPEN])
    assert finished.succeeded, finished.cause
    return finished


def stored(sim: Simulation, run: ScanRun, what: str, account_id: str) -> dict[str, Any]:
    (key,) = sim.bucket_keys(f"scans/{run.output['scan_id']}/{what}/{account_id}")
    found: dict[str, Any] = sim.bucket_json(key)
    return found


def outcome(sim: Simulation, run: ScanRun, account_id: str) -> dict[str, Any]:
    wanted = (f"SCAN#{run.output['scan_id']}", f"ACCOUNT#{account_id}")
    return next(item for item in sim.table_items() if (item["PK"]["S"], item["SK"]["S"]) == wanted)


def not_scanned(sim: Simulation, run: ScanRun) -> dict[str, dict[str, str]]:
    coverage = sim.bucket_json(run.output["digest"]["key"])["coverage"]
    return {row["account_id"]: row for row in coverage["not_scanned"]}


def told(sim: Simulation, account_id: str) -> list[str]:
    return [
        message.text
        for message in sim.slack.messages
        if str(message.notice_id).startswith(account_id)
    ]


@pytest.mark.parametrize(
    "account_id", [NO_ROLE, NO_COST_EXPLORER], ids=["role denied", "Cost Explorer denied"]
)
def test_its_incident_is_located_to_region_tags_and_resource(
    sim: Simulation, run: ScanRun, account_id: str
) -> None:
    driver = stored(sim, run, "explanations", account_id)["findings"][0]["driver"]

    assert (driver["usage_type"], driver["region"]) == ("BoxUsage:m5.large", "eu-west-1")
    assert (driver["tag_team"], driver["tag_env"]) == ("search", "prod")
    assert driver["resource_ids"] == ["i-0a1b2c3d4e5f60718"]


def test_with_the_role_denied_the_role_is_the_only_gap_and_nobody_is_named(
    sim: Simulation, run: ScanRun
) -> None:
    explanation = stored(sim, run, "explanations", NO_ROLE)

    assert explanation["gaps"] == ["assume_role"]
    assert explanation["findings"][0]["actor"]["kind"] == "unknown"
    assert explanation["confidence"] == "low"
    assert "the bill was read through the payer" in explanation["text"]
    (gap,) = [item for item in stored(sim, run, "evidence", NO_ROLE)["items"] if item.get("gap")]
    assert "cannot be assumed" in gap["content"]["reason"]
    assert gap["content"]["instead"] == "the payer's Cost Explorer was asked for this account"


def test_with_only_cost_explorer_denied_cloudtrail_still_names_the_actor(
    sim: Simulation, run: ScanRun
) -> None:
    explanation = stored(sim, run, "explanations", NO_COST_EXPLORER)

    assert explanation["gaps"] == ["cost_explorer"]
    assert (
        explanation["findings"][0]["actor"]["name"],
        explanation["findings"][0]["actor"]["event"],
    ) == ("dana", "RunInstances")
    assert explanation["confidence"] != "low"


@pytest.mark.parametrize(
    "account_id", [NO_ROLE, NO_COST_EXPLORER], ids=["role denied", "Cost Explorer denied"]
)
def test_its_owner_is_told_once(sim: Simulation, run: ScanRun, account_id: str) -> None:
    assert run.succeeded
    assert len(told(sim, account_id)) == 1


def test_it_stays_named_as_not_scanned_with_reason_and_remedy(
    sim: Simulation, run: ScanRun
) -> None:
    named = not_scanned(sim, run)

    assert {account_id: row["error"] for account_id, row in named.items()} == {
        NO_ROLE: "MemberRoleDenied",
        QUIET: "MemberRoleDenied",
        NO_COST_EXPLORER: "CostExplorerDenied",
    }
    assert named[NO_ROLE]["reason"].endswith(
        "cannot be assumed. Its bill was judged through the payer; who did it cannot be told"
    )
    assert named[NO_COST_EXPLORER]["reason"].endswith(
        "access. Its bill was judged through the payer"
    )
    assert "organization/member-role.yaml" in named[NO_ROLE]["remedy"]
    assert sim.bucket_json(run.output["digest"]["key"])["headline"].startswith(
        "1 of 4 accounts scanned"
    )
    assert {outcome(sim, run, account_id)["status"]["S"] for account_id in named} == {"bill-only"}
    assert '"AccountsNotScanned":[3.0]' in sim.log("PublishDigest").replace(" ", "")


def test_a_quiet_one_is_judged_too_and_has_no_incident(sim: Simulation, run: ScanRun) -> None:
    assert outcome(sim, run, QUIET)["anomalies"]["N"] == "0"
    assert len(stored(sim, run, "accounts", QUIET)["costs"]["dates"]) == 90
    assert told(sim, QUIET) == []


def test_the_payer_is_asked_for_the_refusing_accounts_alone_and_every_request_is_counted(
    sim: Simulation, run: ScanRun
) -> None:
    asked = [entry for entry in sim.requests if entry["service"] == "ce"]
    through_the_payer = [entry for entry in asked if entry["account_id"] == MANAGEMENT]

    assert {entry["principal"] for entry in through_the_payer} == {"OrganizationRole"}
    assert {linked_account(entry["request"]["Filter"]) for entry in through_the_payer} == {
        NO_ROLE,
        NO_COST_EXPLORER,
        QUIET,
    }
    assert sim.bucket_json(run.output["digest"]["key"])["scan_cost"]["ce_requests"] == len(asked)
    assert sim.recorder.denied == {}


def linked_account(expression: dict[str, Any]) -> str:
    first = expression["And"][0] if "And" in expression else expression
    assert first["Dimensions"]["Key"] == "LINKED_ACCOUNT"
    return str(first["Dimensions"]["Values"][0])


def test_an_owner_who_could_not_be_told_does_not_hide_that_only_the_bill_was_judged(
    sim: Simulation,
) -> None:
    sim.faults.set("slack:channel_not_found", ALWAYS)
    assert not sim.scan(account_ids=[MUTE]).succeeded  # the digest was refused too
    sim.faults.set("slack:channel_not_found", 0)
    (row,) = [item for item in sim.table_items() if item["SK"]["S"] == f"ACCOUNT#{MUTE}"]
    assert row["status"]["S"] == "owner-not-told"

    scan = {"scan_id": row["PK"]["S"].removeprefix("SCAN#"), "scan_date": SCAN_DATE.isoformat()}
    coverage = sim.bucket_json(sim.invoke("PublishDigest", {"scan": scan})["digest"]["key"])[
        "coverage"
    ]
    assert [row["error"] for row in coverage["not_scanned"]] == ["MemberRoleDenied"]
    assert "Refused" in {row["error"] for row in coverage["owners_not_told"]}
    assert coverage["scanned"] == 0


# ------------------------------------------------------------------ other ways to the payer, and
# none

STANDS_IN = {
    "the hub through a shared billing view": {"BillingViewArn": VIEW},
    "the organisation role through a billing view": {
        "BillingViewArn": VIEW,
        "OrganizationRoleArn": ROLE,
    },
    "where the payer's bill is judged for all": {
        "CostSource": "payer",
        "OrganizationRoleArn": ROLE,
    },
    "without usage types": {"UsageTypeDetection": "false", "OrganizationRoleArn": ROLE},
}


@pytest.mark.slow
@pytest.mark.parametrize("parameters", STANDS_IN.values(), ids=STANDS_IN)
def test_the_payer_can_be_reached_in_other_ways(
    folder: OrganizationFolder, parameters: dict[str, str]
) -> None:
    with Simulation(folder, claude="off", parameters=parameters, workers=1) as simulation:
        simulation.deploy()
        finished = simulation.scan(account_ids=[NO_ROLE])
        explanation = stored(simulation, finished, "explanations", NO_ROLE)

        assert explanation["findings"][0]["driver"]["region"] == "eu-west-1"
        assert explanation["gaps"] == ["assume_role"]
        assert simulation.recorder.denied == {}


def test_without_resource_level_data_at_the_payer_that_is_a_gap_of_its_own(tmp_path: Path) -> None:
    payer = quiet(MANAGEMENT, access={"resource_level": False})
    loaded = organization(tmp_path / "organization", refusing(NO_ROLE, ROLE_DENIED), payer)
    with Simulation(
        loaded, claude="off", parameters={"OrganizationRoleArn": ROLE}, workers=1
    ) as simulation:
        simulation.deploy()
        finished = simulation.scan(account_ids=[NO_ROLE])

        assert stored(simulation, finished, "explanations", NO_ROLE)["gaps"] == [
            "assume_role",
            "resource_level",
        ]


CANNOT_STAND_IN: dict[str, tuple[dict[str, str], dict[str, int]]] = {
    "switched off": ({"OrganizationRoleArn": ROLE, "PayerFallback": "false"}, {}),
    "the payer refuses": (
        {"OrganizationRoleArn": ROLE},
        {f"cost_explorer:deny:{MANAGEMENT}": ALWAYS},
    ),
    "the payer has no data": (
        {"OrganizationRoleArn": ROLE},
        {f"cost_explorer:not_ready:{MANAGEMENT}": ALWAYS},
    ),
    "the hub sees its own bill only": ({}, {}),
}


@pytest.mark.parametrize(("parameters", "faults"), CANNOT_STAND_IN.values(), ids=CANNOT_STAND_IN)
def test_where_the_payer_cannot_stand_in_the_account_is_not_scanned_with_its_own_reason(
    tmp_path: Path, parameters: dict[str, str], faults: dict[str, int]
) -> None:
    loaded = organization(
        tmp_path / "organization",
        refusing(NO_ROLE, ROLE_DENIED),
        refusing(NO_COST_EXPLORER, COST_EXPLORER_DENIED),
        quiet(HUB),
    )
    with Simulation(
        loaded, claude="off", parameters=parameters, faults=faults, workers=1
    ) as simulation:
        simulation.deploy()
        finished = simulation.scan(account_ids=[NO_ROLE, NO_COST_EXPLORER])

        named = not_scanned(simulation, finished)
        assert {account_id: row["error"] for account_id, row in named.items()} == {
            NO_ROLE: "MemberRoleDenied",
            NO_COST_EXPLORER: "CostExplorerDenied",
        }
        assert not any("judged" in row["reason"] for row in named.values())
        assert {
            outcome(simulation, finished, account_id)["status"]["S"] for account_id in named
        } == {"not-scanned"}
        assert told(simulation, NO_ROLE) == told(simulation, NO_COST_EXPLORER) == []
        assert simulation.recorder.denied == {}
