"""Every regular expression of whyspike is done in a moment with a text of a stranger, whatever its
characters are: none takes time that grows with the cube of its length."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import whyspike

PROJECT = Path(__file__).parents[2]
ROOTS = ("layers/whyspike/python/whyspike", "laptop/whyspike", "functions", "tools")
CALLS = {"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}
LENGTH = 1_000
MAX_SECONDS = 0.25  # of the processor; a square takes 20 ms, a cube seconds
PIECES = (
    *("a", "A", "0", " ", "_", "-", ".", ":", "/", "*", "~", "`", "<", ">", "&", "@", "|", "\n"),
    *("ab", "a ", "a-", "a.", "0.", "0,", "*a", "_a", "`a", "<a", "<@", "&a", "é", "a0-", "aA0"),
    *("https://a", "arn:aws:", "```", "&amp;", "<http://a|", "-0", "::", "a_", "USE1-", "$0"),
)


def _patterns() -> Iterator[tuple[str, str, int]]:
    """(where, pattern, flags) of every call of `re` with a literal."""
    for root in ROOTS:
        for file in sorted((PROJECT / root).rglob("*.py")):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                text = _literal_of(node)
                if isinstance(node, ast.Call) and text is not None:
                    flags = re.DOTALL if "DOTALL" in ast.unparse(node) else 0
                    yield f"{file.relative_to(PROJECT)}:{node.lineno}", text, flags


def _literal_of(node: ast.AST) -> str | None:
    """The pattern of a call such as re.sub("...", ...); None for anything else."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="re"), attr=name),
            args=[ast.Constant(value=str(text)), *_],
        ) if name in CALLS:
            return text
    return None


def _compiled() -> Iterator[tuple[str, re.Pattern[str]]]:
    """(where, pattern) of every module of whyspike: also those that are put together of parts."""
    for found in sorted(
        pkgutil.walk_packages(whyspike.__path__, "whyspike."), key=lambda f: f.name
    ):
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            for pattern in _patterns_in(value):
                if isinstance(pattern.pattern, str):
                    yield f"{found.name}.{name}", pattern


def _patterns_in(value: Any, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, Mapping) and depth < 3:
        for each in value.values():
            yield from _patterns_in(each, depth + 1)
    elif isinstance(value, tuple | list) and depth < 3:
        for each in value:
            yield from _patterns_in(each, depth + 1)


PATTERNS = {f"{where} {text[:40]!r}": (text, flags) for where, text, flags in _patterns()}
_LITERAL = {text for text, _ in PATTERNS.values()}
PATTERNS |= {
    f"{where} {pattern.pattern[:40]!r}": (pattern.pattern, pattern.flags)
    for where, pattern in _compiled()
    if pattern.pattern not in _LITERAL
}


def test_the_patterns_are_found() -> None:
    assert len(PATTERNS) > 100
    assert any("_AMOUNT" in name for name in PATTERNS)  # of parts


@pytest.mark.parametrize("name", PATTERNS)
def test_no_text_keeps_a_pattern_busy(name: str) -> None:
    pattern = re.compile(*PATTERNS[name])
    slow = []
    for piece in PIECES:
        text = (piece * LENGTH)[:LENGTH] + "\x00"
        began = time.thread_time()
        pattern.search(text)
        if time.thread_time() - began > MAX_SECONDS:
            slow.append(piece)
    assert slow == []
