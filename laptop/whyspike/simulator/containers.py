"""What functions that run in containers beside the simulation are given: their whole environment,
and an input each, as the states before them leave it.

`sam local` resolves no reference of the template (a table's name is its logical id there) and knows
no role, so that everything that a deployed function reads from its environment is given to it.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from whyspike.errors import InvalidInput
from whyspike.simulator.functions.failed import FunctionFailed
from whyspike.simulator.functions.url import function_url_event
from whyspike.simulator.simulation import Simulation
from whyspike.simulator.slack.workspace import Press, SlackEndpoint

PRESSED = "acknowledge"
PRESSED_BY = "U0OWNER"


@dataclass(frozen=True)
class Prepared:
    """Both by logical id of the function. An account with anomalies is judged and explained, its
    owner not yet told; of RecordFeedback's account the owner was told."""

    environments: Mapping[str, Mapping[str, str]]
    events: Mapping[str, Any]


def prepare(simulation: Simulation, url: str) -> Prepared:
    """Runs the simulation to where each function has something to do. `url`: where containers reach
    the simulation. Raises InvalidInput when no account has an anomaly."""
    start = {
        "scan_date": simulation.world.as_of.isoformat(),
        "scheduled_time": simulation.world.now.isoformat(),
    }
    manifest = simulation.invoke("DiscoverAccounts", start)
    told, task = _accounts_with_anomalies(simulation, manifest)
    for found in (told, task):
        for item in found["items"]:
            simulation.invoke("ExplainAnomaly", _task(found, item_id=item["item_id"]))
    simulation.invoke("NotifyOwner", _task(told))

    events = {
        "StartScan": {"scheduled_time": start["scheduled_time"]},
        "DiscoverAccounts": start,
        "DetectAnomalies": _task(task),
        "JoinCauses": {"scan": manifest["scan"], "causes": {}},
        "ExplainAnomaly": _task(task, item_id=task["items"][0]["item_id"]),
        "NotifyOwner": _task(task),
        "PublishDigest": manifest,
        "RecordFeedback": _press(simulation, url),
    }
    environments = {name: simulation.environment_of(name, url) for name in events}
    return Prepared(environments, events)


def signed_now(event: Mapping[str, Any]) -> dict[str, Any]:
    """RecordFeedback's event with a fresh signature: one is void after five minutes."""
    return _url_event(SlackEndpoint().sign(b64decode(event["body"])))


def _accounts_with_anomalies(
    simulation: Simulation, manifest: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two accounts, each with its items; one account twice, where no other has an anomaly."""
    found: list[dict[str, Any]] = []
    for account in simulation.bucket_json(manifest["manifest"]["key"]):
        try:
            task = {"scan": manifest["scan"], "account": account}
            judged = simulation.invoke("DetectAnomalies", task)
        except FunctionFailed:  # an account that cannot be scanned, as there is one in many
            continue
        if any(item["alert"] for item in judged["items"]):
            found.append({**task, "items": judged["items"]})
        if len(found) == 2:
            break
    if not found:
        raise InvalidInput(
            f"no account has an anomaly on {manifest['scan']['scan_date']}",
            remedy="choose another scan date or another organisation",
        )
    return found[0], found[-1]


def _task(found: Mapping[str, Any], **more: str) -> dict[str, Any]:
    return {"scan": found["scan"], "account": found["account"], **more}


def _press(simulation: Simulation, url: str) -> dict[str, Any]:
    message = next(message for message in simulation.slack.messages if message.notice_id)
    simulation.slack.here = f"{url}/slack"
    return _url_event(simulation.slack.press(message.ts, PRESSED, PRESSED_BY))


def _url_event(press: Press) -> dict[str, Any]:
    return function_url_event("POST", "", press.headers, press.body)
