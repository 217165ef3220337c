"""Where the clients of services with one address in a partition lead to, from any region."""

from __future__ import annotations

import pytest

from whyspike.wire.clients import Credentials, client

KEYS = Credentials("AKIAEXAMPLE", "example", "example")


@pytest.mark.parametrize("service", ["ce", "organizations", "account"])
@pytest.mark.parametrize(
    ("region", "home"),
    [
        ("us-east-1", "us-east-1.amazonaws.com"),
        ("eu-west-1", "us-east-1.amazonaws.com"),
        ("cn-north-1", "cn-northwest-1.amazonaws.com.cn"),
        ("us-gov-west-1", "us-gov-west-1.amazonaws.com"),
    ],
)
def test_the_sdk_finds_the_one_address_of_the_partition(
    monkeypatch: pytest.MonkeyPatch, service: str, region: str, home: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    assert client(service, KEYS).meta.endpoint_url == f"https://{service}.{home}"


def test_a_patient_client_slows_down_where_others_give_up() -> None:
    retries = client("organizations", KEYS, "us-east-1", patient=True).meta.config.retries
    assert (retries["mode"], retries["total_max_attempts"]) == ("adaptive", 11)
    assert client("ce", KEYS, "us-east-1").meta.config.retries["mode"] == "standard"
