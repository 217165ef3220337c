"""One part of a run: a few thousand inputs of one door, each within a time, until the first that
brings out what it must not."""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import os
import pickle
import resource
import signal
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.damage import Damage
from tests.fuzz.doors.door import Door
from tests.support.incident_world import ENVIRONMENT as FUNCTIONS
from whyspike.errors import WhyspikeError

ENVIRONMENT = {**FUNCTIONS, "STATE_MACHINE_ARN": "arn", "POWERTOOLS_METRICS_DISABLED": "true"}
BATCH = 20  # inputs of one example of hypothesis
MAX_SECONDS = 10.0  # of the processor, for one input
MAX_GROWTH = 1_000_000  # kilobytes that one input may need
MAX_SAID = 3_000  # characters of what is said about an input
ODD = st.lists(
    st.text(max_size=20) | st.integers() | st.floats() | st.none() | st.booleans(), max_size=4
)


class TooLong(BaseException):
    """The input took more than MAX_SECONDS. No Exception, so that no reader catches it."""


@dataclass
class Tried:
    """What became of the inputs of one part. `slowest` in seconds; `failure` is the traceback."""

    inputs: int = 0
    refused: int = 0
    slowest: float = 0.0
    seconds: float = 0.0
    failure: str = ""
    saved: Path | None = None


def judge(door: Door, value: Any) -> WhyspikeError | None:
    """The door's refusal of the input, which must be one of whyspike's own errors."""
    try:
        door.read(value)
        return None
    except WhyspikeError as error:
        refusal = error
    told = str(refusal)
    assert told
    assert len(told) <= MAX_SAID, f"{len(told)} characters of error"
    assert refusal.remedy or not door.needs_remedy, f"no remedy: {refusal}"
    return refusal


def inputs_of(door: Door, number: int, odd: list[Any], count: int, size: float) -> Iterator[Any]:
    damage = Damage(Random(number), tuple(odd), size)
    for _ in range(count):
        yield door.inputs(damage)


def attempt(
    door: Door, count: int, number: int, keep: Path | None = None, size: float = 1.0
) -> Tried:
    """Up to `count` inputs of the door; the same `number` gives the same ones. The input that fails
    is kept below `keep`."""
    tried = Tried()
    began = time.thread_time()

    @seed(number)
    @settings(
        max_examples=max(1, -(-count // BATCH)),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),  # an input is kept as it is: to shrink it takes its time again
        report_multiple_bugs=False,
    )
    @given(st.integers(0, 2**64 - 1), ODD)
    def batch(given_number: int, odd: list[Any]) -> None:
        for value in inputs_of(door, given_number, odd, min(BATCH, count), size):
            _one(door, value, tried, keep)

    with quiet(), contextlib.suppress(_Stop):
        batch()
    tried.seconds = time.thread_time() - began
    return tried


class _Stop(BaseException):
    """The part has failed, and goes no further."""


def _one(door: Door, value: Any, tried: Tried, keep: Path | None) -> None:
    before, began = _kilobytes(), time.thread_time()
    try:
        with _within(MAX_SECONDS):
            tried.refused += judge(door, value) is not None
        grown = _kilobytes() - before
        assert grown <= MAX_GROWTH, f"needed {grown:,} kB"
    except (Exception, TooLong):  # noqa: BLE001  whatever it is, it is what was looked for
        tried.failure = traceback.format_exc()
        tried.saved = None if keep is None else save(keep, value, tried.failure)
        raise _Stop from None
    finally:
        tried.inputs += 1
        tried.slowest = max(tried.slowest, time.thread_time() - began)


def save(folder: Path, value: Any, failure: str) -> Path:
    """The input as Python reads it again (load), beside it as text with the traceback."""
    folder.mkdir(parents=True, exist_ok=True)
    data = pickle.dumps(value)
    file = folder / f"{hashlib.sha256(data).hexdigest()[:12]}.pickle"
    file.write_bytes(data)
    text = f"{failure}\n{value!r:.20000}\n"
    file.with_suffix(".txt").write_text(text, encoding="utf-8", errors="backslashreplace")
    return file


def load(file: Path) -> Any:
    return pickle.loads(file.read_bytes())  # noqa: S301  an input that this program kept itself


def _kilobytes() -> int:
    """The most that this process has needed so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@contextlib.contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Raises TooLong inside where it takes more of the processor."""
    before = signal.signal(signal.SIGVTALRM, _too_long)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _too_long(*_: Any) -> None:
    raise TooLong(f"more than {MAX_SECONDS:g} s of the processor")


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """With the environment of a function, and without what the readers log or print."""
    before = dict(os.environ)
    os.environ.update(ENVIRONMENT)
    logging.disable(logging.CRITICAL)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.disable(logging.NOTSET)
        os.environ.clear()
        os.environ.update(before)
