"""Reads Parquet with DuckDB, on this machine and in streams: 50 million rows within 2 GB."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from sys import intern
from typing import Any

from whyspike.cli.bills.cells import NO_SERVICE, RESOURCE_DAYS, ChargePlace, FileBill
from whyspike.cli.bills.shapes import FileShape, mapped, shape_of
from whyspike.cli.bills.tables import Options
from whyspike.errors import InvalidInput
from whyspike.payload import finite

MEMORY = "1200MB"  # of DuckDB; what does not fit goes to a folder that is deleted afterwards
_EPOCH = date(1970, 1, 1).toordinal()
_TEXTS = tuple(name for name in ChargePlace._fields if name != "day")


def read_parquet_files(files: Sequence[Path], options: Options) -> FileBill:
    """The parts of one export as one bill. Raises InvalidInput."""
    try:
        import duckdb
    except ImportError:
        raise InvalidInput(
            f"{files[0]}: Parquet is read with DuckDB, which is not installed",
            remedy="pip install 'whyspike[bills]'",
        ) from None
    with tempfile.TemporaryDirectory() as spill, duckdb.connect() as database:
        database.execute(f"SET memory_limit='{MEMORY}'")
        database.execute("SET preserve_insertion_order=false")
        database.execute("SET temp_directory=$folder", {"folder": spill})
        database.execute("SET TimeZone='UTC'")
        try:
            return _read(database, files, options)
        except duckdb.Error as error:
            raise InvalidInput(
                f"{files[0]}: cannot be read as Parquet ({str(error).splitlines()[0]})",
                remedy="export or download it again",
            ) from None


def _read(database: Any, files: Sequence[Path], options: Options) -> FileBill:
    names = [str(file) for file in files]
    described = database.execute(
        "DESCRIBE SELECT * FROM read_parquet($files, union_by_name=true)", {"files": names}
    ).fetchall()
    headings, types = [row[0] for row in described], [row[1] for row in described]
    where = str(files[0])
    shape = (
        mapped(headings, options.columns, where)
        if options.columns
        else shape_of(headings, options.cost_metric)
    )
    if shape is None:
        raise InvalidInput(
            f"{where}: no column with a date and cost is known; the columns are"
            f" {', '.join(headings[:20])}",
            remedy="say which is which: --columns date=COLUMN,service=COLUMN,cost=COLUMN",
        )
    columns = _Columns(headings, types, shape)
    bill = FileBill(
        tuple(files),
        shape.format,
        frozenset({*shape.columns, *shape.maps}),
        remedy_of_months=shape.remedy_of_months,
        metric=shape.metric,
    )
    last = database.execute(
        f"SELECT max({columns.day}) FROM read_parquet($files, union_by_name=true)",  # noqa: S608  names of columns, quoted
        {"files": names},
    ).fetchone()[0]
    if last is None:
        raise InvalidInput(f"{where}: has no rows", remedy="export it again")
    asked = columns.select(int(last) - RESOURCE_DAYS)
    found = database.execute(asked, {"files": names})
    while rows := found.fetchmany(10_000):
        for row in rows:
            texts = dict(zip(_TEXTS, map(intern, row[1 : len(_TEXTS) + 1]), strict=True))
            texts["service"] = texts["service"] or "(no service)"
            texts["record_type"] = texts["record_type"] or "Usage"
            cost, quantity, count = row[-3:]
            bill.add(
                ChargePlace(_ordinal(where, int(row[0])), **texts),
                _finite(where, cost),
                _finite(where, quantity),
            )
            bill.lines += int(count)
    return bill


def _ordinal(where: str, day: int) -> int:
    """Of a day since 1970."""
    if not 0 < day + _EPOCH <= date.max.toordinal():
        raise InvalidInput(f"{where}: a date is before or after all dates", remedy="export it anew")
    return day + _EPOCH


def _finite(where: str, number: float | None) -> float:
    try:
        return finite(number or 0.0)
    except ValueError:
        raise InvalidInput(f"{where}: an amount is no number", remedy="export it again") from None


class _Columns:
    """The SQL for each role of a shape."""

    def __init__(self, headings: Sequence[str], types: Sequence[str], shape: FileShape) -> None:
        self._headings, self._types, self._shape = headings, types, shape
        at = shape.columns["date"][0]
        name = _name(headings[at])
        instant = (
            name if types[at].startswith(("TIMESTAMP", "DATE")) else f"CAST({name} AS TIMESTAMP)"
        )
        self.day = f"CAST(floor(epoch({instant}) / 86400) AS BIGINT)"

    def select(self, resources_after: int) -> str:
        texts = [self._text(role) for role in _TEXTS]
        resource = _TEXTS.index("resource_id")
        texts[resource] = (
            f"CASE WHEN {self.day} > {resources_after} THEN {texts[resource]} ELSE '' END"
        )
        return (
            f"SELECT {self.day}, {', '.join(texts)}, {self._sum('cost')},"  # noqa: S608  names of columns, quoted
            f" {self._sum('quantity')}, count(*)"
            " FROM read_parquet($files, union_by_name=true)"
            f" WHERE {self._number('cost')} IS NOT NULL"
            f" GROUP BY {', '.join(str(n) for n in range(1, len(_TEXTS) + 2))}"
        )

    def _sum(self, role: str) -> str:
        return f"sum({self._number(role)})" if role in self._shape.columns else "0"

    def _number(self, role: str) -> str:
        """The first of the role's columns that a row fills."""
        names = [_name(self._headings[at]) for at in self._shape.columns[role]]
        return f"coalesce({', '.join(f'CAST({name} AS DOUBLE)' for name in names)})"

    def _text(self, role: str) -> str:
        parts = []
        if role in self._shape.maps:
            at, key = self._shape.maps[role]
            if self._types[at].startswith(("MAP", "STRUCT")):
                parts.append(f"nullif(CAST({_name(self._headings[at])}['{key}'] AS VARCHAR), '')")
            else:
                parts.append(
                    f"nullif(json_extract_string({_name(self._headings[at])}, '{key}'), '')"
                )
        for at in self._shape.columns.get(role, ()):
            parts.append(f"nullif(CAST({_name(self._headings[at])} AS VARCHAR), '')")
        return f"coalesce({', '.join(parts)}, '')" if parts else f"'{_default(role)}'"


def _default(role: str) -> str:
    return {"record_type": "Usage", "service": NO_SERVICE}.get(role, "")


def _name(heading: str) -> str:
    return '"' + heading.replace('"', '""') + '"'
