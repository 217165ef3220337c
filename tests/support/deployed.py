"""The deployed files as the tests read them: template, state machine, functions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tools.expand_template import expand, read_template

PROJECT = Path(__file__).parents[2]
TEMPLATE = PROJECT / "template.yaml"
DEFINITION = PROJECT / "statemachine" / "scan.asl.json"


@cache
def template() -> dict[str, Any]:
    return read_template(TEMPLATE)


@cache
def expanded() -> dict[str, Any]:
    return expand(TEMPLATE)


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """Properties by logical id, of one type."""
    return {
        name: resource["Properties"]
        for name, resource in template()["Resources"].items()
        if resource["Type"] == kind
    }


def functions() -> dict[str, dict[str, Any]]:
    return resources("AWS::Serverless::Function")


def environment(function: str) -> dict[str, Any]:
    """The variables of one function, those of Globals included."""
    shared = template()["Globals"]["Function"]["Environment"]["Variables"]
    return {**shared, **functions()[function].get("Environment", {}).get("Variables", {})}


@cache
def definition() -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(DEFINITION.read_text(encoding="utf-8"))
    return parsed


def states(machine: dict[str, Any] | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every state with its name, those inside Maps included."""
    for name, state in (machine or definition())["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])


def strings(value: Any) -> Iterator[str]:
    """Every text in a JSON value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, member in value.items():
            yield key
            yield from strings(member)
    elif isinstance(value, list):
        for member in value:
            yield from strings(member)


def snake_case(name: str) -> str:
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name).lstrip("_")
