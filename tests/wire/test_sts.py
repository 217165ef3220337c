"""AssumeRole: a refusal is final for the account and told with its remedy, a throttle is tried
again, the session names the scan."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from whyspike.errors import MemberRoleDenied, Throttled, Unreachable
from whyspike.wire.sts import assume


class Sts:
    """Answers with credentials, or with the error `code`."""

    meta = SimpleNamespace(region_name="me-south-1")

    def __init__(self, code: str = "") -> None:
        self.code, self.asked = code, dict[str, Any]()

    def assume_role(self, **request: Any) -> dict[str, Any]:
        self.asked = request
        if self.code:
            status = 500 if self.code == "InternalFailure" else 400
            raise ClientError(
                {
                    "Error": {"Code": self.code, "Message": "no"},
                    "ResponseMetadata": {"HTTPStatusCode": status},  # type: ignore[typeddict-item]
                },
                "AssumeRole",
            )
        return {
            "Credentials": {
                "AccessKeyId": "key",
                "SecretAccessKey": "secret",
                "SessionToken": "token",
            }
        }


def test_the_session_is_named_after_the_scan() -> None:
    sts = Sts()
    keys = assume(sts, "111122223333", "whyspike-member", "external", "2026-11-22")

    assert keys.access_key_id == "key"
    assert sts.asked["RoleArn"] == "arn:aws:iam::111122223333:role/whyspike-member"
    assert (sts.asked["RoleSessionName"], sts.asked["ExternalId"]) == (
        "whyspike-2026-11-22",
        "external",
    )


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        (
            "AccessDenied",
            MemberRoleDenied,
            r"cannot be assumed\. Remedy: deploy organization/member-role\.yaml",
        ),
        (
            "RegionDisabledException",
            MemberRoleDenied,
            r"in me-south-1\. Remedy: run whyspike in a Region that is on by default",
        ),
        ("Throttling", Throttled, "Remedy: lower MaxConcurrency"),
        ("ThrottlingException", Throttled, ""),
        ("RequestLimitExceeded", Throttled, ""),
        ("InternalFailure", Unreachable, "sts AssumeRole: InternalFailure"),
        ("ExpiredToken", ClientError, ""),
    ],
)
def test_a_refusal_is_told_from_a_throttle_and_with_its_remedy(
    code: str, kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind, match=said or code):
        assume(Sts(code), "111122223333", "whyspike-member", "", "2026-11-22")
