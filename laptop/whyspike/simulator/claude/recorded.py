"""Claude's endpoint on files: what is asked is kept, and answered by what somebody has written.

A folder holds, for each question, `<account>-<service>-<onset>-<turn>.request.json` (the messages)
and beside it `.answer.json`: an answer in the schema, a look-up (`{"look_up": name, "arguments":
{...}}`), or a body of the Messages API as it came. `fixed-part.json` is what all requests have in
common: model, system prompt, schema and tools.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeAlias

from whyspike.explanation.prompts.texts import read_fence
from whyspike.simulator.claude.requests import blocks, request_problem

Response: TypeAlias = tuple[int, Mapping[str, str], bytes]
# (body, headers) -> what the API answered.
Upstream: TypeAlias = Callable[[bytes, Mapping[str, str]], Response]

FIXED = "fixed-part.json"
REQUEST, ANSWER = ".request.json", ".answer.json"
WRITER = "recorded"  # no message may say that a model wrote what somebody else did
CHARACTERS_PER_TOKEN = 3.6
_NONCE = re.compile(r"evidence mark=\w+")
_JSON = {"content-type": "application/json"}


class Fate(StrEnum):
    """What became of a request."""

    KEPT = "kept"
    ASKED = "answered by the API"
    ANSWERED = "answered from the files"
    OUTDATED = "answered from the files for other evidence"
    UNANSWERED = "without an answer"


@dataclass(frozen=True)
class Exchange:
    """One request with what became of it; tokens are counted where the API counted them, else
    estimated."""

    name: str
    fate: Fate
    input_tokens: int
    output_tokens: int = 0


class RecordedClaude:
    """`handle` answers one HTTP request; `exchanges` is what was asked. With `replays` the answers
    of the folder are given; `upstream` is asked where there is none, and its answers are kept."""

    def __init__(
        self, folder: Path, *, replays: bool = False, upstream: Upstream | None = None
    ) -> None:
        self._folder, self._replays, self._upstream = folder, replays, upstream
        self._lock = threading.Lock()
        self.exchanges: list[Exchange] = []

    def handle(self, body: bytes, headers: Mapping[str, str]) -> Response:
        """(status, headers, body) for the POST of a request for an answer."""
        try:
            request = json.loads(body)
        except ValueError:
            request = None
        if problem := request_problem(request):
            return _refused(problem)
        name = request_name(request)
        with self._lock:
            outdated = self._keep(name, request)
        size = _tokens(request)
        answer = self._folder / f"{name}{ANSWER}"
        if self._replays and answer.exists():
            message = message_of(json.loads(answer.read_text("utf-8")), request, size)
            fate = Fate.OUTDATED if outdated else Fate.ANSWERED
            return self._told(name, fate, message)
        if self._upstream is None:
            fate = Fate.UNANSWERED if self._replays else Fate.KEPT
            self.exchanges.append(Exchange(name, fate, size))
            return _refused(f"{name}: {fate}")
        status, given, answered = self._upstream(body, headers)
        if status != 200:
            return status, given, answered
        message = json.loads(answered)
        _write(answer, message)
        return self._told(name, Fate.ASKED, message)

    def _told(self, name: str, fate: Fate, message: dict[str, Any]) -> Response:
        usage = message["usage"]
        given = sum(
            usage.get(kind) or 0
            for kind in ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
        )
        self.exchanges.append(Exchange(name, fate, given, usage["output_tokens"]))
        return 200, _JSON, json.dumps(message).encode()

    def _keep(self, name: str, request: Mapping[str, Any]) -> bool:
        """Writes the request down; whether another one stands there, for which an answer was
        written: that one stays."""
        self._folder.mkdir(parents=True, exist_ok=True)
        fixed = {key: value for key, value in request.items() if key != "messages"}
        if len(request["messages"]) == 1:  # a repair takes no look-ups, so it offers no tools
            _write(self._folder / FIXED, fixed)
        file = self._folder / f"{name}{REQUEST}"
        messages = json.loads(without_nonce(json.dumps(request["messages"])))
        known = json.loads(file.read_text("utf-8")) if file.exists() else None
        if known != messages and (self._folder / f"{name}{ANSWER}").exists() and known:
            return True
        _write(file, messages)
        return False


def request_name(request: Mapping[str, Any]) -> str:
    """What the request is called: account, service and onset of what is to be explained, and how
    often Claude has spoken in it."""
    texts = [text for message in request["messages"] for text in _texts(message)]
    items = [item for text in texts for item in read_fence(text)]
    seen: dict[str, Any] = next(
        (item for item in items if item.get("about") == "detection"), {"anomalies": [{}]}
    )
    first = seen["anomalies"][0]
    kind = first.get("record_class", "usage")
    parts = [
        seen.get("account_id", "unknown"),
        first.get("service", "unknown"),
        *([] if kind == "usage" else [kind]),
        seen.get("onset", "unknown"),
        str(1 + sum(message["role"] == "assistant" for message in request["messages"])),
    ]
    return "-".join(re.sub(r"[^a-z0-9]+", "-", str(part).lower()).strip("-") for part in parts)


def without_nonce(text: str) -> str:
    """The text with the random mark of its fences taken out: the same evidence reads the same."""
    return _NONCE.sub("evidence mark=0", text)


def message_of(value: Any, request: Mapping[str, Any], size: int) -> dict[str, Any]:
    """The body of the Messages API for the content of an answer file."""
    if isinstance(value, dict) and value.get("type") == "message":
        return value
    if isinstance(value, dict) and "look_up" in value:
        turn = len(request["messages"])
        block = {
            "type": "tool_use",
            "id": f"toolu_{turn:04d}",
            "name": value["look_up"],
            "input": value["arguments"],
        }
        stop = "tool_use"
    else:
        block, stop = {"type": "text", "text": json.dumps(value, ensure_ascii=False)}, "end_turn"
    return {
        "id": "msg_recorded",
        "type": "message",
        "role": "assistant",
        "model": f"{WRITER}-{request['model']}",
        "content": [block],
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {
            "input_tokens": size,
            "output_tokens": max(1, int(len(json.dumps(block)) / CHARACTERS_PER_TOKEN)),
        },
    }


@contextmanager
def serving(handle: Callable[[bytes, Mapping[str, str]], Response]) -> Iterator[str]:
    """The address at which `handle` answers, as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status, headers, answer = handle(body, dict(self.headers.items()))
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Nothing: what was asked is kept."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _texts(message: Mapping[str, Any]) -> Iterator[str]:
    for block in blocks(message):
        text = block.get("text") or block.get("content") or ""
        if isinstance(text, str):
            yield text


def _tokens(request: Mapping[str, Any]) -> int:
    """An estimate: of texts as they read, and of schema and tools as they are sent."""
    said = [text for message in request["messages"] for text in _texts(message)]
    said += [part["text"] for part in request.get("system") or [] if isinstance(part, dict)]
    form = [request.get("tools"), request.get("output_config")]
    sent = json.dumps(form, ensure_ascii=False, separators=(",", ":"))
    return int((len(sent) + sum(map(len, said))) / CHARACTERS_PER_TOKEN)


def _refused(why: str) -> Response:
    error = {"type": "invalid_request_error", "message": why}
    return 400, _JSON, json.dumps({"type": "error", "error": error}).encode()


def _write(file: Path, value: Any) -> None:
    file.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
