"""A resource is the same only where service, kind and name agree."""

from __future__ import annotations

import pytest

from whyspike.knowledge.identity import TypedId, named_by, typed_id


@pytest.mark.parametrize(
    ("identifier", "known"),
    [
        (
            "arn:aws:codebuild:us-east-1:111122223333:project/mobile-app",
            TypedId("codebuild", "project", "mobile-app"),
        ),
        (
            "arn:aws:lambda:us-east-1:111122223333:function:thumbs:live",
            TypedId("lambda", "function", "thumbs"),
        ),
        (
            "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/thumbs:*",
            TypedId("logs", "loggroup", "/aws/lambda/thumbs"),
        ),
        ("arn:aws:rds:us-east-1:111122223333:db:orders", TypedId("rds", "db", "orders")),
        ("vol-0a1b2c3d4e5f60718", TypedId("ec2", "volume", "vol-0a1b2c3d4e5f60718")),
        ("nw-thumbs-archive", TypedId("s3", "bucket", "nw-thumbs-archive")),
        ("arn:aws:s3:::nw-thumbs-archive", TypedId("s3", "bucket", "nw-thumbs-archive")),
        (
            "arn:aws:cassandra:eu-west-1:111122223333:/keyspace/tracking/table/positions",
            TypedId("cassandra", "table", "positions"),
        ),
        ("arn:aws:sqs:us-east-1:111122223333:jobs", None),
    ],
)
def test_an_identifier_of_the_bill_says_service_kind_and_name(
    identifier: str, known: TypedId | None
) -> None:
    assert typed_id(identifier) == known


def test_an_event_names_what_it_acts_on_by_its_list_and_its_request() -> None:
    project = TypedId("codebuild", "project", "mobile-api")
    listed = [("AWS::CodeBuild::Project", "mobile-api")]
    assert named_by("codebuild.amazonaws.com", "UpdateProject", None, listed) == {project}
    request = {"projectName": "mobile-api"}
    assert named_by("codebuild.amazonaws.com", "UpdateWebhook", request, []) == {project}
    assert named_by("codebuild.amazonaws.com", "UpdateProject", {"name": "mobile-api"}, []) == {
        project
    }
    databases = named_by("rds", "ModifyDBInstance", {"dBInstanceIdentifier": "orders"}, [])
    assert databases == {TypedId("rds", "db", "orders")}
