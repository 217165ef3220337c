"""What outsiders are led by: workflow, forms, hooks and changelog fit the project."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.deployed import PROJECT

GITHUB = PROJECT / ".github"
FORMS = sorted((GITHUB / "ISSUE_TEMPLATE").glob("[!c]*.yml"))
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def test_the_workflow_runs_the_one_command_on_a_checkout() -> None:
    workflow = read(GITHUB / "workflows" / "ci.yml")
    steps = workflow["jobs"]["ci"]["steps"]
    used = [step["uses"] for step in steps if "uses" in step]
    assert steps[-1] == {"run": ".ci/run"}
    assert (PROJECT / ".ci" / "run").stat().st_mode & 0o111
    assert all(re.fullmatch(r"[\w/-]+@v\d+", action) for action in used)
    assert workflow["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("form", FORMS, ids=lambda path: path.stem)
def test_a_form_is_one_that_github_takes(form: Path) -> None:
    """GitHub's "Syntax for GitHub's form schema": otherwise the form is not shown at all."""
    fields = read(form)
    questions = [part for part in fields["body"] if part["type"] != "markdown"]
    ids = [part["id"] for part in questions]
    assert {"name", "description", "body"} <= set(fields)
    assert len(ids) == len(set(ids)) > 0
    for part in questions:
        assert part["type"] in {"input", "textarea", "dropdown", "checkboxes"}
        assert part["attributes"]["label"]
        assert (part["type"] == "dropdown") == bool(part["attributes"].get("options"))


def test_the_hooks_are_the_project_s_own_tools() -> None:
    tools = {
        re.split(r"[<>=\[]", name)[0]
        for name in PYPROJECT["project"]["optional-dependencies"]["dev"]
    }
    package_of = {"lint-imports": "import-linter"}
    for repo in read(PROJECT / ".pre-commit-config.yaml")["repos"]:
        assert repo["repo"] == "local"
        for hook in repo["hooks"]:
            tool = hook["entry"].split()[0].removeprefix(".venv/bin/")
            assert hook["language"] == "system"
            assert package_of.get(tool, tool) in tools


def test_the_newest_release_of_the_changelog_is_the_version() -> None:
    releases = re.findall(
        r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$",
        (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert releases[0] == PYPROJECT["project"]["version"]
