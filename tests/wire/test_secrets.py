"""The secrets of Slack and Claude: read by name, its gaps named, its values never shown."""

from __future__ import annotations

import json
from collections.abc import Iterator

import boto3
import pytest
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.exceptions import ClientError
from moto import mock_aws

from whyspike.errors import Missing, Refused
from whyspike.wire.secrets import SlackSecret, claude_api_key, slack_secret


@pytest.fixture(autouse=True)
def manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    parameters.clear_caches()  # type: ignore[no-untyped-call]
    with mock_aws():
        yield
    parameters.clear_caches()  # type: ignore[no-untyped-call]


def stored(text: str) -> str:
    boto3.client("secretsmanager").create_secret(Name="slack", SecretString=text)
    return "slack"


def test_no_secret_is_a_deployment_without_slack() -> None:
    assert slack_secret("") == SlackSecret()


def test_a_secret_is_read_and_what_else_it_holds_is_left_out() -> None:
    secret = slack_secret(
        stored(json.dumps({"bot_token": " xoxb-1\n", "signing_secret": "", "note": "x"}))
    )
    assert secret == SlackSecret(bot_token="xoxb-1")


def test_a_secret_that_nobody_stored_a_value_in_is_a_deployment_without_slack() -> None:
    """CloudFormation makes a secret without a value when it is given none, and Secrets Manager
    has no version of it to read."""
    boto3.client("secretsmanager").create_secret(Name="slack")

    assert slack_secret("slack") == SlackSecret()
    assert claude_api_key("slack") == ""


@pytest.mark.parametrize("text", ["xoxb-not-json", '["xoxb-1"]'])
def test_a_secret_that_is_no_object_is_named_and_not_shown(text: str) -> None:
    with pytest.raises(Missing, match="secret slack is not a JSON object") as raised:
        slack_secret(stored(text))
    assert "xoxb" not in str(raised.value)
    assert raised.value.remedy.startswith("store")


UNUSABLE = {
    "a misspelt key": ({"bot_tokn": "xoxb-1", "signing_secret": "s"}, "'bot_tokn'"),
    "a signature alone": ({"signing_secret": "s"}, "neither bot_token nor webhook_url"),
    "a value in a value": ({"bot_token": {"value": "xoxb-1"}}, "bot_token is not one word"),
    "two lines": ({"bot_token": "xoxb-1\nxoxb-2"}, "bot_token is not one word"),
    "no address": ({"webhook_url": "hooks.slack.com/services/T/B/x"}, "webhook_url is no web"),
}


@pytest.mark.parametrize(("value", "said"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_secret_that_says_no_way_to_post_fails_and_names_the_key(
    value: dict[str, object], said: str
) -> None:
    with pytest.raises(Missing, match=said) as raised:
        slack_secret(stored(json.dumps(value)))
    assert "xoxb" not in raised.value.reason


def test_a_secret_that_may_not_be_read_is_refused_and_not_taken_for_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def denied(*_: object, **__: object) -> None:
        answer = {"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}
        try:
            raise ClientError(answer, "GetSecretValue")  # type: ignore[arg-type]
        except ClientError as error:
            raise GetParameterError(str(error))  # noqa: B904 as Powertools does it

    monkeypatch.setattr(parameters, "get_secret", denied)

    with pytest.raises(Refused, match="AccessDeniedException: not authorized"):
        slack_secret("slack")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('{"api_key": " sk-1 "}', "sk-1"),
        ('{"other": "x"}', ""),
        ("not JSON", ""),
        ('["sk-1"]', ""),
    ],
)
def test_without_a_key_of_claude_there_is_none_and_nothing_fails(text: str, key: str) -> None:
    assert claude_api_key(stored(text)) == key


@pytest.mark.parametrize("name", ["", "no-such-secret"])
def test_a_secret_of_claude_that_is_not_there_is_no_key(name: str) -> None:
    assert claude_api_key(name) == ""
