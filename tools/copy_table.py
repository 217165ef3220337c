"""Make one DynamoDB table hold what another holds: rows that are missing or differ are written,
rows that the source lacks deleted.

    python tools/copy_table.py SOURCE TARGET

For a table restored to a point in time, which has a name of its own that no function reads
(docs/deploy.md, Roll back). Both tables have the keys PK and SK; nothing else may write to the
target meanwhile.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import boto3

BATCH = 25  # requests of one BatchWriteItem
Item = dict[str, Any]


def copy_table(dynamodb: Any, source: str, target: str) -> tuple[int, int]:
    """(rows written, rows deleted) in `target`. `dynamodb` is a DynamoDB client."""
    wanted, there = _rows(dynamodb, source), _rows(dynamodb, target)
    changed = [item for key, item in wanted.items() if there.get(key) != item]
    surplus = [item for key, item in there.items() if key not in wanted]
    puts = [{"PutRequest": {"Item": item}} for item in changed]
    deletes = [{"DeleteRequest": {"Key": {"PK": item["PK"], "SK": item["SK"]}}} for item in surplus]
    for batch in _batches(puts + deletes):
        left = {target: batch}
        while left:
            left = dynamodb.batch_write_item(RequestItems=left)["UnprocessedItems"]
    return len(changed), len(surplus)


def _rows(dynamodb: Any, table: str) -> dict[tuple[str, str], Item]:
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return {(item["PK"]["S"], item["SK"]["S"]): item for page in pages for item in page["Items"]}


def _batches(requests: Iterable[Item]) -> Iterator[list[Item]]:
    rest = iter(requests)
    while batch := list(islice(rest, BATCH)):
        yield batch


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source")
    parser.add_argument("target")
    arguments = parser.parse_args()
    written, deleted = copy_table(boto3.client("dynamodb"), arguments.source, arguments.target)
    print(f"{arguments.target}: {written} rows written, {deleted} deleted")
    return 0


if __name__ == "__main__":
    sys.exit(main())
