"""The wheel carries the deployed files, so that `whyspike demo` runs them without a checkout; an
editable install reads the checkout."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DEPLOYED = ("template.yaml", "statemachine", "functions", "organization", "events")


class DeployedFiles(BuildHookInterface):  # type: ignore[misc]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "standard":
            build_data["force_include"].update(
                {name: f"whyspike/deployed/{name}" for name in DEPLOYED}
            )
