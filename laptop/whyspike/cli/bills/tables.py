"""Reads files of text with columns: one charge a row (CUR, FOCUS, own), or one day a row and a
column for each service (the download of Cost Explorer's console)."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from sys import intern
from typing import Any, TextIO

from whyspike.cli.bills.cells import ChargePlace, FileBill
from whyspike.cli.bills.files import encodings, text_of
from whyspike.cli.bills.shapes import (
    FileShape,
    currency_of_heading,
    is_total,
    mapped,
    plain,
    shape_of,
)
from whyspike.cli.bills.values import (
    MAX_NAMED,
    TextColumn,
    amount_column,
    amount_readings,
    date_column,
    date_readings,
)
from whyspike.errors import InvalidInput
from whyspike.payload import finite
from whyspike.steps.cost_metrics import AUTO
from whyspike.words.amounts import counted
from whyspike.words.safe import one_line

_DELIMITERS = (",", ";", "\t", "|")
_DIMENSIONS = {
    "service": "service",
    "usagetype": "usage_type",
    "linkedaccount": "account",
    "region": "region",
    "operation": "operation",
    "chargetype": "record_type",
    "recordtype": "record_type",
    "": "",
}
_SAID_LINES = 1_000_000
MAX_LINE = 5_000_000  # characters: ten thousand columns of a report
_DOWNLOAD_DAYS = "download it again with granularity Daily"


def _unsaid(_: str) -> None:
    """Nobody waits for it."""


@dataclass(frozen=True)
class Options:
    """What the user said about the files: --columns, --dates, --decimal."""

    columns: Mapping[str, str]
    day_first: int | None = None  # 0: day first, 1: month first
    decimal: int | None = None  # 0: point, 1: comma
    cost_metric: str = AUTO  # as in steps.cost_metrics
    say: Callable[[str], None] = _unsaid  # how far a long reading is


Row = tuple[int, list[str]]  # the line that it begins on, its fields


def read_text_file(file: Path, options: Options) -> FileBill:
    """Raises InvalidInput naming file, line and remedy."""
    for encoding in encodings(file):
        try:
            return _read(file, encoding, options)
        except UnicodeDecodeError:
            continue
    raise InvalidInput(f"{file}: is text in no known encoding", remedy="save it as CSV in UTF-8")


def _read(file: Path, encoding: str, options: Options) -> FileBill:
    with text_of(file, encoding) as text:
        rows = _rows(file, text)
        first = next(rows, None)
        if first is None:
            raise InvalidInput(f"{file}: the file is empty", remedy="download it again")
        headings = [heading.strip().lstrip("\ufeff") for heading in first[1]]
        if options.columns:
            shape: FileShape | None = mapped(headings, options.columns, str(file))
        elif _is_wide(headings):
            return _read_wide(file, headings, list(rows), options)
        else:
            shape = shape_of(headings, options.cost_metric)
        if shape is None:
            wide = _own_wide(headings, rows)
            if wide is not None:
                return _read_wide(file, headings, wide, options, "own CSV, a column a service")
            raise _unknown(file, headings, encoding)
    return _read_lines(file, encoding, headings, shape, options)


def _rows(file: Path, text: TextIO) -> Iterator[Row]:
    """The rows that hold something."""
    start = text.readline(MAX_LINE)
    if start.lower().startswith("sep=") and len(start.strip()) == 5:
        lines = csv.reader(_lines_of("", text), delimiter=start.strip()[4], strict=True)
    else:
        lines = csv.reader(_lines_of(start, text), delimiter=delimiter_of(start), strict=True)
    begins = 1
    while True:
        try:
            row = next(lines, None)
        except csv.Error as error:
            raise InvalidInput(
                f"{file}, line {begins}: {error}",
                remedy="look for a quote that is not closed at or before it",
            ) from None
        if row is None:
            return
        if any(field and not field.isspace() for field in row):
            yield begins, row
        begins = lines.line_num + 1


def _lines_of(first: str, text: TextIO) -> Iterator[str]:
    """One line at a time, and of a line without an end only its beginning: what is packed may be a
    thousand times as large as its file."""
    line = first or text.readline(MAX_LINE)
    while line:
        if len(line) == MAX_LINE:
            raise csv.Error(f"a line has more than {MAX_LINE:,} characters")
        yield line
        line = text.readline(MAX_LINE)


def delimiter_of(headings: str) -> str:
    def columns(sign: str) -> int:
        try:
            return len(next(csv.reader([headings], delimiter=sign)))
        except csv.Error:  # a field that has no end
            return 0

    return max(_DELIMITERS, key=columns)


# ------------------------------------------------------------------ one charge a row


class _Lines:
    """The rows of one charge each, of one file."""

    def __init__(self, file: Path, headings: list[str], shape: FileShape) -> None:
        self.file, self.headings, self.shape = file, headings, shape
        self.left_out: Counter[str] = Counter()
        self.names = [
            role for role in ChargePlace._fields if role in shape.columns or role in shape.maps
        ]
        self._readers = {role: _reader(shape, role) for role in self.names}
        self.date = shape.columns["date"][0]
        self._costs = shape.columns["cost"]
        self._texts = [
            at[0]
            for role in ("service", "date", "account", "usage_type")
            if (at := shape.columns.get(role))
        ]

    def cost_of(self, row: Sequence[str]) -> int:
        """The column of its amount: the first that it fills."""
        return next((at for at in self._costs if row[at].strip()), self._costs[0])

    def whole(self, rows: Iterator[Row]) -> Iterator[Row]:
        """The rows that are charges: without repeated headings, totals and rows without an
        amount."""
        width = len(self.headings)
        for line, row in rows:
            if len(row) != width:
                row = self._fitted(line, row)
            if (
                row[self.date].strip() == self.headings[self.date]
                and [field.strip() for field in row] == self.headings
            ):
                self.left_out["repeated heading"] += 1
            elif not self.shape.fixed and any(is_total(row[at]) for at in self._texts):
                self.left_out["total row"] += 1
            elif not row[self.cost_of(row)].strip():
                self.left_out["empty amount"] += 1
            else:
                yield line, row

    def _fitted(self, line: int, row: list[str]) -> list[str]:
        width = len(self.headings)
        if len(row) > width and not any(field.strip() for field in row[width:]):
            return row[:width]
        padded = row + [""] * (width - len(row))
        total = any(is_total(field) for field in row)
        if len(row) > width or not total:
            raise InvalidInput(
                f"{self.file}, line {line}: {len(row)} fields instead of {width}",
                remedy="correct the row, or download the file again",
            )
        return padded

    def cell(self, row: list[str], day: int) -> ChargePlace:
        texts = {role: intern(read(row)) for role, read in self._readers.items()}
        return ChargePlace(day, **texts)


def _reader(shape: FileShape, role: str) -> Callable[[list[str]], str]:
    places = shape.columns.get(role, ())
    if role in shape.maps:
        at, key = shape.maps[role]

        def of_map(row: list[str]) -> str:
            return _key_of(row[at], key) or _first(row, places)

        return of_map
    if len(places) == 1 and role not in ("account", "record_type"):
        only = places[0]
        return lambda row: "" if row[only] == "NULL" else row[only].strip()
    if role == "account":
        return lambda row: _account_id(_first(row, places))
    return lambda row: _first(row, places)


def _first(row: list[str], places: Sequence[int]) -> str:
    for at in places:
        text = row[at].strip()
        if text and text != "NULL":
            return text
    return ""


@lru_cache(maxsize=4096)
def _key_of(text: str, key: str) -> str:
    """A value of a map column, which is JSON in a CSV."""
    try:
        value = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return ""
    return str(value.get(key) or "") if isinstance(value, dict) else ""


@lru_cache(maxsize=4096)
def _account_id(text: str) -> str:
    """The id as AWS writes it: a spreadsheet drops a leading zero, or keeps it with an
    apostrophe."""
    bare = text.lstrip("'’").replace("-", "")
    if not bare.isdigit():
        return text
    if len(bare) in (10, 11):
        return bare.zfill(12)
    return bare if len(bare) == 12 else text.lstrip("'’")


def _read_lines(
    file: Path, encoding: str, headings: list[str], shape: FileShape, options: Options
) -> FileBill:
    lines = _Lines(file, headings, shape)
    days, costs = date_column(options.day_first), amount_column(options.decimal)
    ways = (0, 0)
    if not shape.fixed:
        ways = _settled(file, encoding, lines, days, costs)
        lines.left_out.clear()
    bill = FileBill(
        (file,),
        shape.format,
        frozenset({*shape.columns, *shape.maps}),
        remedy_of_months=shape.remedy_of_months,
        metric=shape.metric,
    )
    known: dict[str, int] = {}
    with text_of(file, encoding) as text:
        rows = _rows(file, text)
        next(rows)
        for line, row in lines.whole(rows):
            day = known.get(row[lines.date])
            if day is None:
                day = known[row[lines.date]] = _day(days, row[lines.date], ways[0], file, line)
            cost = _cost(costs, row[lines.cost_of(row)], ways[1], shape.fixed, file, line)
            bill.add(
                _completed(lines.cell(row, day), lines, row, line), cost, _quantity(lines, row)
            )
            bill.lines += 1
            if not bill.lines % _SAID_LINES:
                options.say(f"{file.name}: {bill.lines:,} lines read")
    if not bill.lines:
        raise InvalidInput(
            f"{file}: has a heading and no rows", remedy="one row a day and service is needed"
        )
    bill.notes += _said(lines)
    return bill


def _settled(
    file: Path, encoding: str, lines: _Lines, days: TextColumn[date], costs: TextColumn[float]
) -> tuple[int, int]:
    """How the dates and the amounts of the whole file are to be read."""
    amounts: set[str] = set()
    with text_of(file, encoding) as text:
        rows = _rows(file, text)
        next(rows)  # the headings
        for line, row in lines.whole(rows):
            days.see(row[lines.date], line)
            costs.see(row[lines.cost_of(row)], line)
            amounts.add(row[lines.cost_of(row)])
    with text_of(file, encoding) as text:
        delimiter = delimiter_of(text.readline(MAX_LINE))
    machine = delimiter != ";" and not any("," in amount for amount in amounts)

    def sample(column: int) -> Callable[[int], str]:
        def of_line(wanted: int) -> str:
            with text_of(file, encoding) as again:
                rows = lines.whole(_rows(file, again))
                return next((row[column].strip() for at, row in rows if at == wanted), "")

        return of_line

    return (
        days.settle(str(file), sample(lines.date)),
        costs.settle(str(file), sample(lines.shape.columns["cost"][0]), 0 if machine else None),
    )


def _day(days: TextColumn[date], text: str, way: int, file: Path, line: int) -> int:
    readings = date_readings(text)
    if readings.one is None and readings.other is None:
        raise InvalidInput(
            f"{file}, line {line}: date {text!r} is no date",
            remedy="write it as YYYY-MM-DD, such as 2026-11-06",
        )
    return days.value(text, way).toordinal()


def _cost(
    costs: TextColumn[float], text: str, way: int, fixed: bool, file: Path, line: int
) -> float:
    if not fixed:
        return costs.value(text, way)
    try:
        return finite(text)
    except ValueError:
        raise InvalidInput(
            f"{file}, line {line}: cost {text!r} is no number", remedy="write it as 12.34"
        ) from None


def _completed(cell: ChargePlace, lines: _Lines, row: list[str], line: int) -> ChargePlace:
    """The cell with what the file leaves out."""
    changed: dict[str, Any] = {}
    if not cell.service:
        if not lines.shape.fixed:
            raise InvalidInput(
                f"{lines.file}, line {line}: service is empty",
                remedy="name what was paid for, as Cost Explorer does",
            )
        changed["service"] = "(no service)"
    if not cell.record_type:
        changed["record_type"] = "Usage"
    if "record_type" not in lines.names and cell.service == "Tax":
        changed["record_type"] = "Tax"
    if not cell.currency:
        changed["currency"] = lines.shape.currency or _sign(row[lines.cost_of(row)])
    return cell._replace(**changed) if changed else cell


def _sign(text: str) -> str:
    """The currency that an amount names itself: "$12.34"."""
    if text[:1].isdigit() and text[-1:].isdigit():
        return ""
    found = re.search(r"[$€£]|USD|EUR|GBP|CHF", text)
    return {"$": "USD", "€": "EUR", "£": "GBP"}.get(found[0], found[0]) if found else ""


def _quantity(lines: _Lines, row: list[str]) -> float:
    at = lines.shape.columns.get("quantity")
    if not at:
        return 0.0
    text = row[at[0]].strip()
    try:
        return finite(text) if text else 0.0
    except ValueError:
        return amount_readings(text).one or 0.0


def _said(lines: _Lines) -> list[str]:
    return [f"Left out: {counted(count, what)}." for what, count in sorted(lines.left_out.items())]


# ------------------------------------------------------------------ one day a row


def _is_wide(headings: Sequence[str]) -> bool:
    """Cost Explorer's console: the dimension, a column for each of its values with the unit behind
    its name, and the total."""
    units = [bool(currency_of_heading(heading)[1]) for heading in headings[1:] if heading]
    return bool(units) and all(units) and plain(headings[0]) in (*_DIMENSIONS, "date", "day")


def _own_wide(headings: Sequence[str], rows: Iterator[Row]) -> list[Row] | None:
    """The rows, where the first column is a date and every other one holds amounts of what its
    heading names."""
    if plain(headings[0]) not in ("date", "day", "usagedate", "usageday", "datum"):
        return None
    if len(headings) < 2 or any(plain(name) in _OTHER_COLUMNS for name in headings[1:]):
        return None
    found = list(rows)
    amounts = [text for _, row in found for text in row[1:] if text.strip()]
    readable = all(
        readings.one is not None or readings.other is not None
        for readings in map(amount_readings, amounts)
    )
    return found if amounts and readable else None


_OTHER_COLUMNS = {
    *("service", "account", "accountid", "region", "usagetype", "usageamount", "usagequantity"),
    *("quantity", "unit", "hours", "count"),
}


def _read_wide(
    file: Path,
    headings: list[str],
    rows: list[Row],
    options: Options,
    name: str = "Cost Explorer console",
) -> FileBill:
    dimension = _DIMENSIONS.get(plain(headings[0]), "service")
    columns = [currency_of_heading(heading) for heading in headings]
    totals = {at for at, (label, _) in enumerate(columns) if at and is_total(label)}
    if len(totals) == len(headings) - 1:
        totals, dimension = set(), ""
    days, costs = date_column(options.day_first), amount_column(options.decimal)
    daily = [(line, row) for line, row in rows if _is_day(row[0])]
    for line, row in daily:
        days.see(row[0], line)
        for at, text in enumerate(row[1:], 1):
            if text.strip() and at not in totals:
                costs.see(text, line)
    by_line = dict(daily)
    ways = (
        days.settle(str(file), lambda line: by_line[line][0]),
        costs.settle(str(file), lambda line: ", ".join(by_line[line][1:])[:60], 0),
    )
    words = {"account": "linked account", "": "total"}.get(dimension, dimension.replace("_", " "))
    bill = FileBill(
        (file,),
        f"{name}, by {words}" if name.startswith("Cost") else name,
        frozenset({"date", "cost", "currency", *([dimension] if dimension else [])}),
        remedy_of_months=_DOWNLOAD_DAYS,
    )
    for _, row in daily:
        day = days.value(row[0], ways[0]).toordinal()
        for at, text in enumerate(row[1 : len(columns)], 1):
            if text.strip() and at not in totals:
                cell = _wide_cell(day, dimension, *columns[at])
                bill.add(cell, costs.value(text, ways[1]))
                bill.lines += 1
    if not bill.lines:
        raise InvalidInput(f"{file}: has a heading and no rows", remedy=_DOWNLOAD_DAYS)
    return bill


def _is_day(text: str) -> bool:
    readings = date_readings(text)
    return readings.one is not None or readings.other is not None


def _wide_cell(day: int, dimension: str, name: str, currency: str) -> ChargePlace:
    cell = ChargePlace(day, currency=currency)
    if dimension == "service":
        return cell._replace(service=name, record_type="Tax" if name == "Tax" else "Usage")
    if dimension == "account":
        return cell._replace(account=_account_id(name))
    named: dict[str, Any] = {dimension: name} if dimension else {}
    return cell._replace(**named)


# ------------------------------------------------------------------ no shape that is known


def _unknown(file: Path, headings: Sequence[str], encoding: str) -> InvalidInput:
    """Names the columns, the nearest format and the mapping that would do."""
    with text_of(file, encoding) as text:
        rows = _rows(file, text)
        next(rows)
        sample = [row for _, row in zip(range(20), (row for _, row in rows), strict=False)]
    kinds = [_kind([row[at] for row in sample if at < len(row)]) for at in range(len(headings))]
    guess: dict[str, str] = {}
    for role, kind in (("date", "date"), ("service", "text"), ("cost", "amount")):
        at = next(
            (
                i
                for i, found in enumerate(kinds)
                if found == kind and not (role == "cost" and plain(headings[i]) in _OTHER_COLUMNS)
            ),
            None,
        )
        guess[role] = headings[at] if at is not None else "COLUMN"
    plains = {plain(heading) for heading in headings}
    nearest = (
        "CUR"
        if any(name.startswith("lineitem") for name in plains)
        else "FOCUS"
        if plains & {"billedcost", "chargeperiodstart", "effectivecost"}
        else "own CSV (date, service, cost)"
    )
    missing = "cost" if guess["cost"] == "COLUMN" else "date and cost"
    known = ", ".join(one_line(each, 40) for each in headings[: MAX_NAMED * 4] if each)
    return InvalidInput(
        f"{file}: no column with a {missing} is known; the columns are {known}; the nearest format"
        f" is {nearest}",
        remedy="say which is which: --columns "
        + ",".join(f"{role}={_quoted(name)}" for role, name in guess.items()),
    )


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name


def _kind(texts: Sequence[str]) -> str:
    filled = [text for text in texts if text.strip()]
    if not filled:
        return ""
    if all(_is_day(text) for text in filled):
        return "date"
    amounts = map(amount_readings, filled)
    if all(found.one is not None or found.other is not None for found in amounts):
        return "amount"
    return "text"
