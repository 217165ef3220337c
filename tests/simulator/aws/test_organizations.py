"""The simulated Organizations: pages of twenty, states, OU paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.organization import organization, quiet
from whyspike.simulator.aws.models import AwsError
from whyspike.simulator.aws.organizations import ROOT, answer, ou_id
from whyspike.simulator.organization.folder import OrganizationFolder


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> OrganizationFolder:
    many = (
        quiet(f"1000000000{number:02}", lines=(), ou_path="Workloads/Prod") for number in range(43)
    )
    others = (
        quiet("200000000001", lines=(), ou_path=""),
        quiet("200000000002", lines=(), ou_path="Sandbox", state="PENDING_CLOSURE"),
    )
    folder: Path = tmp_path_factory.mktemp("o") / "organization"
    return organization(folder, *many, *others)


def test_accounts_come_in_pages_of_twenty_at_most_and_one_empty(loaded: OrganizationFolder) -> None:
    pages = [answer("ListAccounts", {"MaxResults": 20}, loaded)]
    while "NextToken" in pages[-1]:
        pages.append(answer("ListAccounts", {"NextToken": pages[-1]["NextToken"]}, loaded))

    assert [len(page["Accounts"]) for page in pages] == [0, 20, 20, 5]
    assert len({account["Id"] for page in pages for account in page["Accounts"]}) == 45


def test_an_account_tells_its_state_and_its_path_of_ou_ids(loaded: OrganizationFolder) -> None:
    described = answer("DescribeAccount", {"AccountId": "200000000002"}, loaded)["Account"]
    deep = answer("DescribeAccount", {"AccountId": "100000000000"}, loaded)["Account"]

    assert described["State"] == "PENDING_CLOSURE"
    assert deep["Paths"] == [
        f"{loaded.id}/{ROOT}/{ou_id('Workloads')}/{ou_id('Workloads/Prod')}/100000000000/"
    ]


def test_the_tree_can_be_walked_from_its_root(loaded: OrganizationFolder) -> None:
    top = answer("ListOrganizationalUnitsForParent", {"ParentId": ROOT}, loaded)[
        "OrganizationalUnits"
    ]
    below = answer("ListOrganizationalUnitsForParent", {"ParentId": ou_id("Workloads")}, loaded)[
        "OrganizationalUnits"
    ]
    leaf = answer("ListAccountsForParent", {"ParentId": ou_id("Sandbox")}, loaded)["Accounts"]
    parent = answer("ListParents", {"ChildId": "200000000001"}, loaded)["Parents"]

    assert [unit["Name"] for unit in top] == ["Sandbox", "Workloads"]
    assert [unit["Name"] for unit in below] == ["Prod"]
    assert [account["Id"] for account in leaf] == ["200000000002"]
    assert parent == [{"Id": ROOT, "Type": "ROOT"}]
    assert (
        answer("DescribeOrganizationalUnit", {"OrganizationalUnitId": below[0]["Id"]}, loaded)[
            "OrganizationalUnit"
        ]["Name"]
        == "Prod"
    )


def test_the_hub_is_the_delegated_administrator(loaded: OrganizationFolder) -> None:
    assert [
        admin["Id"]
        for admin in answer("ListDelegatedAdministrators", {}, loaded)["DelegatedAdministrators"]
    ] == [loaded.hub_account]
    assert (
        answer("DescribeOrganization", {}, loaded)["Organization"]["MasterAccountId"]
        == loaded.management_account
    )


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("DescribeAccount", {"AccountId": "999999999999"}, "AccountNotFoundException"),
        ("ListTagsForResource", {"ResourceId": "999999999999"}, "TargetNotFoundException"),
        (
            "DescribeOrganizationalUnit",
            {"OrganizationalUnitId": ou_id("Nowhere")},
            "OrganizationalUnitNotFoundException",
        ),
        ("ListAccounts", {"NextToken": "two"}, "InvalidInputException"),
        ("ListAccounts", {"MaxResults": 21}, "ValidationException"),
        ("CloseAccount", {"AccountId": "200000000001"}, "NotImplementedException"),
    ],
    ids=["account", "tags", "unit", "token", "page", "operation"],
)
def test_what_does_not_exist_is_refused(
    loaded: OrganizationFolder, operation: str, request_: dict[str, object], code: str
) -> None:
    with pytest.raises(AwsError) as error:
        answer(operation, request_, loaded)

    assert error.value.code == code
