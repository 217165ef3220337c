"""A team's templates on their way: read once, written by, and named where they fail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.incident_world import World, world
from tests.support.incidents import DAY, anomaly, item, scan_of


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("DIGEST_CHANNEL", "#digest")
    with world(monkeypatch) as made:
        yield made


def told(here: World, **templates: str) -> tuple[str, str, dict[str, Any]]:
    """What the owner read, what the FinOps channel read, and the digest as data."""
    for name, source in templates.items():
        here.bucket.write(f"settings/templates/{name}.j2", source, "text/plain")
    scan = scan_of(DAY, item(anomaly()))
    here.tell(scan)
    digest = here.publish(scan)
    owner, channel = (
        json.dumps(message.blocks, ensure_ascii=False) for message in here.slack.messages
    )
    return owner, channel, digest


def test_owner_and_channel_read_the_team_s_words(here: World) -> None:
    owner, channel, digest = told(
        here,
        owner="Dear {{ owner }}: {{ what }} {{ per_day | dollars }} a day",
        digest="Dear all, {{ date }}: {{ total }}",
    )
    assert "Dear shop: Amazon EC2 $212 a day" in owner
    assert "Dear all, Thu 12 Mar 2026: $212 a day more than expected" in channel
    assert digest["coverage"]["settings"] == []


def test_one_that_fails_on_a_bill_is_replaced_and_named_in_the_digest(here: World) -> None:
    """No made-up value was like that, so that no check before the scan could tell."""
    owner, channel, digest = told(
        here,
        owner="{{ what }}{% if usual == 62 %}{{ account.nme }}{% endif %}",
        digest="{{ total }}{% if per_day == 212 %}{{ accounts.none }}{% endif %}",
    )
    assert "costs $212 a day more than usual" in owner
    assert "Settings that were left aside" in channel
    for name, value in (("owner", "nme"), ("digest", "none")):
        assert f"settings/templates/{name}.j2: line 1: there is no '{value}'" in channel
    assert "settings/templates/owner.j2" in digest["coverage"]["settings"][0]
