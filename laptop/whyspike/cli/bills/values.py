"""Dates and amounts as people's files write them. A text may be read in two ways (3/4 is a day of
March or of April; 1,100 is 1.1 or 1100): a column is read in the one way that fits all of it, and
asked about where both do."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Generic, TypeVar

from whyspike.errors import InvalidInput
from whyspike.payload import finite

T = TypeVar("T")
MAX_NAMED = 5  # lines that an error names
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *("jan january", "feb february", "mar march", "apr april", "may", "jun june"),
            *("jul july", "aug august", "sep sept september", "oct october", "nov november"),
            "dec december",
        ),
        1,
    )
    for name in names.split()
}
_ISO = re.compile(
    r"(\d{4})([-/.]?)(\d{2})\2(\d{2})"
    r"(?:[T ]+(\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)? ?(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?",
    re.I,
)
_NUMERIC = re.compile(r"(\d{1,2})([-/.]) ?(\d{1,2})\2 ?(\d{4}|\d{2})(?:,?[T ]+\d{1,2}:\d{2}.*)?")
_NAMED = re.compile(r"(?:[a-z]{3,9},? )?(\d{1,2})\.?[ -]([a-z]{3,9})\.?,?[ -](\d{4}|\d{2})", re.I)
_NAMED_US = re.compile(r"(?:[a-z]{3,9},? )?([a-z]{3,9})\.? (\d{1,2}),? (\d{4})", re.I)
_MONTH = re.compile(r"(\d{4})[-/](\d{2})|([a-z]{3,9})\.?[ -](\d{4})", re.I)
_GROUPED = r"[1-9]\d{{0,2}}(?:(?:{0}\d{{2,3}})*{0}\d{{3}})"
_AMOUNT = {
    decimal: re.compile(
        rf"((?:{_GROUPED.format(comma)}|{_GROUPED.format('[ ’]')}|\d+)?)"
        rf"(?:{decimal}(\d*))?([eE][+-]?\d+)?"
    )
    for decimal, comma in ((r"\.", ","), (",", r"\."))
}
_MONEY = re.compile(r"^(?:[A-Z]{2,3} ?)?[$€£¥]|[$€£¥]$|^[A-Z]{3}(?=[ \d(+-])|[A-Z]{3}$")
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "'": "’", "−": "-", "–": "-"})


@dataclass(frozen=True)
class Readings(Generic[T]):
    """What a text says in each of two ways; None where it says nothing that way."""

    one: T | None
    other: T | None


def date_readings(text: str) -> Readings[date]:
    """Day first, and month first. A time with an offset is of its UTC day, as AWS bills."""
    text = text.strip()
    try:
        if found := _ISO.fullmatch(text):
            return _both(_iso(found))
        if found := _NUMERIC.fullmatch(text):
            a, sign, b, year = found.group(1), found.group(2), found.group(3), _year(found.group(4))
            return Readings(
                _date_or_none(year, int(b), int(a)),
                None if sign == "." else _date_or_none(year, int(a), int(b)),
            )
        if found := _NAMED.fullmatch(text):
            day, month, of = found.groups()
            return _both(date(_year(of), _MONTHS.get(month.lower(), 0), int(day)))
        if found := _NAMED_US.fullmatch(text):
            month, day, of = found.groups()
            return _both(date(int(of), _MONTHS.get(month.lower(), 0), int(day)))
        if found := _MONTH.fullmatch(text):
            of, month = found.group(1) or found.group(4), found.group(2)
            number = int(month) if month else _MONTHS.get(found.group(3).lower(), 0)
            return _both(date(int(of), number, 1))
    except (ValueError, OverflowError):  # also the first midnight of all, further east
        pass
    return Readings(None, None)


def amount_readings(text: str) -> Readings[float]:
    """With a decimal point, and with a decimal comma. Brackets and a minus on either side are
    negative; signs and codes of currencies are left out."""
    text = text.translate(_SPACES).strip()
    negative = text.startswith("(") and text.endswith(")")
    if negative:
        text = text[1:-1].strip()
    for _ in range(3):  # a sign of the currency and a minus stand in any order
        text = _MONEY.sub("", text).strip()
        if text[:1] in ("-", "+") or text[-1:] == "-":
            if "-" in (text[:1], text[-1:]):
                if negative:
                    return Readings(None, None)
                negative = True
            text = text[1:].strip() if text[:1] in ("-", "+") else text[:-1].strip()
    point, comma = (_amount(text, decimal) for decimal in (r"\.", ","))
    if negative:
        point, comma = None if point is None else -point, None if comma is None else -comma
    return Readings(point, comma)


def _amount(text: str, decimal: str) -> float | None:
    found = _AMOUNT[decimal].fullmatch(text)
    if found is None or not (found.group(1) or found.group(2)):
        return None
    whole = re.sub(r"[^\d]", "", found.group(1))
    try:
        return finite(f"{whole or 0}.{found.group(2) or 0}{found.group(3) or ''}")
    except ValueError:  # 1e400
        return None


def _both(value: T) -> Readings[T]:
    return Readings(value, value)


def _iso(found: re.Match[str]) -> date:
    year, _, month, day, hour, minute, _, zone = found.groups()
    value = date(int(year), int(month), int(day))
    if not zone or zone.upper() in ("Z", "UTC", "GMT"):
        return value
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]) if len(zone) > 3 else 0)
    local = datetime(value.year, value.month, value.day, int(hour), int(minute), tzinfo=UTC)
    return (local - offset if zone[0] == "+" else local + offset).date()


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _date_or_none(year: int, month: int, day: int) -> date | None:
    """None for a day that no calendar knows: 13/04 has one reading."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


@dataclass
class TextColumn(Generic[T]):
    """Both readings of every text of a column, until `settle` says which one it is.

    `names` are the two ways in words, `chosen` the one that the user has given, `option` how it is
    given.
    """

    what: str
    readings: Callable[[str], Readings[T]]
    names: tuple[str, str]
    option: str
    chosen: int | None = None
    _known: dict[str, Readings[T]] = field(default_factory=dict)
    _lines: dict[str, list[int]] = field(default_factory=dict)
    _example: tuple[str, int] | None = None  # a text that the two ways read as different things

    def see(self, text: str, line: int) -> None:
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = self.readings(text)
        if found.one is not None and found.other is not None:
            if found.one != found.other and self._example is None:
                self._example = (text, line)
            return
        kind = (
            "neither"
            if found.one is found.other
            else ("first" if found.other is None else "second")
        )
        named = self._lines.setdefault(kind, [])
        if len(named) < MAX_NAMED or kind == "neither":
            named.append(line)

    def settle(self, where: str, sample: Callable[[int], str], preferred: int | None = None) -> int:
        """0 or 1: the way in which the whole column can be read. `preferred` where both can.
        Raises InvalidInput."""
        self._refuse_unreadable(where)
        first, second = self._lines.get("first"), self._lines.get("second")
        if first and second and (self._example or self.what == "date"):
            raise InvalidInput(
                f"{where}: {self.what}s contradict each other: line {first[0]}"
                f" ({sample(first[0])}) is {self.names[0]}, line {second[0]} ({sample(second[0])})"
                f" is {self.names[1]}",
                remedy=f"write all {self.what}s in one way",
            )
        only = 0 if first else 1 if second else None
        way = self.chosen if self.chosen is not None else only if only is not None else None
        if way is not None:
            against = second if way == 0 else first
            if self.chosen is not None and against:
                raise InvalidInput(
                    f"{where}, line {against[0]}: {self.what} {sample(against[0])!r} is not"
                    f" {self.names[way]}",
                    remedy=f"give {self.option} {self.names[1 - way]}",
                )
            return way
        if self._example is None:
            return 0
        if preferred is not None:
            return preferred
        text, line = self._example
        raise InvalidInput(
            f"{where}, line {line}: {self.what}s can be read in two ways, {text!r} is"
            f" {self._known[text].one} or {self._known[text].other}, and no row settles it",
            remedy=f"say which: {self.option} {self.names[0]}, or {self.option} {self.names[1]}",
        )

    def _refuse_unreadable(self, where: str) -> None:
        lines = self._lines.get("neither")
        if not lines:
            return
        bad = next(text for text, found in self._known.items() if found == Readings(None, None))
        one, some = len(lines) == 1, ", ".join(map(str, lines[:MAX_NAMED]))
        example = "YYYY-MM-DD, such as 2026-11-06" if self.what == "date" else "12.34"
        article = "no date" if self.what == "date" else "no number"
        raise InvalidInput(
            f"{where}, line{'' if one else 's'} {some}{', ...' if len(lines) > MAX_NAMED else ''}:"
            f" {self.what} {bad!r} is {article}",
            remedy=f"write it as {example}, or take the row{'' if one else 's'} out",
        )

    def value(self, text: str, way: int) -> T:
        """The value in the way that was settled; in a mixed column of amounts, the one there is."""
        found = self._known.get(text) or self.readings(text)
        value = (found.one, found.other)[way]
        if value is None:
            value = found.other if found.one is None else found.one
        assert value is not None  # noqa: S101  settle refuses a text that says nothing
        return value


def date_column(chosen: int | None) -> TextColumn[date]:
    return TextColumn("date", date_readings, ("day-first", "month-first"), "--dates", chosen)


def amount_column(chosen: int | None) -> TextColumn[float]:
    return TextColumn("cost", amount_readings, ("point", "comma"), "--decimal", chosen)
