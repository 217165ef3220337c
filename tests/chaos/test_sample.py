"""A fault of each kind in every run of the tests: nothing that was planted is lost, repeated
unmarked, or hidden."""

from __future__ import annotations

import pytest

from tests.chaos.judging import sample, tried
from tests.chaos.table import Fault
from tests.chaos.world import Chaos


@pytest.mark.parametrize("fault", sample())
def test_a_fault_hides_nothing(chaos: Chaos, fault: Fault) -> None:
    tried(chaos, fault)
