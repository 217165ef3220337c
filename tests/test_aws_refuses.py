"""docs/aws-refuses.md: each fact that the product leans on names a module of the simulator and a
test, and both are there."""

from __future__ import annotations

import ast
import re

import pytest

from tests.support.deployed import PROJECT
from whyspike.digest import coverage

PAGE = (PROJECT / "docs" / "aws-refuses.md").read_text(encoding="utf-8")
ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split(" | "))
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith(("| fact", "| ---"))
]
ELSEWHERE = {"botocore", "moto"}  # they enforce it by themselves
LAYER = PROJECT / "layers" / "whyspike" / "python" / "whyspike"


@pytest.mark.parametrize("row", ROWS, ids=[row[0][:60] for row in ROWS])
def test_a_fact_has_a_source_and_what_enforces_it(row: tuple[str, ...]) -> None:
    fact, source, module, _ = row

    assert fact
    assert source
    name = module.strip(" `|")
    assert name in ELSEWHERE or (PROJECT / "laptop" / "whyspike" / "simulator" / name).is_file()


@pytest.mark.parametrize("row", ROWS, ids=[row[0][:60] for row in ROWS])
def test_a_fact_has_a_test_that_exists(row: tuple[str, ...]) -> None:
    file, _, test = row[3].strip(" `|").partition("::")
    tree = ast.parse((PROJECT / "tests" / file).read_text(encoding="utf-8"))
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}

    assert test in names if test else any(name.startswith("test_") for name in names)


def test_every_read_of_the_table_is_consistent() -> None:
    source = (LAYER / "wire" / "table" / "rows.py").read_text(encoding="utf-8")
    reads = re.findall(r"get_item\(|\.paginate\(", source)

    assert reads
    assert source.count("ConsistentRead=True") == len(reads)
    others = [
        path
        for path in LAYER.rglob("*.py")
        if path.name != "rows.py"
        and re.search(r"\.get_item\(|get_paginator\(\"query", path.read_text())
    ]
    assert others == []


def test_no_remedy_of_an_account_is_a_redrive_of_an_execution_that_succeeded() -> None:
    """Accounts fail, and the execution succeeds all the same: only a new one tries them again."""
    remedies = (*coverage._REMEDIES.values(), coverage._LOOK, coverage._AGAIN)

    assert not [text for text in remedies if "redrive" in text]
    assert "whyspike scan" in coverage._AGAIN
