"""Reads the outcome of a scan out of a running simulation, by what also reads a
deployed stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from whyspike.cli.outcome import Outcome, read_outcome
from whyspike.messages.blocks import as_text
from whyspike.model import Scan
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.table.incidents import IncidentTable

if TYPE_CHECKING:
    from whyspike.simulator.simulation import Simulation

OUTSIDE = ("ce", "cloudtrail", "claude")


def read_simulation(simulation: Simulation, scan_id: str, seconds: float) -> Outcome:
    """The outcome of `scan_id`, with what the simulated Slack got and what was asked of the
    simulated outside until now."""
    bucket = ScanBucket(simulation.client("s3"), simulation.resource("ScanBucket"))
    incidents = IncidentTable(simulation.client("dynamodb"), simulation.resource("IncidentTable"))
    scan = Scan(scan_id, date.fromisoformat(scan_id[:10]))
    alerts = slack_messages(simulation)
    requests = [request for request in simulation.requests if request["service"] in OUTSIDE]
    return read_outcome(
        scan,
        bucket,
        incidents,
        alerts=alerts,
        requests=requests,
        seconds=seconds,
        targets=_targets(simulation),
    )


def _targets(simulation: Simulation) -> Mapping[str, Any]:
    """The cards that channels in Microsoft Teams show, why they do not show others, and the
    documents that webhooks took, where the folder's owners.json names some."""
    receivers = simulation.receivers
    if receivers is None:
        return {}
    return {
        "teams": receivers.teams.cards,
        "not_shown": receivers.teams.failed,
        "webhooks": receivers.webhooks.documents,
    }


def slack_messages(simulation: Simulation) -> Sequence[Mapping[str, Any]]:
    """The messages in the order of posting, as they stand now: channel, thread, blocks, and the
    text that a person reads."""
    return [
        {
            "channel": message.channel,
            "ts": message.ts,
            "thread_ts": message.thread_ts,
            "notice_id": message.notice_id,
            "text": message.text,
            "reads": as_text(message.blocks) or message.text,
            "blocks": message.blocks,
            "updates": len(message.updates),
        }
        for message in simulation.slack.messages
    ]
