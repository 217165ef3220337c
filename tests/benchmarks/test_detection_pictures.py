"""The pictures of detection: one for each kind of complaint that is told."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

from benchmarks.detection_pictures import drawing, panels

FIRST = date(2026, 3, 2)


def bill(folder: Path, name: str, after: float) -> None:
    days = [FIRST + timedelta(days=n) for n in range(60)]
    lines = [f"{day},Amazon EC2,{after if n >= 50 else 100.0}" for n, day in enumerate(days)]
    text = "\n".join(["date,service,cost", *lines])
    (folder / "csv" / name).write_text(f"{text}\n", encoding="utf-8")


def test_the_first_case_of_each_fault_that_is_told_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "csv").mkdir()
    faults = {"quiet": 100.0, "rise": 180.0, "rise again": 250.0}
    for name, after in faults.items():
        bill(tmp_path, f"{name}.csv", after)
    span = {"from": "2026-04-15", "to": "2026-04-30"}
    cases = [
        {"fault": name.split()[0], "title": f"<{name}>", "file": f"{name}.csv", **span}
        for name in faults
    ]
    (tmp_path / "cases.json").write_text(json.dumps(cases), encoding="utf-8")

    (panel,) = panels(tmp_path)

    assert (panel.title, panel.onset) == ("<rise>", date(2026, 4, 21))
    assert panel.said == "level-shift, +$80.00 a day; told to the owner on Tue 21 Apr"
    picture = drawing([panel])
    assert picture.count("<polyline") == 1
    assert "&lt;rise&gt;" in picture
