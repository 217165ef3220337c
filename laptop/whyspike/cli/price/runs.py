"""What scans took in the simulator (runs.json, made by benchmarks/organisation.py), and the
quantities that follow: of a scan as such, of each account, and of each explanation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

RUNS = Path(__file__).with_name("runs.json")

SOURCE_MEMBER, SOURCE_PAYER = "member", "payer"

# Memory of the functions in GB, as in template.yaml (tests/cli/test_price.py compares).
MEMORY_GB = {
    "DiscoverAccounts": 1.0,
    "DetectAnomalies": 1.0,
    "JoinCauses": 1769 / 1024,
    "ExplainAnomaly": 1769 / 1024,
    "NotifyOwner": 1.0,
    "PublishDigest": 1769 / 1024,
}
GB_OF_ONE_PROCESSOR = 1769 / 1024  # what Lambda gives one whole virtual processor for
# Of so many incidents in a scan none look alike. Of more some do where the bill has no usage types
# (`payer`), and each is checked against the others, in MAX_ROUNDS of JoinCauses at most.
FEW_EXPLANATIONS = 11
# Seconds that a function waits for an answer on AWS: estimated, nothing of it was measured there.
WAIT_SECONDS = {"ce": 1.0, "cloudtrail": 0.6, "claude": 15.0, "slack": 0.3, "organizations": 0.1}
WAIT_SECONDS_OTHERWISE = 0.02


@dataclass(frozen=True)
class MeasuredRun:
    """`counts` by what was counted; `cpu_seconds` of each function on the machine of the run;
    `waited`: requests of each function by service."""

    measured: date
    accounts: int
    explanations: int
    cost_source: str
    counts: Mapping[str, int]
    cpu_seconds: Mapping[str, float]
    waited: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Quantity:
    """What a scan takes of something; `per_check` comes on top for explanations beyond a few."""

    fixed: float
    per_account: float
    per_explanation: float
    per_check: float = 0.0

    def of(self, accounts: float, explanations: float) -> float:
        return (
            self.fixed
            + self.per_account * accounts
            + self.per_explanation * explanations
            + self.per_check * _beyond_few(explanations)
        )


def _beyond_few(explanations: float) -> float:
    return max(0.0, explanations - FEW_EXPLANATIONS)


@cache
def kept_runs() -> tuple[MeasuredRun, ...]:
    return TypeAdapter(tuple[MeasuredRun, ...]).validate_json(RUNS.read_text("utf-8"))


def gb_seconds(run: MeasuredRun) -> float:
    """What Lambda would bill: the run's processor time at the function's share of a processor, and
    the waits for answers."""
    return sum(
        memory
        * (
            run.cpu_seconds.get(name, 0.0) * max(1.0, GB_OF_ONE_PROCESSOR / memory)
            + sum(
                number * WAIT_SECONDS.get(service, WAIT_SECONDS_OTHERWISE)
                for service, number in run.waited.get(name, {}).items()
            )
        )
        for name, memory in MEMORY_GB.items()
    )


def counted(run: MeasuredRun, what: str) -> float:
    return gb_seconds(run) if what == "GB-seconds" else float(run.counts[what])


@cache
def quantity(what: str, cost_source: str) -> Quantity:
    """The straight line through the runs of a cost source, each as good as the others in percent;
    nothing of it below zero."""
    runs = [run for run in kept_runs() if run.cost_source == cost_source]
    weights = np.array([1 / run.accounts for run in runs])
    shapes = np.array([_shape(run) for run in runs])
    numbers = np.array([counted(run, what) for run in runs])
    solved, *_ = np.linalg.lstsq(shapes * weights[:, None], numbers * weights, rcond=None)
    return Quantity(*(max(0.0, float(value)) for value in solved))


def _shape(run: MeasuredRun) -> list[float]:
    """What the run had of each part of a Quantity."""
    checks = [_beyond_few(run.explanations)] if run.cost_source == SOURCE_PAYER else []
    return [1.0, run.accounts, run.explanations, *checks]


@cache
def of_an_explanation(what: str, cost_source: str) -> float:
    """What is taken by explanations alone."""
    runs = [run for run in kept_runs() if run.cost_source == cost_source]
    return sum(counted(run, what) for run in runs) / sum(run.explanations for run in runs)
