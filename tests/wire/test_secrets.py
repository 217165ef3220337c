"""The secrets of Slack and Claude: read by name, its gaps named, its values never shown."""

from __future__ import annotations

import json
from collections.abc import Iterator

import boto3
import pytest
from aws_lambda_powertools.utilities import parameters
from moto import mock_aws

from whyspike.errors import Missing
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


@pytest.mark.parametrize("text", ["xoxb-not-json", '["xoxb-1"]'])
def test_a_secret_that_is_no_object_is_named_and_not_shown(text: str) -> None:
    with pytest.raises(Missing, match="secret slack") as raised:
        slack_secret(stored(text))
    assert "xoxb" not in str(raised.value)


def test_a_missing_secret_says_what_to_store() -> None:
    with pytest.raises(Missing, match=r"cannot be read\. Remedy: store"):
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
