"""One word, one meaning: the glossary's words are the code's, a class name is given once, limits
are named alike, and what the docs name exists."""

from __future__ import annotations

import ast
import importlib
import re
import tokenize
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from tests.support.deployed import PROJECT

ROOTS = (PROJECT / "layers/whyspike/python/whyspike", PROJECT / "laptop/whyspike")
PAGES = [
    *(PROJECT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((PROJECT / "docs").rglob("*.md")),
]
GLOSSARY = PROJECT / "docs" / "glossary.md"
CODE_SPAN = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"(?:[\w.-]+/)*[\w.-]+\.(?:py|csv|asl\.json|jinja)")
FOLDER = re.compile(r"(?:[\w-]+/)+")
MODULE = re.compile(r"whyspike(?:\.(?!toml\b)\w+)+")  # whyspike.toml is a file
# What a reader brings or gets: an organisation's folder, the bucket, the output of a command.
NOT_OF_THE_PROJECT = re.compile(
    r"(bill|costs)\.csv|(out|scans|months|settings|evidence|accounts|build)/.*"
)
LIMITS = re.compile(
    r"_?(MOST|LEAST|LONGEST|SHORTEST|LARGEST|SMALLEST|FEWEST|MAXIMUM|MINIMUM)(_[A-Z_]+)?"
)
LIMITS_LAST = re.compile(r"[A-Z_]+_(LIMIT|MAX|MIN|MAXIMUM|MINIMUM)")


def name_of(value: object) -> str:
    return str(value.relative_to(PROJECT)) if isinstance(value, Path) else str(value)


def sources() -> list[Path]:
    return sorted(file for root in (*ROOTS, PROJECT / "functions") for file in root.rglob("*.py"))


@cache
def words_of_the_code() -> frozenset[str]:
    """Identifiers and the words of strings: keys of payloads are among them."""
    return frozenset(
        word
        for file in sources()
        for token in tokens(file, tokenize.NAME, tokenize.STRING)
        for word in re.findall(r"\w+", token)
    )


@cache
def identifiers() -> frozenset[str]:
    """Every name of the code as `_one_two_`: camel case is split, so that a part is found."""
    return frozenset(
        f"_{re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '_', name).lower().strip('_')}_"
        for file in sources()
        for name in tokens(file, tokenize.NAME)
    )


def tokens(file: Path, *kinds: int) -> list[str]:
    with file.open("rb") as source:
        return [token.string for token in tokenize.tokenize(source.readline) if token.type in kinds]


def glossary() -> list[tuple[list[str], list[str]]]:
    rows = [
        line.split("|")
        for line in GLOSSARY.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    return [(re.findall(r"`(\w+)`", row[1]), re.findall(r"`(\w+)`", row[3])) for row in rows]


@pytest.mark.parametrize(("words", "never"), glossary(), ids=lambda found: ",".join(found))
def test_the_code_uses_the_glossary_s_words_and_not_the_others(
    words: list[str], never: list[str]
) -> None:
    assert [word for word in words if word not in words_of_the_code()] == []
    found = [(word, name) for word in never for name in identifiers() if f"_{word}_" in name]
    assert found == []
    keys = [word for word in never if "_" in word and word in words_of_the_code()]
    assert keys == []


def test_a_word_stands_once_in_the_glossary() -> None:
    words = [word for row in glossary() for column in row for word in column]
    assert sorted({word for word in words if words.count(word) > 1}) == []


def test_a_class_name_means_one_thing() -> None:
    places = defaultdict(list)
    for file in sources():
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                places[node.name.lstrip("_")].append(name_of(file))
    assert {name: files for name, files in places.items() if len(files) > 1} == {}


def test_a_limit_is_named_max_or_min() -> None:
    constants = {name for file in sources() for name in tokens(file, tokenize.NAME)}
    assert [name for name in constants if LIMITS.fullmatch(name)] == []
    assert [name for name in constants if LIMITS_LAST.fullmatch(name)] == []


@cache
def files_of_the_project() -> frozenset[str]:
    folders = ("layers", "laptop", "functions", "tests", "tools", "benchmarks", "organization")
    found = [PROJECT / "statemachine" / "scan.asl.json", *PROJECT.glob("*.py")]
    for folder in folders:
        found += [path for path in (PROJECT / folder).rglob("*") if "__pycache__" not in path.parts]
    return frozenset(name_of(path) for path in found)


def is_in_the_project(path: str) -> bool:
    """The page may leave out what stands before it: `wire/table/rows.py` lies in a root."""
    wanted = path.rstrip("/")
    return any(f"/{file}".endswith(f"/{wanted}") for file in files_of_the_project())


# A decision may name what it did away with.
@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.parent.name != "decisions"], ids=name_of
)
def test_a_file_or_folder_that_a_page_names_exists(page: Path) -> None:
    spans = CODE_SPAN.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
    paths = [
        word
        for span in spans
        for word in span.split()
        if (FILE.fullmatch(word) or FOLDER.fullmatch(word))
        and not NOT_OF_THE_PROJECT.fullmatch(word)
    ]
    missing = [path for path in paths if not is_in_the_project(path)]
    assert [path for path in missing if not (PROJECT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_module_that_a_page_names_exists(page: Path) -> None:
    spans = CODE_SPAN.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
    assert [span for span in spans if MODULE.fullmatch(span) and not exists(span)] == []


def exists(dotted: str) -> bool:
    """A module, or a name in one."""
    try:
        importlib.import_module(dotted)
    except ModuleNotFoundError:
        module, _, name = dotted.rpartition(".")
        return "." in dotted and hasattr(importlib.import_module(module), name)
    return True


def test_every_page_is_in_the_index() -> None:
    index = (PROJECT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = {path.name for path in (PROJECT / "docs").glob("*.md")} - {"README.md"}
    assert pages == set(re.findall(r"\]\(([\w-]+\.md)\)", index))


def test_the_folders_of_the_tests_are_those_of_the_source() -> None:
    """Tests at the top concern the whole project; so do `chaos` and `fuzz`; `browser` reads what
    the report is made of."""
    source = {path.name for root in ROOTS for path in root.iterdir() if path.is_dir()}
    source |= {"functions", "tools", "benchmarks", "statemachine"}
    folders = {
        path.parent.relative_to(PROJECT / "tests").parts[0]
        for path in (PROJECT / "tests").glob("*/**/test_*.py")
    }
    assert folders - {"support", "browser", "chaos", "fuzz"} <= source
