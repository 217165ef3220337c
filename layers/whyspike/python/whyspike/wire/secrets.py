"""Secrets Manager: what Slack and Claude need, read when it is used and kept for five minutes; it
never leaves memory."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.parameters.exceptions import (
    GetParameterError,
    TransformParameterError,
)
from botocore.exceptions import BotoCoreError, ClientError

from whyspike.errors import Missing, Refused
from whyspike.wire.failures import mapped
from whyspike.wire.webhook import key_bytes

_WANTED = '{"bot_token": ..., "signing_secret": ...}'
_WANTED_WEBHOOKS = '{"webhooks": {"name": {"url": "https://...", "key": "whsec_..."}}}'
_WANTED_TEAMS = '{"teams": {"name": "https://..."}}'
_PARTS = ("url", "key")
_ONE_WORD = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class SlackSecret:
    """`{"bot_token"?, "webhook_url"?, "signing_secret"?}`: a bot token wins over a webhook; buttons
    need the signing secret."""

    bot_token: str | None = field(default=None, repr=False)
    webhook_url: str | None = field(default=None, repr=False)
    signing_secret: str | None = field(default=None, repr=False)


def slack_secret(secret_id: str) -> SlackSecret:
    """The secret of that name or ARN.

    A deployment without Slack has an empty name, a secret that nobody has stored a value in (which
    Secrets Manager answers with ResourceNotFoundException), or an empty object in it. Raises
    Missing for a value that is there and says no way to post, with the names that it holds, and
    what Secrets Manager's refusals are in the table of failures.
    """
    value = _value(secret_id, _WANTED) if secret_id else None
    if not value:
        return SlackSecret()
    fields = SlackSecret.__dataclass_fields__
    found = {name: str(value[name]).strip() for name in fields if value.get(name)}
    secret, remedy = SlackSecret(**found), f"store {_WANTED} in it"
    if not (secret.bot_token or secret.webhook_url):
        held = ", ".join(sorted(map(repr, value)))
        raise Missing(
            f"secret {secret_id} holds neither bot_token nor webhook_url, but {held}", remedy=remedy
        )
    for name, text in found.items():
        if not _ONE_WORD.fullmatch(text):
            raise Missing(f"secret {secret_id}: {name} is not one word of text", remedy=remedy)
    if secret.webhook_url and not secret.webhook_url.startswith(("https://", "http://")):
        raise Missing(f"secret {secret_id}: webhook_url is no web address", remedy=remedy)
    return secret


def secret_or_problem(secret_id: str) -> tuple[SlackSecret, Missing | Refused | None]:
    """The secret, and what is wrong with it: the caller does first what needs no Slack, and then
    raises that."""
    try:
        return slack_secret(secret_id), None
    except (Missing, Refused) as error:
        return SlackSecret(), error


def hears_answers(url: str, secret: SlackSecret, unusable: Exception | None) -> bool:
    """Whether presses in messages reach the function at `url`: it can check their signature, or
    will once its secret is mended."""
    return bool(url and (secret.signing_secret or unusable))


@dataclass(frozen=True)
class WebhookSecret:
    """Where a webhook leads, and the key that signs what is sent there."""

    url: str = field(repr=False)
    key: str = field(repr=False)


def webhook_secrets(secret_id: str) -> Mapping[str, WebhookSecret | Missing]:
    """The webhooks of `{"webhooks": {name: {"url", "key"}}}` by name; in the place of one that
    cannot be used, what is wrong with it. Raises Missing or Refused where the secret itself is."""
    return webhooks_in(_targets(secret_id), secret_id)


def teams_addresses(secret_id: str) -> Mapping[str, str | Missing]:
    """The addresses of workflows of `{"teams": {name: "https://..."}}`, by name, as
    `webhook_secrets` has webhooks."""
    return teams_in(_targets(secret_id), secret_id)


def webhooks_in(value: Mapping[str, Any], secret_id: str) -> Mapping[str, WebhookSecret | Missing]:
    """The webhooks of what is stored."""
    listed = _listed(value, secret_id, "webhooks", _WANTED_WEBHOOKS)
    return {str(name): _webhook(str(name), entry) for name, entry in listed.items()}


def teams_in(value: Mapping[str, Any], secret_id: str) -> Mapping[str, str | Missing]:
    """The addresses of workflows of what is stored."""
    listed = _listed(value, secret_id, "teams", _WANTED_TEAMS)
    return {str(name): _workflow(str(name), address) for name, address in listed.items()}


def _targets(secret_id: str) -> Mapping[str, Any]:
    return (
        _value(secret_id, f"{_WANTED_WEBHOOKS} or {_WANTED_TEAMS}") if secret_id else None
    ) or {}


def _listed(value: Mapping[str, Any], secret_id: str, kind: str, wanted: str) -> dict[str, Any]:
    listed = value.get(kind, {})
    if not isinstance(listed, dict):
        raise Missing(f"secret {secret_id}: {kind} is no object", remedy=f"store {wanted} in it")
    return listed


def _workflow(name: str, address: Any) -> str | Missing:
    """An address that is written as one; whether it leads anywhere only a call tells."""
    text = str(address).strip()
    if not _is_https(text):
        remedy = f"store {_WANTED_TEAMS} in it"
        return Missing(f"Teams channel {name} has no https address in the secret", remedy=remedy)
    return text


def _is_https(url: str) -> bool:
    return url.startswith("https://") and bool(_ONE_WORD.fullmatch(url))


def _webhook(name: str, entry: Any) -> WebhookSecret | Missing:
    url, key = (str(entry.get(each, "")) if isinstance(entry, dict) else "" for each in _PARTS)
    remedy = f"store {_WANTED_WEBHOOKS} in it"
    if not _is_https(url):
        return Missing(f"webhook {name} has no https address in the secret", remedy=remedy)
    try:
        key_bytes(key)
    except ValueError:
        return Missing(
            f"webhook {name} has no key of whsec_ and 24 to 64 bytes in base64", remedy=remedy
        )
    return WebhookSecret(url, key)


def claude_api_key(secret_id: str) -> str:
    """The key of `{"api_key"}`; "" where there is none to be had: the rules explain then."""
    try:
        value = _value(secret_id, "{'api_key': ...}") if secret_id else None
    except (Missing, Refused):
        return ""
    return str((value or {}).get("api_key", "")).strip()


def _value(secret_id: str, wanted: str) -> dict[str, Any] | None:
    """The JSON object that is stored; None where nothing is. Raises Missing for another value."""
    try:
        with mapped("secretsmanager", f"secret {secret_id}"):
            value: Any = _stored(secret_id)
    except Missing:
        return None
    except TransformParameterError:
        value = None
    if not isinstance(value, dict):
        raise Missing(f"secret {secret_id} is not a JSON object", remedy=f"store {wanted} in it")
    return value


def _stored(secret_id: str) -> Any:
    """Powertools hides what AWS answered behind an error of its own."""
    try:
        return parameters.get_secret(secret_id, max_age=300, transform="json")
    except GetParameterError as error:
        if isinstance(error.__context__, (BotoCoreError, ClientError)):
            raise error.__context__ from None
        raise
