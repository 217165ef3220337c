"""The targets that owners choose for themselves in settings/owners.json; their addresses and keys
stand in a secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from whyspike.errors import Missing, Refused
from whyspike.incidents.notices import teams_of, webhook_of
from whyspike.steps.delivery.targets import TargetOutlet, Targets
from whyspike.steps.delivery.teams_outlet import TeamsOutlet
from whyspike.steps.delivery.webhook_outlet import WebhookOutlet
from whyspike.wire.secrets import teams_addresses, webhook_secrets
from whyspike.wire.webhook import Webhook

Stored = TypeVar("Stored")
STORE_TARGETS = "store it in a secret and deploy with TargetsSecretArn"


@dataclass(frozen=True)
class OwnerTargets(Targets):
    """All targets: those of every change, and those of owners."""

    def open(self, target: str) -> TargetOutlet:
        if name := teams_of(target):
            return TeamsOutlet(self._teams(name))
        name = webhook_of(target)
        return WebhookOutlet(self._webhook(name)) if name else super().open(target)

    def _teams(self, name: str) -> Webhook:
        address = self._secret(teams_addresses, name, "Teams channel")
        return Webhook(self.called(f"teams:{name}"), address, listens=True)

    def _webhook(self, name: str) -> Webhook:
        found = self._secret(webhook_secrets, name, "webhook")
        return Webhook(self.called(f"webhook:{name}"), found.url, found.key)

    def _secret(
        self, read: Callable[[str], Mapping[str, Stored | Missing]], name: str, kind: str
    ) -> Stored:
        """What the secret of targets has under the name. Raises Refused."""
        if not self.config.targets_secret_id:
            raise Refused("no secret holds its address", remedy=STORE_TARGETS)
        try:
            stored = read(self.config.targets_secret_id).get(name)
        except Missing as error:
            stored = error
        if isinstance(stored, Missing):
            raise Refused(stored.reason, remedy=stored.remedy) from None
        if stored is None:
            raise Refused(
                f"the secret of targets has no {kind} of that name",
                remedy="store it there, or correct settings/owners.json",
            )
        return stored
