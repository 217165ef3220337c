"""Time and memory of reading a large bill: a CUR 2.0 export of generated rows, one an hour and
resource, read by the reader of `whyspike check`.

    python -m benchmarks.bills                    # 50 million rows
    python -m benchmarks.bills --rows 5_000_000
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import duckdb

from whyspike.cli.bills.reading import read_files

HOURS = 60 * 24
_SELECT = """
    SELECT TIMESTAMP '2026-09-01' + INTERVAL 1 HOUR * (i % {hours}) AS line_item_usage_start_date,
    printf('%012d', 111122223333 + (i // {hours}) % 100) AS line_item_usage_account_id,
    MAP {{'product_name': 'Service ' || ((i // {hours}) // 100) % 15}} AS product,
    'USE1-Usage-' || ((i // {hours}) // 100) % 45 AS line_item_usage_type,
    'Usage' AS line_item_line_item_type,
    'arn:aws:ec2:us-east-1::instance/i-' || (i // {hours}) AS line_item_resource_id,
    'us-east-1' AS product_region_code, 'USD' AS line_item_currency_code,
    0.01 AS line_item_unblended_cost, 1.0 AS line_item_usage_amount
    FROM range({rows}) AS t(i)
"""


def generate(file: Path, rows: int) -> None:
    with duckdb.connect() as database:
        database.execute("SET memory_limit='1GB'")
        database.execute("SET preserve_insertion_order=false")
        select = _SELECT.format(hours=HOURS, rows=rows)
        database.execute(f"COPY ({select}) TO '{file}' (COMPRESSION zstd)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000_000)
    parser.add_argument("--file", type=Path, help="an export that was generated before")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = given.file or Path(folder) / "cur.parquet"
        if not file.exists():
            generate(file, given.rows)
            print(f"generated {file.stat().st_size / 1e6:,.0f} MB", flush=True)
        started = time.monotonic()
        reading = read_files([file])
        seconds = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{reading.recognised()}\n{len(reading.sums):,} sums, {seconds:,.0f} s, {peak:.2f} GB")


if __name__ == "__main__":
    main()
