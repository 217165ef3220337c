"""The rows of the table: the only module that marshals items and writes expressions.

A key is a partition and a sort key; a row is a dictionary with both as PK and SK. Reads are
consistent with all earlier writes. Conditions are equalities and few others, so that a caller says
what must hold and never how DynamoDB spells it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from whyspike.errors import ChangedMeanwhile
from whyspike.wire.failures import mapped

Row = dict[str, Any]

_TO, _FROM = TypeSerializer(), TypeDeserializer()
_BYTES = frozenset({"B", "BS"})


@dataclass(frozen=True)
class Key:
    partition: str
    sort: str


@dataclass(frozen=True)
class Put:
    """Writes a whole row; `new`: only where there is none of that key."""

    key: Key
    row: Mapping[str, Any] = field(default_factory=dict)
    new: bool = False


@dataclass(frozen=True)
class Update:
    """Changes some attributes of a row, which is made where there is none.

    `once` sets what is not set yet, `add` counts. It happens only where the row is `new`, has the
    values of `equals`, and where each counter of `at_most` is missing or not above its value.
    """

    key: Key
    set: Mapping[str, Any] = field(default_factory=dict)
    once: Mapping[str, Any] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    new: bool = False
    equals: Mapping[str, Any] = field(default_factory=dict)
    at_most: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Delete:
    """Removes a row, where it has the values of `equals`."""

    key: Key
    equals: Mapping[str, Any] = field(default_factory=dict)


Write = Put | Update | Delete


@dataclass(frozen=True)
class Rows:
    """`client` is a DynamoDB client, `name` the table."""

    client: Any
    name: str

    def get(self, key: Key) -> Row | None:
        with mapped("dynamodb", key.sort, reads=True):
            answer = self.client.get_item(TableName=self.name, Key=_key(key), ConsistentRead=True)
        return _unmarshal(answer["Item"]) if "Item" in answer else None

    def query(self, partition: str, prefix: str = "") -> Iterator[Row]:
        """The rows of the partition whose sort key begins with `prefix`, by sort key."""
        condition, values = "PK = :pk", {":pk": partition}
        if prefix:
            condition, values = f"{condition} AND begins_with(SK, :sk)", {**values, ":sk": prefix}
        pages = iter(
            self.client.get_paginator("query").paginate(
                TableName=self.name,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=_marshal(values),
                ConsistentRead=True,
            )
        )
        while page := self._next(pages, f"{partition} {prefix}".rstrip()):
            yield from map(_unmarshal, page["Items"])

    def _next(self, pages: Iterator[dict[str, Any]], what: str) -> dict[str, Any] | None:
        """The next page, which may hold nothing and yet be followed by others; None at the end."""
        with mapped("dynamodb", what, reads=True):
            return next(pages, None)

    def put(self, write: Put) -> bool:
        """False when the row was not new."""
        try:
            with mapped("dynamodb", write.key.sort):
                self.client.put_item(**self._put(write))
        except ChangedMeanwhile:
            return False
        return True

    def update(self, write: Update) -> Row | None:
        """The row as it is now; None when it is not as the condition wants it."""
        try:
            with mapped("dynamodb", write.key.sort):
                answer = self.client.update_item(**self._update(write), ReturnValues="ALL_NEW")
        except ChangedMeanwhile:
            return None
        return _unmarshal(answer["Attributes"])

    def delete(self, write: Delete) -> bool:
        """False when the row is not as the condition wants it."""
        try:
            with mapped("dynamodb", write.key.sort):
                self.client.delete_item(**self._delete(write))
        except ChangedMeanwhile:
            return False
        return True

    def write(self, *writes: Write) -> None:
        """All or nothing; raises ChangedMeanwhile when a condition does not hold, or another
        transaction is at one of the rows."""
        items = []
        for write in writes:
            match write:
                case Put():
                    items.append({"Put": self._put(write)})
                case Update():
                    items.append({"Update": self._update(write)})
                case Delete():
                    items.append({"Delete": self._delete(write)})
        with mapped("dynamodb", writes[0].key.sort):
            self.client.transact_write_items(TransactItems=items)

    def _put(self, write: Put) -> dict[str, Any]:
        condition = {"ConditionExpression": "attribute_not_exists(PK)"} if write.new else {}
        item = {**_key(write.key), **_marshal(write.row)}
        return {"TableName": self.name, "Item": item, **condition}

    def _update(self, write: Update) -> dict[str, Any]:
        spelled = _Spelling()
        sets = [f"{spelled.name(name)} = {spelled.value(v)}" for name, v in write.set.items()]
        sets += [
            f"{spelled.name(name)} = if_not_exists({spelled.name(name)}, {spelled.value(v)})"
            for name, v in write.once.items()
        ]
        clauses = {
            "SET": sets,
            "ADD": [f"{spelled.name(name)} {spelled.value(v)}" for name, v in write.add.items()],
            "REMOVE": [spelled.name(name) for name in write.remove],
        }
        expression = " ".join(f"{word} {', '.join(all_)}" for word, all_ in clauses.items() if all_)
        conditions = spelled.conditions(write.equals)
        if write.new:
            conditions.append("attribute_not_exists(PK)")
        for name, limit in write.at_most.items():
            alias = spelled.name(name)
            conditions.append(
                f"(attribute_not_exists({alias}) OR {alias} <= {spelled.value(limit)})"
            )
        return {
            "TableName": self.name,
            "Key": _key(write.key),
            "UpdateExpression": expression,
            **spelled.parameters(conditions),
        }

    def _delete(self, write: Delete) -> dict[str, Any]:
        spelled = _Spelling()
        conditions = spelled.conditions(write.equals)
        return {"TableName": self.name, "Key": _key(write.key), **spelled.parameters(conditions)}


class _Spelling:
    """Aliases of one request: no name of ours can be a reserved word."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def name(self, attribute: str) -> str:
        return self._names.setdefault(attribute, f"#{len(self._names)}")

    def value(self, value: Any) -> str:
        alias = f":{len(self._values)}"
        self._values[alias] = value
        return alias

    def conditions(self, equals: Mapping[str, Any]) -> list[str]:
        return [f"{self.name(name)} = {self.value(value)}" for name, value in equals.items()]

    def parameters(self, conditions: list[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if conditions:
            found["ConditionExpression"] = " AND ".join(conditions)
        if self._names:
            found["ExpressionAttributeNames"] = {
                alias: attribute for attribute, alias in self._names.items()
            }
        if self._values:
            found["ExpressionAttributeValues"] = _marshal(self._values)
        return found


def _key(key: Key) -> dict[str, Any]:
    return _marshal({"PK": key.partition, "SK": key.sort})


def _marshal(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _TO.serialize(value) for name, value in values.items()}


def _unmarshal(item: Mapping[str, Any]) -> Row:
    """Without bytes, which whyspike never writes: as text they would be another thing."""
    return {
        name: _FROM.deserialize(value) for name, value in item.items() if not _BYTES & value.keys()
    }
