"""What a resource is called in a sentence."""

from __future__ import annotations

import pytest

from whyspike.knowledge.naming import kind_of, plain_name, region_of


@pytest.mark.parametrize(
    ("identifier", "name", "kind"),
    [
        ("arn:aws:lambda:eu-west-1:111122223333:function:thumbs:live", "thumbs", "function"),
        ("arn:aws:rds:eu-west-1:111122223333:db:orders-main", "orders-main", "db"),
        ("arn:aws:ecs:eu-west-1:111122223333:service/prod/web", "web", "service"),
        (
            "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/shop/50dc6c49",
            "shop",
            "loadbalancer",
        ),
        ("arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/x:*", "/aws/lambda/x", None),
        (
            "arn:aws:kafka:eu-west-1:111122223333:cluster/orders/6f1a0c2d-7b55-4e61-9a7e-0b2c4d8e9f10-7",
            "orders",
            "cluster",
        ),
        ("arn:aws:sqs:eu-west-1:111122223333:orders", "orders", "queue"),
        ("arn:aws:s3:::orders/raw", "orders/raw", "bucket"),
        ("vol-0aa11bb22cc33dd44", "vol-0aa11bb22cc33dd44", "volume"),
        ("summit-1", "summit-1", ""),
    ],
)
def test_a_resource_has_the_name_that_people_use_and_a_kind_where_its_id_tells(
    identifier: str, name: str, kind: str | None
) -> None:
    assert plain_name(identifier) == name
    assert kind is None or kind_of(identifier) == kind


def test_an_arn_names_its_region_and_other_ids_none() -> None:
    assert region_of("arn:aws:rds:eu-west-1:111122223333:db:orders") == "eu-west-1"
    assert region_of("arn:aws:s3:::orders") == ""
    assert region_of("vol-0aa11bb22cc33dd44") == ""
