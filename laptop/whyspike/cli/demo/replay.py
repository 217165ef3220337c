"""Replays consecutive scan dates and presses buttons as owners would: what people are told over the
life of incidents."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests as http

from whyspike.cli.console import console, heading, table
from whyspike.cli.demo.simulated import Chosen
from whyspike.cli.outcome import failed
from whyspike.cli.progress import Progress
from whyspike.incidents.incident import Incident, NoticeKind
from whyspike.messages.phrases import change, what
from whyspike.model import IncidentState
from whyspike.wire.table.incidents import IncidentTable
from whyspike.words.amounts import dollars
from whyspike.words.days import day as written

if TYPE_CHECKING:
    from whyspike.simulator.simulation import Simulation

# Who answers what: the first message of the replay is snoozed, the third acknowledged, as the
# readers of those two might.
PRESSES = {1: ("snooze", "U0ANNA"), 3: ("acknowledge", "U0BEN")}
NOTICES = [str(kind) for kind in NoticeKind]


@dataclass(frozen=True)
class PressedButton:
    scan_date: date
    channel: str
    action: str
    user: str
    incident_id: str
    status: int


@dataclass(frozen=True)
class ReplayedDay:
    """`told` counts the messages by notice kind, `happened` the incidents by the digest's word for
    them."""

    scan_date: date
    told: Mapping[str, int]
    happened: Mapping[str, int]
    messages: Sequence[Mapping[str, Any]]
    pressed: Sequence[PressedButton] = ()


@dataclass(frozen=True)
class Replay:
    days: Sequence[ReplayedDay]
    incidents: Sequence[Incident] = field(default_factory=tuple)
    last: str = ""  # id of the last scan


def replay(
    simulation: Simulation, choice: Chosen, days: Sequence[date], progress: Progress
) -> Replay:
    """Scans every day in turn; raises ScanFailed when one does not succeed."""
    done: list[ReplayedDay] = []
    seen: dict[str, Incident] = {}
    table = IncidentTable(simulation.client("dynamodb"), simulation.resource("IncidentTable"))
    scan_id, alerts = "", 0
    for day in days:
        progress.step(f"running the state machine for {day}")
        before = len(simulation.slack.messages)
        run = simulation.scan(
            day,
            on_progress=lambda now: progress.accounts(now.done, now.accounts),
            account_ids=choice.accounts,
        )
        if not run.succeeded:
            raise failed(run.status, run.error, run.cause, f"{day}: ")
        scan_id = str(run.output["scan_id"])
        posted = [
            message
            for message in simulation.slack.messages[before:]
            if not str(message.notice_id).startswith("digest-")
        ]
        found = table.list_scan_incidents(scan_id)
        pressed = []
        for message in posted:
            starts = message.thread_ts is None
            alerts += starts
            if starts and alerts in PRESSES:
                pressed.append(_press(simulation, message, day, *PRESSES[alerts]))
        told = Counter(
            str(incident.told.notice)
            for incident, _ in found
            if incident.told and incident.told.scan_date == day
        )
        shown = [
            {
                "channel": message.channel,
                "text": message.text,
                "thread": message.thread_ts is not None,
            }
            for message in posted
        ]
        done.append(ReplayedDay(day, told, Counter(word for _, word in found), shown, pressed))
        seen |= {incident.incident_id: incident for incident, _ in found}
    final = [table.read(incident_id) or incident for incident_id, incident in seen.items()]
    return Replay(
        done,
        sorted(final, key=lambda incident: (incident.first_scan_date, incident.incident_id)),
        scan_id,
    )


def _press(
    simulation: Simulation, message: Any, day: date, action: str, user: str
) -> PressedButton:
    """A signed button press, sent to the function URL as Slack sends it."""
    assert simulation.deployment  # noqa: S101  deployed before it was scanned
    pressed = simulation.slack.press(message.ts, action, user)
    answer = http.post(
        simulation.deployment.outputs["FeedbackUrl"],
        data=pressed.body,
        headers=pressed.headers,
        timeout=30,
    )
    incident_id = str(message.notice_id).rsplit("#", 1)[0]
    return PressedButton(day, message.channel, action, user, incident_id, answer.status_code)


def show_replay(replayed: Replay) -> None:
    """The table of messages per day, then each incident's life in a line."""
    heading("Messages to owners, day by day")
    kinds = [kind for kind in NOTICES if any(day.told.get(kind) for day in replayed.days)]
    shown = table(
        "scan date", *kinds, "messages", "silent", "buttons", right=(*kinds, "messages", "silent")
    )
    for day in replayed.days:
        silent = sum(day.happened.values()) - sum(day.told.values())
        pressed = ", ".join(
            f"{press.action} by {press.user} ({press.status})" for press in day.pressed
        )
        cells = [str(day.told.get(kind) or "·") for kind in kinds]
        shown.add_row(
            written(day.scan_date),
            *cells,
            str(len(day.messages)),
            str(max(silent, 0)),
            pressed,
        )
    console().print(shown)
    console().print(
        "silent: incidents that a scan saw and nobody was told about again; they are one line"
        " in the digest",
        style="dim",
    )
    heading("The incidents")
    lives = table(
        "account",
        "service",
        "first seen",
        "state",
        "over expected",
        "messages",
        right=("over expected", "messages"),
    )
    for incident in replayed.incidents:
        lives.add_row(
            incident.account_name,
            what(incident),
            written(incident.first_scan_date),
            str(incident.state),
            (
                change(incident)
                if incident.state is IncidentState.RESTATED
                else dollars(incident.impact)
            ),
            str(incident.notices),
        )
    console().print(lives)


def write_replay(replayed: Replay, out: Path) -> None:
    """replay.json: per day what was told, what was silent and which button was pressed."""
    days = [
        {
            "scan_date": day.scan_date.isoformat(),
            "told": dict(day.told),
            "happened": dict(day.happened),
            "messages": list(day.messages),
            "pressed": [
                {**vars(press), "scan_date": day.scan_date.isoformat()} for press in day.pressed
            ],
        }
        for day in replayed.days
    ]
    (out / "replay.json").write_text(
        json.dumps(days, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
