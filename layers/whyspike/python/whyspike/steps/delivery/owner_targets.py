"""The targets that owners choose for themselves in settings/owners.json; their addresses and keys
stand in a secret."""

from __future__ import annotations

from dataclasses import dataclass

from whyspike.errors import Missing, Refused
from whyspike.incidents.notices import teams_of, webhook_of
from whyspike.steps.delivery.targets import TargetOutlet, Targets
from whyspike.steps.delivery.teams_outlet import TeamsOutlet
from whyspike.steps.delivery.webhook_outlet import WebhookOutlet
from whyspike.wire.secrets import WebhookSecret, teams_addresses, webhook_secrets
from whyspike.wire.webhook import Webhook


@dataclass(frozen=True)
class OwnerTargets(Targets):
    """All targets: those of every change, and those of owners."""

    def open(self, target: str) -> TargetOutlet:
        if name := teams_of(target):
            return TeamsOutlet(self._teams(name))
        name = webhook_of(target)
        return WebhookOutlet(self._webhook(name)) if name else super().open(target)

    def _teams(self, name: str) -> Webhook:
        self._check_secret()
        try:
            address = teams_addresses(self.config.targets_secret_id).get(name)
        except Missing as error:
            raise Refused(error.reason, remedy=error.remedy) from None
        if not address:
            raise Refused(
                "the secret of targets has no Teams channel of that name",
                remedy="store it there, or correct settings/owners.json",
            )
        return Webhook(self.called(f"teams:{name}"), address)

    def _check_secret(self) -> None:
        if not self.config.targets_secret_id:
            raise Refused(
                "no secret holds its address",
                remedy="store it in a secret and deploy with TargetsSecretArn",
            )

    def _webhook(self, name: str) -> Webhook:
        self._check_secret()
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
