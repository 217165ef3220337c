"""The payer's Cost Explorer, asked for one account that may not or cannot be asked itself
(PayerFallback)."""

from __future__ import annotations

from whyspike.model import AccountTask
from whyspike.steps import organization_role
from whyspike.steps.configuration import Configuration
from whyspike.wire.clients import client
from whyspike.wire.cost_explorer import LinkedAccountCosts


def open_costs(config: Configuration, task: AccountTask) -> LinkedAccountCosts:
    """Through the organisation role; without one, as the function itself. Raises
    OrganizationAccessDenied."""
    keys = organization_role.credentials(config, task.scan)
    return LinkedAccountCosts(client("ce", keys), task.account.account_id, config.billing_view_arn)
