"""Finds what Step Functions would refuse, or never run, in a state machine's definition.

    python tools/check_definition.py scan.asl.json      prints a line for each fault, then exits 1

The definition must be as deployed: substitutions made (tools/expand_template.py). The grammar is
moto's; what lies between the states (transitions, names, paths, the order of catchers) is checked
here, for the JSONPath language alone, which is what the definition is written in.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from moto.stepfunctions.parser.asl.parse.asl_parser import (
    AmazonStateLanguageParser,
    ASLParserException,
)

State = dict[str, Any]
MAX_NAME_LENGTH = 80
# A path into the input or the context, or one call of an intrinsic function.
PATH_OR_CALL = re.compile(r"\$.*|States\.\w+\(.*\)", re.DOTALL)
TEMPLATES = ("Parameters", "ResultSelector", "ItemSelector")


def faults(definition: State) -> list[str]:
    """Every fault of the definition; none: Step Functions would take it and can run all of it."""
    found = [*grammar(definition)]
    for place, machine in machines(definition):
        found += [f"{place}: {fault}" for fault in between_states(machine)]
        for name, state in machine.get("States", {}).items():
            found += [f"{place}{name}: {fault}" for fault in within_state(state)]
    names = Counter(name for _, machine in machines(definition) for name in machine["States"])
    found += [
        f"{name}: {count} states bear this name" for name, count in names.items() if count > 1
    ]
    return found


def grammar(definition: State) -> Iterator[str]:
    try:
        AmazonStateLanguageParser.parse(json.dumps(definition))
    except ASLParserException as error:
        yield " ".join(str(error.errors).split())
    except (AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        # Well-formed, but moto can make no states of it: a value out of bounds, a field missing.
        yield f"{type(error).__name__}: {error}"


def machines(definition: State, place: str = "/") -> Iterator[tuple[str, State]]:
    """The definition, and each that a Map or Parallel state of it holds."""
    yield place, definition
    for name, state in definition.get("States", {}).items():
        inner = [state["ItemProcessor"]] if "ItemProcessor" in state else state.get("Branches", [])
        for machine in inner:
            yield from machines(machine, f"{place}{name}/")


def between_states(machine: State) -> Iterator[str]:
    states = machine.get("States", {})
    start = machine.get("StartAt")
    reached, todo = set(), [start]
    while todo:
        name = todo.pop()
        if name not in states:
            yield f"no state is named {name}"
        elif name not in reached:
            reached.add(name)
            todo += targets(states[name])
    yield from (f"{name} is never reached" for name in states if name not in reached)
    yield from (f"{name} is too long a name" for name in states if len(name) > MAX_NAME_LENGTH)
    if not any(ends(states[name]) for name in reached):
        yield "no state ends it"


def targets(state: State) -> list[str]:
    rules = [*state.get("Catch", []), *state.get("Choices", [])]
    return [
        *([state["Next"]] if "Next" in state else []),
        *([state["Default"]] if "Default" in state else []),
        *(rule["Next"] for rule in rules if "Next" in rule),
    ]


def ends(state: State) -> bool:
    return state.get("End") is True or state.get("Type") in ("Succeed", "Fail")


def within_state(state: State) -> Iterator[str]:
    if state.get("Type") != "Choice" and not ends(state) and "Next" not in state:
        yield "neither Next nor End"
    for field in TEMPLATES:
        yield from (f"{field}: {fault}" for fault in in_template(state.get(field)))
    for field in ("Retry", "Catch"):
        yield from (f"{field}: {fault}" for fault in in_rules(state.get(field, [])))
    mode = state.get("ItemProcessor", {}).get("ProcessorConfig", {})
    if mode.get("Mode") == "DISTRIBUTED" and "ExecutionType" not in mode:
        yield "a distributed Map needs an ExecutionType"
    if mode.get("Mode") != "DISTRIBUTED" and "ItemReader" in state:
        yield "only a distributed Map reads its items by an ItemReader"


def in_template(template: Any) -> Iterator[str]:
    """Faults of a payload template: a key that ends in `.$` takes a path or a call, and no other
    key a value that looks like one."""
    if isinstance(template, list):
        for value in template:
            yield from in_template(value)
    if not isinstance(template, dict):
        return
    for key, value in template.items():
        is_path = isinstance(value, str) and PATH_OR_CALL.fullmatch(value) is not None
        if key.endswith(".$"):
            if key.removesuffix(".$") in template:
                yield f"{key} is given twice"
            if not is_path:
                yield f"{key} is {value!r}, no path and no call"
        elif is_path:
            yield f"{key} is the text {value!r}; a path needs the key {key}.$"
        yield from in_template(value)


def in_rules(rules: list[State]) -> Iterator[str]:
    for rule in rules[:-1]:
        if "States.ALL" in rule.get("ErrorEquals", []):
            yield "States.ALL takes everything, so that no rule after it counts"


def main(file: Path) -> int:
    found = faults(json.loads(file.read_text(encoding="utf-8")))
    for fault in found:
        print(f"{file}: {fault}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
