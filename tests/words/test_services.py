"""One name of a service."""

from __future__ import annotations

import pytest

from whyspike.words.services import service_name, with_service_names


@pytest.mark.parametrize(
    ("billed", "said"),
    [
        ("Amazon Virtual Private Cloud", "Amazon VPC"),
        ("Amazon Elastic Compute Cloud - Compute", "Amazon EC2"),
        ("AmazonCloudWatch", "Amazon CloudWatch"),
        ("EC2 - Other", "EC2 - Other"),
        ("A vendor's product", "A vendor's product"),
    ],
)
def test_a_service_has_the_name_that_people_say(billed: str, said: str) -> None:
    assert service_name(billed) == said
    assert service_name(said) == said, "and it stays that"


def test_a_text_by_somebody_else_gets_the_same_names() -> None:
    text = "*Amazon Elastic Container Service for Kubernetes* and `Amazon Virtual Private Cloud`"
    assert with_service_names(text) == "*Amazon EKS* and `Amazon VPC`"


def test_a_command_keeps_the_name_that_the_bill_needs() -> None:
    command = '`aws ce get-dimension-values --search-string "Amazon Virtual Private Cloud"`'
    assert with_service_names(f"Run {command} for Amazon Virtual Private Cloud.") == (
        f"Run {command} for Amazon VPC."
    )
