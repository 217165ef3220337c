"""The targets that owners choose for themselves in settings/owners.json; their addresses and keys
stand in a secret."""

from __future__ import annotations

from dataclasses import dataclass

from whyspike.errors import Missing, Refused
from whyspike.incidents.notices import webhook_of
from whyspike.steps.delivery.targets import TargetOutlet, Targets
from whyspike.steps.delivery.webhook_outlet import WebhookOutlet
from whyspike.wire.secrets import WebhookSecret, webhook_secrets
from whyspike.wire.webhook import Webhook


@dataclass(frozen=True)
class OwnerTargets(Targets):
    """All targets: those of every change, and those of owners."""

    def open(self, target: str) -> TargetOutlet:
        name = webhook_of(target)
        return WebhookOutlet(self._webhook(name)) if name else super().open(target)

    def _webhook(self, name: str) -> Webhook:
        if not self.config.targets_secret_id:
            raise Refused(
                "no secret holds its address",
                remedy="store it in a secret and deploy with TargetsSecretArn",
            )
        try:
            found = webhook_secrets(self.config.targets_secret_id).get(name) or Missing(
                "the secret of targets has no webhook of that name",
                remedy="store it there, or correct settings/owners.json",
            )
        except Missing as error:
            found = error
        if not isinstance(found, WebhookSecret):
            raise Refused(found.reason, remedy=found.remedy)
        return Webhook(self.called(f"webhook:{name}"), found.url, found.key)
