"""Write the default organisation as a folder: a made-up company with six planted incidents.

The folder is what `whyspike demo --organization` reads; copy it, change a bill, and see what
whyspike says. `planted.json` in it tells what was planted; whyspike never reads that file.

    whyspike organization fernhill
    whyspike organization fernhill --seed 7 --scan-date 2026-11-20
"""

from __future__ import annotations

import argparse
from pathlib import Path

from whyspike.cli.arguments import parse_date
from whyspike.cli.console import console, table
from whyspike.cli.output import writable_folder
from whyspike.errors import InvalidInput


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", help="where to write; must not exist or be empty"
    )
    parser.add_argument(
        "--seed", type=int, default=42, help="another seed gives other daily amounts (default 42)"
    )
    parser.add_argument(
        "--scan-date", metavar="YYYY-MM-DD", help="last day of the bills (default 2026-11-06)"
    )


def run(arguments: argparse.Namespace) -> int:
    from whyspike.simulator.fernhill.organization import SCAN_DATE, generate, planted

    folder: Path = arguments.folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidInput(
            f"{folder}: exists and is not an empty folder. Remedy: give another name"
        )
    scan_date = (
        SCAN_DATE if arguments.scan_date is None else parse_date(arguments.scan_date, "--scan-date")
    )
    writable_folder(folder, "FOLDER")
    generate(folder, arguments.seed, scan_date)
    shown = table("planted", "account", "kind", "onset", "service")
    for incident in planted(scan_date)["incidents"]:
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
