"""`make fuzz`: damaged inputs for everything that reads, on both processors, with the progress of
each minute; it ends with the first input that brings out what it must not, and keeps that one.

    make fuzz
    make fuzz FUZZ=20000 ONLY="Usage Report"
    make fuzz AGAIN=.fuzz/0123456789ab.pickle ONLY="a bill of two columns"
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from random import SystemRandom

from tests.fuzz.doors import DOORS
from tests.fuzz.trial import Tried, attempt, judge, load, quiet

PART = 2_000  # inputs of one door, after which the next one has its turn
KEPT = Path(".fuzz")


@dataclass(frozen=True)
class Part:
    door: str
    inputs: int
    number: int


def say(text: object) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def parts_of(doors: Sequence[str], inputs: int, number: int) -> Iterator[Part]:
    """Every door in its turn, until each has had its share."""
    whole = sum(DOORS[name].share for name in doors)
    left = {name: max(1, round(inputs * DOORS[name].share / whole)) for name in doors}
    while any(left.values()):
        for name in doors:
            part = min(left[name], max(1, round(PART * DOORS[name].share)))
            if part:
                left[name] -= part
                number += 1
                yield Part(name, part, number)


def done(part: Part) -> tuple[Part, Tried]:
    return part, attempt(DOORS[part.door], part.inputs, part.number, KEPT)


def run(doors: Sequence[str], inputs: int, number: int, workers: int, go_on: bool) -> int:
    counts: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    slowest: dict[str, float] = defaultdict(float)
    seconds: dict[str, float] = defaultdict(float)
    failed: dict[str, int] = {}
    began = told = time.monotonic()
    say(f"{inputs:,} inputs, {len(doors)} doors, seed {number}")
    pool = get_context("fork").Pool(workers, maxtasksperchild=40)
    with pool:
        for part, tried in pool.imap_unordered(done, parts_of(doors, inputs, number)):
            counts[part.door] += tried.inputs
            refused[part.door] += tried.refused
            slowest[part.door] = max(slowest[part.door], tried.slowest)
            seconds[part.door] += tried.seconds
            if tried.failure and part.door not in failed:
                failed[part.door] = part.number
                say(f"\n{part.door}: seed {part.number}, kept as {tried.saved}")
                say(tried.failure)
                if not go_on:
                    break
            if time.monotonic() - told > 60:
                told = time.monotonic()
                say(_progress(counts, inputs, told - began))
    say(_table(counts, refused, slowest, seconds))
    say(_progress(counts, inputs, time.monotonic() - began))
    for name in failed:
        say(f"failed: {name}")
    return 1 if failed else 0


def _progress(counts: Mapping[str, int], inputs: int, seconds: float) -> str:
    whole = sum(counts.values())
    rate = whole / max(seconds, 0.001)
    return f"{whole:,} of {inputs:,} inputs in {seconds / 60:.1f} min, {rate:,.0f} a second"


def _table(
    counts: Mapping[str, int],
    refused: Mapping[str, int],
    slowest: Mapping[str, float],
    seconds: Mapping[str, float],
) -> str:
    rows = [f"{'door':42}{'inputs':>9}{'refused':>9}{'ms each':>9}{'slowest':>9}"]
    for name, count in counts.items():
        share = f"{refused[name] / count:.0%}"
        each, most = 1e3 * seconds[name] / count, f"{slowest[name]:.2f} s"
        rows.append(f"{name:42}{count:>9,}{share:>9}{each:>9.2f}{most:>9}")
    return "\n".join(rows)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--only", default="", help="doors whose name holds this")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(2**31))
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--go-on", action="store_true", help="with the other doors")
    parser.add_argument("--again", type=Path, help="one input that was kept")
    given = parser.parse_args()
    doors = [name for name in DOORS if given.only in name]
    if not doors:
        parser.error(f"no door is called {given.only!r}; there are: {', '.join(DOORS)}")
    if given.again:
        with quiet():
            say(judge(DOORS[doors[0]], load(given.again)))
        return 0
    return run(doors, given.inputs, given.seed, given.workers, given.go_on)


if __name__ == "__main__":
    sys.exit(main())
