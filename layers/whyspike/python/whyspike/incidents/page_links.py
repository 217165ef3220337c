"""The signed address of an incident's page, which opens without a sign-in until it ends. Pure; the
clock is an input.

Whoever has the address reads that one incident and nothing else, so that it is signed for its
incident and its end, under a purpose of its own: no signature of Slack's is one of a page, and none
of a page is Slack's.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlencode

from whyspike.errors import BadSignature

LINK_LASTS = timedelta(days=14)  # long enough for a holiday; in Slack, a press gives the next one
_PURPOSE = b"whyspike incident page 1"  # Slack signs texts that begin with "v0:"
_PATH = re.compile(r"/incident/(\d{12}-\d{4}-\d{2}-\d{2}-[0-9a-f]{8})")
_UNTIL = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True)
class PageLink:
    """An address of an incident's page, and when it ends."""

    url: str
    until: datetime


@dataclass(frozen=True)
class AskedPage:
    """A page that was asked for by an address of ours. `until` may be over."""

    incident_id: str
    until: datetime


def page_link(base_url: str, secret: str, incident_id: str, now: datetime) -> PageLink:
    """`base_url` is that of the function that shows pages; `secret` is Slack's signing secret."""
    until = (now + LINK_LASTS).replace(microsecond=0)
    seconds = int(until.timestamp())
    asked = urlencode({"until": seconds, "signature": _signature(secret, incident_id, seconds)})
    return PageLink(f"{base_url.rstrip('/')}/incident/{incident_id}?{asked}", until)


def asked_page(secret: str, path: str, query: str) -> AskedPage:
    """Raises BadSignature for an address that `page_link` did not make with this secret."""
    named = _PATH.fullmatch(path)
    try:
        given = parse_qs(query, strict_parsing=True, max_num_fields=5)
        (until,), (signature,) = given["until"], given["signature"]
    except (KeyError, ValueError):
        raise BadSignature("the address has no end or no signature") from None
    if not (named and secret and _UNTIL.fullmatch(until)):
        raise BadSignature("the address is none of a page")
    mine = _signature(secret, named[1], int(until))
    if not hmac.compare_digest(mine.encode(), signature.encode("utf-8", "replace")):
        raise BadSignature("the signature is none of this page")
    return AskedPage(named[1], datetime.fromtimestamp(int(until), UTC))


def _signature(secret: str, incident_id: str, until: int) -> str:
    signed = b"\n".join([_PURPOSE, incident_id.encode(), str(until).encode()])
    code = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return urlsafe_b64encode(code).decode().rstrip("=")
