"""docs/explanation.md repeats the claims and the fields of the evidence as the code has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from whyspike.explanation.answer import claims_in_words, members_in_words
from whyspike.explanation.prompts.texts import fields_in_words

PAGE = Path(__file__).parents[2] / "docs" / "explanation.md"


LISTS = {"claims": claims_in_words, "members": members_in_words, "fields": fields_in_words}


@pytest.mark.parametrize("mark", LISTS)
def test_a_list_of_the_page_is_the_codes(mark: str) -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert f"<!-- {mark} -->\n{LISTS[mark]()}\n<!-- /{mark} -->" in text
