"""One closed list of categories for the code, the page and the prompt."""

from __future__ import annotations

import re
from pathlib import Path

from whyspike.explanation.prompts.texts import system_prompt
from whyspike.knowledge.categories import categories
from whyspike.knowledge.events import (
    causes,
)
from whyspike.knowledge.families import (
    families,
)


def test_every_category_of_the_tables_is_of_the_closed_list() -> None:
    assert len(categories()) == 20
    assert {family.category for family in families()} | {
        entry.category for entry in causes()
    } <= categories().keys()
    assert {entry.direction for entry in causes()} == {"up", "down", "both"}
    assert all(1 <= entry.weight <= 5 and 1 <= entry.lag_days <= 60 for entry in causes())


def test_the_page_is_made_of_the_table_in_its_order() -> None:
    page = (Path(__file__).parents[2] / "docs" / "categories.md").read_text(encoding="utf-8")
    listed = [
        f"| {one.name} | {one.family} | {one.when} | {one.confused_with} |"
        for one in categories().values()
    ]

    assert [line for line in page.splitlines() if line.startswith("| ")][-20:] == listed


def test_the_prompt_lists_each_with_the_words_that_tell_it_from_the_others() -> None:
    for one in categories().values():
        assert f"\n- {one.name}: {one.when}\n" in system_prompt()


def test_each_names_another_one_that_it_is_taken_for_and_has_a_sentence_without_a_stop() -> None:
    for one in categories().values():
        taken_for = re.sub(r" \(.*\)", "", one.confused_with).split(", ")
        assert set(taken_for) <= categories().keys() - {one.name}
        assert one.sentence[0].isupper()
        assert one.sentence[-1] != "."
