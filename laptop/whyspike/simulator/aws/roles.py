"""Roles as deployed (read back from moto's IAM) and sts:AssumeRole, which moto grants to
anybody."""

from __future__ import annotations

import json
import re
import secrets
from typing import Any

from moto.iam.models import iam_backends

from whyspike.simulator.aws.iam import Policy, trusts
from whyspike.simulator.aws.models import AwsError
from whyspike.simulator.aws.principals import Principal, Principals, in_an_hour
from whyspike.simulator.aws.request import AwsRequest
from whyspike.simulator.aws.responses import Response, query_response
from whyspike.simulator.faults import Faults
from whyspike.simulator.organization.world import World

# IAM and STS quotas: characters of a role's trust policy, and of all its inline policies together
MAX_TRUST, MAX_INLINE = 2048, 10240


def find_role(arn: str) -> Any:
    """moto's role; None when the account has no such role."""
    account_id, name = arn.split(":")[4], arn.rsplit("/", 1)[-1]
    roles = iam_backends[account_id]["aws"].roles.values()
    return next((role for role in roles if role.name == name), None)


def check_sizes(account_id: str) -> None:
    """Raises RuntimeError for a role whose policies IAM would find too large, blanks not
    counted."""
    for role in iam_backends[account_id]["aws"].roles.values():
        if _size(role.assume_role_policy_document) > MAX_TRUST:
            raise RuntimeError(
                f"{role.name}: LimitExceeded: Cannot exceed quota for ACLSizePerRole: {MAX_TRUST}"
            )
        if sum(map(_size, role.policies.values())) > MAX_INLINE:
            raise RuntimeError(
                f"{role.name}: LimitExceeded: Maximum policy size of {MAX_INLINE} bytes exceeded"
            )


def _size(policy: Any) -> int:
    return len(re.sub(r"\s", "", policy if isinstance(policy, str) else json.dumps(policy)))


def policies_of(arn: str) -> list[Policy]:
    """The role's inline and customer-managed policies, resolved by CloudFormation."""
    role = find_role(arn)
    managed = [
        policy.document
        for policy in role.managed_policies.values()
        if ":aws:policy/" not in policy.arn
    ]
    return [_document(text) for text in [*role.policies.values(), *managed]]


def assume_role(
    request: AwsRequest, caller: Principal, world: World, principals: Principals, faults: Faults
) -> Response:
    """The answer of AssumeRole. Raises AwsError AccessDenied where role, trust policy, ExternalId
    or a fault says so."""
    arn, session = request.form.get("RoleArn", ""), request.form.get("RoleSessionName", "")
    if arn.count(":") != 5 or not 2 <= len(session) <= 64:
        raise AwsError(
            "ValidationError", f"RoleArn {arn!r} or RoleSessionName {session!r} is invalid"
        )
    account_id = arn.split(":")[4]
    if faults.take("sts:throttle", account_id):
        raise AwsError("Throttling", "Rate exceeded")
    context = {
        **request.context(),
        "aws:PrincipalArn": caller.role_arn or caller.arn,
        "aws:PrincipalOrgID": world.organization.id,
    }
    role = find_role(arn)
    if (
        role is None
        or faults.take("sts:deny", account_id)
        or world.access(account_id).assume_role == "denied"
        or not trusts(
            _document(role.assume_role_policy_document),
            caller.role_arn,
            caller.account_id,
            "sts:AssumeRole",
            context,
        )
    ):
        raise AwsError(
            "AccessDenied",
            f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}",
            403,
        )
    seconds = int(request.form.get("DurationSeconds", "3600"))
    longest = 3600 if caller.role_arn else int(role.max_session_duration or 3600)
    if not 900 <= seconds <= longest:
        raise AwsError(
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )
    expires = in_an_hour()
    name = {"whyspike-organization": "OrganizationRole"}.get(arn.rsplit("/", 1)[-1], "MemberRole")
    assumed = Principal(name, account_id, arn, session, policies_of(arn), caller.worker, expires)
    key = principals.issue(assumed)
    return query_response(
        "AssumeRole",
        f"<AssumedRoleUser><Arn>{assumed.arn}</Arn><AssumedRoleId>{role.id}:{session}</AssumedRoleId></AssumedRoleUser>"
        f"<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{secrets.token_hex(20)}</SecretAccessKey>"
        f"<SessionToken>{secrets.token_hex(40)}</SessionToken><Expiration>{expires:%Y-%m-%dT%H:%M:%SZ}</Expiration></Credentials>",
    )


def caller_identity(caller: Principal) -> Response:
    return query_response(
        "GetCallerIdentity",
        f"<Arn>{caller.arn}</Arn><UserId>AIDASIMULATED</UserId><Account>{caller.account_id}</Account>",
    )


def _document(text: Any) -> Policy:
    """The policy without the nulls that moto leaves where a template says AWS::NoValue."""
    document: dict[str, Any] = json.loads(text) if isinstance(text, str) else text
    statements = (
        document["Statement"]
        if isinstance(document["Statement"], list)
        else [document["Statement"]]
    )
    return {**document, "Statement": [statement for statement in statements if statement]}
