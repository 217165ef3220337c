"""How long the messages to owners are: what a person reads of each, over the results of scans.

    python -m benchmarks.messages DIR... [--longest N]

A DIR is what `--out` of `whyspike demo` names, or a folder of such folders, which
`make bench-explanation` leaves in out/bench-explanation. Counted are the characters as they are
read: links by their labels, no buttons, no chart. Exit 1 where fewer than nine of ten are short
enough, or one is too long.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from whyspike.messages.blocks import as_text, read_length
from whyspike.messages.owner_message import MAX_MESSAGE
from whyspike.words.mrkdwn import to_text

MAX_SHORT = 900  # characters that nine of ten are to have
MIN_SHARE = 0.9
STEP = 150  # of the histogram


@dataclass(frozen=True)
class Read:
    """One message to an owner."""

    scan: str
    length: int
    text: str


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--longest", type=int, default=0, metavar="N", help="print the N longest")
    given = parser.parse_args(arguments)
    found = [read for folder in given.folders for read in messages_below(folder)]
    if not found:
        print("no alerts.json with a message to an owner lies below these folders", file=sys.stderr)
        return 2
    for line in distribution([read.length for read in found]):
        print(line)
    for read in sorted(found, key=lambda read: -read.length)[: given.longest]:
        print(f"\n---- {read.scan}: {read.length} characters\n{read.text}")
    return 0 if is_short_enough([read.length for read in found]) else 1


def messages_below(folder: Path) -> Iterator[Read]:
    """The messages to owners in every alerts.json below the folder; the digests are not."""
    for file in sorted(folder.rglob("alerts.json")):
        for alert in json.loads(file.read_text(encoding="utf-8")):
            if not str(alert["notice_id"]).startswith("digest-"):
                blocks: list[dict[str, Any]] = alert["blocks"]
                text = as_text(blocks, lambda mrkdwn: to_text(mrkdwn, lambda label, _: label))
                yield Read(file.parent.name, read_length(blocks), text)


def distribution(lengths: Sequence[int]) -> list[str]:
    """The figures, and a bar for each step."""
    short = sum(length <= MAX_SHORT for length in lengths)
    tenths = quantiles(lengths, n=10) if len(lengths) > 1 else list(lengths) * 9
    figures = (
        f"{len(lengths)} messages: median {median(lengths):.0f}, nine of ten within"
        f" {tenths[-1]:.0f}, longest {max(lengths)} characters; {short / len(lengths):.0%} within"
        f" {MAX_SHORT}"
    )
    bars = [
        f"{low:5d}-{low + STEP - 1:<5d} {'█' * count} {count}"
        for low in range(0, max(lengths) + 1, STEP)
        if (count := sum(low <= length < low + STEP for length in lengths))
    ]
    return [figures, *bars]


def is_short_enough(lengths: Sequence[int]) -> bool:
    short = sum(length <= MAX_SHORT for length in lengths)
    return short >= MIN_SHARE * len(lengths) and max(lengths) <= MAX_MESSAGE


if __name__ == "__main__":
    sys.exit(main())
