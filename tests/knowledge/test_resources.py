"""One resource has many spellings; events and bills meet where they share one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whyspike.knowledge.resources import aliases_of, fields_of, parameter_leaves, resource_ids_of

EVENTS = {
    "instances in a set": (
        {"instancesSet": {"items": [{"instanceId": "i-0aa11bb22cc33dd44"}]}},
        "i-0aa11bb22cc33dd44",
    ),
    "endpoints in EC2's request": (
        {
            "DeleteVpcEndpointsRequest": {
                "VpcEndpointId": [{"tag": 1, "content": "vpce-0d5fa0e1c2b394857"}]
            }
        },
        "arn:aws:ec2:us-east-1:111122223333:vpc-endpoint/vpce-0d5fa0e1c2b394857",
    ),
    "a function": (
        {"functionName": "thumbs"},
        "arn:aws:lambda:us-east-1:111122223333:function:thumbs",
    ),
    "a function and its log group": (
        {"functionName": "thumbs"},
        "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/thumbs",
    ),
    "a function by its ARN": (
        {"functionName": "arn:aws:lambda:us-east-1:111122223333:function:thumbs"},
        "thumbs",
    ),
    "a database": (
        {"dBInstanceIdentifier": "orders-main"},
        "arn:aws:rds:us-east-1:111122223333:db:orders-main",
    ),
    "a table": (
        {"tableName": "risk-scores"},
        "arn:aws:dynamodb:eu-west-1:111122223333:table/risk-scores",
    ),
    "a bucket": ({"bucketName": "mobile-dev-uploads"}, "mobile-dev-uploads"),
    "a service by its task": (
        {"cluster": "basil", "service": "lotus"},
        "arn:aws:ecs:eu-west-1:111122223333:task/basil/4833b30dec12d09a",
    ),
    "a scaled service": (
        {"resourceId": "service/search/search-api"},
        "arn:aws:ecs:eu-west-1:111122223333:service/search/search-api",
    ),
    "a load balancer": (
        {
            "loadBalancerArn": (
                "arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/elm/00e26116"
            )
        },
        "elm",
    ),
    "a notebook": (
        {"notebookInstanceName": "summit-1"},
        "arn:aws:sagemaker:us-west-2:111122223333:notebook-instance/summit-1",
    ),
    "an id in a sentence": (
        {"description": "Created for policy: policy-04f188c414b95aed1"},
        "policy-04f188c414b95aed1",
    ),
    "a queue": (
        {"queueUrl": "https://sqs.us-east-1.amazonaws.com/111122223333/orders"},
        "arn:aws:sqs:us-east-1:111122223333:orders",
    ),
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
)


@pytest.mark.parametrize(("parameters", "on_the_bill"), EVENTS.values(), ids=EVENTS)
def test_an_event_and_the_bill_name_the_same_resource(
    parameters: dict[str, Any], on_the_bill: str
) -> None:
    assert resource_ids_of({"requestParameters": parameters}) & aliases_of(on_the_bill)


def test_different_resources_of_one_kind_share_no_name() -> None:
    first = aliases_of("arn:aws:lambda:us-east-1:111122223333:function:thumbs")
    second = aliases_of("arn:aws:lambda:us-east-1:111122223333:function:orders")

    assert not first & second


def test_what_a_request_only_mentions_is_not_touched_by_it() -> None:
    parameters = {
        "subnetId": "subnet-0123456789abcdef0",
        "clientToken": "abc",
        "vpcId": "vpc-0123456789abcdef0",
        "keyName": "ops",
    }

    assert resource_ids_of({"requestParameters": parameters}) == frozenset()


def test_resources_of_the_record_and_of_its_answer_count() -> None:
    event = {
        "Resources": [
            {
                "ResourceType": "AWS::DLM::LifecyclePolicy",
                "ResourceName": "policy-0c41ab77d9e2f3055",
            }
        ],
        "responseElements": {"instancesSet": {"items": [{"instanceId": "i-0aa11bb22cc33dd44"}]}},
    }

    assert {"policy-0c41ab77d9e2f3055", "i-0aa11bb22cc33dd44"} <= resource_ids_of(event)


def test_leaves_keep_an_emptied_structure_because_cloudtrail_redacts() -> None:
    assert list(parameter_leaves({"functionName": "a", "environment": {}, "publish": False})) == [
        "functionName=a",
        "environment=",
        "publish=false",
    ]


def test_fields_come_from_the_bill_first_and_lists_are_cut() -> None:
    ids = [
        "arn:aws:lambda:us-east-1:111122223333:function:thumbs",
        *(f"vol-0123456789abcde{n}" for n in range(9)),
    ]
    event = {
        "eventSource": "eks.amazonaws.com",
        "requestParameters": {"name": "shop", "nodegroupName": "general", "functionName": "other"},
    }

    fields = fields_of(ids, [event], limit=2)

    assert fields["function_name"] == "thumbs"
    assert fields["volume_ids"] == "vol-0123456789abcde0 vol-0123456789abcde1"
    assert (fields["eks_cluster"], fields["nodegroup"]) == ("shop", "general")


def test_a_name_of_another_service_is_not_taken_for_a_cluster() -> None:
    assert "eks_cluster" not in fields_of(
        [], [{"eventSource": "events.amazonaws.com", "requestParameters": {"name": "nightly"}}]
    )


@given(JSON, JSON)
@settings(max_examples=80, deadline=None)
def test_no_record_breaks_the_search_for_names(parameters: Any, resources: Any) -> None:
    event = {
        "requestParameters": parameters,
        "Resources": resources if isinstance(resources, list) else None,
    }

    assert all(isinstance(name, str) and len(name) > 2 for name in resource_ids_of(event))
    assert isinstance(fields_of([], [event]), dict)
