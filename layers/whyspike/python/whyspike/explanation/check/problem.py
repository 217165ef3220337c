"""What in an answer does not hold."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AnswerPart(StrEnum):
    """The part of an answer."""

    SCHEMA = "schema"
    VERDICT = "verdict"
    FINDING = "finding"
    TEXT = "text"
    FIX = "fix"
    COMMAND = "command"
    GAPS = "gaps"
    DERIVED = "derived"


@dataclass(frozen=True)
class AnswerProblem:
    """`text` says what does not hold, `subject` of which finding, sentence or command."""

    part: AnswerPart
    text: str
    subject: str = ""

    def __str__(self) -> str:
        """As Claude is told, for a repair."""
        return f"{self.part} {self.subject}".rstrip() + f": {self.text}"
