"""Whether the tests notice when a line that guards money, alerts or signatures is wrong:
tests/mutations/mutations.yaml holds the lines, their wrong versions and the tests that must fail.

    python tools/mutate.py              every mutation
    python tools/mutate.py SIGNATURE    those whose `guards` or `file` holds the word

Works on a copy of the files; ends with 1 when a mutation survives, with 2 when the table is wrong.
"""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest
import yaml

PROJECT = Path(__file__).parents[1]
TABLE = PROJECT / "tests" / "mutations" / "mutations.yaml"
PACKAGE = Path("layers/whyspike/python/whyspike")
# What the tests of the table read; a copy of all else would take its time.
COPIED = (
    *("benchmarks", "docs", "events", "functions", "laptop", "layers/whyspike", "organization"),
    *("statemachine", "tests", "tools", "pyproject.toml", "template.yaml"),
)
# What most tests import of others.
PRELOADED = (
    *("anthropic", "boto3", "hypothesis", "moto.dynamodb.models", "moto.s3.models"),
    *("moto.secretsmanager.models", "numpy", "pydantic", "requests"),
)
MAX_SECONDS = 300  # of the tests of one mutation
FAILED, PASSED, LATE = 1, 0, -1  # pytest's exit codes; any other one is a mistake of the table


@dataclass(frozen=True)
class Mutation:
    """`line` stands once in `file`, whatever its indentation; `mutant` takes its place."""

    guards: str
    file: Path
    line: str
    mutant: str
    tests: tuple[str, ...]


def read_mutations(table: Path = TABLE) -> tuple[Mutation, ...]:
    return tuple(
        Mutation(
            row["guards"],
            PACKAGE / row["file"],
            row["line"],
            row["mutant"],
            tuple(row["tests"].split()),
        )
        for row in yaml.safe_load(table.read_text(encoding="utf-8"))
    )


def problem(mutation: Mutation, project: Path = PROJECT) -> str:
    """What is wrong with the row; "" when nothing is."""
    file = project / mutation.file
    if not file.is_file():
        return f"{mutation.file} does not exist"
    times = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()].count(
        mutation.line
    )
    if times != 1:
        return f"{mutation.file} holds {times} times, not once: {mutation.line}"
    missing = [test for test in mutation.tests if not _exists(project, test)]
    return f"{missing[0]} does not exist" if missing else ""


def _exists(project: Path, test: str) -> bool:
    path, _, name = test.partition("::")
    file = project / path
    return file.is_file() and (not name or f"def {name}(" in file.read_text(encoding="utf-8"))


def mutated(text: str, mutation: Mutation) -> str:
    """The file with the mutant in the place of the line, at the same depth."""
    lines = text.splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if line.strip() == mutation.line)
    lines[at] = lines[at].replace(mutation.line, mutation.mutant)
    return "".join(lines)


def survives(mutation: Mutation, copy: Path) -> str:
    """What happened to the mutation other than a failing test; "" when a test failed."""
    file = copy / mutation.file
    before = file.read_text(encoding="utf-8")
    file.write_text(mutated(before, mutation), encoding="utf-8")
    try:
        code, said = run_tests(mutation.tests, copy)
    finally:
        file.write_text(before, encoding="utf-8")
    if code == FAILED:
        return ""
    return "survived" if code == PASSED else f"pytest ended with {code}: {said[-400:]}"


def run_tests(tests: Sequence[str], copy: Path, seconds: float = MAX_SECONDS) -> tuple[int, str]:
    """pytest's exit code and words for the tests, in the copy.

    A fork of this process runs them: what they need of others is imported once, in `main`; of
    whyspike nothing is, and no bytecode of it is kept.
    """
    with tempfile.NamedTemporaryFile("r", encoding="utf-8", errors="replace") as said:
        child = os.fork()
        if child == 0:
            _become_pytest(tests, copy, said.name)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status), said.read()
            time.sleep(0.05)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return LATE, "out of time"


def _become_pytest(tests: Sequence[str], copy: Path, output: str) -> NoReturn:
    os.chdir(copy)
    os.dup2(os.open(output, os.O_WRONLY), 1)
    os.dup2(1, 2)
    roots = (copy / "layers/whyspike/python", copy / "laptop", copy)
    sys.path[:0] = map(str, roots)
    sys.dont_write_bytecode = True
    code = 3  # pytest's own: an error within
    try:
        code = pytest.main(["-x", "-p", "no:cacheprovider", "-p", "no:xdist", *tests])
    finally:
        os._exit(int(code))


def copied(folder: Path) -> Path:
    for name in COPIED:
        source, target = PROJECT / name, folder / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
            shutil.copytree(source, target, ignore=ignored)
        else:
            shutil.copy2(source, target)
    return folder


def main(words: Sequence[str]) -> int:
    every = read_mutations()
    wrong = [f"{row.guards}: {found}" for row in every if (found := problem(row))]
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        return 2
    chosen = [
        row
        for row in every
        if all(word.lower() in f"{row.guards} {row.file}".lower() for word in words)
    ]
    for name in PRELOADED:
        importlib.import_module(name)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="whyspike-mutate-") as folder:
        copy = copied(Path(folder))
        code, said = run_tests(sorted({test for row in chosen for test in row.tests}), copy, 600)
        if code != PASSED:
            print(f"the tests fail without a mutation:\n{said[-2000:]}", file=sys.stderr)
            return 2
        outcomes = [survives(mutation, copy) for mutation in chosen]
    alive = [
        f"{row.guards} ({row.file}): {said}"
        for row, said in zip(chosen, outcomes, strict=True)
        if said
    ]
    print("\n".join(alive))
    print(
        f"{len(chosen)} mutations, {len(chosen) - len(alive)} noticed, {len(alive)} not,"
        f" {time.monotonic() - began:.0f} s"
    )
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
