"""The `whyspike` command. Exit codes: 0 done, 1 the run failed, 2 something that was given is wrong, 130 interrupted."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from botocore.exceptions import BotoCoreError, ClientError

from cli.console import note
from whyspike.errors import InvalidInput, WhyspikeError

# Module, what it does. Each module has add_arguments(parser) and run(arguments) -> int; its docstring is the long help.
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
EXIT_CODES = "Exit codes: 0 done (also with accounts that could not be scanned), 1 the run failed, 2 wrong input, 130 interrupted."


class _Help(argparse.RawDescriptionHelpFormatter):
    """Keeps the examples of a command's docstring as they are written."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28)


def parser() -> argparse.ArgumentParser:
    """The command line of every command, examples included."""
    top = argparse.ArgumentParser(
        prog="whyspike",
        description="Finds the AWS spend that nobody expected, finds out why, and tells the owner in Slack.",
        epilog=f"Start with: whyspike demo\n\n{EXIT_CODES}",
        formatter_class=_Help,
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        module = import_module(f"cli.{name}")
        command = commands.add_parser(name, help=summary, description=module.__doc__, epilog=EXIT_CODES, formatter_class=_Help)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code; a mistake of the user or a failed run is one line, never a traceback."""
    chosen = parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except InvalidInput as error:
        note(f"whyspike: {error}")
        return 2
    except (WhyspikeError, ClientError, BotoCoreError) as error:
        note(f"whyspike: {type(error).__name__}: {error}")
        return 1
    except KeyboardInterrupt:
        note("whyspike: interrupted")
        return 130
    except BrokenPipeError:  # the reader of our output, such as `head`, has gone
        sys.stderr.close()
        return 0
