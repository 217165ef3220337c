"""The same organisation under other parameters of template.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.organization import HUB, MANAGEMENT, event, organization, quiet, spiking
from whyspike.simulator.organization.folder import OrganizationFolder
from whyspike.simulator.simulation import Simulation

pytestmark = pytest.mark.slow

ONE, TWO = "110000000001", "110000000002"
LAUNCH = event("RunInstances", "2026-10-15T06:00:00Z")
PAYER = {
    "CostSource": "payer",
    "OrganizationRoleArn": f"arn:aws:iam::{MANAGEMENT}:role/whyspike-organization",
}


@pytest.fixture
def small(tmp_path: Path) -> OrganizationFolder:
    return organization(
        tmp_path / "organization", spiking(ONE, events={"us-east-1": [LAUNCH]}), quiet(TWO)
    )


def outcome(
    organization_: OrganizationFolder, **options: Any
) -> tuple[list[str], list[str], list[dict[str, Any]]]:
    """(anomaly ids, who wrote their explanations, requests) of one scan."""
    with Simulation(organization_, **options) as sim:
        sim.deploy()
        run = sim.scan()
        assert run.succeeded, run.cause
        assert sim.recorder.denied == {}
        keys = sim.bucket_keys(f"scans/{run.output['scan_id']}/explanations/")
        return (
            [key.rpartition("/")[2] for key in keys],
            [sim.bucket_json(key)["written_by"] for key in keys],
            sim.requests,
        )


def test_the_payer_finds_what_the_members_find_with_fewer_requests(
    small: OrganizationFolder,
) -> None:
    members, _, asked_members = outcome(small, claude="off")
    payer, _, asked_payer = outcome(small, claude="off", parameters=PAYER)

    def detection(requests: list[dict[str, Any]]) -> list[str]:
        grouped = [
            entry
            for entry in requests
            if entry["service"] == "ce" and "GroupBy" in entry["request"]
        ]
        return [
            entry["account_id"]
            for entry in grouped
            if entry["principal"] == "OrganizationRole" or entry["account_id"] == TWO
        ]

    assert len(members) == 1
    assert payer == members
    assert set(detection(asked_payer)) == {MANAGEMENT}
    assert set(detection(asked_members)) == {TWO}


def test_what_a_hub_that_is_not_the_payer_does_not_see_is_not_scanned(tmp_path: Path) -> None:
    """Cost Explorer answers the hub with its own bill and no error: the other accounts must not
    count as quiet."""
    with Simulation(
        organization(tmp_path / "o", quiet(HUB), spiking(TWO)),
        claude="off",
        parameters={"CostSource": "payer"},
    ) as sim:
        sim.deploy()
        run = sim.scan()
        assert run.succeeded, run.cause
        coverage = sim.bucket_json(run.output["digest"]["key"])["coverage"]
        (missed,) = coverage["not_scanned"]
        assert (missed["account_id"], missed["error"]) == (TWO, "AccountNotInBill")
        assert "OrganizationRoleArn" in missed["remedy"]
        assert "BillingViewArn" in missed["remedy"]


def test_what_discovery_stored_belongs_to_the_execution(small: OrganizationFolder) -> None:
    with Simulation(small, claude="off") as sim:
        sim.deploy()
        run = sim.scan()
        (key,) = sim.bucket_keys(f"scans/{run.output['scan_id']}/discovery/")
        stored = sim.bucket_json(key)
        assert ":execution:" in stored["run"]
        assert [account["account_id"] for account in stored["accounts"]] == [ONE, TWO]


def test_claude_can_be_asked_on_bedrock_as_the_function_s_role(small: OrganizationFolder) -> None:
    model = "anthropic.claude-sonnet-5-5"

    found, writers, asked = outcome(
        small, parameters={"ClaudeProvider": "bedrock", "ClaudeModel": model}
    )

    assert len(found) == 1
    assert writers == [model]
    # The first request asks for a look-up, the second has its answer.
    assert [entry["operation"] for entry in asked if entry["service"] == "claude"] == [
        "InvokeModel",
        "InvokeModel",
    ]


@pytest.mark.slow
def test_without_the_public_url_everything_is_told_and_nothing_can_be_pressed(
    small: OrganizationFolder,
) -> None:
    parameters = {"PublicFeedbackUrl": "false"}
    with Simulation(small, claude="off", parameters=parameters, workers=1) as sim:
        deployment = sim.deploy()
        names = {function.logical_id for function in deployment.functions}
        assert "FeedbackUrl" not in deployment.outputs
        assert "RecordFeedback" not in names
        assert not {name for name in deployment.resources if name.startswith("RecordFeedback")}

        assert sim.scan().succeeded

        told = [message for message in sim.slack.messages if ONE in str(message.blocks)]
        assert told
        for message in told:
            assert "actions" not in {block["type"] for block in message.blocks}
