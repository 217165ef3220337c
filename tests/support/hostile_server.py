"""A real HTTPS server on this machine that answers as it is told: well, badly, slowly or not at
all; and the way there for a webhook that would call public addresses alone."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from whyspike.simulator.receivers.tls import certificate_of

HOST = "hooks.example.com"
Behaviour = Callable[[socket.socket], None]


@dataclass(frozen=True)
class ReceivedRequest:
    line: str
    headers: dict[str, str]  # lower-case names
    body: bytes


@dataclass
class HostileServer:
    """`behaviours` are used up one a request; then it answers 200."""

    port: int
    tls: ssl.SSLContext  # that trusts it
    behaviours: list[Behaviour] = field(default_factory=list)
    received: list[ReceivedRequest] = field(default_factory=list)
    dials: int = 0

    def dial(self, _host: str, _port: int, seconds: float) -> socket.socket:
        self.dials += 1
        return socket.create_connection(("127.0.0.1", self.port), seconds)


def answers(status: str, *headers: str, body: bytes = b"") -> Behaviour:
    def behave(connection: socket.socket) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
        connection.sendall("\r\n".join(lines).encode() + body)

    return behave


def says(raw: bytes) -> Behaviour:
    return lambda connection: connection.sendall(raw)


def closes(_connection: socket.socket) -> None:
    """Not one byte."""


def drips(connection: socket.socket) -> None:
    """A byte every tenth of a second, for five seconds."""
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 50:
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def floods(connection: socket.socket) -> None:
    """Headers without an end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(200):
        connection.sendall(b"X-%d: %s\r\n" % (number, b"y" * 1000))


@contextmanager
def hostile_server(folder: Path) -> Iterator[HostileServer]:
    certificate, key = certificate_of([HOST], folder)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))
    trusting = ssl.create_default_context(cafile=str(certificate))
    made = HostileServer(listener.getsockname()[1], trusting)
    thread = threading.Thread(target=_serve, args=(listener, serving, made), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        listener.close()


def _serve(listener: socket.socket, serving: ssl.SSLContext, made: HostileServer) -> None:
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        try:
            with serving.wrap_socket(plain, server_side=True) as connection:
                made.received.append(_read(connection))
                (made.behaviours.pop(0) if made.behaviours else answers("200 OK"))(connection)
        except OSError:  # the caller has hung up
            plain.close()


def _read(connection: socket.socket) -> ReceivedRequest:
    head, body = b"", b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(65_536)
    head, _, body = head.partition(b"\r\n\r\n")
    line, *rest = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (h.partition(":") for h in rest)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65_536)
    return ReceivedRequest(line, headers, body)
