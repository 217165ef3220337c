"""Reads bill.csv or bill.csv.gz; raises InvalidInput naming file, line and remedy.

Two columns are optional: `visible_from` and `visible_until` (dates) say on which days' bill the row is seen, from the first and before
the second: late and restated data. Without them a row is seen from its own day on.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from simulator.bill import DIMENSIONS, Bill, Ints, make_bill
from whyspike.errors import InvalidInput

REQUIRED = ("date", *DIMENSIONS, "cost", "usage_quantity")


def read_text(file: Path) -> str:
    """The file's text, unpacked when it ends in .gz."""
    try:
        raw = file.read_bytes()
        return (gzip.decompress(raw) if file.suffix == ".gz" else raw).decode("utf-8-sig")
    except FileNotFoundError:
        raise InvalidInput(f"{file}: no such file; add it") from None
    except (gzip.BadGzipFile, EOFError):
        raise InvalidInput(f"{file}: not a whole gzip file; pack it again with gzip") from None
    except UnicodeDecodeError:
        raise InvalidInput(f"{file}: not UTF-8 text; save it as UTF-8") from None


def read_bill(file: Path, account_id: str) -> Bill:
    """The account's bill; every row must belong to `account_id`, and no cell (all texts of a day) may come twice."""
    lines = csv.reader(io.StringIO(read_text(file), newline=""))
    header = next(lines, [])
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise InvalidInput(f"{file}, line 1: column {', '.join(missing)} is missing; the columns are {','.join(REQUIRED)}")
    rows: list[list[str]] = []
    numbers: list[int] = []
    for row in lines:
        if len(row) != len(header):
            if not row:
                continue
            raise InvalidInput(f"{file}, line {lines.line_num}: {len(row)} fields instead of {len(header)}; correct the row")
        rows.append(row)
        numbers.append(lines.line_num)
    columns: dict[str, tuple[str, ...]] = dict.fromkeys(header, ())
    columns.update(zip(header, zip(*rows, strict=True), strict=False))
    _same_account(file, columns["account"], numbers, account_id)
    days = _dates(file, "date", columns["date"], numbers)
    cost = _numbers(file, "cost", columns["cost"], numbers)
    quantity = _numbers(file, "usage_quantity", columns["usage_quantity"], numbers)
    _no_cell_twice(file, columns, numbers)
    bill = make_bill(days, columns, cost, quantity)
    return _with_visibility(file, bill, columns, numbers)


def _same_account(file: Path, accounts: tuple[str, ...], lines: list[int], account_id: str) -> None:
    for account, line in zip(accounts, lines, strict=True):
        if account != account_id:
            raise InvalidInput(f"{file}, line {line}: account {account!r} is not {account_id}; move the row to that account's bill")


def _dates(file: Path, name: str, texts: tuple[str, ...], lines: list[int]) -> list[date]:
    known: dict[str, date] = {}
    for text, line in zip(texts, lines, strict=True):
        if text not in known:
            try:
                known[text] = date.fromisoformat(text)
            except ValueError:
                raise InvalidInput(f"{file}, line {line}: {name} {text!r} is no date; write it as YYYY-MM-DD") from None
    return [known[text] for text in texts]


def _numbers(file: Path, name: str, texts: tuple[str, ...], lines: list[int]) -> list[float]:
    values = []
    for text, line in zip(texts, lines, strict=True):
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise InvalidInput(f"{file}, line {line}: {name} {text!r} is no number; write it as 12.34")
        values.append(value)
    return values


def _no_cell_twice(file: Path, columns: dict[str, tuple[str, ...]], lines: list[int]) -> None:
    names = [name for name in ("date", *DIMENSIONS, "visible_from", "visible_until") if name in columns]
    seen: dict[tuple[str, ...], int] = {}
    for cell, line in zip(zip(*(columns[name] for name in names), strict=True), lines, strict=True):
        first = seen.setdefault(cell, line)
        if first != line:
            raise InvalidInput(f"{file}, line {line}: the same cell as line {first} ({cell[0]}, {cell[2]}, {cell[3]}); keep one of the two")


def _with_visibility(file: Path, bill: Bill, columns: dict[str, tuple[str, ...]], lines: list[int]) -> Bill:
    def ordinals(name: str, default: date, otherwise: Ints) -> Ints:
        if name not in columns:
            return otherwise
        texts = tuple(text or default.isoformat() for text in columns[name])
        days = np.array([day.toordinal() for day in _dates(file, name, texts, lines)], dtype=np.int64)
        return np.concatenate([days, otherwise[len(days) :]])

    return replace(
        bill,
        visible_from=ordinals("visible_from", date.min, bill.visible_from),
        visible_until=ordinals("visible_until", date.max, bill.visible_until),
    )
