"""Why a state failed, read from what Step Functions says of it."""

from __future__ import annotations

import json

import pytest

from whyspike.model.outcomes import Failure
from whyspike.wire.step_functions import failure

FUNCTION = {
    "errorType": "MemberRoleDenied",
    "errorMessage": "arn:x cannot be assumed. Remedy: deploy it",
    "stackTrace": ["secret"],
}
CAUSES = {
    "a function's": (
        json.dumps(FUNCTION),
        Failure("MemberRoleDenied", "arn:x cannot be assumed.", "deploy it"),
    ),
    "without a message": ('{"a": 1}', Failure("MemberRoleDenied", '{"a": 1}')),
    "AWS's own words": ("it took too long", Failure("MemberRoleDenied", "it took too long")),
    "a JSON list": ("[1]", Failure("MemberRoleDenied", "[1]")),
    "none": ("", Failure("MemberRoleDenied", "")),
}


@pytest.mark.parametrize(("cause", "read"), CAUSES.values(), ids=CAUSES)
def test_of_a_cause_the_message_alone_is_for_people(cause: str, read: Failure) -> None:
    assert failure("MemberRoleDenied", cause) == read
