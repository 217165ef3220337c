"""The owner chain: which link wins, and what happens where none leads to an address."""

from __future__ import annotations

from dataclasses import fields

import pytest

from whyspike.errors import InvalidInput
from whyspike.incidents.owners import (
    OwnerAddress,
    account_owner,
    find_owner,
    missing_tag,
    owner_settings,
)
from whyspike.model import Account, Owner

SETTINGS = owner_settings(
    {
        "tag_keys": ["owner", "team"],
        "owners": {
            "data": {"channel": "#data-costs"},
            "Mail-Only": {"email": "mail@example.com", "name": "The mail team"},
        },
        "ous": {"Workloads": {"channel": "#workloads"}, "Workloads/Prod": {"channel": "#prod"}},
    },
    "ignored",
    "#finops",
)


def account(**fields: object) -> Account:
    return Account("111122223333", "shop", **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "contact", "expected"),
    [
        pytest.param(
            account(tags={"team": "data"}),
            None,
            Owner("data", "account-tag", "#data-costs"),
            id="a listed tag value",
        ),
        pytest.param(
            account(tags={"Team": " DATA "}),
            None,
            Owner("DATA", "account-tag", "#data-costs"),
            id="case and blanks do not matter",
        ),
        pytest.param(
            account(tags={"owner": "#shop"}),
            None,
            Owner("#shop", "account-tag", "#shop"),
            id="a tag that is a channel",
        ),
        pytest.param(
            account(tags={"owner": "a.b@c.org"}),
            None,
            Owner("a.b@c.org", "account-tag", email="a.b@c.org"),
            id="a tag that is an address",
        ),
        pytest.param(
            account(tags={"team": "mail-only"}),
            None,
            Owner("The mail team", "account-tag", email="mail@example.com"),
            id="mail without Slack",
        ),
        pytest.param(
            account(tags={"owner": "nobody", "team": "data"}),
            None,
            Owner("data", "account-tag", "#data-costs"),
            id="a later key that is known",
        ),
        pytest.param(
            account(ou_path="Workloads/Prod/EU"),
            None,
            Owner("Workloads/Prod", "ou", "#prod"),
            id="the deepest OU",
        ),
        pytest.param(
            account(ou_path="WorkloadsOld"),
            "x@y.io",
            Owner("x@y.io", "alternate-contact", email="x@y.io"),
            id="an OU is no prefix of a name",
        ),
        pytest.param(
            account(tags={"owner": "ghosts"}),
            None,
            Owner("ghosts", "default", "#finops"),
            id="an unknown tag value lends its name",
        ),
        pytest.param(
            account(), "not an address", Owner("unowned", "default", "#finops"), id="nothing at all"
        ),
    ],
)
def test_the_first_link_that_leads_to_an_address_names_the_owner(
    given: Account, contact: str | None, expected: Owner
) -> None:
    assert account_owner(given, SETTINGS, contact) == expected


def test_the_tag_of_the_resource_wins_over_the_account() -> None:
    owned = account(owner=Owner("#shop", "account-tag", "#shop"))
    assert find_owner(owned, {"team": "data"}, SETTINGS) == Owner(
        "data", "resource-tag", "#data-costs"
    )
    assert find_owner(owned, {"team": "unknown"}, SETTINGS) == owned.owner
    assert find_owner(owned, {}, SETTINGS) == owned.owner


def test_a_channel_can_follow_from_the_tag_value() -> None:
    settings = owner_settings({"channel_pattern": "#cost-{owner}"}, "team", "#finops")
    assert account_owner(account(tags={"team": "Data & ML"}), settings).channel == "#cost-data-ml"


@pytest.mark.parametrize(
    "value", ["<!channel>", "#a <!here>", "#x|y>", "a@b.c>, d@e.f", "evil\n#chan"]
)
def test_a_hostile_tag_value_is_no_address(value: str) -> None:
    assert account_owner(account(tags={"owner": value}), SETTINGS).channel == "#finops"


def test_who_fell_through_is_told_which_tag_to_set() -> None:
    assert missing_tag(account_owner(account(), SETTINGS), SETTINGS) == "owner"
    assert missing_tag(Owner("#shop", "account-tag", "#shop"), SETTINGS) is None


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ([], "must be an object"),
        ({"default_chanel": "#x"}, "unknown field 'default_chanel'"),
        ({"owners": {"a": "#x"}}, "owners"),
        ({"channel_pattern": "#cost"}, "channel_pattern"),
    ],
)
def test_wrong_settings_are_refused_by_name(record: object, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        owner_settings(record)


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({"owners": {"data": {"channel": "<!channel>"}}}, "owners: 'data': channel: '<!channel>'"),
        ({"owners": {"data": {"channel": ""}}}, "owners: 'data': channel"),
        (
            {"owners": {"data": {"webhook": "https://hooks.example.com/t0k3n"}}},
            "owners: 'data': webhook: 'https://hooks.example.com/t0k3n' is no name in the secret",
        ),
        (
            {"owners": {"data": {"name": "Data"}}},
            "owners: 'data': has neither channel, email, teams nor webhook",
        ),
        ({"owners": {"data": {"email": "everybody"}}}, "owners: 'data': email: 'everybody'"),
        ({"ous": {"Prod": {"channel": "prod costs"}}}, "ous: 'Prod': channel"),
        ({"channel_pattern": "<!here> {owner}"}, "channel_pattern"),
        ({"default_channel": "@channel"}, "default_channel"),
        ({"default_email": "finops"}, "default_email"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_by_its_place(
    document: dict[str, object], named: str
) -> None:
    with pytest.raises(InvalidInput, match=named) as refused:
        owner_settings(document)
    assert "#name" in refused.value.remedy


def test_an_owner_may_have_a_webhook_besides_or_alone() -> None:
    owners = {"both": {"channel": "#both", "webhook": "ledger"}, "alone": {"webhook": "ledger"}}
    settings = owner_settings({"owners": owners}, "owner", "#finops")
    both, alone = (
        account_owner(Account("111122223333", "shop", tags={"owner": name}), settings)
        for name in owners
    )
    assert (both.channel, both.webhook) == ("#both", "ledger")
    assert (alone.name, alone.channel, alone.webhook) == ("alone", None, "ledger")


@pytest.mark.parametrize("way", [each.name for each in fields(OwnerAddress)])
def test_whatever_the_file_says_of_an_owner_is_the_owner_s(way: str) -> None:
    said = {"channel": "#shop", "email": "shop@example.com"}
    settings = owner_settings({"owners": {"shop": {"channel": "#a", way: said.get(way, "ledger")}}})
    owner = account_owner(Account("111122223333", "shop", tags={"owner": "shop"}), settings)
    assert getattr(owner, way) == said.get(way, "ledger")
