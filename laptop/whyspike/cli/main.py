"""The `whyspike` command. Exit codes: 0 done, 1 the run failed, 2 something that was given is
wrong, 130 interrupted."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from whyspike.cli.defaults import defaults_of
from whyspike.cli.failures import ExitStatus, ending_of, say
from whyspike.errors import InvalidInput

PACKAGES = {
    "backtest",
    "check",
    "demo",
    "doctor",
    "mcp",
    "price",
}  # commands with a folder of their own
# Command, what it does. Its module has run(...) -> int, whose parameters are its options; the
# module's docstring is the long help.
COMMANDS = {
    "check": "look at your AWS account or your bill files, with nothing deployed",
    "explain": "explain a cost that you point at",
    "demo": "scan a simulated organisation with the deployed files, on this machine",
    "scan": "start a scan on AWS, watch it and read its digest",
    "backtest": "replay your past: what would have been told, and at which setting",
    "claude": "record what Claude is asked, or replay answers from files",
    "mcp": "let an assistant read a finished scan: a server of the Model Context Protocol",
    "report": "write report.html from the files of a finished scan",
    "invoke": "run one built function under the Lambda Runtime Interface Emulator",
    "simulate": "keep a simulated organisation running and print its addresses",
    "organization": "write the default organisation as a folder, to look at or to change",
    "settings": "check settings files before they go into the bucket",
    "doctor": "check a deployment, read-only, and print the remedy of each failure",
    "price": "what scans cost for a number of accounts",
}
EXIT_CODES = (
    "Exit codes: 0 done (also with accounts that could not be scanned), 1 the run failed, 2 wrong"
    " input, 130 interrupted."
)
SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
ASKED_BY_THE_SHELL = "_WHYSPIKE_COMPLETE"  # set by the script of --show-completion


class Commands(TyperGroup):
    """Knows every command by its summary, and imports one when it is called: help and completion
    stay quick."""

    def __init__(self, **settings: Any) -> None:
        known = {name: TyperCommand(name, short_help=text) for name, text in COMMANDS.items()}
        super().__init__(**{**settings, "commands": known})

    def resolve_command(
        self, ctx: Any, args: list[str]
    ) -> tuple[str | None, TyperCommand | None, list[str]]:
        name, _, rest = super().resolve_command(ctx, args)
        if not name:
            return name, None, rest
        command = loaded(name)
        ctx.default_map = {name: defaults_of(command, COMMANDS)}
        return name, command, rest


def loaded(name: str) -> TyperCommand:
    """The command with its options, its module imported."""
    module = import_module(
        f"whyspike.cli.{name}.command" if name in PACKAGES else f"whyspike.cli.{name}"
    )
    alone = typer.Typer(rich_markup_mode=None, add_completion=False)
    alone.command(
        name,
        help=_as_written(module.__doc__ or ""),
        epilog=getattr(module, "EXIT_CODES", EXIT_CODES),
        context_settings=SETTINGS,
    )(module.run)
    made = typer.main.get_command(alone)
    assert isinstance(made, TyperCommand)  # noqa: S101  one function makes one command
    return made


def _as_written(text: str) -> str:
    r"""The help of a command, whose indented lines, its examples, are not to be wrapped (\b)."""
    return re.sub(r"\n\n(?=    )", "\n\n\b\n", text)


app = typer.Typer(
    cls=Commands,
    rich_markup_mode=None,
    context_settings=SETTINGS,
    help="Finds the AWS spend that nobody expected, finds out why, and tells the owner in Slack.",
    epilog=f"Start with: whyspike demo\n\n{EXIT_CODES}",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"whyspike {version('whyspike')}")
        raise typer.Exit


@app.callback()
def whyspike(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="print the version and exit"
        ),
    ] = False,
) -> None:
    """Options of the command as a whole."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code; a mistake of the user or a failed run is one line,
    never a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    commands = typer.main.get_command(app)
    if ASKED_BY_THE_SHELL in os.environ:
        commands.main(given, prog_name="whyspike")
    try:
        _no_empty_value(given)
        with commands.make_context("whyspike", given) as context:
            return int(commands.invoke(context))
    except BaseException as error:
        ending = ending_of(error)
        if ending is None:
            raise
        return _said(ending, pipe_is_broken=isinstance(error, BrokenPipeError))


def _said(ending: ExitStatus, *, pipe_is_broken: bool) -> int:
    if ending.line:
        say(ending.line)
    if pipe_is_broken:
        sys.stderr.close()
    return ending.exit_code


def _no_empty_value(given: Sequence[str]) -> None:
    """An empty value is a variable that was not set; taken as "nothing given" it would scan
    something else than was meant."""
    for before, value in zip(["", *given], given, strict=False):
        if value == "" or (value.startswith("--") and value.endswith("=")):
            option = value.removesuffix("=") or before
            named = option if option.startswith("-") else "an argument"
            raise InvalidInput(f"{named} is empty. Remedy: give a value, or leave it out")
