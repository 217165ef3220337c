"""What an account bought, as a file: a mistake is named with its place."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support.bought import reserved_database, savings_plan
from whyspike.errors import InvalidInput
from whyspike.simulator.organization.commitments_file import Bought, read_commitments

LAST = date(2026, 11, 14)


def written(folder: Path, content: Any) -> Path:
    file = folder / "commitments.json"
    file.write_text(json.dumps(content))
    return file


def test_plans_and_reservations_are_read_by_client_and_region(tmp_path: Path) -> None:
    databases = {"rds": {"eu-west-1": [reserved_database(LAST)]}}
    content = {"savings_plans": [savings_plan(LAST)], "reservations": databases}
    found = read_commitments(written(tmp_path, content))
    assert [each["savingsPlanId"] for each in found.savings_plans] == ["sp-1"]
    assert len(found.reservations["rds"]["eu-west-1"]) == 1


def test_without_the_file_nothing_was_bought(tmp_path: Path) -> None:
    assert read_commitments(tmp_path / "commitments.json") == Bought()


@pytest.mark.parametrize(
    "content",
    [
        {"plans": []},
        {"savings_plans": {}},
        {"savings_plans": [{"savingsPlanType": "Everything"}]},
        {"savings_plans": ["sp-1"]},
        {"reservations": []},
        {"reservations": {"dynamodb": {}}},
        {"reservations": {"rds": {"eu-west-1": [{"DBInstanceCount": "two"}]}}},
    ],
    ids=[
        "a key that is none",
        "no list",
        "a kind that is none",
        "no record",
        "no object",
        "a service without reservations",
        "a field of another type",
    ],
)
def test_a_mistake_is_named_with_its_file(tmp_path: Path, content: Any) -> None:
    file = written(tmp_path, content)
    with pytest.raises(InvalidInput, match=r"commitments\.json"):
        read_commitments(file)
