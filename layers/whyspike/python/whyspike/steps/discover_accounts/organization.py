"""The organisation as a scan sees it: its accounts, each with tags and an owner. `keys` are of
steps.organization_role."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from whyspike.incidents.owners import account_owner, owner_settings
from whyspike.model import Account
from whyspike.steps.configuration import Configuration
from whyspike.wire import organizations
from whyspike.wire.clients import Credentials, client

# Organizations throttles above some ten requests a second; the patient clients slow down to it
_READERS = 4


def accounts(keys: Credentials | None) -> tuple[Account, ...]:
    """Every account of the organisation, without tags."""
    return organizations.list_accounts(client("organizations", keys))


def paths_unknown(keys: Credentials | None) -> str:
    """A sentence where the SDK cannot tell the accounts' OUs, else ""."""
    if organizations.knows_paths(client("organizations", keys)):
        return ""
    return (
        "The OU of no account is known, and no owner by OU: this boto3 does not read Paths of"
        " ListAccounts. Remedy: build the layers again (make build)"
    )


class Owners:
    """Reads the tags of accounts and names their owners. `settings` is settings/owners.json as
    judged, or None; `function_arn` is of the function that asks, whose account asks where there is
    no organisation role.

    The alternate contact is asked only where neither tag nor OU names an owner.
    """

    def __init__(
        self, keys: Credentials | None, config: Configuration, settings: Any, function_arn: str
    ) -> None:
        asking = (config.organization_role_arn or function_arn).split(":")[4]
        self._directory = client("organizations", keys, patient=True)
        self._contacts = organizations.AlternateContacts(
            client("account", keys, patient=True), asking
        )
        self._rules = owner_settings(settings, config.owner_tag_keys, config.default_channel)

    def complete(self, found: Sequence[Account]) -> tuple[Account, ...]:
        """The accounts with tags and owner. Raises OrganizationAccessDenied or
        Throttled."""
        with ThreadPoolExecutor(_READERS) as pool:
            return tuple(pool.map(self._complete, found))

    @property
    def contacts_denied(self) -> str:
        """Why alternate contacts could not be read; "" when they could, or nobody had to be asked
        for one."""
        return self._contacts.denied

    def _complete(self, account: Account) -> Account:
        tagged = replace(account, tags=organizations.tags_of(self._directory, account.account_id))
        owner = account_owner(tagged, self._rules)
        if owner.source == "default" and self._rules.use_alternate_contact:
            owner = account_owner(tagged, self._rules, self._contacts.email_of(account.account_id))
        return replace(tagged, owner=owner)
