"""Webhooks against a real server that misbehaves: what arrived, what may have, and what is never
called."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.support import hostile_server as server_module
from tests.support.hostile_server import (
    HOST,
    Behaviour,
    HostileServer,
    answers,
    closes,
    drips,
    floods,
    says,
)
from whyspike.errors import Refused, Throttled, Uncertain, Unreachable
from whyspike.wire.webhook import Webhook, is_public, key_bytes, public_socket

SECRET = bytes(range(32))
KEY = f"whsec_{base64.b64encode(SECRET).decode()}"
TOKEN = "t0k3n-in-the-address"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileServer]:
    with server_module.hostile_server(tmp_path_factory.mktemp("tls")) as made:
        yield made


@pytest.fixture
def hook(server: HostileServer) -> Webhook:
    server.behaviours.clear()
    server.received.clear()
    server.dials = 0
    return Webhook(
        "webhook ledger", f"https://{HOST}/in?token={TOKEN}", KEY, server.dial, server.tls, 1.0
    )


def test_what_is_sent_is_signed_as_standard_webhooks_says(
    hook: Webhook, server: HostileServer
) -> None:
    body = '{"change": "new", "Straße": 1}'.encode()
    hook.post(body, hook.signed("inc#0001", 1_700_000_000, body))
    (got,) = server.received
    assert got.line == f"POST /in?token={TOKEN} HTTP/1.1"
    assert (got.body, got.headers["content-type"]) == (body, "application/json")
    assert got.headers["host"] == HOST
    said = b"inc#0001.1700000000." + got.body
    mine = base64.b64encode(hmac.new(SECRET, said, hashlib.sha256).digest()).decode()
    assert got.headers["webhook-signature"] == f"v1,{mine}"
    assert got.headers["webhook-id"] == "inc#0001"


BEHAVIOURS: dict[str, tuple[Behaviour, type[Exception]]] = {
    "a redirect": (answers("302 Found", "Location: https://elsewhere.example.com/"), Refused),
    "a redirect to metadata": (
        answers("307 Moved", "Location: http://169.254.169.254/latest/meta-data/"),
        Refused,
    ),
    "not found": (answers("404 Not Found"), Refused),
    "too large": (answers("413 Content Too Large"), Refused),
    "gone": (answers("410 Gone"), Refused),
    "too many": (answers("429 Too Many Requests", "Retry-After: 86400"), Throttled),
    "a timeout of its own": (answers("408 Request Timeout"), Uncertain),
    "an error": (answers("500 Internal Server Error", body=b"<h1>stack trace</h1>"), Uncertain),
    "overloaded": (answers("503 Service Unavailable"), Uncertain),
    "garbage": (says(b"\x00\xff\x00 hello\r\n\r\n"), Uncertain),
    "a status that is none": (says(b"HTTP/1.1 abc\r\n\r\n"), Uncertain),
    "half a line": (says(b"HTTP/1."), Uncertain),
    "a closed connection": (closes, Uncertain),
    "headers without an end": (floods, Uncertain),
    "a byte now and then": (drips, Uncertain),
}


@pytest.mark.parametrize(("behaviour", "error"), BEHAVIOURS.values(), ids=BEHAVIOURS)
def test_a_server_that_misbehaves_is_told_by_what_it_may_have_taken(
    hook: Webhook, server: HostileServer, behaviour: Behaviour, error: type[Exception]
) -> None:
    server.behaviours.append(behaviour)
    began = time.monotonic()
    with pytest.raises(error) as failed:
        hook.post(b"{}", {})
    assert type(failed.value) is error
    assert server.dials == 1, "no redirect is followed, nothing is sent twice"
    assert time.monotonic() - began < 4, "a second, and what a busy machine adds"
    assert TOKEN not in str(failed.value)
    assert "stack trace" not in str(failed.value)


@pytest.mark.parametrize("status", ["200 OK", "202 Accepted", "204 No Content"])
def test_whatever_says_that_it_was_taken_is_believed(
    hook: Webhook, server: HostileServer, status: str
) -> None:
    server.behaviours.append(answers(status, body=b""))
    hook.post(b"{}", {})
    assert len(server.received) == 1


def test_a_certificate_that_nobody_vouches_for_gets_nothing(
    hook: Webhook, server: HostileServer
) -> None:
    with pytest.raises(Refused, match="certificate"):
        replace(hook, tls=ssl.create_default_context()).post(b"{}", {})
    with pytest.raises(Refused, match="certificate"):
        replace(hook, url="https://other.example.com/").post(b"{}", {})
    assert server.received == []


@pytest.mark.parametrize("url", ["http://hooks.example.com/", "ftp://x", "https://", "hooks"])
def test_an_address_without_tls_is_never_called(
    hook: Webhook, server: HostileServer, url: str
) -> None:
    with pytest.raises(Refused):
        replace(hook, url=url).post(b"{}", {})
    assert server.dials == 0


def test_a_server_that_is_not_there_took_nothing(hook: Webhook) -> None:
    def nobody(*_: Any) -> socket.socket:
        raise ConnectionRefusedError

    with pytest.raises(Unreachable):
        replace(hook, dial=nobody).post(b"{}", {})


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 an address that is refused
        "224.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
    ],
)
def test_no_private_address_is_called(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (address, 443))])
    with pytest.raises(Refused, match="private address"):
        public_socket("hooks.example.com", 443, 1.0)


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(0, 0, 0, "", (each, 443)) for each in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(Refused, match="private address"):
        public_socket("hooks.example.com", 443, 1.0)


def test_the_address_that_was_looked_at_is_the_one_that_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that leads elsewhere when it is looked up again gains nothing."""
    called: list[tuple[str, int]] = []
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("93.184.216.34", 443))]
    )
    monkeypatch.setattr(socket, "create_connection", lambda where, _: called.append(where))
    public_socket("hooks.example.com", 443, 1.0)
    assert called == [("93.184.216.34", 443)]


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8"])
def test_public_addresses_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "key",
    ["", "whsec_", "whsec_c2hvcnQ=", KEY.removeprefix("whsec_"), "whsec_!!!", KEY * 4],
    ids=["none", "empty", "short", "without its prefix", "no base64", "long"],
)
def test_a_weak_key_is_none(key: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 whatever it says
        key_bytes(key)
    assert key_bytes(KEY) == SECRET


def test_neither_address_nor_key_is_printed(hook: Webhook) -> None:
    assert TOKEN not in repr(hook)
    assert KEY not in repr(hook)
