"""Who is told: resource tag -> account tag -> OU -> alternate contact -> default, the first link
that leads to an address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from whyspike.errors import InvalidInput
from whyspike.model import Account, Owner
from whyspike.payload import from_json

_CHANNEL = re.compile(
    r"#[^\s#@,.;:!?<>&]{1,79}|[CGD][A-Z0-9]{8,}"
)  # "#name" (also in scripts other than Latin) or an id
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")  # never an address: that is a secret
_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True)
class OwnerAddress:
    """Where a team or person is reached; one is enough. A `webhook` gets each change of the
    owner's incidents besides; it and `teams` are names in the secret of targets."""

    channel: str | None = None
    email: str | None = None
    webhook: str | None = None
    teams: str | None = None
    name: str | None = None  # how the message calls the owner; the tag value or OU where missing


@dataclass(frozen=True)
class OwnerSettings:
    """`settings/owners.json`. `owners` maps a tag value to an address, `ous` an OU path (its
    children included)."""

    tag_keys: tuple[str, ...] = ("owner",)
    owners: Mapping[str, OwnerAddress] = field(default_factory=dict)
    ous: Mapping[str, OwnerAddress] = field(default_factory=dict)
    channel_pattern: str | None = (
        None  # "#cost-{owner}": the channel of a tag value that `owners` does not list
    )
    use_alternate_contact: bool = True
    default_channel: str = ""
    default_email: str = ""
    digest_teams: str = ""  # the channel in Microsoft Teams that gets each digest besides

    @property
    def teams(self) -> tuple[str, ...]:
        """The channels in Microsoft Teams that are named, each once."""
        named = [address.teams for address in self._addresses()]
        return tuple(dict.fromkeys(name for name in (*named, self.digest_teams) if name))

    @property
    def webhooks(self) -> tuple[str, ...]:
        """The webhooks that are named, each once."""
        named = (address.webhook for address in self._addresses())
        return tuple(dict.fromkeys(name for name in named if name))

    def _addresses(self) -> tuple[OwnerAddress, ...]:
        return (*self.owners.values(), *self.ous.values())


def owner_settings(
    record: Any, tag_keys: str = "owner", default_channel: str = ""
) -> OwnerSettings:
    """The settings as read from the bucket (None: there are none), over the deployment's own tag
    keys ("owner,team") and default channel. Raises InvalidInput naming the field that is wrong."""
    keys = tuple(key.strip() for key in tag_keys.split(",") if key.strip())
    base = {"tag_keys": keys or ("owner",), "default_channel": default_channel}
    if record is not None and not isinstance(record, dict):
        raise InvalidInput("settings/owners.json: must be an object")
    unknown = sorted(set(record or {}) - set(OwnerSettings.__dataclass_fields__))
    if unknown:
        raise InvalidInput(
            f"settings/owners.json: unknown field {unknown[0]!r}",
            remedy="docs/incidents.md lists the fields",
        )
    settings = from_json(OwnerSettings, {**base, **(record or {})}, what="settings/owners.json")
    _check_addresses(settings, record or {})
    return settings


def _check_addresses(settings: OwnerSettings, record: Mapping[str, Any]) -> None:
    """Each address must lead somewhere: what Slack or a mail server would refuse, or would take for
    a call to everybody, is a mistake of the file and not of the day on which somebody is told."""
    for group, addresses in (("owners", settings.owners), ("ous", settings.ous)):
        for name, address in addresses.items():
            where = f"{group}: {name[:40]!r}"
            if not is_reached(address):
                raise _wrong_address(where, "has neither channel, email, teams nor webhook")
            _check_channel(f"{where}: channel", address.channel)
            _check_email(f"{where}: email", address.email)
            _check_name(f"{where}: webhook", address.webhook)
            _check_name(f"{where}: teams", address.teams)
    pattern = settings.channel_pattern
    if pattern is not None and "{owner}" not in pattern:
        raise InvalidInput(
            'settings/owners.json: channel_pattern: must hold {owner}, like "#cost-{owner}"'
        )
    _check_channel("channel_pattern", pattern and pattern.replace("{owner}", "team"))
    _check_channel("default_channel", record.get("default_channel") or None)
    _check_email("default_email", record.get("default_email") or None)
    _check_name("digest_teams", record.get("digest_teams") or None)


def _check_channel(where: str, channel: str | None) -> None:
    if channel is not None and not _CHANNEL.fullmatch(channel):
        raise _wrong_address(where, f"{channel[:40]!r} is no channel")


def _check_email(where: str, email: str | None) -> None:
    if email is not None and not _EMAIL.fullmatch(email):
        raise _wrong_address(where, f"{email[:60]!r} is no e-mail address")


def _check_name(where: str, name: str | None) -> None:
    if name is not None and not _NAME.fullmatch(name):
        raise _wrong_address(where, f"{name[:60]!r} is no name in the secret")


def is_reached(address: OwnerAddress | Owner) -> bool:
    """It leads to somebody; else the owner is a name alone."""
    ways = (address.channel, address.email, address.webhook, address.teams)
    return any(way is not None for way in ways)


def _wrong_address(where: str, what: str) -> InvalidInput:
    return InvalidInput(
        f"settings/owners.json: {where}: {what}",
        remedy='write a channel as "#name" or its id, an address as "name@example.com", a webhook'
        " as its name in the secret of targets",
    )


def account_owner(
    account: Account, settings: OwnerSettings, alternate_contact: str | None = None
) -> Owner:
    """The owner that the account itself names. `alternate_contact` is the e-mail address of its
    billing contact.

    A tag whose value leads to no address still lends its name: the message goes to the default
    channel and says whom it is for.
    """
    from_tags = _of_tags(account.tags, settings, "account-tag")
    if from_tags and is_reached(from_tags):
        return from_tags
    path = account.ou_path.strip("/")
    for ou in sorted(settings.ous, key=len, reverse=True):  # the deepest OU that is configured wins
        if (path + "/").startswith(ou.strip("/") + "/"):
            return _named(settings.ous[ou], ou, "ou")
    if settings.use_alternate_contact and alternate_contact and _EMAIL.fullmatch(alternate_contact):
        return Owner(alternate_contact, "alternate-contact", email=alternate_contact)
    name = from_tags.name if from_tags else "unowned"
    return Owner(
        name,
        "default",
        channel=settings.default_channel or None,
        email=settings.default_email or None,
    )


def find_owner(
    account: Account,
    resource_tags: Mapping[str, str],
    settings: OwnerSettings,
    alternate_contact: str | None = None,
) -> Owner:
    """The owner of an incident: the tags of the resources behind it come first, then the account
    (as DiscoverAccounts found it)."""
    from_tags = _of_tags(resource_tags, settings, "resource-tag")
    if from_tags and is_reached(from_tags):
        return from_tags
    return account.owner or account_owner(account, settings, alternate_contact)


def missing_tag(owner: Owner, settings: OwnerSettings) -> str | None:
    """The tag to set where the chain fell through to the default; None where there is an owner."""
    return settings.tag_keys[0] if owner.source == "default" else None


def _of_tags(tags: Mapping[str, str], settings: OwnerSettings, source: str) -> Owner | None:
    """The first tag key that leads to an address; else the first that has a value, without one."""
    lowered = {key.lower(): value.strip() for key, value in tags.items()}
    values = [value for key in settings.tag_keys if (value := lowered.get(key.lower(), ""))]
    found = [_of_value(value, settings, source) for value in values]
    return next((owner for owner in found if is_reached(owner)), found[0] if found else None)


def _of_value(value: str, settings: OwnerSettings, source: str) -> Owner:
    listed = {name.lower(): address for name, address in settings.owners.items()}.get(value.lower())
    if listed:
        return _named(listed, value, source)
    if _CHANNEL.fullmatch(value):
        return Owner(value, source, channel=value)
    if _EMAIL.fullmatch(value):
        return Owner(value, source, email=value)
    owner = Owner(value[:80], source)
    if settings.channel_pattern:
        channel = settings.channel_pattern.replace(
            "{owner}", re.sub(r"[^a-z0-9_-]+", "-", value.lower()).strip("-")
        )
        return replace(owner, channel=channel) if _CHANNEL.fullmatch(channel) else owner
    return owner


def _named(address: OwnerAddress, fallback: str, source: str) -> Owner:
    return Owner(
        address.name or fallback,
        source,
        address.channel,
        address.email,
        address.webhook,
        address.teams,
    )
