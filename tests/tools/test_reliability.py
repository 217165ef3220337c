"""docs/reliability.md says what `make chaos` tries."""

from __future__ import annotations

from tests.chaos.table import FAULTS
from tools.reliability import PAGE, page


def test_the_page_is_written_from_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run make reliability"


def test_the_faults_are_many_and_each_has_a_name_of_its_own() -> None:
    assert len(FAULTS) >= 60
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
