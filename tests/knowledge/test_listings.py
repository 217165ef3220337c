"""A service that no table of commands knows is asked for what it holds."""

from __future__ import annotations

import pytest

from whyspike.data import table
from whyspike.knowledge.advice import first_commands
from whyspike.knowledge.listings import listing
from whyspike.wire.aws_cli.commands import check_command

RUN = "arn:aws:omics:us-west-2:111122223333:run/4411223"


@pytest.mark.parametrize(
    ("resources", "event", "asked"),
    [
        ((RUN,), ("", ""), "omics list-runs"),
        ((), ("omics.amazonaws.com", "StartRun"), "omics list-runs"),
        ((), ("transfer.amazonaws.com", "CreateServer"), "transfer list-servers"),
        ((), ("memorydb.amazonaws.com", "CreateCluster"), "memorydb describe-clusters"),
        (("nothing known",), ("", ""), ""),
        ((), ("nosuchservice.amazonaws.com", "StartRun"), ""),
    ],
)
def test_it_is_asked_by_the_resource_or_by_the_event(
    resources: tuple[str, ...], event: tuple[str, str], asked: str
) -> None:
    assert listing(resources, *event) == asked


def test_every_hundredth_listing_is_a_valid_read_of_the_cli() -> None:
    commands = [
        f"aws {line['service']} {line['operation']} --region us-east-1"
        for line in table("list_operations.csv")
    ][::100]
    assert {command: check_command(command) for command in commands} == dict.fromkeys(commands, "")


def test_the_first_look_at_an_unknown_service_is_at_its_resources() -> None:
    context = {"region": "us-west-2", "listing": listing((RUN,))}
    assert first_commands("other", "batch-job-or-query-runaway", context)[0] == (
        "aws omics list-runs --region us-west-2"
    )
