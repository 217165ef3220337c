"""boto3 clients with the retries and time-outs that a function needs; addresses come from the SDK's
own variables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config

# Standard mode retries LimitExceededException too, which the legacy mode does not.
_CONFIG = Config(
    retries={"mode": "standard", "max_attempts": 4}, connect_timeout=5, read_timeout=30
)
# Adaptive mode slows down to what a service grants: for thousands of calls in a row against a rate
# of some ten a second.
_PATIENT = Config(
    retries={"mode": "adaptive", "max_attempts": 10}, connect_timeout=5, read_timeout=30
)
# For what no scan hangs on: given up soon.
_BRIEF = Config(retries={"mode": "standard", "max_attempts": 2}, connect_timeout=3, read_timeout=10)

# Links to objects: buckets made since 2020 take no SigV2, which the SDK signs links with by
# itself, and the global address is not every Region's.
_S3 = Config(
    signature_version="s3v4",
    s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
)


@dataclass(frozen=True)
class Credentials:
    """Temporary credentials of an assumed role; they live in memory for one invocation and print as
    nothing."""

    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)


def client(
    service: str,
    credentials: Credentials | None = None,
    region: str | None = None,
    *,
    patient: bool = False,
    brief: bool = False,
) -> Any:
    """A client of the function's own role, or of `credentials`, in the function's region or in
    `region`; `patient` keeps below a rate, `brief` gives up soon.

    Cost Explorer, Organizations and Account Management have one address in each partition, which
    the SDK finds from any region.
    """
    keys: dict[str, Any] = {}
    if credentials:
        keys = {
            "aws_access_key_id": credentials.access_key_id,
            "aws_secret_access_key": credentials.secret_access_key,
            "aws_session_token": credentials.session_token,
        }
    config = _PATIENT if patient else _BRIEF if brief else _CONFIG
    return boto3.client(  # type: ignore[call-overload]
        service,
        config=config.merge(_S3) if service == "s3" else config,
        region_name=region,
        **keys,
    )


def regions_with(service: str, partition: str) -> list[str]:
    """The Regions of the partition that have the service, as far as this SDK knows."""
    return boto3.Session().get_available_regions(service, partition)
