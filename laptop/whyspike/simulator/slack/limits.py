"""Slack's limits on messages: what its API refuses, with the error it answers. Block Kit reference,
docs.slack.dev, read 2026-11."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

MAX_BLOCKS, MAX_CHARACTERS, MAX_TEXT = 50, 13_200, 40_000
_LINK = re.compile(r"<([^<>]*)>")


def message_problem(content: Mapping[str, Any], files: frozenset[str]) -> tuple[str, str] | None:
    """(error, detail) of a message that Slack refuses, None where it takes it. `files` are the
    images that exist."""
    blocks, text = content.get("blocks"), content.get("text", "")
    if isinstance(blocks, str):
        try:
            blocks = json.loads(blocks)
        except ValueError:
            return "invalid_blocks_format", "blocks is not JSON"
    if not blocks and not text:
        return "no_text", ""
    if len(text) > MAX_TEXT:
        return "msg_too_long", ""
    return None if blocks is None else _blocks_problem(blocks, files)


def _blocks_problem(blocks: Any, files: frozenset[str]) -> tuple[str, str] | None:
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        return "invalid_blocks_format", "blocks is no list of objects"
    if len(blocks) > MAX_BLOCKS:
        return "invalid_blocks", f"no more than {MAX_BLOCKS} items allowed [json-pointer:/blocks]"
    for number, block in enumerate(blocks):
        if problem := _block_problem(block, files):
            return "invalid_blocks", f"{problem} [json-pointer:/blocks/{number}]"
    named = [block["block_id"] for block in blocks if "block_id" in block]
    if len(named) != len(set(named)):
        return "invalid_blocks", "block_id is not unique"
    if len(json.dumps([_texts(block) for block in blocks], ensure_ascii=False)) > MAX_CHARACTERS:
        return "msg_blocks_too_long", ""
    return None


def _block_problem(block: dict[str, Any], files: frozenset[str]) -> str | None:
    checks: dict[str, Callable[[], str | None]] = {
        "header": lambda: _text_problem(block.get("text"), 150, {"plain_text"}),
        "section": lambda: _section_problem(block),
        "context": lambda: _elements_problem(
            block, 10, lambda e: None if e.get("type") == "image" else _text_problem(e, 2_000)
        ),
        "actions": lambda: _elements_problem(block, 25, _element_problem),
        "image": lambda: _image_problem(block, files),
        "divider": lambda: None,
    }
    kind = block.get("type")
    if kind not in checks:
        return f"unsupported type: {kind}"
    if len(block.get("block_id", "x")) not in range(1, 256):
        return "block_id must be 1 to 255 characters"
    return checks[kind]()


def _section_problem(block: dict[str, Any]) -> str | None:
    fields = block.get("fields", [])
    if len(fields) > 10:
        return "no more than 10 fields"
    if "text" not in block and not fields:
        return "missing text or fields"
    in_fields = next(
        (problem for field in fields if (problem := _text_problem(field, 2_000))), None
    )
    beside = _element_problem(block["accessory"]) if "accessory" in block else None
    text = _text_problem(block["text"], 3_000) if "text" in block else None
    return in_fields or beside or text


def _elements_problem(
    block: dict[str, Any], most: int, check: Callable[[dict[str, Any]], str | None]
) -> str | None:
    elements = block.get("elements")
    if not elements or len(elements) > most:
        return f"must have 1 to {most} elements"
    actions = [element["action_id"] for element in elements if "action_id" in element]
    if len(actions) != len(set(actions)):
        return "action_id is not unique"
    return next((problem for element in elements if (problem := check(element))), None)


def _element_problem(element: dict[str, Any]) -> str | None:
    if len(element.get("action_id", "x")) > 255:
        return "action_id is longer than 255 characters"
    if element.get("type") == "button":
        if len(element.get("value", "")) > 2_000:
            return "value is longer than 2000 characters"
        if element.get("style", "primary") not in {"primary", "danger"}:
            return "style must be primary or danger"
        if len(element.get("url", "")) > 3_000:
            return "url is longer than 3000 characters"
        return _text_problem(element.get("text"), 75, {"plain_text"})
    if element.get("type") == "static_select":
        options = element.get("options", [])
        if not 1 <= len(options) <= 100:
            return "must have 1 to 100 options"
        values = [option.get("value", "") for option in options]
        if len(set(values)) != len(values) or any(not 1 <= len(value) <= 75 for value in values):
            return "option values must be distinct and 1 to 75 characters"
        labels = (_text_problem(option.get("text"), 75, {"plain_text"}) for option in options)
        return next((p for p in labels if p), None) or _text_problem(
            element.get("placeholder"), 150, {"plain_text"}
        )
    return f"unsupported element: {element.get('type')}"


def _image_problem(block: dict[str, Any], files: frozenset[str]) -> str | None:
    file_id = block.get("slack_file", {}).get("id")
    if not (str(block.get("image_url", "")).startswith("https://") or file_id in files):
        return "invalid slack file" if file_id else "missing image_url or slack_file"
    return (
        None
        if 1 <= len(block.get("alt_text", "")) <= 2_000
        else "alt_text must be 1 to 2000 characters"
    )


def _text_problem(
    text: Any, most: int, kinds: frozenset[str] | set[str] = frozenset({"plain_text", "mrkdwn"})
) -> str | None:
    if not isinstance(text, dict) or text.get("type") not in kinds:
        return f"text must be one of {sorted(kinds)}"
    if not isinstance(text.get("text"), str) or not 1 <= len(text["text"]) <= most:
        return f"text must be 1 to {most} characters"
    return None


def _texts(block: Any) -> list[str]:
    if isinstance(block, dict):
        return [found for value in block.values() for found in _texts(value)]
    if isinstance(block, list):
        return [found for value in block for found in _texts(value)]
    return [block] if isinstance(block, str) else []


def pings(text: str) -> list[str]:
    """What would notify somebody or lead elsewhere in mrkdwn: <!channel>, <@U1>, <#C1>, and
    links."""
    return [found for found in _LINK.findall(text) if found]
