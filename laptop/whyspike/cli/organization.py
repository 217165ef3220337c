"""Write the default organisation as a folder: a made-up company with seven planted incidents.

The folder is what `whyspike demo --organization` reads; copy it, change a bill, and see what
whyspike says. `planted.json` in it tells what was planted; whyspike never reads that file.

    whyspike organization fernhill
    whyspike organization fernhill --seed 7 --scan-date 2026-11-20
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from whyspike.cli.arguments import dated
from whyspike.cli.console import console, table
from whyspike.cli.output import writable_folder
from whyspike.errors import InvalidInput


def run(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="where to write; must not exist or be empty"),
    ],
    seed: Annotated[
        int, typer.Option(metavar="N", help="another seed gives other daily amounts")
    ] = 42,
    scan_date: Annotated[
        date | None, dated("--scan-date", help="last day of the bills (default: 2026-11-06)")
    ] = None,
) -> int:
    from whyspike.simulator.fernhill.organization import SCAN_DATE, generate, planted

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidInput(
            f"{folder}: exists and is not an empty folder. Remedy: give another name"
        )
    last_day = scan_date or SCAN_DATE
    writable_folder(folder, "FOLDER")
    generate(folder, seed, last_day)
    shown = table("planted", "account", "kind", "onset", "service")
    for incident in planted(last_day)["incidents"]:
        shown.add_row(
            incident["id"],
            incident["account"],
            incident["kind"],
            incident["onset"],
            incident["service"],
        )
    console().print(shown)
    console().print(f"\nwritten to {folder}; try: whyspike demo --organization {folder}")
    return 0
