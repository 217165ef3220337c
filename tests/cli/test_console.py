"""What the commands print with: a text from outside can neither steer nor format the terminal."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.panel import Panel
from rich.text import Text

from whyspike.cli.console import Terminal, table

HOSTILE = [
    "\x1b[2J\x1b]8;;https://evil.example\x1b\\here\x1b]8;;\x1b\\",
    "\x9b31mred",
    "exe.\u202etxt\u200b",
    "[link=https://evil.example]here[/link]",
    "[/nothing] [red]x",
]


def printed(text: str, *, colours: bool) -> str:
    out = io.StringIO()
    terminal = Terminal(
        file=out,
        force_terminal=colours,
        color_system="standard" if colours else None,
        markup=False,
        emoji=False,
        highlight=False,
        width=200,
    )
    rows = table("account")
    rows.add_row(text)
    for shown in (text, Text(text, style="bold"), Panel(Text(text)), rows):
        terminal.print(shown)
    return out.getvalue()


@given(st.lists(st.sampled_from(HOSTILE) | st.text(max_size=8), max_size=5).map("".join))
def test_no_escape_sequence_and_no_hidden_character_gets_to_a_plain_terminal(text: str) -> None:
    assert not {"\x1b", "\x9b", "\x07", "\u202e", "\u200b"} & set(printed(text, colours=False))


@pytest.mark.parametrize("text", HOSTILE)
def test_colours_are_ours_and_markup_of_others_is_text(text: str) -> None:
    shown = printed(text, colours=True)
    assert "\x1b[1m" in shown, "bold, which we asked for"
    for sequence in ("\x1b]8", "\x1b[2J", "\x9b", "\u202e"):
        assert sequence not in shown
    if "[link" in text:
        assert text in shown
