"""JSON at the doors: dataclasses of `model` in and out, checked by pydantic on the way in."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from whyspike.errors import InvalidInput

T = TypeVar("T")


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}  # making one takes milliseconds, using it microseconds


def _adapter(kind: Any) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def to_json(value: Any, *, without_none: bool = False) -> Any:
    """A JSON value (dict, list, str, int, float, bool, None) of a dataclass; Decimal becomes a
    string, a date ISO 8601. `without_none` leaves out the fields that are None."""
    return _adapter(type(value)).dump_python(value, mode="json", exclude_none=without_none)


def from_json(kind: type[T], value: Any, *, what: str = "input") -> T:
    """The dataclass `kind` made from a JSON value; raises InvalidInput naming `what` and the first
    field that is wrong."""
    try:
        return _adapter(kind).validate_python(value)  # type: ignore[no-any-return]
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "value"
        raise InvalidInput(f"{what}: {where}: {first['msg']}") from None


def dumps(value: Any) -> str:
    """Compact JSON text of a dataclass or JSON value."""
    return json.dumps(to_json(value), separators=(",", ":"), ensure_ascii=False)
