"""Reads that nobody is told to run: the table holds what exists, and each line says what it
gives."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache

import pytest
from botocore import xform_name
from botocore.loaders import Loader

from whyspike.data import table
from whyspike.knowledge.denied_operations import is_denied

CLI_NAMES = {"s3": "s3api", "config": "configservice", "codedeploy": "deploy"}


@cache
def operations() -> tuple[tuple[str, str], ...]:
    """(service, operation) of all service models, as the AWS CLI writes them."""
    return tuple(
        (CLI_NAMES.get(service, service), xform_name(operation, "-"))
        for service in Loader().list_available_services("service-2")
        for operation in Loader().load_service_model(service, "service-2")["operations"]
    )


@pytest.mark.parametrize(
    "line",
    list(table("denied_operations.csv")),
    ids=lambda line: f"{line['service']} {line['operation']}",
)
def test_each_line_meets_an_operation_and_says_what_it_gives(line: dict[str, str]) -> None:
    assert line["reads"]
    assert any(
        fnmatchcase(service, line["service"]) and fnmatchcase(operation, line["operation"])
        for service, operation in operations()
    )


def test_what_is_excepted_is_let_through_and_nothing_beside_it() -> None:
    assert not is_denied("sts", "get-caller-identity")
    assert {operation for service, operation in operations() if service == "sts"} - {
        operation for _, operation in operations() if is_denied("sts", operation)
    } == {"get-caller-identity"}


def test_few_reads_are_denied() -> None:
    reads = [
        (service, operation)
        for service, operation in operations()
        if operation.startswith(("describe-", "list-", "get-"))
    ]
    denied = [read for read in reads if is_denied(*read)]

    assert 0 < len(denied) < len(reads) / 20
