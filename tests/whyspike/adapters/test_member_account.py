"""A role that cannot be assumed is told with what would let it be."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from whyspike.adapters.member_account import assume
from whyspike.errors import MemberRoleDenied


class Refuses:
    meta = SimpleNamespace(region_name="me-south-1")

    def __init__(self, code: str) -> None:
        self._code = code

    def assume_role(self, **_: Any) -> Any:
        raise ClientError({"Error": {"Code": self._code, "Message": "no"}}, "AssumeRole")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("AccessDenied", r"cannot be assumed\. Remedy: deploy organization/member-role\.yaml"),
        ("RegionDisabledException", r"cannot be assumed in me-south-1\. Remedy: run whyspike in a Region that is on by default"),
    ],
)
def test_the_remedy_is_that_of_the_refusal(code: str, said: str) -> None:
    with pytest.raises(MemberRoleDenied, match=said):
        assume(Refuses(code), "111122223333", "whyspike-member", "e-1", "2026-11-22")


def test_another_error_stays_what_it_is() -> None:
    with pytest.raises(ClientError):
        assume(Refuses("InternalFailure"), "111122223333", "whyspike-member", "e-1", "2026-11-22")
