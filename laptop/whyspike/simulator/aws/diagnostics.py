"""What only `whyspike doctor` asks for: Lambda's quota, Regions, the activated cost-allocation
tags, trusted access of StackSets.

| fault | effect |
| --- | --- |
| `lambda:quota` | the account may run 10 functions at once, as new accounts may; more are refused |
| `tags:inactive` | no cost-allocation tag is active |
| `region:opt_in` | the Region asked for has to be opted into, and is on here |
| `stack_sets:off` | StackSets have no trusted access to the organisation |
"""

from __future__ import annotations

from typing import Any

from whyspike.simulator.aws.models import AwsError
from whyspike.simulator.faults import Faults

CONCURRENT_EXECUTIONS, NEW_ACCOUNT = 1000, 10
ACTIVE_TAGS = ("env", "owner", "team")


def account_settings(faults: Faults) -> dict[str, Any]:
    """The answer of Lambda's GetAccountSettings."""
    limit = NEW_ACCOUNT if faults.take("lambda:quota") else CONCURRENT_EXECUTIONS
    return {
        "AccountLimit": {
            "TotalCodeSize": 80530636800,
            "CodeSizeUnzipped": 262144000,
            "CodeSizeZipped": 52428800,
            "ConcurrentExecutions": limit,
            "UnreservedConcurrentExecutions": limit,
        },
        "AccountUsage": {"TotalCodeSize": 0, "FunctionCount": 0},
    }


def region_opt_status(request: dict[str, Any], faults: Faults) -> dict[str, Any]:
    """The answer of Account Management's GetRegionOptStatus."""
    chosen = faults.take("region:opt_in")
    return {
        "RegionName": request.get("RegionName"),
        "RegionOptStatus": "ENABLED" if chosen else "ENABLED_BY_DEFAULT",
    }


def cost_allocation_tags(
    request: dict[str, Any], is_management_account: bool, faults: Faults
) -> dict[str, Any]:
    """The answer of Cost Explorer's ListCostAllocationTags, which the management account alone may
    ask for."""
    if not is_management_account:
        raise AwsError(
            "AccessDeniedException", "Linked account doesn't have access to cost allocation tags."
        )
    active = () if faults.take("tags:inactive") else ACTIVE_TAGS
    wanted = request.get("TagKeys") or list(active)
    tags = [
        {"TagKey": key, "Type": "UserDefined", "Status": "Active"}
        for key in active
        if key in wanted
    ]
    return {"CostAllocationTags": tags if request.get("Status") != "Inactive" else []}


def organizations_access(is_management_account: bool, faults: Faults) -> str:
    """The result of CloudFormation's DescribeOrganizationsAccess as XML; the management account
    alone may ask without a delegation."""
    if not is_management_account:
        raise AwsError(
            "ValidationError",
            "You must be the management account or delegated admin account of an organization.",
        )
    return f"<Status>{'DISABLED' if faults.take('stack_sets:off') else 'ENABLED'}</Status>"
