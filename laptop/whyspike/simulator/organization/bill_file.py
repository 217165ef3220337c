"""Reads bill.csv or bill.csv.gz; raises InvalidInput naming file, line and remedy.

Two columns are optional: `visible_from` and `visible_until` (dates) say on which days' bill the row
is seen, from the first and before the second: late and restated data. Without them a row is seen
from its own day on.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from whyspike.errors import InvalidInput
from whyspike.payload import finite
from whyspike.simulator.organization.bill import DIMENSIONS, Bill, Ints, make_bill

REQUIRED = ("date", *DIMENSIONS, "cost", "usage_quantity")
_SAMPLES = {"service": "AWS Lambda", "record_type": "Usage"}


def iso_date(text: str) -> date:
    """The date of YYYY-MM-DD; ValueError for any other form, since two forms of one day would be
    two days to a reader."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(text)
    return date.fromisoformat(text)


def read_text(file: Path) -> str:
    """The file's text, unpacked when it ends in .gz."""
    try:
        raw = file.read_bytes()
        return (gzip.decompress(raw) if file.suffix == ".gz" else raw).decode("utf-8-sig")
    except FileNotFoundError:
        raise InvalidInput(f"{file}: no such file", remedy="add it") from None
    except (gzip.BadGzipFile, zlib.error, EOFError):
        raise InvalidInput(
            f"{file}: not a whole gzip file", remedy="pack it again with gzip"
        ) from None
    except UnicodeDecodeError:
        raise InvalidInput(f"{file}: not UTF-8 text", remedy="save it as UTF-8") from None
    except OSError as error:
        raise InvalidInput(
            f"{file}: cannot be read ({error.strerror})", remedy="put a readable file there"
        ) from None


def plain_or_gz(folder: Path, name: str) -> Path:
    """The file of that name, plain or packed; which one counts must not be a matter of luck."""
    plain, packed = folder / name, folder / f"{name}.gz"
    if plain.exists() and packed.exists():
        raise InvalidInput(f"{plain}: stands beside {packed.name}", remedy="keep one of the two")
    return plain if plain.exists() else packed


def read_bill(file: Path, account_id: str, scan_date: date) -> Bill:
    """The account's bill; every row must belong to `account_id` and to a day up to `scan_date`.
    Rows of one cell (all texts of a day) are added up, as Cost Explorer adds up a bill's lines."""
    lines = _lines(file)
    _, header = next(lines, (1, []))
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise InvalidInput(
            f"{file}, line 1: column {', '.join(missing)} is missing",
            remedy=f"the columns are {','.join(REQUIRED)}",
        )
    rows: list[list[str]] = []
    numbers: list[int] = []
    for number, row in lines:
        if len(row) != len(header):
            if not row:
                continue
            raise InvalidInput(
                f"{file}, line {number}: {len(row)} fields instead of {len(header)}",
                remedy="correct the row",
            )
        rows.append(row)
        numbers.append(number)
    columns: dict[str, tuple[str, ...]] = dict.fromkeys(header, ())
    columns.update(zip(header, zip(*rows, strict=True), strict=False))
    _same_account(file, columns["account"], numbers, account_id)
    days = _dates(file, "date", columns["date"], numbers)
    _not_after(file, days, numbers, scan_date)
    for name in ("service", "record_type"):
        _never_empty(file, name, columns[name], numbers)
    cost = _numbers(file, "cost", columns["cost"], numbers)
    quantity = _numbers(file, "usage_quantity", columns["usage_quantity"], numbers)
    bill = make_bill(days, columns, cost, quantity)
    return _with_visibility(file, bill, columns, numbers)


def _lines(file: Path) -> Iterator[tuple[int, list[str]]]:
    """(line number, fields) of each row; no field of a bill goes over a line's end, so that a stray
    quote is found where it stands."""
    reader = csv.reader(io.StringIO(read_text(file), newline=""), strict=True)
    number = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise InvalidInput(
                f"{file}, line {number}: {error}", remedy="look for a quote that is not closed"
            ) from None
        if row is None:
            return
        if reader.line_num > number:
            raise InvalidInput(
                f"{file}, line {number}: a field goes on in the next line",
                remedy="look for a quote that is not closed",
            )
        yield number, row
        number += 1


def _not_after(file: Path, days: list[date], lines: list[int], scan_date: date) -> None:
    for day, line in zip(days, lines, strict=True):
        if day > scan_date:
            raise InvalidInput(
                f"{file}, line {line}: date {day} lies after {scan_date}, the scan_date of"
                " organization.json",
                remedy="correct the row, or set scan_date to the last day of the bills",
            )


def _never_empty(file: Path, name: str, texts: tuple[str, ...], lines: list[int]) -> None:
    for text, line in zip(texts, lines, strict=True):
        if not text.strip():
            raise InvalidInput(
                f"{file}, line {line}: {name} is empty",
                remedy=f"Cost Explorer always names one, such as {_SAMPLES[name]}",
            )


def _same_account(file: Path, accounts: tuple[str, ...], lines: list[int], account_id: str) -> None:
    for account, line in zip(accounts, lines, strict=True):
        if account != account_id:
            raise InvalidInput(
                f"{file}, line {line}: account {account!r} is not {account_id}",
                remedy="move the row to that account's bill",
            )


def _dates(file: Path, name: str, texts: tuple[str, ...], lines: list[int]) -> list[date]:
    known: dict[str, date] = {}
    for text, line in zip(texts, lines, strict=True):
        if text not in known:
            try:
                known[text] = iso_date(text)
            except ValueError:
                raise InvalidInput(
                    f"{file}, line {line}: {name} {text!r} is no date",
                    remedy="write it as YYYY-MM-DD",
                ) from None
    return [known[text] for text in texts]


def _numbers(file: Path, name: str, texts: tuple[str, ...], lines: list[int]) -> list[float]:
    values = []
    for text, line in zip(texts, lines, strict=True):
        try:
            values.append(finite(text))
        except ValueError:
            raise InvalidInput(
                f"{file}, line {line}: {name} {text!r} is no number", remedy="write it as 12.34"
            ) from None
    return values


def _with_visibility(
    file: Path, bill: Bill, columns: dict[str, tuple[str, ...]], lines: list[int]
) -> Bill:
    def ordinals(name: str, default: date, otherwise: Ints) -> Ints:
        if name not in columns:
            return otherwise
        texts = tuple(text or default.isoformat() for text in columns[name])
        days = np.array(
            [day.toordinal() for day in _dates(file, name, texts, lines)], dtype=np.int64
        )
        return np.concatenate([days, otherwise[len(days) :]])

    return replace(
        bill,
        visible_from=ordinals("visible_from", date.min, bill.visible_from),
        visible_until=ordinals("visible_until", date.max, bill.visible_until),
    )
