"""The Region of a usage type."""

from __future__ import annotations

import pytest

from whyspike.knowledge.regions import region_of


@pytest.mark.parametrize(
    ("usage_type", "region"),
    [
        ("BoxUsage:m5.large", "us-east-1"),
        ("USE1-EU-AWS-Out-Bytes", "us-east-1"),
        ("EU-InstanceUsage:db.r5.large", "eu-west-1"),
        ("APS3-BoxUsage:m5.large", "ap-south-1"),
        ("USE1WL1-BoxUsage:t3.medium", "us-east-1"),
        ("eu-central-1-KMS-Requests", "eu-central-1"),
        ("US-Requests-Tier1", ""),
        ("Global-Requests", ""),
        ("QQX9-BoxUsage:m5.large", None),
    ],
)
def test_a_code_is_a_region_an_area_or_unknown(usage_type: str, region: str | None) -> None:
    assert region_of(usage_type) == region
