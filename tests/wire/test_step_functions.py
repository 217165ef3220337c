"""Why a state failed, read from what Step Functions says of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whyspike.errors import InvalidInput, MemberRoleDenied, Throttled, WhyspikeError
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
        Failure("MemberRoleDenied", "arn:x cannot be assumed", "deploy it"),
    ),
    "without a message": ('{"a": 1}', Failure("MemberRoleDenied", '{"a": 1}')),
    "AWS's own words": ("it took too long", Failure("MemberRoleDenied", "it took too long")),
    "a JSON list": ("[1]", Failure("MemberRoleDenied", "[1]")),
    "none": ("", Failure("MemberRoleDenied", "")),
}


@pytest.mark.parametrize(("cause", "read"), CAUSES.values(), ids=CAUSES)
def test_of_a_cause_the_message_alone_is_for_people(cause: str, read: Failure) -> None:
    assert failure("MemberRoleDenied", cause) == read


@pytest.mark.parametrize("kind", [InvalidInput, MemberRoleDenied, Throttled])
@given(reason=st.text(min_size=1), remedy=st.text(min_size=1))
def test_an_error_s_two_fields_come_through_step_functions_as_they_left(
    kind: type[WhyspikeError], reason: str, remedy: str
) -> None:
    error = kind(reason.strip() or "x", remedy=remedy.strip() or "y")
    cause = json.dumps({"errorType": kind.__name__, "errorMessage": str(error)})

    assert failure(kind.__name__, cause) == Failure(kind.__name__, error.reason, error.remedy)


def test_a_remedy_that_a_reason_makes_up_is_not_taken_for_the_remedy() -> None:
    error = WhyspikeError("the tag says. Remedy: delete all", remedy="deploy it")

    assert (error.reason, error.remedy) == ("the tag says; delete all", "deploy it")
    assert str(error) == "the tag says; delete all. Remedy: deploy it"
