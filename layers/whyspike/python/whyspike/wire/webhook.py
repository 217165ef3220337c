"""Webhooks of owners: a POST to an address that somebody else chose, so nothing of it is trusted.

https alone; the name is looked up once and only an address of the public internet is called, so
that no webhook reaches into this account; a redirect is not followed; no proxy is used; of an
answer the status is read, and where that may lie the beginning of what it says; all of it within
one time.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from whyspike.errors import Refused, Throttled, Uncertain, Unreachable
from whyspike.wire.failures import fact_of_status

SECONDS = 8.0  # for one delivery: looking up the name, connecting, sending, the answer
_PREFIX = "whsec_"  # of a key, as https://www.standardwebhooks.com writes it
MAX_ANSWER_BYTES = 500
MIN_KEY_BYTES, MAX_KEY_BYTES = 24, 64
_CHANGE = "change the address in the secret of targets"

Dial = Callable[[str, int, float], socket.socket]


@dataclass(frozen=True)
class Webhook:
    """`url` and `key` are secrets: the address may hold a token. `name` is what people call it;
    `listens`: what a good answer says is read too."""

    name: str
    url: str = field(repr=False)
    key: str = field(default="", repr=False)
    dial: Dial = field(default=lambda host, port, seconds: public_socket(host, port, seconds))
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    seconds: float = SECONDS
    listens: bool = False

    def signed(self, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
        """The headers by which the receiver knows who sent it, that it is whole, and whether it
        came before (Standard Webhooks: HMAC-SHA256 over id, time and body)."""
        said = f"{message_id}.{timestamp}.".encode() + body
        digest = hmac.new(key_bytes(self.key), said, hashlib.sha256).digest()
        return {
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
        }

    def post(self, body: bytes, headers: Mapping[str, str]) -> str:
        """What a good answer said, as far as that is read. Raises Refused, Throttled, Unreachable
        (nothing was sent) or Uncertain; what is said never holds the address."""
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port or 443
        if parts.scheme != "https" or not host:
            raise Refused(f"{self.name} is no https address", remedy=_CHANGE)
        connection = http.client.HTTPSConnection(host, port, context=self.tls)
        connection.sock = sock = self._dialled(host, port)
        ends = threading.Timer(self.seconds, _end, [sock])
        ends.start()
        try:
            self._shake_hands(sock)
            target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
            connection.request("POST", target, body, {**_HEADERS, **headers})
            answer = connection.getresponse()
            said = self._heard(answer)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Uncertain(f"{self.name} gave no answer ({type(error).__name__})") from None
        finally:
            ends.cancel()
            connection.close()
        self.judge(answer.status)
        return said

    def _heard(self, answer: http.client.HTTPResponse) -> str:
        """What breaks off here changes nothing: the status was read."""
        if not self.listens:
            return ""
        try:
            return answer.read(MAX_ANSWER_BYTES).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            return ""

    def _dialled(self, host: str, port: int) -> ssl.SSLSocket:
        try:
            plain = self.dial(host, port, self.seconds / 2)
            return self.tls.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
        except (OSError, ValueError) as error:
            raise Unreachable(f"{self.name} is not reached ({type(error).__name__})") from None

    def _shake_hands(self, sock: ssl.SSLSocket) -> None:
        try:
            sock.do_handshake()
        except ssl.SSLError as error:
            raise Refused(
                f"{self.name} has no certificate that is trusted ({error.reason})",
                remedy="its owner renews the certificate",
            ) from None
        except (OSError, ValueError) as error:
            raise Unreachable(f"{self.name} is not reached ({type(error).__name__})") from None

    def judge(self, status: int) -> None:
        """Raises what an answer with that status means."""
        fact, said = fact_of_status("webhook", status), f"HTTP {status}"
        if fact is None:
            return
        if fact is Throttled:
            raise Throttled(f"{self.name} asks to be sent less ({said})")
        if fact is Refused:
            moved = ": a redirect is not followed" if status // 100 == 3 else ""
            raise Refused(f"{self.name} refused with {said}{moved}", str(status), remedy=_CHANGE)
        raise Uncertain(f"{self.name} answered with {said}")


_HEADERS = {"Content-Type": "application/json", "User-Agent": "whyspike", "Connection": "close"}


def key_bytes(key: str) -> bytes:
    """Raises ValueError for a key that is none: whsec_ and 24 to 64 bytes in base64."""
    secret = base64.b64decode(key.removeprefix(_PREFIX), validate=True)
    if not (key.startswith(_PREFIX) and MIN_KEY_BYTES <= len(secret) <= MAX_KEY_BYTES):
        raise ValueError("no key")
    return secret


def public_socket(host: str, port: int, seconds: float) -> socket.socket:
    """A connection to the first public address of `host`. Raises Refused where it has another one,
    OSError where there is none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(address[0]) for *_, address in found]
    if not all(map(is_public, addresses)):
        raise Refused(
            "a webhook leads to a private address, which is never called",
            remedy="give it a public https address, or take the event bus",
        )
    return socket.create_connection((addresses[0], port), seconds)


def is_public(address: str) -> bool:
    """Also the address within one of IPv6 that stands for IPv4."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return inner.is_global and not inner.is_multicast
        if ip in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    return ip.is_global and not ip.is_multicast


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def _end(sock: socket.socket) -> None:
    """Whatever waits on the socket is over; past TLS, whose state another thread uses."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
