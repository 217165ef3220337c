"""The `whyspike` command. Exit codes: 0 done, 1 the run failed, 2 something that was given is
wrong, 130 interrupted."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)
from requests import RequestException

from whyspike.cli.console import note
from whyspike.errors import InvalidInput, WhyspikeError

PACKAGES = {"demo", "doctor", "price"}  # commands with a folder of their own
# Module, what it does. Each module has add_arguments(parser) and run(arguments) -> int; its
# docstring is the long help.
COMMANDS = {
    "demo": "scan a simulated organisation with the deployed files, on this machine",
    "scan": "start a scan on AWS, watch it and read its digest",
    "backtest": "run detection over past days of an organisation folder or a CSV",
    "report": "write report.html from the files of a finished scan",
    "invoke": "run one built function under the Lambda Runtime Interface Emulator",
    "simulate": "keep a simulated organisation running and print its addresses",
    "organization": "write the default organisation as a folder, to look at or to change",
    "doctor": "check a deployment, read-only, and print the remedy of each failure",
    "price": "what scans cost for a number of accounts",
}
EXIT_CODES = (
    "Exit codes: 0 done (also with accounts that could not be scanned), 1 the run failed, 2 wrong"
    " input, 130 interrupted."
)


# Mistakes in how AWS is to be reached, before anything is asked of it.
AWS_REMEDIES: dict[type[BotoCoreError], str] = {
    NoRegionError: "give --region, or export AWS_DEFAULT_REGION",
    ProfileNotFound: "give a profile of ~/.aws/config",
    NoCredentialsError: "sign in (aws sso login), or export AWS_PROFILE",
}


def module_of(command: str) -> str:
    """The module that holds a command."""
    return f"whyspike.cli.{command}.command" if command in PACKAGES else f"whyspike.cli.{command}"


class _Help(argparse.RawDescriptionHelpFormatter):
    """Keeps the examples of a command's docstring as they are written."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28)


def parser() -> argparse.ArgumentParser:
    """The command line of every command, examples included."""
    top = argparse.ArgumentParser(
        prog="whyspike",
        description=(
            "Finds the AWS spend that nobody expected, finds out why, and tells the owner in Slack."
        ),
        epilog=f"Start with: whyspike demo\n\n{EXIT_CODES}",
        formatter_class=_Help,
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        module = import_module(module_of(name))
        command = commands.add_parser(
            name, help=summary, description=module.__doc__, epilog=EXIT_CODES, formatter_class=_Help
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code; a mistake of the user or a failed run is one line,
    never a traceback."""
    given = sys.argv[1:] if arguments is None else arguments
    chosen = parser().parse_args(given)
    try:
        _no_empty_value(given)
        return int(chosen.run(chosen))
    except InvalidInput as error:
        note(f"whyspike: {error}")
        return 2
    except (NoRegionError, ProfileNotFound, NoCredentialsError) as error:
        note(f"whyspike: {str(error).rstrip('.')}. Remedy: {AWS_REMEDIES[type(error)]}")
        return 2
    except KeyboardInterrupt:
        note("whyspike: interrupted")
        return 130
    except BrokenPipeError:  # the reader of our output, such as `head`, has gone
        sys.stderr.close()
        return 0
    except (
        WhyspikeError,
        ClientError,
        BotoCoreError,
        RequestException,
        TimeoutError,
        ConnectionError,
    ) as error:
        note(f"whyspike: {type(error).__name__}: {error}")
        return 1
    except OSError as error:
        named = f"{error.filename}: " if error.filename is not None else ""
        note(
            f"whyspike: {named}{error.strerror or error}. Remedy: name a file or folder that can be"
            " read and written"
        )
        return 2


def _no_empty_value(given: Sequence[str]) -> None:
    """An empty value is a variable that was not set; taken as "nothing given" it would scan
    something else than was meant."""
    for before, value in zip(["", *given], given, strict=False):
        if value == "" or (value.startswith("--") and value.endswith("=")):
            option = value.removesuffix("=") or before
            named = option if option.startswith("-") else "an argument"
            raise InvalidInput(f"{named} is empty. Remedy: give a value, or leave it out")
