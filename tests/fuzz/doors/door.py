"""What a door is: a place where something from outside is read."""

from __future__ import annotations

import atexit
import math
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.fuzz.damage import Damage


@dataclass(frozen=True)
class Door:
    """`inputs` makes what comes in, `read` reads it. `modules`: where the reading is done, below
    `whyspike.`; `needs_remedy`: a person wrote it, and is told what to do about it. `share`: of the
    inputs, less for what takes long to read."""

    inputs: Callable[[Damage], Any]
    read: Callable[[Any], object]
    modules: tuple[str, ...]
    needs_remedy: bool = False
    share: float = 1.0


def all_finite(numbers: Iterable[float | None]) -> None:
    """No number that is none: it would spoil every sum that it is added to."""
    wrong = [number for number in numbers if number is not None and not math.isfinite(number)]
    assert not wrong, f"{len(wrong)} numbers are not finite"


@cache
def folder() -> Path:
    """One for all inputs of this process; it is gone afterwards."""
    memory = "/dev/shm"  # noqa: S108  a folder of our own in it: a disk is slower than a reader
    where = memory if Path(memory).is_dir() else None
    made = tempfile.mkdtemp(prefix="whyspike-fuzz-", dir=where)
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)


def written(name: str, data: bytes) -> Path:
    file = folder() / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file
