"""How a failure is told, for every command: one line that names the cause and, where somebody can
do something about it, the remedy; never a traceback."""

from __future__ import annotations

import sys
from typing import NamedTuple

from pydantic import ValidationError
from typer import Abort, Exit, TyperException

from whyspike.errors import InvalidInput, WhyspikeError
from whyspike.words.safe import visible

DONE, FAILED, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130

# What AWS answers to a request whose signature is from another time; boto3 does not correct it.
WRONG_CLOCK = ("InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed")
SET_THE_CLOCK = (
    "set this machine's clock (timedatectl set-ntp true): AWS takes no request that was signed more"
    " than five minutes ago or ahead"
)
_SIGN_IN_AGAIN = "sign in again (aws sso login), or export fresh keys"
# Codes that say how AWS was asked, not what: by any operation of any service.
_REMEDIES = {
    **dict.fromkeys(WRONG_CLOCK, SET_THE_CLOCK),
    **dict.fromkeys(("ExpiredToken", "ExpiredTokenException"), _SIGN_IN_AGAIN),
    **dict.fromkeys(("InvalidClientTokenId", "UnrecognizedClientException"), _SIGN_IN_AGAIN),
}


class ExitStatus(NamedTuple):
    exit_code: int
    line: str = ""  # "" where nothing is to be said


def say(line: str) -> None:
    """As every failure is said."""
    print(f"whyspike: {visible(line)}", file=sys.stderr, flush=True)


def ending_of(error: BaseException) -> ExitStatus | None:
    """How the command ends after `error`; None for a mistake in whyspike itself."""
    match error:
        case Exit():
            return ExitStatus(error.exit_code)
        case TyperException():
            return ExitStatus(WRONG_INPUT, _misspelt(error))
        case InvalidInput():
            return ExitStatus(WRONG_INPUT, str(error))
        case KeyboardInterrupt() | Abort():
            return ExitStatus(INTERRUPTED, "interrupted")
        case BrokenPipeError():  # the reader of our output, such as `head`, has gone
            return ExitStatus(DONE)
        case WhyspikeError() | TimeoutError() | ConnectionError():
            return ExitStatus(FAILED, f"{type(error).__name__}: {error}")
        case _:
            return _of_the_wire(error) or _of_the_disk(error)


def _misspelt(error: TyperException) -> str:
    """What was typed is not what the command takes."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "whyspike"
    said = " ".join(error.format_message().split()).rstrip(".").replace("Value error, ", "")
    typed = _typed(error)
    if typed is not None and repr(typed) not in said:
        said += f": {typed!r}"
    end = "" if said.endswith("?") else "."
    return f"{said}{end} Remedy: {command} --help shows what it takes"


def _typed(error: TyperException) -> object:
    """The value that was refused, where Typer's message leaves it out."""
    cause = error.__cause__ or error.__context__
    return cause.errors()[0]["input"] if isinstance(cause, ValidationError) else None


def _of_the_wire(error: BaseException) -> ExitStatus | None:
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        NoCredentialsError,
        NoRegionError,
        ProfileNotFound,
    )
    from requests import RequestException

    # Mistakes in how AWS is to be reached, before anything is asked of it.
    remedies: dict[type[BotoCoreError], str] = {
        NoRegionError: "give --region, or export AWS_DEFAULT_REGION",
        ProfileNotFound: "give a profile of ~/.aws/config",
        NoCredentialsError: "sign in (aws sso login), or export AWS_PROFILE",
    }
    for kind, remedy in remedies.items():
        if isinstance(error, kind):
            return ExitStatus(WRONG_INPUT, f"{str(error).rstrip('.')}. Remedy: {remedy}")
    if isinstance(error, ClientError) and error.response["Error"]["Code"] in _REMEDIES:
        remedy = _REMEDIES[error.response["Error"]["Code"]]
        return ExitStatus(FAILED, f"{str(error).rstrip('.')}. Remedy: {remedy}")
    if isinstance(error, (ClientError, BotoCoreError, RequestException)):
        return ExitStatus(FAILED, f"{type(error).__name__}: {error}")
    return None


def _of_the_disk(error: BaseException) -> ExitStatus | None:
    if not isinstance(error, OSError):
        return None
    named = f"{error.filename}: " if error.filename is not None else ""
    return ExitStatus(
        WRONG_INPUT,
        f"{named}{error.strerror or error}. Remedy: name a file or folder that can be read and"
        " written",
    )
