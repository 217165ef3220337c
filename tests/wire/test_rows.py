"""The table's rows over moto's DynamoDB: what a condition keeps from being written, and what all or
nothing means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.deployed import PROJECT
from tests.support.incident_world import World, world
from whyspike.errors import ChangedMeanwhile
from whyspike.wire.table.rows import Delete, Key, Put, Rows, Update

KEY = Key("P", "S#1")


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rows]:
    with world(monkeypatch) as made:
        yield rows_of(made)


def rows_of(here: World) -> Rows:
    return Rows(here.dynamodb, "incidents")


def stored(rows: Rows) -> dict[str, Any]:
    """The row without its key."""
    row = rows.get(KEY) or {}
    return {name: value for name, value in row.items() if name not in {"PK", "SK"}}


def test_a_new_row_is_put_once(rows: Rows) -> None:
    assert rows.put(Put(KEY, {"n": 1}, new=True))
    assert not rows.put(Put(KEY, {"n": 2}, new=True))
    assert stored(rows) == {"n": 1}
    assert rows.put(Put(KEY, {"n": 3}))
    assert stored(rows) == {"n": 3}


class Pages:
    """A DynamoDB client that answers a query with these pages."""

    def __init__(self, *pages: list[str]) -> None:
        self.pages = pages

    def get_paginator(self, _name: str) -> Pages:
        return self

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        for page in self.pages:
            yield {"Items": [{"SK": {"S": sort_key}} for sort_key in page]}


def test_an_empty_page_does_not_end_a_query() -> None:
    found = Rows(Pages(["a"], [], ["b"]), "incidents").query("P")
    assert [row["SK"] for row in found] == ["a", "b"]


def test_a_missing_row_is_none(rows: Rows) -> None:
    assert rows.get(KEY) is None


def test_an_update_sets_counts_and_removes_under_names_of_any_kind(rows: Rows) -> None:
    rows.put(Put(KEY, {"status": "a", "gone": True}))
    row = rows.update(
        Update(
            KEY,
            set={"status": "b", "other:1-2": "x"},
            once={"at": "first"},
            add={"count": 2},
            remove=("gone",),
        )
    )
    assert row == {"PK": "P", "SK": "S#1", **stored(rows)}
    assert stored(rows) == {"status": "b", "other:1-2": "x", "at": "first", "count": 2}
    rows.update(Update(KEY, once={"at": "second"}, add={"count": -1}))
    assert (stored(rows)["at"], stored(rows)["count"]) == ("first", 1)


@pytest.mark.parametrize(
    ("condition", "written"),
    [
        ({"equals": {"status": "a"}}, True),
        ({"equals": {"status": "b"}}, False),
        ({"equals": {"status": "a", "n": 4}}, False),
        ({"at_most": {"n": 5}}, True),
        ({"at_most": {"n": 4}}, False),
        ({"at_most": {"missing": 0}}, True),
        ({"new": True}, False),
    ],
)
def test_an_update_happens_only_where_its_condition_holds(
    rows: Rows, condition: dict[str, Any], written: bool
) -> None:
    rows.put(Put(KEY, {"status": "a", "n": 5}))
    assert (rows.update(Update(KEY, set={"new": 1}, **condition)) is not None) is written
    assert ("new" in stored(rows)) is written


def test_a_row_is_deleted_only_as_it_was_seen(rows: Rows) -> None:
    rows.put(Put(KEY, {"at": "1"}))
    assert not rows.delete(Delete(KEY, equals={"at": "0"}))
    assert rows.delete(Delete(KEY, equals={"at": "1"}))
    assert rows.get(KEY) is None


def test_several_writes_are_all_or_nothing(rows: Rows) -> None:
    rows.put(Put(KEY, {"n": 1}))
    other = Key("P", "S#2")
    with pytest.raises(ChangedMeanwhile):
        rows.write(Put(other, {}, new=True), Update(KEY, set={"n": 2}, equals={"n": 7}))
    assert rows.get(other) is None
    rows.write(Put(other, {}, new=True), Delete(KEY, equals={"n": 1}))
    assert [row["SK"] for row in rows.query("P", "S#")] == ["S#2"]
    assert [row["SK"] for row in rows.query("P")] == ["S#2"]
    assert list(rows.query("P", "T")) == []


def test_no_other_module_spells_an_expression_or_marshals() -> None:
    spelled = ("TypeSerializer", "TypeDeserializer", "ConditionExpression", "UpdateExpression")
    found = {
        path.name
        for path in (PROJECT / "layers" / "whyspike").rglob("*.py")
        if any(word in path.read_text() for word in spelled)
    }
    assert found == {"rows.py"}
