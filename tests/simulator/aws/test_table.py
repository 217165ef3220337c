"""The simulated table: what moto's own answers, for the price of the rows in question."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from moto.core.serialize import BaseJSONSerializer, JSONSerializer, SerializationContext
from moto.core.utils import get_service_model
from moto.dynamodb.exceptions import (
    MultipleTransactionsException,
    ResourceNotFoundException,
    TransactionCanceledException,
)
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table

from whyspike.simulator.aws import table
from whyspike.simulator.aws.principals import Principals
from whyspike.simulator.aws.services import Services
from whyspike.simulator.faults import Faults
from whyspike.simulator.front import Front
from whyspike.simulator.recorder import Recorder

NAME = "incidents"
NEW = {"ConditionExpression": "attribute_not_exists(PK)"}


def backend(rows: int = 0) -> DynamoDBBackend:
    made = DynamoDBBackend("us-east-1", "111122223333")
    schema = [
        {"AttributeName": "PK", "KeyType": "HASH"},
        {"AttributeName": "SK", "KeyType": "RANGE"},
    ]
    kinds = [
        {"AttributeName": "PK", "AttributeType": "S"},
        {"AttributeName": "SK", "AttributeType": "S"},
    ]
    nothing: list[Any] = [None] * 3
    made.create_table(NAME, schema, None, kinds, *nothing, "PAY_PER_REQUEST", *nothing, None)
    for number in range(rows):
        made.put_item(NAME, row(number))
    return made


def row(number: int, partition: str = "A", **values: str) -> dict[str, Any]:
    texts = {"PK": partition, "SK": f"{number:04d}", "state": "open", **values}
    return {name: {"S": text} for name, text in texts.items()}


def put(number: int, **changes: Any) -> dict[str, Any]:
    return {"Put": {"TableName": NAME, "Item": row(number, state="told"), **changes}}


def delete(number: int) -> dict[str, Any]:
    key = {name: row(number)[name] for name in ("PK", "SK")}
    return {"Delete": {"TableName": NAME, "Key": key}}


def update(number: int, expected: str) -> dict[str, Any]:
    key = {name: row(number)[name] for name in ("PK", "SK")}
    return {
        "Update": {
            "TableName": NAME,
            "Key": key,
            "UpdateExpression": "SET #s = :new",
            "ConditionExpression": "#s = :old",
            "ExpressionAttributeNames": {"#s": "state"},
            "ExpressionAttributeValues": {":new": {"S": "told"}, ":old": {"S": expected}},
        }
    }


def content(of: DynamoDBBackend) -> list[Any]:
    return [item.to_json() for item in of.tables[NAME].all_items()]


def outcome(call: Callable[[], None]) -> str:
    try:
        call()
    except (TransactionCanceledException, MultipleTransactionsException) as refusal:
        return f"{type(refusal).__name__}: {refusal.message}"
    return "done"


@pytest.mark.parametrize(
    "transaction",
    [
        pytest.param([put(7, **NEW), update(1, "open")], id="all of it"),
        pytest.param([put(7, **NEW), update(1, "told")], id="nothing, since a condition fails"),
        pytest.param([update(1, "open"), put(2, **NEW)], id="nothing, since a row is there"),
        pytest.param([delete(1), put(8)], id="a row goes, one comes"),
        pytest.param([delete(9)], id="a row that is not there"),
        pytest.param([put(1), delete(1)], id="one row twice"),
    ],
)
def test_a_transaction_leaves_what_motos_own_leaves(transaction: list[dict[str, Any]]) -> None:
    ours, theirs = backend(rows=4), backend(rows=4)

    assert outcome(lambda: table.transact_write_items(ours, transaction)) == outcome(
        lambda: table.MOTOS_TRANSACTION(theirs, transaction)
    )
    assert content(ours) == content(theirs)


def test_a_transaction_on_a_table_that_is_not_there_is_refused() -> None:
    wrong = {"Put": {"TableName": "other", "Item": row(1)}}
    with pytest.raises(ResourceNotFoundException):
        table.transact_write_items(backend(), [wrong])


def test_a_transaction_copies_its_own_rows_however_many_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copied: list[Item] = []
    original = Item.__deepcopy__

    def counted(item: Item, memo: dict[int, Any]) -> Item:
        copied.append(item)
        return original(item, memo)

    store = backend(rows=200)
    monkeypatch.setattr(Item, "__deepcopy__", counted)
    table.transact_write_items(store, [update(5, "open"), put(300, **NEW)])

    assert 0 < len(copied) < 10


def test_a_query_sorts_its_own_partition(monkeypatch: pytest.MonkeyPatch) -> None:
    store = backend(rows=200)
    store.put_item(NAME, row(1, partition="B"))
    seen: list[int] = []
    original = Table.all_items

    def noted(of: Table) -> list[Item]:
        seen.append(sum(map(len, of.items.values())))
        return list(original(of))

    monkeypatch.setattr(Table, "all_items", noted)

    found, _, last = table.query(store, NAME, {"S": "B"}, None, [], 10, None, True, None)

    assert [item.range_key.value for item in found] == ["0001"]
    assert seen == [1]
    assert last is None


def test_a_query_of_a_partition_without_rows_finds_none_and_makes_none() -> None:
    store = backend(rows=1)
    found, _, _ = table.query(store, NAME, {"S": "C"}, None, [], 10, None, True, None)
    assert found == []
    assert len(store.tables[NAME].items) == 1


@pytest.mark.parametrize(
    ("stored", "answered"),
    [
        pytest.param({"S": "open"}, {"S": "open"}, id="text"),
        pytest.param({"S": ""}, {"S": ""}, id="no text"),
        pytest.param({"N": "0"}, {"N": "0"}, id="number"),
        pytest.param({"BOOL": False}, {"BOOL": False}, id="false"),
        pytest.param({"NULL": True}, {"NULL": True}, id="nothing"),
        pytest.param({"B": b"\x00"}, {"B": "AA=="}, id="bytes"),
        pytest.param({"SS": ["a", "b"]}, {"SS": ["a", "b"]}, id="set"),
        pytest.param(
            {"M": {"one": {"L": [{"N": "1"}, {"B": b"\x00"}]}}},
            {"M": {"one": {"L": [{"N": "1"}, {"B": "AA=="}]}}},
            id="values in values",
        ),
    ],
)
def test_a_value_is_answered_as_moto_answers_it(stored: Any, answered: Any) -> None:
    operation = get_service_model("dynamodb").operation_model("GetItem")
    answers = []
    for serialize in (table.MOTOS_STRUCTURE, table.serialize_structure):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(BaseJSONSerializer, "_serialize_type_structure", serialize)
            serializer = JSONSerializer(operation_model=operation, context=SerializationContext())
            answers.append(json.loads(serializer.serialize({"Item": {"a": stored}})["body"]))
    assert answers == [{"Item": {"a": answered}}] * 2


class Together:
    """An application that says how many were in it at once at most."""

    def __init__(self) -> None:
        self.inside = self.most = 0
        self._lock = threading.Lock()

    def __call__(self, _environ: Any, start_response: Callable[..., Any]) -> Iterable[bytes]:
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        time.sleep(0.02)
        with self._lock:
            self.inside -= 1
        start_response("200 OK", [])
        return [b"{}"]


@pytest.mark.parametrize(("service", "alone"), [("dynamodb", True), ("s3", False)])
def test_the_table_is_asked_by_one_at_a_time(service: str, alone: bool) -> None:
    application, principals = Together(), Principals()
    key = principals.admin_key("111122223333")
    services = Services(None, principals, Faults())  # type: ignore[arg-type]  # moto answers
    front = Front(application, services, principals, Recorder(), Faults(), {})
    threads = [
        threading.Thread(target=ask, args=(front, service, key), daemon=True) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert (application.most == 1) is alone


def ask(front: Front, service: str, key: str) -> None:
    scope = f"{key}/20261015/us-east-1/{service}/aws4_request"
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/bucket/key",
        "wsgi.input": Empty(),
        "HTTP_X_AMZ_TARGET": "DynamoDB_20120810.GetItem",
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={scope}, Signature=0",
    }
    list(front(environ, lambda *_: None))


class Empty:
    def read(self, _size: int) -> bytes:
        return b""
