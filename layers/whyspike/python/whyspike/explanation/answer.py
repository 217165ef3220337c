"""The answer that Claude gives: hypotheses and claims, no prose. These types are the one source of
the JSON schema, of the prompt's list of claims, of the checks and of docs/explanation.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, ClassVar, TypeAlias

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from whyspike.explanation.claims.types import CLAIMS, CellRef, Claim
from whyspike.knowledge.categories import categories
from whyspike.payload import to_json

# Descriptions stand once, in the prompt (`claims_in_words`, `members_in_words`).
_UNWANTED = frozenset({"title", "default", "discriminator", "description"})


class Standing(StrEnum):
    LEADING = "leading"
    POSSIBLE = "possible"
    RULED_OUT = "ruled-out"


@dataclass(frozen=True)
class Hypothesis:
    """What changed in one cell, who made the change, and what speaks for and against it."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    category: Annotated[str, Field(description="of the list of categories")]
    cell: CellRef
    actor: Annotated[
        str, Field(description="ref of the event that made it; empty when no event proves it")
    ]
    supports: Annotated[tuple[str, ...], Field(description="refs that speak for it")]
    against: Annotated[tuple[str, ...], Field(description="refs that speak against it")]
    standing: Standing


@dataclass(frozen=True)
class NextCheck:
    """A first look that the owner should take, out of the checks that the cell lists."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    check: Annotated[str, Field(description="name of a check of that cell, such as C2")]
    cell: CellRef


@dataclass(frozen=True)
class FixAdvice:
    """What to do where the cost is not wanted: the advice for a category, filled in by the code."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    advice: Annotated[str, Field(description="category of a leading hypothesis")]
    cell: CellRef


@dataclass(frozen=True)
class Answer:
    """Hypotheses (two or three, the leading one first), the message in claims, the checks to run
    first, and the fix."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    hypotheses: tuple[Hypothesis, ...]
    message: tuple[Annotated[Claim, Field(discriminator="claim")], ...]
    next: tuple[NextCheck, ...]
    fix: FixAdvice | None


@dataclass(frozen=True)
class AnswerProblem:
    """What of an answer does not hold, and why; read to Claude, and kept in the notes."""

    part: str
    reason: str

    def __str__(self) -> str:
        return f"{self.part}: {self.reason}"


Read: TypeAlias = tuple[Answer, tuple[AnswerProblem, ...]]


@cache
def answer_schema() -> dict[str, Any]:
    """The JSON schema of an answer, in the part of JSON Schema that structured outputs take: every
    member required, objects closed, no oneOf."""
    schema: dict[str, Any] = _plain(TypeAdapter(Answer).json_schema())
    defined = schema["$defs"]
    defined["Category"] = {"type": "string", "enum": list(categories())}
    for name, member in (("Hypothesis", "category"), ("FixAdvice", "advice")):
        defined[name]["properties"][member] = {"$ref": "#/$defs/Category"}
    return schema


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    found = {
        "anyOf" if key == "oneOf" else key: (
            {name: _plain(inner) for name, inner in part.items()}
            if key in ("properties", "$defs")
            else _plain(part)
        )
        for key, part in value.items()
        if key not in _UNWANTED
    }
    if found.get("type") == "object":
        found |= {"required": list(found["properties"]), "additionalProperties": False}
    return found


def claims_in_words() -> str:
    """The list of claims with their members and promises: for the prompt and the docs."""
    return "\n".join(f"- `{name}`({members}): {promise}" for name, members, promise in _claims())


def _claims() -> list[tuple[str, str, str]]:
    return [
        (
            str(kind.__dataclass_fields__["claim"].default),
            ", ".join(one.name for one in fields(kind) if one.name != "claim"),
            " ".join((kind.__doc__ or "").split()),
        )
        for kind in CLAIMS
    ]


def members_in_words() -> str:
    """What the members of claims, hypotheses, checks and fixes hold, each said once: for the prompt
    and the docs."""
    said: dict[str, list[str]] = {}
    for kind in (*CLAIMS, Hypothesis, NextCheck, FixAdvice):
        properties = TypeAdapter(kind).json_schema()["properties"]
        for name, member in properties.items():
            if text := member.get("description"):
                said.setdefault(name, []).append(text)
    return "\n".join(f"- {name}: {'; '.join(dict.fromkeys(texts))}" for name, texts in said.items())


def read_answer(value: Mapping[str, Any]) -> Read:
    """The answer out of a JSON value. A part that breaks the schema is left out and named; the
    other parts stay."""
    problems: list[AnswerProblem] = []

    def read(kind: Any, part: str, given: Any) -> Any:
        try:
            return _adapter(kind).validate_python(given)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(step) for step in first["loc"])[:60]
            problems.append(AnswerProblem(part, f"{where}: {str(first['msg'])[:160]}"))
            return None

    def read_all(kind: Any, name: str) -> tuple[Any, ...]:
        given = value.get(name)
        if not isinstance(given, list):
            problems.append(AnswerProblem(name, "is missing or no list"))
            return ()
        parts = [read(kind, f"{name}[{place}]", one) for place, one in enumerate(given)]
        return tuple(part for part in parts if part is not None)

    problems += [
        AnswerProblem("answer", f"{str(name)[:40]!r} is no member")
        for name in value
        if name not in Answer.__dataclass_fields__
    ]
    answer = Answer(
        hypotheses=read_all(Hypothesis, "hypotheses"),
        message=read_all(_AnyClaim, "message"),
        next=read_all(NextCheck, "next"),
        fix=read(FixAdvice | None, "fix", value.get("fix")),
    )
    return answer, tuple(problems)


_AnyClaim: TypeAlias = Annotated[Claim, Field(discriminator="claim")]


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def to_value(answer: Answer) -> dict[str, Any]:
    """The JSON value of an answer: the inverse of `read_answer`."""
    value: dict[str, Any] = to_json(answer)
    return value
