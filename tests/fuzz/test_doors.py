"""Whatever comes in from outside, nothing but whyspike's own errors comes out, with a remedy where
a person wrote it. `make fuzz` tries a million inputs, `make test` a few, and every one that was
ever found."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from tests.fuzz.damage import Damage
from tests.fuzz.doors import DOORS
from tests.fuzz.doors.door import Door
from tests.fuzz.found import FOUND, NOT_FROM_OUTSIDE
from tests.fuzz.trial import BATCH, attempt, judge, load, quiet

PROJECT = Path(__file__).parents[2]
ROOTS = {
    "layers/whyspike/python/whyspike": "",
    "laptop/whyspike": "",
    "functions": "functions.",
}
READERS = {  # what turns text, bytes or an answer into a value
    *("json.loads", "json.load", "json_value", "from_json", "raw_decode", "yaml.safe_load"),
    *("csv.reader", "csv.DictReader", "tomllib.loads", "parse_qs", "gzip.open", "gzip.decompress"),
    *("zipfile.ZipFile", "base64.b64decode", "b64decode", "answer.json", "understood"),
    *("as_stored", "duckdb.connect", "validate_python"),
}


@pytest.mark.parametrize("name", DOORS)
def test_only_our_own_errors_come_out(name: str) -> None:
    tried = attempt(DOORS[name], BATCH, 1, size=0.0)
    assert not tried.failure
    assert tried.inputs == BATCH
    if tried.refused == BATCH:  # of some, nearly everything is
        many = attempt(DOORS[name], 10 * BATCH, 2, size=0.0)
        assert many.refused < many.inputs, "what a good one looks like is refused too"


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_once_is_mended(name: str) -> None:
    door, value = FOUND[name]
    with quiet():
        judge(DOORS[door], value())


def test_every_reader_has_a_door() -> None:
    """A module that begins to read something from outside is noticed here: give it a door, or say
    in NOT_FROM_OUTSIDE where what it reads comes from."""
    doors = {module for door in DOORS.values() for module in door.modules}
    readers = _reading_modules()
    assert readers - doors - NOT_FROM_OUTSIDE.keys() == set()
    assert NOT_FROM_OUTSIDE.keys() - readers == set()
    assert NOT_FROM_OUTSIDE.keys() & doors == set()


def _reading_modules() -> set[str]:
    found = set()
    for root, prefix in ROOTS.items():
        for file in (PROJECT / root).rglob("*.py"):
            calls = {
                ast.unparse(node.func)
                for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
                if isinstance(node, ast.Call)
            }
            if any(call in READERS or call.rpartition(".")[2] in READERS for call in calls):
                path = file.relative_to(PROJECT / root).with_suffix("")
                parts = [part for part in path.parts if part not in ("__init__", "app")]
                found.add(prefix + ".".join(parts))
    return found


def _reads(value: Any) -> object:
    if value == "stumbles":
        raise KeyError(value)
    return None


def test_an_input_that_fails_is_kept_with_its_traceback(tmp_path: Path) -> None:
    door = Door(lambda damage: damage.pick(("good", "stumbles")), _reads, ())
    tried = attempt(door, 500, 1, tmp_path)
    assert tried.saved is not None
    assert load(tried.saved) == "stumbles"
    assert "KeyError" in tried.saved.with_suffix(".txt").read_text()
    assert tried.inputs < 500


def test_a_seed_gives_the_same_inputs_again() -> None:
    def seen(number: int) -> list[Any]:
        found: list[Any] = []
        attempt(Door(lambda damage: damage.odd_text(), found.append, ()), 60, number)
        return found

    assert seen(7) == seen(7) != seen(8)


def test_an_input_that_takes_too_long_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.trial.MAX_SECONDS", 0.05)

    def for_ever(_: Any) -> object:
        while True:
            sum(range(1_000))

    tried = attempt(Door(Damage.odd_text, for_ever, ()), 10, 1)
    assert "TooLong" in tried.failure
