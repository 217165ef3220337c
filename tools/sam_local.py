"""Run built functions in their containers (`sam local`) over a simulated organisation.

    python tools/sam_local.py DetectAnomalies      one function, on its prepared event
    python tools/sam_local.py                      all of them: sam local start-lambda, until Ctrl-C

Beside .aws-sam/build it writes build/sam-local/: env.json (addresses, credentials of each
function's role, names of table and bucket) and events/, one for each function. A simulation that
start-lambda keeps running is found and used; else one runs for as long as the function does. What
this program does not know is handed to sam, such as --skip-pull-image (docs/sam-local.md).
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, get_args

import requests
from samcli.yamlhelper import yaml_parse

from whyspike.cli.demo.simulated import ClaudeChoice, chosen
from whyspike.cli.demo.simulated_run import running
from whyspike.cli.progress import Progress
from whyspike.errors import InvalidInput
from whyspike.simulator.containers import Prepared, prepare, signed_now
from whyspike.simulator.http_server import LOOPBACK
from whyspike.simulator.simulation import Simulation

BUILD = Path(".aws-sam") / "build"
FOLDER = Path("build") / "sam-local"
ENVIRONMENT, EVENTS, RUNNING = FOLDER / "env.json", FOLDER / "events", FOLDER / "running.json"
TEMPLATE = BUILD / "sam-local.json"  # beside what it names by relative paths
FUNCTION, LAYER = "AWS::Serverless::Function", "AWS::Serverless::LayerVersion"
HOST_NAME = "host.docker.internal"  # Docker's name for the machine that it runs on
RUNTIME_IMAGE = "public.ecr.aws/lambda/python:3.13-{architecture}"
LOOK_UP = f"import socket; print(socket.gethostbyname('{HOST_NAME}'))"


def main(arguments: Sequence[str]) -> int:
    options, for_sam = _parser().parse_known_args(arguments)
    try:
        return _run(options, for_sam)
    except InvalidInput as error:
        print(f"sam-local: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("function", nargs="?", help="of template.yaml; all of them without it")
    parser.add_argument("--event", type=Path, help="an input of your own")
    parser.add_argument("--host", help="address of this machine that containers reach")
    parser.add_argument("--organization", type=Path, metavar="DIR")
    parser.add_argument("--claude", choices=get_args(ClaudeChoice), default="simulated")
    return parser


def _run(options: argparse.Namespace, for_sam: Sequence[str]) -> int:
    if not (BUILD / "template.yaml").exists():
        raise InvalidInput(f"{BUILD}: nothing is built there", remedy="run make build first")
    template = yaml_parse((BUILD / "template.yaml").read_text(encoding="utf-8"))
    names = _functions(template)
    if options.function and options.function not in names:
        raise InvalidInput(
            f"{options.function}: no function of template.yaml",
            remedy=f"choose one of {', '.join(names)}",
        )
    if options.function and _is_running():
        _sign_anew()
        return _sam(invocation(options.function, options.event), for_sam)
    host = options.host or _host(template)
    # Where that is no address of this machine, Docker Desktop leads it to the loopback address.
    also_at = host if _is_own(host) else LOOPBACK
    with (
        chosen(options.organization, None, None, options.claude) as choice,
        ExitStack() as until_the_end,
    ):
        with Progress(errors=True) as progress:
            simulation = until_the_end.enter_context(running(choice, progress, also_at))
            progress.step("running what comes before each function")
            write(prepare(simulation, simulation.url_at(host)), template)
        if options.function:
            return _sam(invocation(options.function, options.event), for_sam)
        return _serve(simulation, for_sam)


def invocation(function: str, event: Path | None) -> list[str]:
    given = event or EVENTS / f"{function}.json"
    return ["invoke", function, "--event", str(given)]


def write(prepared: Prepared, template: dict[str, Any]) -> None:
    """env.json, the events, and the template with every variable of env.json declared: sam gives a
    function no other."""
    EVENTS.mkdir(parents=True, exist_ok=True)
    _write(ENVIRONMENT, prepared.environments)
    for name, event in prepared.events.items():
        _write(EVENTS / f"{name}.json", event)
    _write(TEMPLATE, declaring(template, prepared.environments))


def declaring(
    template: dict[str, Any], environments: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """The template, whose functions declare these variables."""
    for name, given in environments.items():
        properties = template["Resources"][name]["Properties"]
        declared = properties.setdefault("Environment", {}).setdefault("Variables", {})
        for variable in given:
            declared.setdefault(variable, "")
    return template


def _write(file: Path, value: object) -> None:
    file.write_text(json.dumps(value, indent=1, default=str) + "\n", encoding="utf-8")


def _functions(template: Mapping[str, Any]) -> list[str]:
    return [name for name, found in template["Resources"].items() if found["Type"] == FUNCTION]


def _host(template: Mapping[str, Any]) -> str:
    """The address that a container knows this machine by, as Docker tells it."""
    architecture = template["Parameters"]["Architecture"]["Default"]
    image = RUNTIME_IMAGE.format(architecture=architecture)
    command = ["docker", "run", "--rm", "--add-host", f"{HOST_NAME}:host-gateway"]
    command += ["--entrypoint", "/var/lang/bin/python3.13", image, "-c", LOOK_UP]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError:
        raise InvalidInput(
            "no docker on the PATH", remedy="install and start it, or give --host ADDRESS"
        ) from None
    if done.returncode:
        raise InvalidInput(
            f"docker does not run {image}: {done.stderr.strip()[-300:]}",
            remedy="start Docker, or give --host ADDRESS",
        )
    return done.stdout.strip()


def _is_own(host: str) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return False
    return True


def _serve(simulation: Simulation, for_sam: Sequence[str]) -> int:
    _write(RUNNING, {"url": simulation.url})
    try:
        return _sam(["start-lambda", "--warm-containers", "LAZY"], for_sam)
    finally:
        RUNNING.unlink()


def _is_running() -> bool:
    if not RUNNING.exists():
        return False
    url = json.loads(RUNNING.read_text(encoding="utf-8"))["url"]
    try:
        return requests.get(f"{url}/_simulator", timeout=5).ok
    except requests.ConnectionError:
        return False


def _sign_anew() -> None:
    file = EVENTS / "RecordFeedback.json"
    _write(file, signed_now(json.loads(file.read_text(encoding="utf-8"))))


def _sam(command: Sequence[str], for_sam: Sequence[str]) -> int:
    sam = str(Path(sys.executable).parent / "sam")
    files = ["--template", str(TEMPLATE), "--env-vars", str(ENVIRONMENT)]
    whole = [sam, "local", *command, *files, *for_sam]
    return subprocess.run(whole, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
