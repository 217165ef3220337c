"""Secrets Manager: what Slack and Claude need, read when it is used and kept for five minutes; it
never leaves memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aws_lambda_powertools.utilities import parameters

from whyspike.errors import Missing
from whyspike.wire.failures import fact_of_error


@dataclass(frozen=True)
class SlackSecret:
    """`{"bot_token"?, "webhook_url"?, "signing_secret"?}`: a bot token wins over a webhook; buttons
    need the signing secret."""

    bot_token: str | None = field(default=None, repr=False)
    webhook_url: str | None = field(default=None, repr=False)
    signing_secret: str | None = field(default=None, repr=False)


def slack_secret(secret_id: str) -> SlackSecret:
    """The secret of that name or ARN; an empty name is a deployment without Slack. Raises
    Missing."""
    if not secret_id:
        return SlackSecret()
    value = _value(secret_id, "{'bot_token': ..., 'signing_secret': ...}")
    found = {
        name: str(value[name]).strip()
        for name in SlackSecret.__dataclass_fields__
        if value.get(name)
    }
    return SlackSecret(**found)


def claude_api_key(secret_id: str) -> str:
    """The key of `{"api_key"}`; "" where there is none to be had: the rules explain then."""
    if not secret_id:
        return ""
    try:
        return str(_value(secret_id, "{'api_key': ...}").get("api_key", "")).strip()
    except Missing:
        return ""


def _value(secret_id: str, wanted: str) -> dict[str, Any]:
    """Raises Missing."""
    try:
        value: Any = parameters.get_secret(secret_id, max_age=300, transform="json")
    except Exception as error:
        if fact_of_error("secretsmanager", error) is not Missing:
            raise
        cause = "is not JSON" if type(error).__name__.startswith("Transform") else "cannot be read"
        raise Missing(f"secret {secret_id} {cause}. Remedy: store {wanted} in it") from None
    if not isinstance(value, dict):
        raise Missing(f"secret {secret_id} is not a JSON object")
    return value
