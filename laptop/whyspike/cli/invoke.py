"""Run one function as `make build` left it, under AWS's Lambda Runtime Interface Emulator, without
Docker.

The function talks to a simulated organisation, in which the states before it have run for the
account of the event, so that it finds what it needs. Its log goes to standard error, its answer to
standard output. A missing package fails here as it would on AWS.

    make build
    whyspike invoke DetectAnomalies --event events/detect_anomalies.json
    whyspike invoke ExplainAnomaly --event events/explain_anomaly.json --claude off
    whyspike invoke NotifyOwner --event events/notify_owner.json --source
"""

from __future__ import annotations

import json
from base64 import b64decode
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import parse_qs

import typer

from whyspike.cli.arguments import Accounts
from whyspike.cli.demo.simulated import Claude, Organization, ScanDate, chosen
from whyspike.cli.demo.simulated_run import running
from whyspike.cli.progress import Progress
from whyspike.errors import InvalidInput, WhyspikeError
from whyspike.payload import json_value
from whyspike.words.safe import visible

if TYPE_CHECKING:
    from whyspike.simulator.functions.failed import FunctionFailed
    from whyspike.simulator.simulation import Simulation

BUILD = Path(".aws-sam") / "build"
FORM = "see events/ for its form"
Function = Literal[
    "StartScan",
    "DiscoverAccounts",
    "DetectAnomalies",
    "JoinCauses",
    "ExplainAnomaly",
    "NotifyOwner",
    "PublishDigest",
    "RecordFeedback",
]


class InvocationFailed(WhyspikeError):
    """The function ended with an error."""


def run(
    function: Annotated[
        Function, typer.Argument(metavar="FUNCTION", help="a function of template.yaml")
    ],
    event: Annotated[
        Path,
        typer.Option(metavar="FILE", help="its input, such as events/detect_anomalies.json"),
    ],
    build: Annotated[Path, typer.Option(metavar="DIR", help="what sam build made")] = BUILD,
    source: Annotated[
        bool, typer.Option("--source", help="run the source instead of what was built")
    ] = False,
    organization: Organization = None,
    scan_date: ScanDate = None,
    accounts: Accounts = None,
    claude: Claude = "simulated",
) -> int:
    given = _event(event)
    if not source and not (build / "template.yaml").exists():
        raise InvalidInput(
            f"{build / 'template.yaml'}: no such file. Remedy: run make build first, or"
            " use --source"
        )
    with (
        chosen(organization, scan_date, accounts, claude) as choice,
        ExitStack() as until_the_end,
    ):
        from whyspike.simulator.functions.failed import FunctionFailed

        with Progress(errors=True) as progress:
            simulation = until_the_end.enter_context(running(choice, progress))
            progress.step("running what comes before the function")
            try:
                given = _prepared(simulation, function, given)
            except FunctionFailed as failure:
                raise _ended(event, "what comes before it", failure) from None
            except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
                raise InvalidInput(
                    f"--event {event}: {error} is missing or wrong. Remedy: {FORM}"
                ) from None
        try:
            answer = (
                simulation.invoke(function, given)
                if source
                else simulation.invoke_built(function, given, build.resolve())
            )
        except FunctionFailed as failure:
            raise _ended(event, function, failure) from None
    print(visible(json.dumps(answer, indent=1, ensure_ascii=False)))
    return 0


def _ended(file: Path, function: str, failure: FunctionFailed) -> WhyspikeError:
    """The event is wrong where the function says so; else the function failed."""
    if failure.kind == InvalidInput.__name__:
        return InvalidInput(
            f"--event {file}: {failure.message}"
            + ("" if "Remedy: " in failure.message else f". Remedy: {FORM}")
        )
    return InvocationFailed(f"{function}: {failure}")


def _prepared(simulation: Simulation, function: str, event: dict[str, Any]) -> dict[str, Any]:
    """The event, once the simulation holds what the function reads: its account's scan, the
    manifest, or the incident of a button."""
    if function in {"ExplainAnomaly", "NotifyOwner"}:
        simulation.invoke("DetectAnomalies", {"scan": event["scan"], "account": event["account"]})
    if function == "PublishDigest":
        day = event["scan"]["scan_date"]
        return dict(
            simulation.invoke(
                "DiscoverAccounts",
                {"scan_date": day, "scheduled_time": simulation.world.now.isoformat()},
            )
        )
    if function == "RecordFeedback":
        body = (
            b64decode(event["body"])
            if event.get("isBase64Encoded")
            else str(event["body"]).encode()
        )
        action = json.loads(parse_qs(body.decode())["payload"][0])["actions"][0]
        simulation.scan(account_ids=(action["value"].partition("-")[0],))
        signed = simulation.slack.sign(body)  # a signature is void after five minutes
        return {**event, "headers": signed.headers}
    return event


def _event(file: Path) -> dict[str, Any]:
    try:
        event = json_value(file.read_bytes(), what=f"--event {file}", remedy="correct it there")
    except FileNotFoundError:
        raise InvalidInput(
            f"--event {file}: no such file. Remedy: the repository has one for each function in"
            " events/"
        ) from None
    if not isinstance(event, dict):
        raise InvalidInput(f"--event {file}: must hold a JSON object", remedy=FORM)
    return event
