"""Serves the front on a local port, in threads of this process."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

from moto.core.config import default_user_config
from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import ThreadedWSGIServer

from whyspike.simulator.aws.table import touch_only_what_is_asked
from whyspike.simulator.interpreter import keep_what_is_made_once

LOOPBACK = "127.0.0.1"
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class _Handler(MotoRequestHandler):  # type: ignore[misc]
    protocol_version = "HTTP/1.1"
    wbufsize = 65536
    disable_nagle_algorithm = True  # it costs 45 ms a call otherwise

    def handle_expect_100(self) -> bool:
        """Says at once that the body may come; unflushed, boto3 waits a second before it sends an
        object to S3."""
        go_on: bool = super().handle_expect_100()
        self.wfile.flush()
        del self.headers["Expect"]  # werkzeug would say it once more
        return go_on

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing: the recorder keeps what was asked."""


class _Server(ThreadedWSGIServer):
    request_queue_size = 256  # the default loses calls at 40 concurrent ones
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that is gone (Ctrl-C, a killed worker) is no fault of the server, and no
        traceback."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Dispatcher(DomainDispatcherApplication):  # type: ignore[misc]
    """Remembers which host is whose; moto lists its own folder for every request, which takes a
    third of the time of an answer."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._backends: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        if host not in self._backends:
            self._backends[host] = super().get_backend_for_host(host)
        return self._backends[host]


def moto_application() -> Application:
    """moto with an executing state machine; its own state is the process's, so one simulation runs
    at a time."""
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    default_user_config["lambda"] = {"use_docker": False}
    touch_only_what_is_asked()
    keep_what_is_made_once()
    logging.getLogger("moto").setLevel(
        logging.CRITICAL
    )  # it tells of every state that fails, which the run's outcome says too
    sys.setrecursionlimit(
        max(sys.getrecursionlimit(), 50_000)
    )  # moto's Map workers recurse once per item
    application: Application = _Dispatcher()
    return application


class HttpServer:
    """Serves `application` from construction until `close`, on this machine alone; with `also_at`,
    an address of this machine, under that too, at the same port."""

    def __init__(self, application: Application, also_at: str = "") -> None:
        self._servers = [_Server(LOOPBACK, 0, application, handler=_Handler)]
        self.port = self._servers[0].port
        self.url = f"http://{LOOPBACK}:{self.port}"
        if also_at not in ("", LOOPBACK):
            self._servers.append(_Server(also_at, self.port, application, handler=_Handler))
        os.environ["MOTO_PORT"] = str(self.port)  # moto's interpreter reads it on every call
        for server in self._servers:
            threading.Thread(
                target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
            ).start()

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
        os.environ.pop("MOTO_PORT", None)
