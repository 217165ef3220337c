"""A Claude endpoint that speaks the Messages API: checks requests as the API does, reads the fenced
evidence, answers in the asked schema.

Faults of `simulator/faults.py`, each a number of times:

| fault | effect |
| --- | --- |
| `claude:refusal` | stop reason refusal, category cyber |
| `claude:truncation` | stop reason max_tokens, half of an answer |
| `claude:context` | stop reason model_context_window_exceeded |
| `claude:pause` | stop reason pause_turn; the next request goes on |
| `claude:unauthorized` | HTTP 401: the key is not valid |
| `claude:overloaded`, `claude:error` | HTTP 529; HTTP 500 |
| `claude:marketplace` | HTTP 403 of Bedrock for a model that was never opened in the account |
| `claude:rate_limit` | HTTP 429 with retry-after |
| `claude:timeout` | no answer within a minute |
| `claude:not_json` | an answer that is not in the schema |
| `claude:lies:<name>` | a false answer (simulator/claude/lies.py), also when asked to repair it |
| `claude:lie_then_repair:<name>` | a false answer, and an honest one when asked to repair it |
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from whyspike.explanation.answer import read_answer
from whyspike.explanation.prompts.texts import read_fence
from whyspike.simulator.claude.lies import LIES
from whyspike.simulator.claude.reading import honest_answer
from whyspike.simulator.claude.requests import blocks, request_problem
from whyspike.simulator.faults import Faults

Response = tuple[int, dict[str, str], bytes]

VERSIONS = {"2023-06-01", "2026-10-21"}
CHARACTERS_PER_TOKEN = 3.6
TIMEOUT_SECONDS = 60.0
RETRY_AFTER_SECONDS = 1


class ClaudeEndpoint:
    """`handle` answers one HTTP request; `requests` keeps what was asked, for tests. Safe to use
    from several threads."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.requests: list[dict[str, Any]] = []
        self._cached: set[str] = set()
        self._lock = threading.Lock()

    def handle(
        self, request: Any, headers: Mapping[str, str], path: str = "/v1/messages"
    ) -> Response:
        """(status, headers, body) for a POST of the JSON value `request`; on Bedrock's paths the
        model is part of the path."""
        if path.startswith("/model/") and isinstance(request, dict):
            model = unquote(path.split("/")[2])
            headers = {**headers, "anthropic-version": str(request.get("anthropic_version"))}
            request = {
                name: value for name, value in request.items() if name != "anthropic_version"
            } | {"model": model}
        given = {name.lower(): value for name, value in headers.items()}
        if not given.get("authorization", "").removeprefix("Bearer").strip() and not given.get(
            "x-api-key"
        ):
            return _error(401, "authentication_error", "authorization header is required")
        if given.get("anthropic-version") not in VERSIONS:
            return _error(400, "invalid_request_error", "anthropic-version: header is required")
        if "/v1/models/" in path:
            model = path.rpartition("/")[2]
            known = model.startswith("claude-")
            return (
                _ok({"type": "model", "id": model})
                if known
                else _error(404, "not_found_error", f"model: {model}")
            )
        counting = path.endswith("/count_tokens")
        if problem := request_problem(request, counting=counting):
            return _error(400, "invalid_request_error", problem)
        if counting:
            return _ok({"input_tokens": _tokens(request)})
        with self._lock:
            self.requests.append(request)
        return self._fault() or self._message(request)

    def _fault(self) -> Response | None:
        if self.faults.take("claude:timeout"):
            time.sleep(TIMEOUT_SECONDS)
            return _error(504, "timeout_error", "the request timed out")
        if self.faults.take("claude:unauthorized"):
            return _error(401, "authentication_error", "invalid x-api-key")
        if self.faults.take("claude:overloaded"):
            return _error(529, "overloaded_error", "Overloaded")
        if self.faults.take("claude:rate_limit"):
            return _error(
                429,
                "rate_limit_error",
                "rate limit of tokens per minute",
                {"retry-after": str(RETRY_AFTER_SECONDS)},
            )
        if self.faults.take("claude:marketplace"):
            return _error(
                403,
                "permission_error",
                "Model access is denied due to IAM user or service role is not authorized to"
                " perform the required AWS Marketplace actions (aws-marketplace:ViewSubscriptions,"
                " aws-marketplace:Subscribe) to enable access to this model.",
            )
        if self.faults.take("claude:error"):
            return _error(500, "api_error", "Internal server error")
        return None

    def _message(self, request: dict[str, Any]) -> Response:
        usage = self._usage(request)
        if self.faults.take("claude:refusal"):
            details = {
                "type": "refusal",
                "category": "cyber",
                "explanation": "This request could enable cyber harm.",
            }
            return _ok(_body(request, [], "refusal", usage | {"output_tokens": 3}, details))
        if self.faults.take("claude:context"):
            return _ok(
                _body(request, [], "model_context_window_exceeded", usage | {"output_tokens": 1})
            )
        if self.faults.take("claude:pause"):
            return _ok(_body(request, [], "pause_turn", usage | {"output_tokens": 12}))
        evidence = _evidence(request)
        if lookup := _wanted_lookup(request, evidence):
            block = {
                "type": "tool_use",
                "id": f"toolu_{len(request['messages']):04d}",
                "name": lookup[0],
                "input": lookup[1],
            }
            return _ok(_body(request, [block], "tool_use", usage | {"output_tokens": _size(block)}))
        answer, lying = self._lied(honest_answer(evidence), repairing=_is_repair(request))
        if not lying and (problems := read_answer(answer)[1]):
            raise AssertionError(f"simulated Claude is about to leave its schema: {problems[0]}")
        text = (
            "I would rather tell it in prose."
            if self.faults.take("claude:not_json")
            else json.dumps(answer)
        )
        if self.faults.take("claude:truncation") or _size(text) > request["max_tokens"]:
            half = text[: min(len(text) // 2, int(request["max_tokens"] * CHARACTERS_PER_TOKEN))]
            return _ok(
                _body(
                    request,
                    [_text(half)],
                    "max_tokens",
                    usage | {"output_tokens": request["max_tokens"]},
                )
            )
        return _ok(
            _body(request, [_text(text)], "end_turn", usage | {"output_tokens": _size(text)})
        )

    def _lied(self, answer: dict[str, Any], *, repairing: bool) -> tuple[dict[str, Any], bool]:
        lying = False
        for name, lie in LIES.items():
            if self.faults.take(f"claude:lies:{name}") or (
                not repairing and self.faults.take(f"claude:lie_then_repair:{name}")
            ):
                answer, lying = lie.alter(answer), True
        return answer, lying

    def _usage(self, request: Mapping[str, Any]) -> dict[str, int]:
        """Tokens as the API counts them: the part up to the cache mark is written once, then
        read."""
        total = _tokens(request)
        fixed = _up_to_marks(request)
        if not fixed:
            return {
                "input_tokens": total,
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 0,
            }
        with self._lock:
            read = max((_size(part) for part in fixed if part in self._cached), default=0)
            self._cached.update(fixed)
        written = max(map(_size, fixed)) - read
        return {
            "input_tokens": max(0, total - read - written),
            "cache_creation_input_tokens": written,
            "cache_read_input_tokens": read,
        }


def _up_to_marks(request: Mapping[str, Any]) -> list[str]:
    """What stands before each mark for caching, tools and system text first."""
    found: list[str] = []
    before = json.dumps(request.get("tools") or [])
    system = request.get("system") or []
    parts = [*(system if isinstance(system, list) else [system])]
    parts += [block for message in request["messages"] for block in blocks(message)]
    for part in parts:
        before += json.dumps(part)
        if isinstance(part, dict) and part.get("cache_control"):
            found.append(before)
    return found


# ------------------------------------------------------------------ the conversation


def _evidence(request: Mapping[str, Any]) -> list[Any]:
    """Every fenced item of the conversation, those of tool results included."""
    texts = [
        b.get("text") or b.get("content") or ""
        for message in request["messages"]
        if message["role"] == "user"
        for b in blocks(message)
    ]
    return [item for text in texts if isinstance(text, str) for item in read_fence(text)]


def _is_repair(request: Mapping[str, Any]) -> bool:
    return any(
        block["type"] == "text"
        for message in request["messages"]
        if message["role"] == "assistant"
        for block in blocks(message)
    )


def _wanted_lookup(
    request: Mapping[str, Any], evidence: list[Any]
) -> tuple[str, dict[str, str]] | None:
    """The look-up that an honest reader asks for: the operations of the driver, once, where it may
    ask at all."""
    if not request.get("tools") or len(request["messages"]) > 1:
        return None
    driver: dict[str, Any] = next((item["driver"] for item in evidence if "driver" in item), {})
    if not driver.get("usage_type"):
        return None
    return "group_costs", {
        "by": "OPERATION",
        "service": driver["service"],
        "usage_type": driver["usage_type"],
    }


# ------------------------------------------------------------------ answers


def _tokens(request: Mapping[str, Any]) -> int:
    return _size(
        [
            request.get("system"),
            request.get("messages"),
            request.get("tools"),
            request.get("output_config"),
        ]
    )


def _size(value: Any) -> int:
    text = value if isinstance(value, str) else json.dumps(value)
    return max(1, int(len(text) / CHARACTERS_PER_TOKEN))


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _body(
    request: Mapping[str, Any],
    content: list[Any],
    stop_reason: str,
    usage: Mapping[str, int],
    details: Any = None,
) -> dict[str, Any]:
    return {
        "id": f"msg_{abs(hash(json.dumps(request, sort_keys=True))):020d}"[:24],
        "type": "message",
        "role": "assistant",
        "model": request["model"],
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "stop_details": details,
        "usage": dict(usage) | {"service_tier": "standard"},
    }


def _ok(body: Any) -> Response:
    return (
        200,
        {"content-type": "application/json", "request-id": "req_simulated"},
        json.dumps(body).encode(),
    )


def _error(
    status: int, kind: str, message: str, headers: Mapping[str, str] | None = None
) -> Response:
    body = {
        "type": "error",
        "error": {"type": kind, "message": message},
        "request_id": "req_simulated",
    }
    return (
        status,
        {"content-type": "application/json", "request-id": "req_simulated", **(headers or {})},
        json.dumps(body).encode(),
    )
