"""Whatever comes in from outside, nothing but whyspike's own errors comes out, with a remedy where
a person wrote it. `make fuzz` tries a million inputs, `make test` a few."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.fuzz.doors import DOORS, Door
from tests.support.incident_world import ENVIRONMENT as FUNCTIONS
from whyspike.errors import WhyspikeError

INPUTS = max(1, int(os.environ.get("WHYSPIKE_FUZZ_INPUTS", "1000")) // len(DOORS))  # of each door
ENVIRONMENT = {**FUNCTIONS, "STATE_MACHINE_ARN": "arn"}
TESTED = settings(
    max_examples=INPUTS,
    deadline=None,
    database=None,
    derandomize=INPUTS < 100,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)


def refusal(door: Door, value: object) -> WhyspikeError | None:
    try:
        door.read(value)
    except WhyspikeError as error:
        return error
    return None


@pytest.mark.parametrize("name", DOORS)
def test_only_our_own_errors_come_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, text in ENVIRONMENT.items():
        monkeypatch.setenv(variable, text)
    door = DOORS[name]

    @TESTED
    @given(door.inputs)
    def tried(value: object) -> None:
        error = refusal(door, value)
        if error is not None:
            assert str(error)
            assert error.remedy or not door.needs_remedy, f"no remedy: {error}"

    tried()
