"""`whyspike demo --days 10`: the life of incidents, with real signed button presses, and nothing
told twice."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from whyspike.cli.main import main
from whyspike.simulator.fernhill.plan import plan

pytestmark = pytest.mark.slow
LIVES = ("network-hub", "assistant-prod", "media-prod", "data-platform-prod", "shop-prod")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("replay")
    ids = ",".join(account.id for account in plan().accounts if account.name in LIVES)
    assert (
        main(["demo", "--days", "10", "--claude", "off", "--accounts", ids, "--out", str(folder)])
        == 0
    )
    return folder


def read(out: Path) -> list[dict[str, Any]]:
    days: list[dict[str, Any]] = json.loads((out / "replay.json").read_text(encoding="utf-8"))
    return days


def test_ten_days_show_new_silent_escalated_resolved_and_restated_incidents(out: Path) -> None:
    days = read(out)
    told = sum((Counter(day["told"]) for day in days), Counter[str]())
    assert len(days) == 10
    assert {"new", "resolved", "restated"} <= told.keys()
    assert told.keys() & {"escalated"}
    assert any(sum(day["happened"].values()) > sum(day["told"].values()) for day in days), (
        "some scans see incidents and stay silent"
    )


def test_as_many_messages_are_sent_as_there_is_news(out: Path) -> None:
    for day in read(out):
        assert len(day["messages"]) == sum(day["told"].values()), day["scan_date"]


def test_no_message_is_sent_twice(out: Path) -> None:
    alerts = json.loads((out / "alerts.json").read_text(encoding="utf-8"))
    assert len({alert["notice_id"] for alert in alerts}) == len(alerts)


def test_the_pressed_buttons_were_accepted_and_snoozed_and_acknowledged_are_seen_in_the_days_after(
    out: Path,
) -> None:
    days = read(out)
    pressed = [press for day in days for press in day["pressed"]]
    assert [(press["action"], press["status"]) for press in pressed] == [
        ("snooze", 200),
        ("acknowledge", 200),
    ]
    words = [set(day["happened"]) for day in days]
    assert any("snoozed" in seen for seen in words)
