"""docs/explanation.md repeats the claims and the fields of the evidence as the code has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from whyspike.explanation.answer import claims_in_words
from whyspike.explanation.prompts.texts import fields_in_words

PAGE = Path(__file__).parents[2] / "docs" / "explanation.md"


@pytest.mark.parametrize(
    ("mark", "words"), [("claims", claims_in_words()), ("fields", fields_in_words())]
)
def test_a_list_of_the_page_is_the_codes(mark: str, words: str) -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert f"<!-- {mark} -->\n{words}\n<!-- /{mark} -->" in text
