"""The organisation role: of the account that may list accounts and see all bills, assumed by the
functions that need it."""

from __future__ import annotations

from whyspike.errors import MemberRoleDenied, OrganizationAccessDenied
from whyspike.model import Scan
from whyspike.steps.configuration import Configuration
from whyspike.wire import sts as member_account
from whyspike.wire.clients import Credentials, client


def credentials(config: Configuration, scan: Scan) -> Credentials | None:
    """None without an OrganizationRoleArn: the function's own role asks (hub = management account
    or delegate).

    Raises OrganizationAccessDenied when the role is missing or does not trust this function.
    """
    if not config.organization_role_arn:
        return None
    remedy = "deploy organization/organization-roles.yaml in the management account"
    try:
        return member_account.assume_arn(
            client("sts"), config.organization_role_arn, config.external_id, scan.scan_id, remedy
        )
    except MemberRoleDenied as error:
        raise OrganizationAccessDenied(str(error)) from error
