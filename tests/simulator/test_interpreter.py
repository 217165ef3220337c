"""The interpreter: clients and definitions are used again, states are not."""

from __future__ import annotations

import json

import pytest
from moto.stepfunctions.parser.asl.parse.asl_parser import ASLParserException

from whyspike.simulator.interpreter import MAX_DEFINITIONS, client_for, parse


def test_a_client_is_kept_as_long_as_the_server_is_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MOTO_PORT", "5001")
    first = client_for("us-east-1", "lambda")
    assert client_for("us-east-1", "lambda") is first
    assert client_for("us-east-1", "s3") is not first

    monkeypatch.setenv("MOTO_PORT", "5002")
    assert client_for("us-east-1", "lambda").meta.endpoint_url == "http://localhost:5002"


def definition(name: str) -> str:
    return json.dumps({"StartAt": name, "States": {name: {"Type": "Succeed"}}})


def test_a_definition_is_read_once_and_its_states_are_new_for_each_execution() -> None:
    first, tree = parse(definition("One"))
    second, again = parse(definition("One"))
    assert again is tree
    assert second is not first
    assert list(second.states.states) == ["One"]
    assert second.states.states["One"] is not first.states.states["One"]


def test_only_some_definitions_are_kept_and_none_that_is_wrong() -> None:
    _, tree = parse(definition("One"))
    for number in range(MAX_DEFINITIONS):
        parse(definition(f"State{number}"))
    assert parse(definition("One"))[1] is not tree
    for _ in range(2):
        with pytest.raises(ASLParserException):
            parse("{}")
