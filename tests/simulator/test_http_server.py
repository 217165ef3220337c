"""The server of the simulation: a caller that goes away leaves no traceback behind."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from whyspike.simulator.http_server import HttpServer


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    time.sleep(0.2)  # the caller is gone when the answer is written
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


@pytest.fixture
def server() -> Iterator[HttpServer]:
    running = HttpServer(application)
    yield running
    running.close()


def test_a_caller_that_is_interrupted_leaves_no_traceback(
    server: HttpServer, capfd: pytest.CaptureFixture[str]
) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as caller:
        caller.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        caller.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )  # close with a reset, as a killed process does
    time.sleep(0.6)
    assert capfd.readouterr().err == ""
