"""Where the clients of services with one address in a partition lead to, from any region."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.session import get_session

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


def test_credentials_print_as_nothing() -> None:
    shown = f"{Credentials('AKIA-key', 'secret-key', 'session-token')!r}"
    assert not any(part in shown for part in ("AKIA-key", "secret-key", "session-token"))


REGIONS = [
    region
    for partition in get_session().get_available_partitions()
    for region in get_session().get_available_regions("s3", partition)
]


@pytest.mark.parametrize("region", REGIONS)
def test_a_link_to_an_object_is_one_that_its_region_takes(region: str) -> None:
    """SigV4 at the bucket's own address in its Region: young buckets refuse SigV2, and the global
    address redirects or refuses elsewhere."""
    s3 = client("s3", KEYS, region)
    link = urlsplit(s3.generate_presigned_url("get_object", {"Bucket": "scans", "Key": "a.html"}))

    assert link.netloc.startswith(f"scans.s3.{region}.")
    assert link.path == "/a.html"
    assert parse_qs(link.query)["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
