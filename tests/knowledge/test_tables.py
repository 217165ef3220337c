"""The tables of AWS knowledge hold together: names exist, lines have sources and stand once."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

import pytest
from botocore.loaders import Loader

from whyspike.data import table
from whyspike.knowledge.events import (
    causes,
)
from whyspike.knowledge.families import (
    families,
)
from whyspike.knowledge.units import USUAL

TABLES = [
    "usage_families.csv",
    "service_aliases.csv",
    "cause_events.csv",
    "routine_events.csv",
    "benign_parameters.csv",
    "intrusion_signs.csv",
    "event_sources.csv",
    "event_source_aliases.csv",
    "event_exceptions.csv",
    "resource_fields.csv",
    "first_commands.csv",
    "fixes.csv",
    "denied_operations.csv",
    "list_operations.csv",
]
EVENT_TABLES = ["cause_events.csv", "routine_events.csv", "intrusion_signs.csv"]


def lines(name: str) -> list[dict[str, str]]:
    """Of a table of the package, or of one beside this file: what only the tests read."""
    beside = Path(__file__).with_name(name)
    if beside.exists():
        return list(csv.DictReader(beside.read_text(encoding="utf-8").splitlines()))
    return list(table(name))


@pytest.mark.parametrize("name", TABLES)
def test_every_line_is_whole_and_names_its_source(name: str) -> None:
    for line in lines(name):
        assert None not in line, line
        assert None not in line.values(), line
        assert re.fullmatch(
            r"api|cur|infracost|cudos|invoice|names|gk|doc:\S.{3,}", line["source"]
        ), line


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("usage_families.csv", ("family",)),
        ("service_aliases.csv", ("alias",)),
        ("routine_events.csv", ("event_source", "event_name")),
        ("intrusion_signs.csv", ("event_source", "event_name")),
        ("event_sources.csv", ("event_source",)),
        ("event_source_aliases.csv", ("alias",)),
        ("benign_parameters.csv", ("parameter",)),
        ("resource_fields.csv", ("field",)),
        ("denied_operations.csv", ("service", "operation")),
        ("categories.csv", ("category",)),
        (
            "cause_events.csv",
            ("event_source", "event_name", "families", "direction", "category", "telling"),
        ),
    ],
)
def test_no_line_is_written_twice(name: str, keys: tuple[str, ...]) -> None:
    seen = [tuple(line[key] for key in keys) for line in lines(name)]
    assert sorted(seen) == sorted(set(seen))


@cache
def operations(service: str) -> frozenset[str]:
    return frozenset(Loader().load_service_model(service, "service-2")["operations"])


@pytest.mark.parametrize("name", EVENT_TABLES)
def test_every_event_is_an_operation_of_its_service_or_a_listed_exception(name: str) -> None:
    services = {
        line["event_source"]: line["botocore"].split() for line in lines("event_sources.csv")
    }
    exceptions = {
        (line["event_source"], line["event_name"]) for line in lines("event_exceptions.csv")
    }
    unknown = [
        (line["event_source"], line["event_name"])
        for line in lines(name)
        if (line["event_source"], line["event_name"]) not in exceptions
        and not any(
            line["event_name"] in operations(service)
            for service in services.get(line["event_source"], [line["event_source"]])
        )
    ]
    assert unknown == []


def test_every_pattern_of_families_meets_a_family() -> None:
    names = [family.name for family in families()]
    names += [f"{name}:{measure}" for name in names for measure in USUAL]
    patterns = {pattern for entry in causes() for pattern in entry.families}
    patterns |= {
        p
        for name in ("first_commands.csv", "fixes.csv")
        for line in lines(name)
        for p in line["families"].split()
    }
    assert [
        p for p in patterns if not any(re.fullmatch(p.replace("*", ".*"), name) for name in names)
    ] == []
