"""What the Messages API refuses, of the parts of it that whyspike uses."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

FIELDS = {
    "model",
    "messages",
    "system",
    "tools",
    "tool_choice",
    "output_config",
    "thinking",
    "cache_control",
}
# What a request for an answer may hold besides, and a count of tokens may not.
ANSWER_FIELDS = {"max_tokens", "metadata", "stop_sequences", "stream", "service_tier"}
THINKING = {"adaptive", "disabled"}
EFFORTS = {"low", "medium", "high", "xhigh", "max"}
UNSUPPORTED = {
    "minimum",
    "maximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "maxItems",
    "pattern",
    "oneOf",
    "not",
    "if",
    "$dynamicRef",
}


def request_problem(request: Any, *, counting: bool = False) -> str:
    """Reason why the API would refuse a request, or '' (the parts of the API that whyspike
    uses)."""
    if not isinstance(request, dict):
        return "the body is not a JSON object"
    return (
        _fields_problem(request, counting)
        or _messages_problem(request.get("messages"))
        or _output_problem(request.get("output_config") or {})
        or _thinking_problem(request.get("thinking"))
        or _schemas_problem(request)
    )


def _fields_problem(request: dict[str, Any], counting: bool) -> str:
    if unknown := sorted(set(request) - FIELDS - (set() if counting else ANSWER_FIELDS)):
        return f"{unknown[0]}: Extra inputs are not permitted"
    if not isinstance(request.get("model"), str) or not request["model"]:
        return "model: Field required"
    most = request.get("max_tokens")
    if not counting and (not isinstance(most, int) or most < 1):
        return "max_tokens: Field required"
    return ""


def _messages_problem(messages: Any) -> str:
    if not isinstance(messages, list) or not messages:
        return "messages: at least one message is required"
    for position, message in enumerate(messages):
        if problem := _message_problem(message, position):
            return problem
    if messages[-1]["role"] != "user" and not _paused(messages[-1]):
        return "this model does not support assistant message prefill"
    return _tool_results_problem(messages)


def _output_problem(config: Mapping[str, Any]) -> str:
    if config.get("effort") not in (None, *EFFORTS):
        return "output_config.effort: not one of low, medium, high, xhigh, max"
    if (config.get("format") or {}).get("type") not in (None, "json_schema"):
        return "output_config.format.type: not json_schema"
    return ""


def _thinking_problem(thinking: Any) -> str:
    """Thinking is adaptive or off with the models that we ask; a budget of tokens is refused."""
    if thinking is None or (isinstance(thinking, dict) and thinking.get("type") in THINKING):
        return ""
    return "thinking.type: not adaptive or disabled"


def _schemas_problem(request: dict[str, Any]) -> str:
    form = (request.get("output_config") or {}).get("format") or {}
    strict = [tool.get("input_schema") for tool in request.get("tools", []) if tool.get("strict")]
    return _schema_fault([form.get("schema"), *strict])


def _message_problem(message: Any, position: int) -> str:
    if not isinstance(message, dict) or message.get("role") not in ("user", "assistant"):
        return f"messages.{position}: role is not user or assistant"
    content = message.get("content")
    if isinstance(content, str):
        return "" if content else f"messages.{position}: text content blocks must be non-empty"
    blocks = content if isinstance(content, list) else [None]
    kinds = {"text", "tool_use", "tool_result", "thinking", "redacted_thinking"}
    return (
        ""
        if all(isinstance(b, dict) and b.get("type") in kinds for b in blocks)
        else f"messages.{position}.content: unknown block"
    )


def _tool_results_problem(messages: list[Any]) -> str:
    """Each tool_use must be answered by a tool_result in the message that follows."""
    for before, after in pairwise(messages):
        asked = {b["id"] for b in blocks(before) if b["type"] == "tool_use"}
        if asked != {b["tool_use_id"] for b in blocks(after) if b["type"] == "tool_result"}:
            return "tool_use ids were found without tool_result blocks immediately after"
    return ""


def _schema_fault(schema: Any) -> str:
    """What structured outputs refuse in a schema: open objects and most constraints on values."""
    if isinstance(schema, list):
        return next((p for inner in schema if (p := _schema_fault(inner))), "")
    if not isinstance(schema, dict):
        return ""
    if bad := UNSUPPORTED & set(schema):
        return f"output_config.format.schema: {sorted(bad)[0]} is not supported"
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        return (
            "output_config.format.schema: for 'object' type, 'additionalProperties' must be"
            " explicitly set to false"
        )
    inner = [
        *schema.get("properties", {}).values(),
        *schema.get("$defs", {}).values(),
        schema.get("items"),
        schema.get("anyOf"),
    ]
    return next((p for part in inner if (p := _schema_fault(part))), "")


def blocks(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    content = message["content"]
    return content if isinstance(content, list) else [{"type": "text", "text": content}]


def _paused(message: Mapping[str, Any]) -> bool:
    """Whether an assistant message at the end is one that was paused (the simulator pauses with
    nothing said)."""
    return not message["content"]
