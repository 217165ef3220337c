"""A simulation that is deployed and ready, and ends with its block."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from whyspike.cli.demo.simulated import Chosen, put_settings
from whyspike.cli.progress import Progress
from whyspike.incidents.owners import OwnerSettings, owner_settings
from whyspike.steps.settings import FILES, judged
from whyspike.steps.weekly import WEEKDAYS

if TYPE_CHECKING:
    from whyspike.simulator.simulation import Simulation

SIMULATED_MODEL = "simulated-claude-sonnet-5-5"  # priced as the model that it stands for


@contextmanager
def running(choice: Chosen, progress: Progress, also_at: str = "") -> Iterator[Simulation]:
    """whyspike deployed into the chosen organisation, with the folder's settings in its bucket;
    `also_at` as of Simulation."""
    progress.step("starting the simulated organisation")
    from whyspike.simulator.deployment import organization_role
    from whyspike.simulator.organization.commitments_file import Bought
    from whyspike.simulator.simulation import Simulation

    # No message may say that a model wrote what the simulated endpoint answered.
    parameters = {"ClaudeModel": SIMULATED_MODEL} if choice.claude == "simulated" else {}
    if any(each.bought != Bought() for each in choice.organization.accounts.values()):
        parameters["WatchCommitments"] = "true"
    if choice.organization.detector:
        parameters |= {"CompareWithAws": "true", "FeedbackToAws": "true"}
    parameters["OrganizationRoleArn"] = organization_role(choice.organization)
    # The demo has its weekly summary on whatever day it judges.
    parameters["WeeklySummary"] = WEEKDAYS[(choice.scan_date + timedelta(days=1)).weekday()]
    parameters["ReadBudgets"] = "true"
    owners = _owners(choice.settings)
    with (
        _quiet(),
        Simulation(
            choice.organization,
            choice.scan_date,
            claude=choice.claude,
            parameters=parameters,
            also_at=also_at,
            teams=owners.teams,
            webhooks=owners.webhooks,
        ) as simulation,
    ):
        progress.step("deploying template.yaml and the member roles")
        simulation.deploy()
        put_settings(simulation, choice.settings)
        yield simulation


def _owners(settings: Mapping[str, str]) -> OwnerSettings:
    """Whom the folder's owners.json names: their channels in Teams and webhooks are simulated."""
    text = settings.get("owners.json")
    return owner_settings(judged(FILES["owners.json"], text.encode()) if text else None)


@contextmanager
def _quiet() -> Iterator[None]:
    """moto warns of what it does not simulate; the simulation replaces those parts."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
