"""The organisation as a scan sees it: its accounts, each with tags and an owner. `keys` are of adapters.organization_role."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from whyspike.adapters import organizations
from whyspike.adapters.clients import Credentials, client
from whyspike.adapters.configuration import Configuration
from whyspike.model import Account
from whyspike.owners import account_owner, owner_settings

_READERS = 4  # Organizations throttles above a few requests a second; the SDK's retries do the rest


def accounts(keys: Credentials | None) -> tuple[Account, ...]:
    """Every account of the organisation, without tags."""
    return organizations.list_accounts(client("organizations", keys))


def with_owners(keys: Credentials | None, found: Sequence[Account], config: Configuration, settings: Any) -> tuple[Account, ...]:
    """The accounts with tags and owner. `settings` is settings/owners.json as read, or None.

    The alternate contact is asked only where neither tag nor OU names an owner.
    """
    directory, contacts = client("organizations", keys), client("account", keys, region="us-east-1")
    rules = owner_settings(settings, config.owner_tag_keys, config.default_channel)

    def complete(account: Account) -> Account:
        tagged = replace(account, tags=organizations.tags_of(directory, account.account_id))
        owner = account_owner(tagged, rules)
        if owner.source == "default":
            owner = account_owner(tagged, rules, organizations.alternate_contact(contacts, account.account_id))
        return replace(tagged, owner=owner)

    with ThreadPoolExecutor(_READERS) as pool:
        return tuple(pool.map(complete, found))
