"""JSON at the doors: dataclasses of `model` in and out, checked by pydantic on the way in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from whyspike.errors import InvalidInput

T = TypeVar("T")
MAX_NUMBER = 1e100  # no amount and no quantity is larger


_READERS: dict[Any, TypeAdapter[Any]] = {}
_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}  # making one takes milliseconds, using it microseconds


def _adapter(kind: Any) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def _reader(kind: Any) -> TypeAdapter[Any]:
    """Of a tuple of one: a dataclass takes the configuration of what it lies in."""
    if kind not in _READERS:
        _READERS[kind] = TypeAdapter(tuple[kind], config=ConfigDict(allow_inf_nan=False))
    return _READERS[kind]


def to_json(value: Any, *, without_none: bool = False) -> Any:
    """A JSON value (dict, list, str, int, float, bool, None) of a dataclass; Decimal becomes a
    string, a date ISO 8601. `without_none` leaves out the fields that are None."""
    return _adapter(type(value)).dump_python(value, mode="json", exclude_none=without_none)


def from_json(kind: type[T], value: Any, *, what: str = "input", remedy: str = "") -> T:
    """The dataclass `kind` made from a JSON value; raises InvalidInput naming `what` and the first
    field that is wrong. NaN and infinity are no numbers."""
    try:
        return _reader(kind).validate_python((value,))[0]  # type: ignore[no-any-return]
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "value"
        raise InvalidInput(f"{what}: {where}: {first['msg']}", remedy=remedy) from None


def json_value(text: str | bytes, *, what: str, remedy: str = "") -> Any:
    """The JSON value of a text from outside; raises InvalidInput naming `what`, the line where
    there is one, and `remedy`. NaN, numbers without an end and nesting without one are no JSON."""
    try:
        return json.loads(text, parse_float=finite, parse_constant=finite)
    except json.JSONDecodeError as error:
        said = f"{what}, line {error.lineno}: not valid JSON ({error.msg})"
    except UnicodeError:
        said = f"{what}: not UTF-8 text"
    except RecursionError:
        said = f"{what}: not valid JSON (nested too deeply)"
    except (TypeError, ValueError) as error:
        said = f"{what}: not valid JSON ({str(error)[:80]})"
    raise InvalidInput(said, remedy=remedy) from None


def from_text(kind: type[T], text: str | bytes, *, what: str) -> T:
    """`from_json` of the JSON value of a text."""
    return from_json(kind, json_value(text, what=what), what=what)


def finite(number: Any) -> float:
    """The number as a float; ValueError for NaN, infinity, and what sums would make one of."""
    value = float(number)
    if not abs(value) <= MAX_NUMBER:
        raise ValueError(f"{str(number)[:40]} is no number")
    return value


# What the reading of a value raises that is not as it should be: a member that is missing, of
# another type, too large, nested too deeply.
UNREADABLE = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    OSError,  # a time before or after all times
)


@contextmanager
def as_stored(what: str) -> Iterator[None]:
    """Around the reading of what whyspike stored: what another version wrote, or what is damaged,
    is raised as InvalidInput."""
    try:
        yield
    except UNREADABLE as error:
        raise InvalidInput(
            f"{what}: stored by another version of whyspike, or damaged ({type(error).__name__})"
        ) from error


def dumps(value: Any) -> str:
    """Compact JSON text of a dataclass or JSON value."""
    return json.dumps(to_json(value), separators=(",", ":"), ensure_ascii=False)
