"""Values of AWS CLI options as botocore would take them: scalars, JSON, and the CLI's shorthand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

_TIME = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?|\d{9,13}(?:\.\d+)?"
)

_INTEGER = (re.compile(r"-?\d{1,19}"), "not an integer", int)
_NUMBER = (re.compile(r"-?\d{1,19}(?:\.\d{1,19})?"), "not a number", float)
# Type of a shape -> how its values are written, what another one is called, what botocore takes.
_SCALARS: Mapping[str, tuple[re.Pattern[str], str, Callable[[str], Any]]] = {
    "integer": _INTEGER,
    "long": _INTEGER,
    "float": _NUMBER,
    "double": _NUMBER,
    "boolean": (re.compile("true|false"), "neither true nor false", "true".__eq__),
    "timestamp": (_TIME, "not a time", str),
}


class Unfit(Exception):
    """Why a command does not pass; its text is what check_command returns."""


def value_of(shape: Shape, words: list[str]) -> Any:
    """The value of an option as botocore would take it: scalars, JSON, or the CLI's shorthand."""
    kind = shape.type_name
    if kind == "boolean" and not words:
        return True
    if not words:
        raise Unfit("no value")
    if kind not in ("structure", "list", "map"):
        if len(words) != 1:
            raise Unfit(f"{len(words)} values")
        return _scalar(shape, words[0])
    if words[0][:1] in ("{", "["):
        return _from_json(shape, " ".join(words))
    if isinstance(shape, ListShape):
        member = shape.member
        return [
            (
                _shorthand(member, word)
                if member.type_name in ("structure", "map")
                else _scalar(member, word)
            )
            for word in words
        ]
    if len(words) != 1:
        raise Unfit(f"{len(words)} values")
    return _shorthand(shape, words[0])


def _from_json(shape: Shape, text: str) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise Unfit("not JSON") from None
    if isinstance(shape, ListShape) and isinstance(value, dict):
        value = [value]
    return _typed(shape, value)


def _typed(shape: Shape, value: Any) -> Any:
    """JSON with its enumerations and times checked; types and required members are left to
    botocore's validator."""
    if isinstance(value, dict):
        if isinstance(shape, MapShape):
            return {key: _typed(shape.value, inner) for key, inner in value.items()}
        if not isinstance(shape, StructureShape):
            return value
        if unknown := value.keys() - shape.members.keys():
            raise Unfit(f"no member {sorted(unknown)[0][:60]}")
        return {key: _typed(shape.members[key], inner) for key, inner in value.items()}
    if isinstance(value, list) and isinstance(shape, ListShape):
        return [_typed(shape.member, inner) for inner in value]
    if isinstance(value, str):
        return _scalar(shape, value) if shape.type_name in ("string", "timestamp") else value
    return value


def _shorthand(shape: Shape, word: str) -> Any:
    """`Name=x,Values=a,b` as the CLI reads it, one level deep; anything deeper is to be written as
    JSON."""
    pairs: dict[str, list[str]] = {}
    key = ""
    for part in word.split(","):
        name, equals, value = part.partition("=")
        if equals and re.fullmatch(r"[A-Za-z0-9_.:-]+", name):
            if name in pairs:
                raise Unfit(f"{name} twice")
            key = name
            pairs[key] = [value]
        elif key:
            pairs[key].append(part)
        else:
            raise Unfit(f"not a structure: {word[:60]}")
    if isinstance(shape, MapShape):
        return {name: _member(shape.value, name, values) for name, values in pairs.items()}
    if not isinstance(shape, StructureShape):
        raise Unfit("write it as JSON")
    if unknown := pairs.keys() - shape.members.keys():
        raise Unfit(f"no member {sorted(unknown)[0][:60]}")
    return {name: _member(shape.members[name], name, values) for name, values in pairs.items()}


def _member(shape: Shape, name: str, values: list[str]) -> Any:
    if isinstance(shape, ListShape):
        if shape.member.type_name in ("structure", "list", "map"):
            raise Unfit(f"{name}: write it as JSON")
        return [_scalar(shape.member, value) for value in values]
    if shape.type_name in ("structure", "map") or len(values) != 1:
        raise Unfit(f"{name}: write it as JSON")
    return _scalar(shape, values[0])


def _scalar(shape: Shape, word: str) -> Any:
    if isinstance(shape, StringShape):
        return _text(shape, word)
    if shape.type_name not in _SCALARS:
        raise Unfit("a value that cannot be shown")
    form, complaint, read = _SCALARS[shape.type_name]
    if not form.fullmatch(word):
        raise Unfit(f"{complaint}: {word[:40]}")
    return read(word)


def _text(shape: StringShape, word: str) -> str:
    if shape.enum and word not in shape.enum:
        raise Unfit(f"{word[:40]} is not one of {', '.join(shape.enum[:6])}")
    if not word:
        raise Unfit("empty")
    return word
