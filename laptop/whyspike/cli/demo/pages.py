"""The pages behind [Details], opened as owners would: by the addresses in their messages, at the
function's URL."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import requests as http

if TYPE_CHECKING:
    from whyspike.simulator.simulation import Simulation

FOLDER = "pages"


def opened_pages(simulation: Simulation) -> dict[str, bytes]:
    """What a browser got of each incident that a message has an address of, by incident id."""
    addresses = {
        str(message.notice_id).partition("#")[0]: str(block["accessory"]["url"])
        for message in simulation.slack.messages
        for block in message.blocks
        if "accessory" in block
    }
    return {
        incident_id: http.get(address, timeout=30).content
        for incident_id, address in addresses.items()
    }


def write_pages(pages: Mapping[str, bytes], out: Path) -> None:
    folder = out / FOLDER
    folder.mkdir(exist_ok=True)
    for incident_id, page in pages.items():
        (folder / f"{incident_id}.html").write_bytes(page)
