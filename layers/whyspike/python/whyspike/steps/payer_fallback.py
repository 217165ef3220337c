"""The payer's Cost Explorer, asked for one account that may not or cannot be asked itself
(PayerFallback)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from whyspike.model import AccountTask
from whyspike.steps import organization_role
from whyspike.steps.configuration import Configuration
from whyspike.wire.clients import client


@dataclass(frozen=True)
class LinkedAccountCosts:
    """The two Cost Explorer calls of a boto3 client, of the payer and narrowed to one linked
    account.

    `client` is the payer's or, with `billing_view_arn`, of whoever that custom billing view is
    shared with.
    """

    client: Any
    account_id: str
    billing_view_arn: str = ""

    def get_cost_and_usage(self, **request: Any) -> dict[str, Any]:
        return dict(self.client.get_cost_and_usage(**self._narrowed(request)))

    def get_cost_and_usage_with_resources(self, **request: Any) -> dict[str, Any]:
        return dict(self.client.get_cost_and_usage_with_resources(**self._narrowed(request)))

    def _narrowed(self, request: dict[str, Any]) -> dict[str, Any]:
        linked = {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": [self.account_id]}}
        view = {"BillingViewArn": self.billing_view_arn} if self.billing_view_arn else {}
        return {
            **request,
            **view,
            "Filter": {"And": [linked, request["Filter"]]} if "Filter" in request else linked,
        }


def open_costs(config: Configuration, task: AccountTask) -> LinkedAccountCosts:
    """Through the organisation role; without one, as the function itself. Raises
    OrganizationAccessDenied."""
    keys = organization_role.credentials(config, task.scan)
    return LinkedAccountCosts(client("ce", keys), task.account.account_id, config.billing_view_arn)
