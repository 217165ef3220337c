"""moto's table, so that a request costs what it touches and not what the table holds.

moto copies the whole table before each transaction and sorts the whole table for each query: a scan
of a thousand accounts takes time by the square of them. Both work here on a table that holds only
the rows in question. And it looks into each value of a row for ten members under several names,
though the value is in DynamoDB's JSON already. What is answered and refused stays moto's.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

RowKey = tuple[DynamoType, DynamoType]

MOTOS_QUERY = DynamoDBBackend.query
MOTOS_TRANSACTION = DynamoDBBackend.transact_write_items
MOTOS_STRUCTURE = BaseJSONSerializer._serialize_type_structure
PLAIN = {"S", "N", "BOOL", "NULL"}  # what is answered as it is; bytes and what holds values are not


def touch_only_what_is_asked() -> None:
    """From here on, moto's tables of this process answer so. One request at a time, as the front
    sees to."""
    DynamoDBBackend.query = query
    DynamoDBBackend.transact_write_items = transact_write_items
    BaseJSONSerializer._serialize_type_structure = serialize_structure


def query(
    backend: DynamoDBBackend,
    table_name: str,
    hash_key_dict: dict[str, Any] | None,
    *others: Any,
    index_name: str | None = None,
    **named: Any,
) -> Any:
    """DynamoDBBackend.query on the one partition that is asked for; of an index, on all rows."""
    table = backend.get_table(table_name)
    if index_name is None and hash_key_dict is not None and table.has_range_key:
        partition = DynamoType(hash_key_dict)
        rows = {partition: table.items[partition]} if partition in table.items else {}
        backend = _with(backend, {table.name: _narrowed(table, rows)})
    return MOTOS_QUERY(backend, table_name, hash_key_dict, *others, index_name=index_name, **named)


def transact_write_items(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    """DynamoDBBackend.transact_write_items on copies of the rows that the transaction names, which
    are put back when all of it was done."""
    touched: dict[str, set[RowKey]] = defaultdict(set)
    for item in transact_items:
        operation = next(iter(item.values()))
        table = backend.get_table(operation["TableName"])
        touched[table.name] |= set(_keys(table, operation))
    shadow = _with(
        backend,
        {name: _narrowed(backend.tables[name], {}) for name in touched},
    )
    for name, keys in touched.items():
        for partition, sort in keys:
            if (found := backend.tables[name].items.get(partition, {}).get(sort)) is not None:
                shadow.tables[name].items[partition][sort] = copy.deepcopy(found)
    MOTOS_TRANSACTION(shadow, transact_items)
    for name, keys in touched.items():
        for partition, sort in keys:
            written = shadow.tables[name].items.get(partition, {}).get(sort)
            if written is not None:
                backend.tables[name].items[partition][sort] = written
            else:
                backend.tables[name].items.get(partition, {}).pop(sort, None)


def serialize_structure(
    serializer: BaseJSONSerializer, serialized: Any, value: Any, shape: Any, key: str
) -> None:
    """BaseJSONSerializer._serialize_type_structure, with a plain value of the table as it is."""
    if shape.name == "AttributeValue" and isinstance(value, dict) and value.keys() <= PLAIN:
        serialized[key] = value
    else:
        MOTOS_STRUCTURE(serializer, serialized, value, shape, key)


def _keys(table: Table, operation: Mapping[str, Any]) -> Iterable[RowKey]:
    """The row that an operation names; none where it names none, which moto then refuses."""
    attributes = operation.get("Key") or operation.get("Item") or {}
    if table.hash_key_attr in attributes and table.range_key_attr in attributes:
        yield (
            DynamoType(attributes[table.hash_key_attr]),
            DynamoType(attributes[table.range_key_attr]),
        )


def _narrowed(table: Table, rows: Mapping[DynamoType, Any]) -> Table:
    narrow = copy.copy(table)
    narrow.items = defaultdict(dict, rows)
    return narrow


def _with(backend: DynamoDBBackend, tables: Mapping[str, Table]) -> DynamoDBBackend:
    shadow = copy.copy(backend)
    shadow.tables = dict(tables)
    return shadow
