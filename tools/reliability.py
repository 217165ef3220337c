"""Writes docs/reliability.md from the table of faults that `make chaos` tries
(tests/chaos/table.py).

    python -m tools.reliability
"""

from __future__ import annotations

from pathlib import Path

from tests.chaos.table import DEATHS, FAULTS, Area, Fault

PAGE = Path(__file__).parents[1] / "docs" / "reliability.md"
_HEAD = """# What happens when something fails

Each row is tried by `make chaos`: the fault strikes a scan of a simulated organisation in which two
accounts cost more than usual, and the scan of the next day follows. After both, every account has
been told, nothing was told twice without saying so, the digest arrived, its coverage is true, and
no log, table, object or execution holds a credential. Where a run fails, its alarm rings and its
error says what to do.

Written by `make reliability` from the table in `tests/chaos/table.py`; do not edit.
"""
_DEATHS = """## Functions that die

After every call of every function in turn: what the call did has happened, and nothing after it.

| function | what a person sees | tried again |
| --- | --- | --- |
"""
_TABLE = (
    "| fault | what a person sees | tried again | owners are told |\n| --- | --- | --- | --- |\n"
)


def page() -> str:
    """The page as it should be."""
    return "\n".join([_HEAD, *(_section(area) for area in Area), _deaths()])


def _section(area: Area) -> str:
    rows = [_row(fault) for fault in FAULTS if fault.area is area]
    return f"## {area}\n\n{_TABLE}" + "\n".join(rows) + "\n"


def _deaths() -> str:
    rows = [f"| {name} | {seen} | {retried} |\n" for name, (seen, retried) in DEATHS.items()]
    return _DEATHS + "".join(rows)


def _row(fault: Fault) -> str:
    return f"| {fault.name} | {fault.seen} | {fault.retried} | {fault.told} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
