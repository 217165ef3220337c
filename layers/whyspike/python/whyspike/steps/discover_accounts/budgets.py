"""The budgets of the management account, read for the weekly summary of the scan."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from whyspike.errors import Refused, Throttled, Uncertain, Unreachable
from whyspike.model import Scan
from whyspike.model.months import BudgetList
from whyspike.steps.configuration import Configuration
from whyspike.steps.weekly import is_due, keep_budgets
from whyspike.wire import organizations
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.budgets import BUDGETS_REMEDY, monthly_budgets
from whyspike.wire.clients import Credentials, client


def store_budgets(
    config: Configuration,
    scan: Scan,
    credentials: Credentials | None,
    function_arn: str,
    bucket: ScanBucket,
) -> None:
    """Reads the budgets once for the digest of this scan; why they could not be read is stored in
    their place, and keeps the scan from nothing."""
    if not (config.read_budgets and is_due(config, scan)):
        return
    asking = (config.organization_role_arn or function_arn).split(":")[4]
    try:
        found = _read(scan, credentials, asking)
    except (Refused, Throttled, Unreachable, Uncertain) as error:
        found = BudgetList(problem=str(error))
    keep_budgets(bucket, scan, found)


def _read(scan: Scan, credentials: Credentials | None, asking: str) -> BudgetList:
    directory = client("organizations", credentials)
    payer = organizations.management_account(directory, BUDGETS_REMEDY)
    if payer != asking:
        return BudgetList(problem=_elsewhere(asking, payer))
    found = monthly_budgets(client("budgets", credentials), payer, scan.scan_date)
    if (scan.scan_date + timedelta(days=1)).day > 1:
        return found
    # a new month has begun, of which AWS counts what is used; the digest is about the old one
    of_old = tuple(replace(each, used_usd=None, foreseen_usd=None) for each in found.budgets)
    return replace(found, budgets=of_old)


def _elsewhere(asking: str, payer: str) -> str:
    return (
        f"account {asking} would show its own; those of the organisation are of {payer}. Remedy:"
        " set OrganizationRoleArn to the role of organization/organization-roles.yaml in the"
        " management account"
    )
