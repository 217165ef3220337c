"""The Lambda Runtime API for one worker process (Lambda developer guide): the worker asks for the
next event and posts its result."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

VERSION = "/2018-06-01/runtime"


@dataclass(frozen=True)
class RuntimeInvocation:
    request_id: str
    payload: bytes
    deadline_ms: int
    function_arn: str


@dataclass(frozen=True)
class InvocationResult:
    """What became of an invocation. `error`: the handler raised, the process died or time ran
    out."""

    payload: bytes
    error: bool = False


class RuntimeApi:
    """Serves on its own port until `close`; `events` go to the worker, `outcomes` come from it."""

    def __init__(self) -> None:
        self.events: queue.Queue[RuntimeInvocation] = queue.Queue()
        self.outcomes: queue.Queue[InvocationResult] = queue.Queue()
        self.ready = threading.Event()  # the worker has loaded its handler, or failed to
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65536
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                api.ready.set()
                event = api.events.get()
                self._reply(
                    200,
                    event.payload,
                    {
                        "Content-Type": "application/json",
                        "Lambda-Runtime-Aws-Request-Id": event.request_id,
                        "Lambda-Runtime-Deadline-Ms": str(event.deadline_ms),
                        "Lambda-Runtime-Invoked-Function-Arn": event.function_arn,
                    },
                )

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                api.outcomes.put(InvocationResult(body, error=self.path.endswith("/error")))
                self._reply(202, b"{}", {})
                api.ready.set()

            def _reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing: the worker's own log says what matters."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
