"""Documents as they come when something went wrong on the way, or when somebody means harm: a good
one with parts missing, doubled, swapped or replaced by what nobody foresaw.

A `Damage` is cheap: hypothesis gives it a seed and some values of its own, and it makes many inputs
of them.
"""

from __future__ import annotations

import gzip
import io
import json
import pickle
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")

ODD_TEXTS = (
    *("", " ", "\x00", "\ud800", "\u202e", "\u2028", "\ufeff", "a\nb", "\r", "null", "{}", "%00"),
    *("NaN", "-Infinity", "1e999", "-0", "1e-400", "9" * 400, "1" * 5_000, "0x10", "1_000"),
    *("١٢", "１２", "²", "1e308", "1,5", "(3.10)", "$-1", "10e", "+", "--1"),
    *("2026-02-31", "2026-13-01", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59-12:00"),
    *("0001-01-01T00:00:00+14:00", "0000-00-00", "2026-11-05T24:00:00Z", "20261105", "31/12/9999"),
    *("2026-11-05T00:00:00+99:99", "2026-W45-4", "1762300800", "10000-01-01", "2026-02-29"),
    *("<!channel>", "<@U1>", "=1+1", "../../etc/passwd", "{{ 7*7 }}", "{% for a in b %}", "&amp;"),
    *("😀", "🏴" * 30, "e\u0301" * 20, "ß", "İ", '"', "'", '""', '"a', "`", "```", "a,b", "\t"),
    *("arn:aws:", "arn:aws:ec2:us-east-1:111122223333:instance/i-1", "https://", "http://[", "@"),
    *("whsec_", "[" * 50, '{"a":' * 50, "111122223333", "#shop", "us-east-1", "true", "0", "-1"),
)
ODD_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 1.5, 10**30, -(10**30), 2**63, float("nan"), float("inf")),
    *(-float("inf"), 1e308, -1e308, 5e-324, 10**400, 253_402_300_800, -62_135_596_801, 1e20),
    *([], {}, [[]], [None], [{}], {"": None}, [[[[[[[[{}]]]]]]]], ["a", 1, None], "", "0", [""]),
    {"a": {"b": {"c": [1, "2", None]}}},
)
DEEP = 100_000  # brackets that no parser should follow
LONG = 200_000  # characters of one field
WIDE = 20_000  # columns, or members
GROWTH = 6_000_000  # characters of what a bomb unpacks to


@dataclass(frozen=True)
class Damage:
    """`random` decides what happens; `odd` are further values that may turn up. `size` up to 1: how
    often something large is made, which takes long to read."""

    random: Random
    odd: Sequence[Any] = ()
    size: float = field(default=1.0)

    def pick(self, choices: Sequence[T]) -> T:
        return choices[int(self.random.random() * len(choices))]

    def one_in(self, number: float) -> bool:
        return self.random.random() * number < 1.0

    def large(self) -> bool:
        return self.random.random() < 0.002 * self.size

    def odd_value(self) -> Any:
        if self.odd and self.one_in(3):
            return self.pick(self.odd)
        return _copy(self.pick(ODD_VALUES)) if self.one_in(2) else self.odd_text()

    def odd_text(self) -> str:
        if self.large():
            return self.pick(("[" * DEEP, '{"a":' * DEEP, "a" * LONG, "9" * LONG, "(" * LONG))
        if self.one_in(8):
            return "".join(self.pick(ODD_TEXTS) for _ in range(2))
        texts = [value for value in self.odd if isinstance(value, str)]
        return self.pick(texts) if texts and self.one_in(4) else self.pick(ODD_TEXTS)

    def value(self, sample: Any) -> Any:
        """The JSON value with one to four places changed, rarely all of it."""
        value = _copy(sample)
        if self.one_in(60):
            return self.odd_value()
        for _ in range(1 + self.pick((0, 0, 1, 3))):
            self._change(value, sample)
        return value

    def _change(self, value: Any, sample: Any) -> None:
        path = self.pick(_paths(sample)) if self.one_in(1.3) else self._walk(value)
        if not path:
            return
        place = value
        for key in path[:-1]:
            if not isinstance(place, dict | list):
                return
            try:
                place = place[key]
            except (LookupError, TypeError):
                return
        last = path[-1]
        if isinstance(place, dict) and last in place:
            self._change_member(place, last)
        elif isinstance(place, list) and isinstance(last, int) and last < len(place):
            self._change_item(place, last)

    def _walk(self, value: Any) -> tuple[Any, ...]:
        """A way into the value as it is by now."""
        path: list[Any] = []
        while isinstance(value, dict | list) and value and not (path and self.one_in(5)):
            key = (
                self.pick(list(value)) if isinstance(value, dict) else self.pick(range(len(value)))
            )
            path.append(key)
            value = value[key]
        return tuple(path)

    def _change_member(self, place: dict[Any, Any], name: Any) -> None:
        match self.pick(("replace", "replace", "alter", "alter", "remove", "add", "swap", "grow")):
            case "replace":
                place[name] = self.odd_value()
            case "alter":
                place[name] = self.altered(place[name])
            case "remove":
                del place[name]
            case "add":
                place[self.odd_text()] = self.odd_value()
            case "swap":
                other = self.pick(list(place))
                place[name], place[other] = place[other], place[name]
            case _ if self.large():
                place.update({f"m{number}": None for number in range(WIDE)})
            case _:
                place[self.odd_text()] = place.pop(name)

    def _change_item(self, place: list[Any], at: int) -> None:
        match self.pick(("replace", "alter", "alter", "remove", "double", "turn", "grow")):
            case "replace":
                place[at] = self.odd_value()
            case "alter":
                place[at] = self.altered(place[at])
            case "remove":
                del place[at]
            case "double":
                place.append(_copy(place[at]))
            case "turn":
                place.reverse()
            case _ if self.large():
                place *= WIDE // 10
            case _:
                place.insert(at, self.odd_value())

    def altered(self, value: Any) -> Any:
        """Nearly the same: of another type, cut, longer, next to it."""
        if isinstance(value, str):
            return self._altered_text(value)
        if isinstance(value, bool) or value is None:
            return self.pick((not value, str(value), int(bool(value)), [value]))
        if isinstance(value, int | float):
            near = (-value, value + 1, value - 1, 10**30, f"{value}e400", str(value), [value])
            return self.pick(near)
        return self.pick(([value], {"a": value}, str(value), [], {}))

    def _altered_text(self, text: str) -> Any:
        at = int(self.random.random() * (len(text) + 1))
        match self.pick(("insert", "cut", "digit", "case", "wrap", "number", "again")):
            case "insert":
                return text[:at] + self.odd_text() + text[at:]
            case "cut":
                return text[:at]
            case "digit":
                return text[:at] + self.pick("0123456789-:./eE+TZ, ") + text[at + 1 :]
            case "case":
                return text.swapcase()
            case "wrap":
                return self.pick(([text], {text: text}, {"S": text}, [[text]]))
            case "number":
                return self.pick((len(text), 0, -1, 1.5, None, True))
            case _:
                return text * self.pick((2, 2, 30, 1_000 if self.large() else 3))

    def json(self, sample: Any) -> bytes:
        """The value as text, for the most part with damage to the value, now and then to the
        text."""
        if self.one_in(6):
            return self.raw(json.dumps(sample).encode())
        text = json.dumps(self.value(sample), ensure_ascii=self.one_in(2))
        return text.encode("utf-8", "surrogatepass")

    def table(self, text: str) -> bytes:
        """The text, for the most part a table, with up to four cells, lines or signs changed."""
        lines = list(_lines(text))
        for _ in range(1 + self.pick((0, 0, 1, 3))):
            self._change_lines(lines)
        data = "".join(lines).encode("utf-8", "surrogatepass")
        return self.raw(data) if self.one_in(12) else data

    def _change_lines(self, lines: list[str]) -> None:
        if not lines:
            lines.append(self.odd_text())
        at = 0 if self.one_in(6) else int(self.random.random() * len(lines))
        match self.pick(("cell", "cell", "cell", "alter", "alter", "cells", "line", "lines")):
            case "cell":
                lines[at] = self._with_cell(lines[at], lambda _: self.odd_text())
            case "alter":
                lines[at] = self._with_cell(lines[at], lambda cell: str(self._altered_text(cell)))
            case "cells":
                lines[at] = ",".join(self._cells(lines[at].rstrip("\r\n").split(","))) + "\n"
            case "line":
                lines[at] = self.odd_text() + self.pick(("", "\n", "\r\n", "\r"))
            case _:
                self._change_all(lines, at)

    def _cells(self, cells: list[str]) -> list[str]:
        match self.pick(("swap", "turn", "twice", "fewer", "wide")):
            case "swap":
                one, other = (int(self.random.random() * len(cells)) for _ in "ab")
                cells[one], cells[other] = cells[other], cells[one]
                return cells
            case "turn":
                return cells[::-1]
            case "twice":
                return [*cells, self.pick(cells)]
            case "fewer":
                return cells[:-1]
            case _:
                return cells * (WIDE // len(cells)) if self.large() else cells[1:]

    def _change_all(self, lines: list[str], at: int) -> None:
        match self.pick(("gone", "twice", "cut", "only", "ends", "signs")):
            case "gone":
                del lines[at]
            case "twice":
                lines.insert(at, lines[at])
            case "cut":
                lines[at] = lines[at][: int(self.random.random() * len(lines[at]))]
            case "only":
                lines[1:] = lines[at : at + 1]
            case "ends":
                end = self.pick(("\r", "\r\n", "\n\n", ""))
                lines[:] = [line.rstrip("\r\n") + end for line in lines]
            case _:
                sign = self.pick((";", "\t", "|", " ", "\x1f"))
                lines[:] = [line.replace(",", sign) for line in lines]

    def _with_cell(self, line: str, change: Callable[[str], str]) -> str:
        body = line.rstrip("\r\n")
        cells = body.split(",")
        at = int(self.random.random() * len(cells))
        cells[at] = change(cells[at])
        return ",".join(cells) + line[len(body) :]

    def raw(self, data: bytes) -> bytes:
        """The bytes with some flipped, cut, spliced, or written in another encoding."""
        at = int(self.random.random() * (len(data) + 1))
        match self.pick(("flip", "flip", "cut", "insert", "splice", "encoding", "repeat", "head")):
            case "flip":
                changed = bytearray(data or b"a")
                for _ in range(self.pick((1, 2, 8))):
                    changed[int(self.random.random() * len(changed))] = self.random.getrandbits(8)
                return bytes(changed)
            case "cut":
                return data[:at]
            case "insert":
                return data[:at] + self.random.randbytes(self.pick((1, 2, 4, 16))) + data[at:]
            case "splice":
                begin = int(self.random.random() * (len(data) + 1))
                return data[:at] + data[begin:]
            case "encoding":
                return self._encoded(data)
            case "repeat":
                return data * self.pick((2, 3))
            case _:
                heads = (b"PK\x03\x04", b"\x1f\x8b", b"PAR1", b"%PDF", b"\xff\xfe", b"\xfe\xff")
                return self.pick((*heads, b"\xef\xbb\xbf", b"sep=", b"sep=;\n")) + data

    def _encoded(self, data: bytes) -> bytes:
        text = data.decode("utf-8", "replace")
        name = self.pick(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "cp1252"))
        return text.encode(name, "replace")

    def packed(self, data: bytes) -> bytes:
        """In gzip or zip, whole or not; rarely what unpacks to a thousand times its size."""
        if self.large():
            data += self.pick((b"a", b",", b"\n", b'"', b"[")) * GROWTH
        if self.one_in(2):
            found = gzip.compress(data, 1, mtime=0)
        else:
            opened = io.BytesIO()
            with zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED) as archive:
                for number in range(self.pick((1, 1, 1, 0, 2))):
                    name = self.pick(("bill.csv", "../bill.csv", "a/", "xl/a", ""))
                    info = zipfile.ZipInfo(name or f"{number}", (2026, 1, 1, 0, 0, 0))
                    archive.writestr(info, data)
            found = opened.getvalue()
        return self.raw(found) if self.one_in(2) else found


def _copy(value: T) -> T:
    found: T = pickle.loads(pickle.dumps(value, 5))  # noqa: S301  our own value, the fastest copy
    return found


def _paths(sample: Any) -> list[tuple[Any, ...]]:
    """Every place in a sample; samples are few and live as long as their doors."""
    known = _KNOWN_PATHS.get(id(sample))
    if known is None:
        known = list(_paths_of(sample))
        _KNOWN_PATHS[id(sample)] = known
        _KEPT.append(sample)
    return known


_KNOWN_PATHS: dict[int, list[tuple[Any, ...]]] = {}
_KEPT: list[Any] = []


def _paths_of(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    found = [at] if at else []
    return found + [path for key, part in inner for path in _paths_of(part, (*at, key))]


@lru_cache(maxsize=64)
def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.splitlines(keepends=True))
