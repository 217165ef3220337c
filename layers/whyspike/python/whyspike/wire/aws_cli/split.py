"""An AWS CLI command as words: split as a POSIX shell would, but only where nothing needs
expansion."""

from __future__ import annotations

import re

from whyspike.wire.aws_cli.values import Unfit

LONGEST = 1500  # characters
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
_PLACEHOLDER = re.compile(
    r"<[^>]*>|\{\{|\{[A-Za-z_-]+\}|\bYOUR[_-]|\byour-|\bX{4,}|\bREPLACE|\.\.\.|…|\bmy-(?:bucket|function|table)\b"
)
_ADDRESS = re.compile(
    r"(?:file|fileb|https?)://(?!sqs\.[a-z0-9-]+\.amazonaws\.com/\d{12}/[A-Za-z0-9_-]+(?:\.fifo)?$)"
)  # a queue's name


def words_of(command: str) -> list[str]:
    """Words as a POSIX shell would pass them on; only quoting that needs no expansion is let
    through."""
    if len(command) > LONGEST:
        raise Unfit("too long")
    if not re.fullmatch(r"[ -~]*", command):
        raise Unfit("line break, control character or letter outside ASCII")
    words: list[str] = []
    word: str | None = None
    quote = ""
    for character in command:
        if quote:
            if character == quote:
                quote = ""
            elif quote == '"' and character in "$`\\!":
                raise Unfit("shell expansion inside double quotes")
            else:
                word = (word or "") + character
        elif character in "'\"":
            quote, word = character, word or ""
        elif character == " ":
            if word is not None:
                words.append(word)
            word = None
        elif character in "|&;<>()":
            raise Unfit("shell operator or placeholder")
        elif character in "$`\\*?{}!" or (character in "#~" and word is None):
            raise Unfit(f"shell expansion: {character} outside quotes")
        else:
            word = (word or "") + character
    if quote:
        raise Unfit("a quote is not closed")
    if word is not None:
        words.append(word)
    for candidate in words:
        if _PLACEHOLDER.search(candidate):
            raise Unfit(f"placeholder in {candidate[:40]}")
        if _ADDRESS.match(candidate.partition("=")[2] if candidate.startswith("--") else candidate):
            raise Unfit("reads a file or an address")
    return words


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
