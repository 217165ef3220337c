"""docs/commands.md is what the command line says of itself, and every command says enough."""

from __future__ import annotations

import re
import shlex

import pytest

from tests.support.command_line import parsed
from tools.command_reference import INDENT, PAGE, paragraphs, reference
from whyspike.cli.main import COMMANDS, loaded


def test_the_page_is_what_the_command_line_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "stale: call make commands"


def test_every_command_has_its_section_in_order() -> None:
    found = re.findall(r"^## whyspike (\S+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert found == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_help_and_an_example_of_itself_that_parses(name: str) -> None:
    first, *others = paragraphs(loaded(name).help or "")
    assert first.endswith(".")
    lines = [
        line.strip() for text in others if text.startswith(INDENT) for line in text.split("\n")
    ]
    examples = [line for line in lines if line.startswith(f"whyspike {name}")]
    assert examples
    for example in examples:
        assert parsed(shlex.split(example, comments=True)[1:]).command.name == name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_says_what_it_does(name: str) -> None:
    assert [option.name for option in loaded(name).params if not getattr(option, "help", "")] == []
