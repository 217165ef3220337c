"""The role in a member account: assumed by each function that needs it, for one hour at most, never
passed on."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from whyspike import errors
from whyspike.errors import MemberRoleDenied, Throttled, Unreachable
from whyspike.wire.clients import Credentials
from whyspike.wire.failures import fact_of_error, understood

_DEPLOY = (
    "deploy organization/member-role.yaml to this account, with the hub account and ExternalId of"
    " this stack"
)


def assume(
    sts: Any,
    account_id: str,
    role_name: str,
    external_id: str,
    scan_id: str,
    partition: str = "aws",
) -> Credentials:
    """Credentials of `role_name` in the account; the session is named after the scan, so that
    CloudTrail shows why.

    Raises MemberRoleDenied when the role is missing there or does not trust this function,
    Throttled when STS has too much to do, Unreachable when it does not answer or is unwell.
    """
    arn = f"arn:{partition}:iam::{account_id}:role/{role_name}"
    return assume_arn(sts, arn, external_id, scan_id)


def assume_arn(
    sts: Any, arn: str, external_id: str, scan_id: str, remedy: str = _DEPLOY
) -> Credentials:
    """The same for a role named by its ARN (the organisation role of the management account);
    `remedy` is for a role that refuses."""
    optional = {"ExternalId": external_id} if external_id else {}
    try:
        answer = sts.assume_role(
            RoleArn=arn,
            RoleSessionName=f"whyspike-{scan_id}"[:64],
            DurationSeconds=3600,
            **optional,
        )
    except (BotoCoreError, ClientError) as error:
        code = _code(error)
        match fact_of_error("sts", error):
            case errors.MemberRoleDenied if code == "RegionDisabledException":
                raise MemberRoleDenied(
                    f"{arn} cannot be assumed in {sts.meta.region_name}",
                    remedy="run whyspike in a"
                    " Region that is on by default, or enable this one in the account",
                ) from error
            case errors.MemberRoleDenied:
                raise MemberRoleDenied(f"{arn} cannot be assumed", remedy=remedy) from error
            case errors.Throttled:
                raise Throttled(
                    f"{arn}: sts AssumeRole: {code}", remedy="lower MaxConcurrency"
                ) from error
            case errors.Unreachable | errors.Uncertain:  # to ask for credentials leaves nothing
                raise Unreachable(f"{arn}: sts AssumeRole: {code}") from error
        raise
    with understood("STS"):
        keys = answer["Credentials"]
        return Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def _code(error: BotoCoreError | ClientError) -> str:
    if isinstance(error, ClientError):
        return str(error.response["Error"]["Code"])
    return type(error).__name__
