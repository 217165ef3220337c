"""A large bill keeps the resources of its newest days alone, and every dollar."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest

from whyspike.cli.bills.cells import RESOURCE_DAYS, ChargePlace, FileBill
from whyspike.cli.bills.reading import read_files

FIRST, DAYS = date(2026, 9, 1).toordinal(), 40
ROWS = [
    ChargePlace(FIRST + day, service="Amazon EC2", resource_id=f"i-{number}")
    for day in range(DAYS)
    for number in range(5)
]
NEWEST = {FIRST + day for day in range(DAYS - RESOURCE_DAYS, DAYS)}


def bill(rows: list[ChargePlace], room: int) -> FileBill:
    made = FileBill((), "CUR 2.0", frozenset(), room=room)
    for row in rows:
        made.add(row, 1.0, 2.0)
    made.close()
    return made


def test_a_bill_of_ordinary_size_keeps_all_resources() -> None:
    made = bill(ROWS, room=len(ROWS))

    assert list(made.sums) == ROWS
    assert not made.cut


@pytest.mark.parametrize("order", ["as delivered", "newest first", "at random"])
def test_a_large_one_keeps_those_of_the_newest_days_whatever_the_order(order: str) -> None:
    rows = {
        "as delivered": ROWS,
        "newest first": ROWS[::-1],
        "at random": random.Random(1).sample(ROWS, len(ROWS)),
    }[order]

    made = bill(rows, room=100)

    assert made.cut
    assert {cell.day for cell in made.sums if cell.resource_id} == NEWEST
    assert len(made.sums) == DAYS - RESOURCE_DAYS + 5 * RESOURCE_DAYS
    assert sum(cost for cost, _ in made.sums.values()) == len(ROWS)
    assert sum(quantity for _, quantity in made.sums.values()) == 2 * len(ROWS)


def test_who_gives_a_large_bill_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "bill.csv"
    lines = [f"{date.fromordinal(row.day)},EC2,{row.resource_id},1.5" for row in ROWS]
    file.write_text("\n".join(["date,service,resource_id,cost", *lines]))
    whole = read_files([file])
    monkeypatch.setattr("whyspike.cli.bills.cells.MAX_PLACES", 100)

    read = read_files([file])

    assert "The bill is large: resources are known of its last 14 days alone." in read.notes
    assert whole.notes == ()
    assert (read.days, read.lines) == (whole.days, whole.lines)
    assert sum(cost for cost, _ in read.sums.values()) == 1.5 * len(ROWS)
