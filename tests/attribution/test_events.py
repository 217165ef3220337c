"""CloudTrail records as typed events, whatever they hold."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whyspike.attribution.trail.events import parse_event

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=12,
)


def _record(identity: dict[str, Any], **detail: Any) -> dict[str, Any]:
    body = {
        "userIdentity": identity,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "10.0.0.1",
        **detail,
    }
    return {
        "EventId": "1",
        "EventName": "UpdateFunctionConfiguration20150331v2",
        "EventSource": "lambda.amazonaws.com",
        "EventTime": "2026-03-10T09:41:07Z",
        "ReadOnly": "false",
        "CloudTrailEvent": json.dumps(body),
    }


@pytest.mark.parametrize(
    ("identity", "kind", "name"),
    [
        (
            {
                "type": "AssumedRole",
                "arn": "arn:aws:sts::1:assumed-role/ci/gha-1",
                "sessionContext": {"sessionIssuer": {"userName": "ci"}},
            },
            "iam-role",
            "ci",
        ),
        ({"type": "IAMUser", "userName": "svc"}, "iam-user", "svc"),
        ({"type": "Root"}, "root", "root"),
        (
            {"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"},
            "aws-service",
            "autoscaling.amazonaws.com",
        ),
        (
            {
                "type": "AssumedRole",
                "sessionContext": {"sessionIssuer": {"userName": "AWSServiceRoleForAutoScaling"}},
            },
            "aws-service",
            "AWSServiceRoleForAutoScaling",
        ),
    ],
    ids=["role", "user", "root", "service", "service-linked role"],
)
def test_the_principal_is_read(identity: dict[str, Any], kind: str, name: str) -> None:
    event = parse_event(_record(identity))

    assert (event.principal_kind, event.principal) == (kind, name)


def test_session_base_name_and_targets() -> None:
    identity = {
        "type": "AssumedRole",
        "arn": "arn:aws:sts::1:assumed-role/ci/gha-1",
        "sessionContext": {"sessionIssuer": {"userName": "ci"}},
    }
    event = parse_event(
        _record(
            identity,
            requestParameters={"functionName": "arn:aws:lambda:us-east-1:1:function:thumbs"},
        )
    )

    assert (event.session, event.base_name) == ("gha-1", "UpdateFunctionConfiguration")
    assert "thumbs" in event.targets


@settings(max_examples=60, deadline=None)
@given(detail=JSON, parameters=JSON)
def test_malformed_records_are_read_without_failing(detail: Any, parameters: Any) -> None:
    record = {
        "EventId": "1",
        "EventName": "X",
        "CloudTrailEvent": json.dumps({"userIdentity": detail, "requestParameters": parameters}),
    }
    event = parse_event(record)

    assert event.principal_kind in ("unknown", "iam-role", "iam-user", "root", "aws-service")
    assert isinstance(event.targets, frozenset)
    assert parse_event({**record, "CloudTrailEvent": "{not json"}).parameters is None
