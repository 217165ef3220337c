"""A restored table's rows are put back into the table that the stack uses."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from moto import mock_aws

from tools.copy_table import copy_table


def table(client: Any, name: str, **rows: str) -> None:
    keys = [
        {"AttributeName": key, "KeyType": kind} for key, kind in (("PK", "HASH"), ("SK", "RANGE"))
    ]
    attributes = [{"AttributeName": key, "AttributeType": "S"} for key in ("PK", "SK")]
    client.create_table(
        TableName=name,
        KeySchema=keys,
        AttributeDefinitions=attributes,
        BillingMode="PAY_PER_REQUEST",
    )
    for key, value in rows.items():
        client.put_item(
            TableName=name, Item={"PK": {"S": key}, "SK": {"S": "ROW"}, "value": {"S": value}}
        )


def rows_of(client: Any, name: str) -> dict[str, str]:
    return {item["PK"]["S"]: item["value"]["S"] for item in client.scan(TableName=name)["Items"]}


def test_the_target_holds_afterwards_what_the_source_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "example")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        many = {f"old{number}": "1" for number in range(60)}
        table(client, "t-restored", same="1", changed="1", lost="1", **many)
        table(client, "t", same="1", changed="2", late="2")

        assert copy_table(client, "t-restored", "t") == (62, 1)
        assert rows_of(client, "t") == rows_of(client, "t-restored")
        assert copy_table(client, "t-restored", "t") == (0, 0)
