"""An AWS CLI command as words: split as a POSIX shell would, but only where nothing needs
expansion."""

from __future__ import annotations

import re

from whyspike.wire.aws_cli.values import Unfit

MAX_CHARACTERS = 1500
# Options that every command takes -> whether a value follows. Those that change where or as whom it
# runs are left out.
GLOBAL_OPTIONS = {
    "--region": True,
    "--output": True,
    "--query": True,
    "--max-items": True,
    "--page-size": True,
    "--starting-token": True,
    "--no-paginate": False,
    "--no-cli-pager": False,
}
# The space between words, or a piece of a word that needs no expansion.
_PIECE = re.compile(
    r"(?P<gap> +)"
    r"|'(?P<single>[^']*)'"
    r'|"(?P<double>[^"$`\\!]*)"'
    r"""|(?P<plain>[^ '"|&;<>()$`\\*?{}!]+)"""
)
_PLACEHOLDER = re.compile(
    r"<[^>]*>|\{\{|\{[A-Za-z_-]+\}|\bYOUR[_-]|\byour-|\bX{4,}|\bREPLACE|\.\.\.|…|\bmy-(?:bucket|function|table)\b"
)
_ADDRESS = re.compile(
    r"(?:file|fileb|https?)://(?!sqs\.[a-z0-9-]+\.amazonaws\.com/\d{12}/[A-Za-z0-9_-]+(?:\.fifo)?$)"
)  # a queue's name


def words_of(command: str) -> list[str]:
    """Words as a POSIX shell would pass them on; only quoting that needs no expansion is let
    through."""
    if len(command) > MAX_CHARACTERS:
        raise Unfit("too long")
    if not re.fullmatch(r"[ -~]*", command):
        raise Unfit("line break, control character or letter outside ASCII")
    words: list[str] = []
    inside = False  # a word, so that the next piece goes on with it
    at = 0
    while at < len(command):
        piece = _PIECE.match(command, at)
        if piece is None or (not inside and command[at] in "#~"):
            raise Unfit(_not_plain(command[at:]))
        at = piece.end()
        if piece.lastgroup == "gap":
            inside = False
            continue
        words += [] if inside else [""]
        words[-1] += piece[piece.lastgroup or 0]
        inside = True
    for word in words:
        _check_word(word)
    return words


def _not_plain(rest: str) -> str:
    """Why a shell would not pass on what begins here."""
    if re.match(r'"[^"]*[$`\\!]', rest):
        return "shell expansion inside double quotes"
    if rest[0] in "'\"":
        return "a quote is not closed"
    if rest[0] in "|&;<>()":
        return "shell operator or placeholder"
    return f"shell expansion: {rest[0]} outside quotes"


def _check_word(word: str) -> None:
    if _PLACEHOLDER.search(word):
        raise Unfit(f"placeholder in {word[:40]}")
    if _ADDRESS.match(word.partition("=")[2] if word.startswith("--") else word):
        raise Unfit("reads a file or an address")


def split_command(words: list[str]) -> tuple[str, str, list[str]]:
    """Service, operation and the rest; options before the service are moved behind the
    operation."""
    if words[:1] != ["aws"]:
        raise Unfit("not an aws command")
    rest = words[1:]
    leading: list[str] = []
    while rest and rest[0].startswith("--"):
        if rest[0] not in GLOBAL_OPTIONS:
            raise Unfit(f"option {rest[0]} before the service")
        take = 1 + GLOBAL_OPTIONS[rest[0]]
        leading, rest = leading + rest[:take], rest[take:]
    if len(rest) < 2 or rest[1].startswith("-"):
        raise Unfit("no operation")
    return rest[0], rest[1], rest[2:] + leading


def options_of(arguments: list[str]) -> dict[str, list[str]]:
    """Option -> its words; `--option=value` is one word."""
    options: dict[str, list[str]] = {}
    name = ""
    for word in arguments:
        if word.startswith("--") and len(word) > 2:
            name, equals, value = word.partition("=")
            if name in options:
                raise Unfit(f"{name} twice")
            options[name] = [value] if equals else []
        elif not name:
            raise Unfit(f"stray word {word[:40]}")
        else:
            options[name].append(word)
    return options
