"""Nothing from outside moves a cursor, turns the direction or hides."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whyspike.words.safe import log_line, one_line, visible

ANY = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from(
            "\x1b\x07\x9b\x85\r\n\t\u200b\u200d\u202e\u2066\u2028\ufe0f\u3164\U0001f469"
        ),
    )
)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("two\nlines\tand\ra tab", "two\nlines and a tab"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\x1b]8;;https://evil\x1b\\link\x1b]8;;\x07", "]8;;https://evil\\link]8;;"),
        ("\x9b2J", "2J"),
        ("exe.\u202etxt", "exe.txt"),
        ("pay\u200bpal \u2060pay\u200dpal", "paypal paypal"),
        ("a\u2028b", "a b"),
        ("\u3164blank\u2800", "blank"),
        ("naïve 日本 ✅", "naïve 日本 ✅"),
        ("\U0001f469\u200d\U0001f4bb \u26a0\ufe0f", "\U0001f469\u200d\U0001f4bb \u26a0\ufe0f"),
    ],
)
def test_only_what_can_be_seen_is_left(text: str, seen: str) -> None:
    assert visible(text) == seen


@given(ANY)
def test_no_outlet_gets_a_control_a_direction_or_a_hidden_character(text: str) -> None:
    shown = visible(text)
    hidden = [c for c in shown if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn"}]
    assert set(hidden) <= {"\n", "\u200d"}
    assert visible(shown) == shown
    assert "\n" not in one_line(text, 40)
    assert len(one_line(text, 40)) <= 40


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@given(ANY.filter(lambda text: not any(0xD800 <= ord(c) < 0xE000 for c in text)))
def test_a_log_line_is_one_line_of_ascii_and_loses_nothing(text: str) -> None:
    line = log_line({"message": text})
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line) == {"message": text}
