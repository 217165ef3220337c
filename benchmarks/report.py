"""How large the report of a large organisation is: accounts and incidents of a finished scan, as
often as it takes.

    python -m benchmarks.report DIR [--accounts 1000 --incidents 200]

DIR is what `--out` of `whyspike demo` names. Sizes, not times: those are of the machine.
"""

from __future__ import annotations

import argparse
import gzip
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

from whyspike.cli.report import read_report
from whyspike.digest.report import ReportView, render

SIZES = ((200, 50), (1_000, 200), (5_000, 200), (5_000, 1_000))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--accounts", type=int, metavar="N")
    parser.add_argument("--incidents", type=int, default=200, metavar="N")
    given = parser.parse_args(arguments)
    view, _ = read_report(given.folder)
    print("accounts  incidents  report, MB  compressed, MB")
    for accounts, incidents in ((given.accounts, given.incidents),) if given.accounts else SIZES:
        page = render(repeated(view, accounts, incidents)).encode()
        small = len(gzip.compress(page)) / 1e6
        print(f"{accounts:8,}  {incidents:9,}  {len(page) / 1e6:10.1f}  {small:14.1f}")
    return 0


def repeated(view: ReportView, accounts: int, incidents: int) -> ReportView:
    """The view with so many accounts and incidents, each with an id of its own."""
    month = view.digest.month
    if month is not None:
        month = replace(
            month,
            accounts=tuple(
                replace(row, account_id=f"{number:012d}")
                for number, row in enumerate(islice(cycle(month.accounts), accounts))
            ),
        )
    return replace(
        view,
        digest=replace(view.digest, month=month),
        accounts=tuple(
            replace(row, account_id=f"{number:012d}", name=f"{row.name}-{number}")
            for number, row in enumerate(islice(cycle(view.accounts), accounts))
        ),
        incidents=tuple(
            replace(one, incident_id=f"{number:012d}-{one.onset}", title=f"{one.title}-{number}")
            for number, one in enumerate(islice(cycle(view.incidents), incidents))
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
