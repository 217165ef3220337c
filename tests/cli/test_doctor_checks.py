"""The doctor's checks are data: listed, named once, each problem with its remedy, and none left
over that no code can find."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from whyspike.cli.doctor import accounts, costs, hub, organization, services, targets
from whyspike.cli.doctor.checks import BLIND_SPOTS, NOT_ALLOWED, Check, CheckProblem
from whyspike.cli.doctor.command import CHECKS
from whyspike.cli.main import main

MODULES = (accounts, costs, hub, organization, services, targets)


def fields(problem: CheckProblem) -> set[str]:
    texts = (problem.said, problem.remedy)
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}


def sources() -> Iterator[tuple[dict[str, Check], ast.Module]]:
    """Each module's checks by the name that its code gives them, and its code."""
    for module in MODULES:
        checks = {name: value for name, value in vars(module).items() if isinstance(value, Check)}
        yield checks, ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))


def calls() -> Iterator[tuple[Check, str, set[str], bool]]:
    """Check, problem and details of each `CHECK.found(...)`; whether more details come by **."""
    for checks, tree in sources():
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="found")):
                    given = {word.arg for word in node.keywords if word.arg}
                    more = any(word.arg is None for word in node.keywords)
                    for part in ast.walk(node.args[0]):
                        if isinstance(part, ast.Constant) and name in checks:
                            yield checks[name], str(part.value), given, more


def test_every_check_of_the_modules_is_listed_once() -> None:
    written = {check.name for checks, _ in sources() for check in checks.values()}
    listed = [check.name for check in CHECKS]
    assert sorted(listed) == sorted(written)
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_check_says_what_it_looks_at_and_how_each_problem_is_mended(check: Check) -> None:
    assert check.looks_at.endswith("?")
    assert check.problems
    for problem in check.problems.values():
        assert problem.said
        assert problem.remedy


def test_what_the_code_finds_is_a_problem_of_its_check_with_all_details() -> None:
    found = list(calls())
    assert len(found) > 30
    for check, problem, given, more in found:
        assert problem in check.problems, (check.name, problem)
        assert more or fields(check.problems[problem]) <= given, (check.name, problem)


def test_no_problem_is_left_over_that_no_code_finds() -> None:
    used = {(check.name, problem) for check, problem, _, _ in calls()}
    known = {(check.name, key) for check in CHECKS for key in check.problems}
    of_trust = {
        (check.name, key)
        for check in (accounts.TRUST, organization.ORGANIZATION_ROLE)
        for key in accounts.trust_of("")
    }
    not_known = {(check.name, "accounts not known") for check in organization.OF_ACCOUNTS}
    assert known - used == of_trust | not_known


def test_the_list_prints_every_check_and_every_remedy_without_a_login(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    assert main(["doctor", "--list"]) == 0
    shown = capsys.readouterr().out
    for check in CHECKS:
        assert check.name in shown
        assert check.looks_at in shown
    texts = [p.remedy for check in CHECKS for p in check.problems.values()] + [NOT_ALLOWED.remedy]
    for text in texts:
        for literal, *_ in Formatter().parse(text):
            assert literal in shown


def test_what_no_check_looks_at_is_listed_with_what_tells_it_instead(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    assert main(["doctor", "--list"]) == 0
    printed = capsys.readouterr().out
    for what, told_by in BLIND_SPOTS:
        assert what in printed
        assert f"Told by: {told_by}" in printed
