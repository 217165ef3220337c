"""layers/claude: the pins are those of the lock, and cover what anthropic needs beyond
layers/dependencies."""

import re
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]


def pins(path: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / path).read_text(), re.MULTILINE))


def test_the_layer_holds_the_versions_that_the_tests_ran_with() -> None:
    lock = pins("requirements.lock")

    assert {name: lock[name] for name in pins("layers/claude/requirements.txt")} == pins(
        "layers/claude/requirements.txt"
    )


def test_the_two_layers_together_hold_all_that_the_sdk_needs() -> None:
    held = set(pins("layers/claude/requirements.txt")) | set(
        pins("layers/dependencies/requirements.txt")
    )
    wanted, seen = ["anthropic"], set()
    while wanted:
        name = wanted.pop()
        if name in seen:
            continue
        seen.add(name)
        found = [Requirement(text) for text in requires(name) or []]
        runtime = {"extra": "", "python_version": "3.13", "sys_platform": "linux"}
        wanted += [
            r.name.lower().replace("_", "-")
            for r in found
            if r.marker is None or r.marker.evaluate(runtime)
        ]

    assert seen <= held
