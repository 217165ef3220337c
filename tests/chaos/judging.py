"""What must hold after every fault, and how one fault is tried."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from tests.chaos.table import FAULTS, Area, Fault, Told
from tests.chaos.world import CREDENTIALS, PLANTED, Chaos
from whyspike.simulator.scan_run import ScanRun


def faults_of(*areas: Area) -> list[Any]:
    """The faults as parameters of a test, without those that `sample` tries."""
    return _parameters(fault for fault in FAULTS if fault.area in areas and not fault.sample)


def sample() -> list[Any]:
    """A few faults, of each kind one: of the network, the table, a message, settings and a
    function that dies."""
    return _parameters(fault for fault in FAULTS if fault.sample)


def _parameters(faults: Iterable[Fault]) -> list[Any]:
    return [pytest.param(fault, id=fault.name) for fault in faults]


def tried(chaos: Chaos, fault: Fault) -> None:
    """The fault, the scan of its day, its end, and the scan of the next day."""
    chaos.reset(claude=fault.area is Area.CLAUDE)
    fault.prepare(chaos)
    for name, times in fault.faults.items():
        chaos.sim.faults.set(name, times)
    watching = chaos.ends_after(fault.lasts) if fault.lasts else None
    fault.scan(chaos) if fault.scan else chaos.scan(fault.day)
    chaos.end_faults()
    if watching:
        watching.join()
    first(chaos, fault)
    fault.mend(chaos)
    before = len(chaos.digests())
    run = chaos.scan(fault.day + timedelta(days=1))
    afterwards(chaos, fault, run, before)


def first(chaos: Chaos, fault: Fault) -> None:
    """What the scan in which the fault struck must have come to."""
    for run in chaos.runs:
        assert run.status == fault.run, f"{run.error}: {run.cause}"
        if run.status == "SUCCEEDED":
            honest(chaos, run)
    if fault.told is Told.SAME_SCAN and not chaos.deleted:
        assert untold(chaos) == []
    assert bool(chaos.digests()) == fault.digest, "a digest"
    last = chaos.runs[-1]
    said = json.dumps(chaos.digest(last)) if last.output else f"{last.error} {last.cause}"
    assert fault.said in said
    if fault.said in ("owners_not_told", "not_explained"):
        assert chaos.digest(last)["coverage"][fault.said]


def afterwards(chaos: Chaos, fault: Fault, run: ScanRun, digests_before: int) -> None:
    """What must be so when the fault is over and the next scan is done."""
    assert run.status == "SUCCEEDED", f"{run.error}: {run.cause}"
    honest(chaos, run)
    if not chaos.deleted:
        assert untold(chaos) == []
    assert len(chaos.digests()) > digests_before or (len(chaos.runs) > 1 and chaos.digests())
    if not fault.twice:
        assert [message.text for message in chaos.repeated()] == []
    assert chaos.missed() == []
    assert chaos.repeated_at_targets() == []
    assert leaks(chaos.stored()) == []


def honest(chaos: Chaos, run: ScanRun) -> None:
    """Every account is counted once; whoever is not counted as scanned or told is listed with a
    reason and a remedy."""
    coverage = chaos.digest(run)["coverage"]
    listed = [*coverage["not_scanned"], *coverage["owners_not_told"], *coverage["not_explained"]]
    assert coverage["scanned"] + len(coverage["not_scanned"]) == coverage["in_scope"]
    for row in listed:
        assert row["error"], row
        assert row["remedy"], row


def untold(chaos: Chaos) -> list[str]:
    """The planted accounts of which nobody was told."""
    return [account_id for account_id in PLANTED if not chaos.told(account_id)]


def leaks(text: str) -> list[str]:
    """Credentials in the text, with what stands around them."""
    return [text[max(0, m.start() - 60) : m.end() + 20] for m in CREDENTIALS.finditer(text)]
