"""What is written is run: commands of README and docs parse, samples are taken, links lead
somewhere."""

from __future__ import annotations

import csv
import json
import re
import shlex
from pathlib import Path

import pytest

from tests.support.command_line import parsed
from whyspike.cli.main import main
from whyspike.simulator.organization.bill_file import REQUIRED
from whyspike.simulator.organization.folder import load

PROJECT = Path(__file__).parent.parent
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def name_of(value: object) -> str:
    return str(value.relative_to(PROJECT)) if isinstance(value, Path) else str(value)


def blocks(page: Path, language: str | None = None) -> list[str]:
    found = FENCE.findall(page.read_text(encoding="utf-8"))
    return [text for kind, text in found if language is None or kind == language]


def commands() -> list[tuple[Path, str]]:
    """Every line of a code block that calls whyspike or make; a line that ends in a backslash goes
    on."""
    lines = [
        (page, line.strip())
        for page in PAGES
        for block in blocks(page)
        for line in block.replace("\\\n", " ").splitlines()
    ]
    return [
        (page, line.split("   ")[0])
        for page, line in lines
        if re.match(r"(\.venv/bin/)?(whyspike|make) ?", line)
    ]


@pytest.mark.parametrize(("page", "command"), commands(), ids=name_of)
def test_a_command_in_the_docs_is_one_that_the_programs_take(page: Path, command: str) -> None:
    words = shlex.split(command, comments=True)
    if words[0] == "make":
        targets = {word for word in words[1:] if "=" not in word and not word.startswith("-")}
        known = set(
            re.findall(
                r"^([a-z][\w-]*):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
            )
        )
        assert targets <= known, command
        words = [
            "whyspike",
            "demo",
            *shlex.split(next((word[5:] for word in words if word.startswith("DEMO=")), "")),
        ]
    assert parsed(words[1:]).command.name == words[1]


TRY_IT = PROJECT / "docs" / "try-it.md"


def test_try_it_works_in_its_own_order_as_far_as_that_is_cheap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What needs no simulation is run from an empty folder, one command after the other; the page
    gives the input that they need."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "costs.csv").write_text(blocks(TRY_IT, "csv")[1], encoding="utf-8")
    cheap = [
        shlex.split(command)[1:]
        for page, command in commands()
        if page == TRY_IT and re.search(r" (organization|backtest) ", command)
    ]
    assert [words[0] for words in cheap] == ["organization", "backtest", "backtest"]
    for words in cheap:
        assert main(words) == 0, capsys.readouterr().err
    assert load(tmp_path / "my-organisation").accounts


def test_a_report_is_made_from_a_folder_that_a_command_before_it_has_written() -> None:
    lines = [command for page, command in commands() if page == TRY_IT]
    made_by_make = re.search(
        r"^OUT := (\S+)", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    written = set()
    for command in lines:
        words = shlex.split(command)
        if "report" in words:
            assert words[words.index("report") + 1] in written
        if words[:2] == ["make", "demo"] and made_by_make:
            written.add(made_by_make[1])
        if "--out" in words:
            written.add(words[words.index("--out") + 1])
    assert any(" report " in command for command in lines)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    targets = re.findall(
        r"\]\(([^)#\s]+)(?:#[^)]*)?\)", FENCE.sub("", page.read_text(encoding="utf-8"))
    )
    missing = [
        target for target in targets if "://" not in target and not (page.parent / target).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "json")], ids=name_of)
def test_every_json_sample_is_json(page: Path) -> None:
    for block in blocks(page, "json"):
        json.loads(block)


def test_the_samples_of_an_organisation_folder_make_one(tmp_path: Path) -> None:
    page = PROJECT / "docs" / "try-it.md"
    head, account = (json.loads(block) for block in blocks(page, "json")[:2])
    folder = tmp_path / "accounts" / account["id"]
    folder.mkdir(parents=True)
    (tmp_path / "organization.json").write_text(json.dumps(head))
    (folder / "account.json").write_text(json.dumps(account))
    (folder / "bill.csv").write_text(blocks(page, "csv")[0])
    loaded = load(tmp_path).accounts[account["id"]]
    assert len(loaded.bill) == 2
    assert loaded.tags["owner"] == "core-api"


def test_the_sample_of_a_bill_has_every_column_that_is_required() -> None:
    assert set(REQUIRED) <= set(
        next(csv.reader(blocks(PROJECT / "docs" / "try-it.md", "csv")[0].splitlines()))
    )


README = PROJECT / "README.md"


def test_the_readme_is_read_in_a_few_minutes() -> None:
    assert len(README.read_text(encoding="utf-8").split()) < 900


def beside_others() -> list[str]:
    """The cells of the comparison that say something."""
    section = README.read_text(encoding="utf-8").split("## Beside others")[1]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")]
    return [cell for row in rows[2:] for cell in row[1:]]


SOURCES = (PROJECT / "docs" / "beside-others.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("cell", beside_others())
def test_each_cell_beside_others_has_a_source_and_its_date(cell: str) -> None:
    number, anchor = re.findall(r"\[(\d+)\]\(docs/beside-others\.md#(s\d+)\)$", cell)[0]
    row = next(line for line in SOURCES.splitlines() if f'<a id="{anchor}"></a>{number} ' in line)
    _, claim, source, dated = row.strip("| ").split(" | ")
    assert claim
    assert re.search(r"\]\((https://\S+|[\w-]+\.md)\)", source)
    assert re.fullmatch(r"(read )?20\d\d-\d\d-\d\d", dated)
