"""`whyspike demo` over a folder whose owners chose Microsoft Teams and a webhook."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.organization import spiking, write
from tests.support.simulated import SPIKE
from whyspike.cli.main import main


@pytest.mark.slow
def test_what_teams_and_a_webhook_got_is_written(tmp_path: Path) -> None:
    folder = write(tmp_path / "o", spiking(SPIKE, tags={"owner": "payments"}))
    (folder / "settings").mkdir()
    (folder / "settings/owners.json").write_text(
        json.dumps(
            {
                "owners": {"payments": {"teams": "payments", "webhook": "tickets"}},
                "digest_teams": "finops",
            }
        )
    )
    out = tmp_path / "out"
    assert main(["demo", "--organization", str(folder), "--claude", "off", "--out", str(out)]) == 0
    targets = json.loads((out / "targets.json").read_text("utf-8"))
    assert [card["channel"] for card in targets["teams"]] == ["payments", "finops"]
    assert all(card["card"]["type"] == "AdaptiveCard" for card in targets["teams"])
    (document,) = targets["webhooks"]
    assert (document["webhook"], document["document"]["change"]) == ("tickets", "new")
