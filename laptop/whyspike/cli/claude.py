"""Record what Claude is asked, or replay answers from files: to measure a model, or any other
writer, on the same questions.

Runs a whyspike command whose requests to Claude go to a local address. `record` keeps each request
in FOLDER and asks nobody, so that the rules explain; with --ask it asks Anthropic with
ANTHROPIC_API_KEY and keeps the answers too. `replay` answers from FOLDER over the wire; a request
without an answer is kept, the next turn of a conversation too. Answers that are no body of the API
are told as "recorded-<model>".

    whyspike claude record out/claude
    whyspike claude replay out/claude -- demo --out out/replayed
    whyspike claude record out/mine --ask -- check --out out/check
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from whyspike.cli.console import console, heading, table
from whyspike.cli.output import writable_folder
from whyspike.errors import InvalidInput
from whyspike.knowledge.claude_prices import price_usd
from whyspike.wire.claude import ClaudeSettings
from whyspike.words.amounts import counted, dollars

if TYPE_CHECKING:
    from whyspike.simulator.claude.recorded import Exchange, Response, Upstream

# How each command is told to ask over the wire.
ASKING = {"demo": "real", "simulate": "real", "check": "anthropic", "explain": "anthropic"}
API = "https://api.anthropic.com"
TIMEOUT_SECONDS = 150
_PASSED_ON = ("content-type", "anthropic-version", "anthropic-beta")


def run(
    action: Annotated[
        Literal["record", "replay"],
        typer.Argument(metavar="record|replay", help="keep requests, or answer them"),
    ],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="requests and answers")],
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="[-- COMMAND]", help="demo (default), simulate, check or explain"),
    ] = None,
    ask: Annotated[
        bool, typer.Option("--ask", help="ask Anthropic with ANTHROPIC_API_KEY, keep its answers")
    ] = False,
) -> int:
    from whyspike.cli.main import main
    from whyspike.simulator.claude.recorded import RecordedClaude, serving

    words = asking(command or ["demo"])
    key = os.environ.get("ANTHROPIC_API_KEY", "")
    if ask and not key:
        raise InvalidInput("--ask needs an API key", remedy="export ANTHROPIC_API_KEY")
    if action == "replay" and not folder.is_dir():
        raise InvalidInput(
            f"FOLDER {folder}: there is none",
            remedy=f"make it with: whyspike claude record {folder}",
        )
    recorded = RecordedClaude(
        writable_folder(folder, "FOLDER"),
        replays=action == "replay",
        upstream=_upstream(os.environ.get("ANTHROPIC_BASE_URL", API), key) if ask else None,
    )
    with serving(recorded.handle) as url, _asked_at(url):
        code = main(words)
    _show(recorded.exchanges, folder)
    return code


def asking(command: Sequence[str]) -> list[str]:
    """The command with the option that lets it ask Claude; raises InvalidInput for one that does
    not."""
    name = command[0]
    if name not in ASKING:
        raise InvalidInput(
            f"{name!r} asks Claude nothing", remedy=f"choose from {', '.join(sorted(ASKING))}"
        )
    given = any(word.split("=")[0] == "--claude" for word in command)
    return [*command, *([] if given else ["--claude", ASKING[name]])]


@contextmanager
def _asked_at(url: str) -> Iterator[None]:
    """Claude's address and a key in the environment, as long as the block lasts."""
    wanted = {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "sk-ant-recorded"}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _upstream(base_url: str, key: str) -> Upstream:
    """Asks the API, with the caller's own key."""
    import requests

    def ask(body: bytes, headers: Mapping[str, str]) -> Response:
        given = {name.lower(): value for name, value in headers.items()}
        passed = {name: given[name] for name in _PASSED_ON if name in given}
        answer = requests.post(
            f"{base_url.rstrip('/')}/v1/messages",
            data=body,
            headers={**passed, "x-api-key": key},
            timeout=TIMEOUT_SECONDS,
        )
        kept = {
            name: answer.headers[name]
            for name in ("content-type", "retry-after")
            if name in answer.headers
        }
        return answer.status_code, kept, answer.content

    return ask


def _show(exchanges: Sequence[Exchange], folder: Path) -> None:
    heading("What Claude was asked")
    shown = table("request", "tokens in", "out", "what became of it", right=("tokens in", "out"))
    for one in sorted(exchanges, key=lambda one: one.name):
        shown.add_row(one.name, f"{one.input_tokens:,}", f"{one.output_tokens:,}", str(one.fate))
    console().print(shown)
    fates = Counter(one.fate for one in exchanges)
    model = ClaudeSettings.model
    price = sum(price_usd(model, one.input_tokens, one.output_tokens) for one in exchanges)
    console().print(
        f"{counted(len(exchanges), 'request')} in {folder}:"
        f" {', '.join(f'{number} {fate}' for fate, number in fates.items()) or 'none'}."
        f" Without caching, {model} would cost {dollars(price)}."
    )
