"""Further look-ups that Claude may ask for: a closed list of read-only questions, each counted,
each about what the evidence names."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from whyspike.explanation.prompts.texts import fenced
from whyspike.model import EvidenceItem
from whyspike.payload import to_json

if TYPE_CHECKING:
    from anthropic.types import Message, ToolParam

DIMENSIONS = (
    "USAGE_TYPE",
    "OPERATION",
    "REGION",
    "INSTANCE_TYPE",
    "RECORD_TYPE",
    "AZ",
    "PURCHASE_TYPE",
)
ATTRIBUTES = ("EventName", "EventSource", "ResourceName", "Username", "AccessKeyId")
# Their values stand in the evidence; the others are names of AWS's.
_NAMED = ("ResourceName", "Username", "AccessKeyId")
ARGUMENTS = {
    "group_costs": ("by", "service", "usage_type"),
    "find_events": ("region", "attribute", "value"),
}
MAX_LOOKUPS = 3


@dataclass(frozen=True)
class Lookup:
    """One question, of what the member role may read. `kind` group_costs: `by` (a dimension of Cost
    Explorer), `service`, `usage_type` (may be empty); find_events: `region`, `attribute`, `value`.
    Values stand in the evidence or in the closed lists above.
    """

    kind: str
    arguments: Mapping[str, str] = field(default_factory=dict)


# Fetches the answer: an item with an id that is not in use. What it cannot do (denied, cap reached)
# is an item with a gap.
Lookups: TypeAlias = Callable[[Lookup], EvidenceItem]


def lookup_tools() -> list[ToolParam]:
    """The tools that Claude is offered."""
    text = {"type": "string"}
    return [
        _tool(
            "group_costs",
            "Daily costs of one usage type (with an empty usage_type: of one service), grouped by a"
            " dimension of Cost Explorer.",
            {
                "by": {"type": "string", "enum": list(DIMENSIONS)},
                "service": text,
                "usage_type": text,
            },
        ),
        _tool(
            "find_events",
            "CloudTrail write events of one region around the onset, found by one attribute. The"
            " value of ResourceName, Username and AccessKeyId stands in the evidence; that of"
            " EventName and EventSource is a name of AWS's.",
            {
                "region": text,
                "attribute": {"type": "string", "enum": list(ATTRIBUTES)},
                "value": text,
            },
        ),
    ]


def _tool(name: str, description: str, properties: Mapping[str, Any]) -> ToolParam:
    schema = {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }
    return {"name": name, "description": description, "input_schema": schema, "strict": True}


def answer_lookups(
    message: Message,
    items: Sequence[EvidenceItem],
    lookups: Lookups | None,
    left: int,
    max_characters: int,
) -> tuple[list[Any], tuple[EvidenceItem, ...], int]:
    """(a tool_result for each tool_use of the message, the new items, how many look-ups are
    left)."""
    results: list[Any] = []
    found: list[EvidenceItem] = []
    for block in message.content:
        if block.type != "tool_use":
            continue
        arguments = (
            {str(k): str(v) for k, v in block.input.items()}
            if isinstance(block.input, dict)
            else {}
        )
        reason = (
            "no look-up is left; answer with what you have"
            if left <= 0
            else lookup_problem(block.name, arguments, [*items, *found])
        )
        if reason or lookups is None:
            results.append(
                {
                    "type": "tool_result",
                    "tool_use_id": block.id,
                    "is_error": True,
                    "content": reason,
                }
            )
            continue
        left -= 1
        item = lookups(Lookup(block.name, arguments))
        found.append(item)
        results.append(
            {
                "type": "tool_result",
                "tool_use_id": block.id,
                "content": fenced([item], secrets.token_hex(8), max_characters),
            }
        )
    return results, tuple(found), left


def lookup_problem(kind: str, arguments: Mapping[str, str], items: Sequence[EvidenceItem]) -> str:
    """Reason why a look-up is not made, or ''."""
    if kind not in ARGUMENTS:
        return f"there is no look-up {kind[:40]!r}"
    names = set(ARGUMENTS[kind])
    if set(arguments) != names:
        return f"{kind} takes exactly {', '.join(sorted(names))}"
    if kind == "group_costs" and arguments["by"] not in DIMENSIONS:
        return f"by is one of {', '.join(DIMENSIONS)}"
    if kind == "find_events" and arguments["attribute"] not in ATTRIBUTES:
        return f"attribute is one of {', '.join(ATTRIBUTES)}"
    known = _strings(to_json(list(items)))
    named = {"service", "usage_type", "region"} | (
        {"value"} if arguments.get("attribute") in _NAMED else set()
    )
    if unknown := [
        name
        for name in sorted(named & set(arguments))
        if arguments[name] and arguments[name] not in known
    ]:
        return f"{unknown[0]} is not in the evidence"
    if (
        "value" in arguments
        and not arguments["value"].replace(".", "").replace("-", "").isalnum()
        and "value" not in named
    ):
        return "value is not an event name or source"
    return ""


def _strings(value: Any) -> set[str]:
    """Every text of the evidence, those of an ARN's last part among them."""
    if isinstance(value, dict):
        return {text for inner in value.values() for text in _strings(inner)}
    if isinstance(value, list):
        return {text for inner in value for text in _strings(inner)}
    if not isinstance(value, str):
        return set()
    return {value, re.split(r"[:/]", value)[-1]} if value.startswith("arn:") else {value}
