"""The doctor and money: a hub that is not the payer, and caps that are too low for the
organisation."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.cli.test_doctor import never
from tests.support.doctor_clients import (
    DAY,
    KNOWN,
    PAYER,
    ROLE,
    Client,
    clients,
    only,
    with_parameters,
)
from whyspike.cli.doctor.costs import check_budgets, check_caps, check_detector, check_payer
from whyspike.cli.doctor.organization import Organization
from whyspike.cli.doctor.services import check_email

VIEW = f"arn:aws:billing::{PAYER}:billingview/custom-1"


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"CostSource": "payer"}, "failed"),
        ({}, "warning"),
        ({"OrganizationRoleArn": ROLE, "CostSource": "payer"}, "skipped"),
        ({"BillingViewArn": VIEW, "CostSource": "payer"}, "ok"),
        ({"BillingViewArn": VIEW}, "ok"),
    ],
    ids=[
        "payer without a way",
        "fallback to nobody",
        "through the role",
        "payer's view",
        "fallback's view",
    ],
)
def test_a_hub_that_is_not_the_payer_needs_a_way_to_it(
    parameters: Mapping[str, str], status: str
) -> None:
    ce = Client(get_cost_and_usage={}, get_cost_and_usage_with_resources={})
    found = list(check_payer(clients(ce=ce), with_parameters(**parameters), KNOWN, DAY))
    assert {finding.status for finding in found} == {status}
    assert all(asked["BillingViewArn"] == VIEW for asked in ce.asked)
    assert bool(ce.asked) == (status == "ok")


def test_without_fallback_nobody_has_to_see_the_payer() -> None:
    assert list(check_payer(never, with_parameters(PayerFallback="false"), KNOWN, DAY)) == []


def test_budgets_are_those_of_the_management_account() -> None:
    reads = {"ReadBudgets": "true"}
    assert list(check_budgets(never, with_parameters(), KNOWN)) == []
    assert only(check_budgets(never, with_parameters(**reads), KNOWN)).status == "failed"
    through = with_parameters(OrganizationRoleArn=ROLE, **reads)
    assert only(check_budgets(never, through, KNOWN)).status == "ok"


@pytest.mark.parametrize(
    ("parameters", "payer", "monitors", "status"),
    [
        ({"OrganizationRoleArn": ROLE}, PAYER, [], "skipped"),
        ({}, PAYER, [], "failed"),
        ({}, "", [], "failed"),
        ({}, "", [{"MonitorName": "Services"}], "ok"),
    ],
    ids=["through the role", "not the payer", "nobody watches", "somebody watches"],
)
def test_aws_s_own_detector_needs_the_payer_and_a_monitor(
    parameters: Mapping[str, str], payer: str, monitors: list[object], status: str
) -> None:
    ce = Client(get_anomaly_monitors={"AnomalyMonitors": monitors})
    deployed = with_parameters(CompareWithAws="true", **parameters)
    found = only(check_detector(clients(ce=ce), deployed, Organization("o-1", payer)))
    assert found.status == status
    assert list(check_detector(never, with_parameters(), KNOWN)) == []


CAPS = {"CostExplorerRequestCap": "5000", "ClaudeTokenCap": "2000000"}


@pytest.mark.parametrize(
    ("accounts", "parameters", "said"),
    [
        (1_000, {}, ""),
        (3_000, {}, "CostExplorerRequestCap=11000"),
        (3_000, {"CostExplorerRequestCap": "11000", "ClaudeTokenCap": "5000000"}, ""),
        (4_000, {"CostExplorerRequestCap": "20000"}, "ClaudeTokenCap=8500000"),
        (4_000, {"CostExplorerRequestCap": "20000", "ClaudeProvider": "off"}, ""),
        (3_000, {"CostSource": "payer", "ClaudeTokenCap": "5000000"}, ""),
    ],
    ids=["small", "requests", "requests raised", "tokens", "without Claude", "payer"],
)
def test_caps_below_what_the_organisation_needs_are_told_with_the_parameters(
    accounts: int, parameters: dict[str, str], said: str
) -> None:
    known = Organization("o-1", PAYER, tuple(map(str, range(accounts))))
    finding = only(
        check_caps(
            never, with_parameters(**(CAPS | {"ClaudeProvider": "anthropic"} | parameters)), known
        )
    )
    assert finding.status == ("warning" if said else "ok")
    assert said in finding.remedy


def test_where_accounts_may_not_be_listed_the_last_scan_says_how_many_there_are() -> None:
    states = Client(
        list_executions={"executions": [{"executionArn": "arn"}]},
        describe_execution={"output": '{"scan_id": "2026-11-06"}'},
    )
    table = Client(get_item={"Item": {"accounts": {"N": "3000"}}})
    answering = clients(stepfunctions=states, dynamodb=table)
    finding = only(check_caps(answering, with_parameters(**CAPS), Organization()))
    assert "3,000 accounts" in finding.detail
    none_yet = clients(stepfunctions=Client(list_executions={"executions": []}))
    assert only(check_caps(none_yet, with_parameters(**CAPS), Organization())).status == "skipped"


@pytest.mark.parametrize(("production", "status"), [(True, "ok"), (False, "warning")])
def test_a_sender_in_ses_s_sandbox_is_a_warning(production: bool, status: str) -> None:
    ses = Client(
        get_email_identity={"VerifiedForSendingStatus": True},
        get_account={"ProductionAccessEnabled": production},
    )
    found = only(check_email(clients(sesv2=ses), with_parameters(EmailSender="w@example.com")))
    assert found.status == status
    assert production or "request production access" in found.remedy
