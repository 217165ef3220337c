"""Commands of an answer: literal, read-only, with a region, and with no identifier that the
evidence does not hold."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from whyspike.explanation.check.evidence import EvidenceIndex, tokens_of
from whyspike.explanation.check.vocabulary import AWS_VALUES

CheckCommand = Callable[[str], str]
MAX_COMMANDS = 6
REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
TIME = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?)?")
PLAIN = re.compile(r"[A-Za-z][A-Za-z/_.-]*")
# Services with one endpoint: their region is fixed by AWS and stands on no bill.
ONE_REGION = {
    "ce",
    "iam",
    "organizations",
    "cloudfront",
    "route53",
    "savingsplans",
    "support",
    "billing",
    "budgets",
    "cur",
    "pricing",
    "health",
}
PERIODS = frozenset({60, 300, 900, 3600, 21600, 86400})
COUNT_OPTIONS = frozenset(
    {"--max-items", "--max-results", "--max-records", "--limit", "--page-size", "--query"}
)
# Options whose value is a word of AWS's (a metric, a namespace), not the name of something of the
# account's.
WORD_OPTIONS = frozenset(
    {
        "--namespace",
        "--metric-name",
        "--metric-names",
        "--statistics",
        "--granularity",
        "--metrics",
        "--unit",
        "--output",
        "--query",
        "--status",
    }
)
# Options of pairs, in which the name is AWS's word and the value must be known.
PAIR_OPTIONS = frozenset(
    {"--filters", "--filter", "--dimensions", "--lookup-attributes", "--group-by", "--tag-filters"}
)
PAIR_NAME = re.compile(
    r"\"?\b(?:Name|Key|AttributeKey|Type|Dimension)\"?\s*[=:]\s*\"?[A-Za-z][\w:.-]*\"?"
)
PAIR_KEY = re.compile(
    r"\b[A-Z][A-Za-z]*\b(?=\"?\s*[=:])"
)  # a member of a structure; check_command knows which there are


def command_problem(
    command: str, index: EvidenceIndex, check_command: CheckCommand, trusted: Sequence[str] = ()
) -> str:
    """Reason why a command may not be shown, or ''. `trusted` are commands that the rules made:
    their values may be repeated."""
    if "\n" in command or not command.isascii() or not command.isprintable():
        return "not one line of plain text"
    if reason := check_command(command):
        return reason
    words = shlex.split(command)
    if len(words) < 3:
        return "no operation"
    if "--region" not in words:
        return "carries no region"
    known = (
        index.tokens
        | {token for line in trusted for token in tokens_of(line)}
        | {text.lower() for text in index.strings}
    )
    region = words[words.index("--region") + 1]
    if region.lower() not in known and not (words[1] in ONE_REGION and region == "us-east-1"):
        return f"region {region} is not in the evidence"
    option = ""
    for word in words[3:]:
        if word.startswith("--"):
            option = word.split("=", 1)[0]
            word = word.split("=", 1)[1] if "=" in word else ""
        if unknown := next(
            (
                atom
                for atom in _atoms(word, option, known)
                if not _allowed(atom, option, index, known)
            ),
            None,
        ):
            return f"{unknown[:60]!r} is not in the evidence"
    if any(text.lower() in command.lower() for text in index.hostile):
        return "repeats text that tries to give orders"
    return ""


def _atoms(word: str, option: str, known: frozenset[str]) -> list[str]:
    """The parts of a value that must be looked up: none when the whole is known, the whole of an
    ARN or a time, else its words."""
    if word.lower() in known:
        return []
    if word.startswith("arn:") or TIME.fullmatch(word):
        return [word]
    if option in PAIR_OPTIONS:
        word = PAIR_NAME.sub(" ", word)
    if "=" in word or word[:1] in "{[":
        word = PAIR_KEY.sub(" ", word)
    return [
        atom
        for atom in re.split(r"[,=\s\"'{}\[\]:|&?@`()<>!]+", word)
        if atom and (atom.lower() not in known)
    ]


def _allowed(atom: str, option: str, index: EvidenceIndex, known: frozenset[str]) -> bool:
    low = atom.lower()
    if low in AWS_VALUES:
        return True
    if low.isdigit() and len(low) < 10:
        return (option == "--period" and int(low) in PERIODS) or (
            option in COUNT_OPTIONS and int(low) <= 1000
        )
    if (moment := _time(atom)) is not None:
        first, last = index.first_day, index.last_day
        # A look some days before and after the period of the evidence is a look, not a claim.
        return bool(
            first
            and last
            and first - timedelta(days=31) <= moment.date() <= last + timedelta(days=31)
        )
    if low.startswith("/aws/"):  # a log group is named after the service and the resource
        return (
            all(part in known or part.isalpha() for part in low.split("/")[2:3])
            and low.rsplit("/", 1)[-1] in known
        )
    return option in WORD_OPTIONS and PLAIN.fullmatch(atom.lstrip(".")) is not None


def _time(text: str) -> datetime | None:
    """A moment written as ISO 8601 or as epoch seconds or milliseconds (what `logs` takes)."""
    if text.isdigit() and len(text) in (10, 13):
        return datetime.fromtimestamp(int(text[:10]), UTC)
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")) if TIME.fullmatch(text) else None
    except ValueError:
        return None
