"""The table of mutations fits the files that it breaks; a mistake in it is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tools.mutate import PROJECT, mutated, problem, read_mutations

MUTATIONS = read_mutations()


def test_there_are_enough_and_each_line_and_each_test_is_there() -> None:
    assert len(MUTATIONS) >= 30
    assert [found for found in map(problem, MUTATIONS) if found] == []


def test_no_two_guard_the_same_and_none_changes_nothing() -> None:
    assert len({row.guards for row in MUTATIONS}) == len(MUTATIONS)
    for row in MUTATIONS:
        text = (PROJECT / row.file).read_text(encoding="utf-8")
        compile(mutated(text, row), str(row.file), "exec")
        assert mutated(text, row) != text


def test_a_line_that_is_gone_is_a_mistake_of_the_table() -> None:
    gone = replace(MUTATIONS[0], line="this line was never written")
    assert "holds 0 times" in problem(gone)
    assert "does not exist" in problem(replace(MUTATIONS[0], file=Path("gone.py")))


def test_a_named_test_must_exist() -> None:
    named = replace(MUTATIONS[0], tests=("tests/incidents/test_feedback.py::test_gone",))
    assert "test_gone" in problem(named)
