"""An owner's system behind a signed webhook: it believes what https://www.standardwebhooks.com
tells receivers to believe, and keeps each id once.

| fault | effect |
| --- | --- |
| `webhook:500`, `webhook:500_after` | HTTP 500; the same after the document was taken |
| `webhook:timeout`, `webhook:timeout_after` | no answer; the same after it was taken |
| `webhook:redirect` | HTTP 302 to an address within AWS |
| `webhook:html` | HTTP 200 with a page in place of an answer, after the document was taken |
| `webhook:gone` | HTTP 410 |
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from whyspike.simulator.faults import Faults

KEY_BYTES = b"of a webhook that is simulated"
KEY = f"whsec_{base64.b64encode(KEY_BYTES).decode()}"
TOLERANCE_SECONDS = 300
SILENCE_SECONDS = 12.0  # longer than anybody waits

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class WebhookReceiver:
    """`documents` were taken, in their order; `refused` says why others were not, and `repeats`
    those that came once more and were left out. An answer of status 0 is none."""

    faults: Faults
    documents: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    repeats: list[dict[str, Any]] = field(default_factory=list)

    def handle(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """`path` names the webhook; header names are in lower case."""
        for fault, answer in _BEFORE.items():
            if self.faults.take(f"webhook:{fault}"):
                return answer
        taken = self._take(path, headers, body)
        for fault, answer in _AFTER.items():
            if self.faults.take(f"webhook:{fault}"):
                return answer
        return taken

    def _take(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if problem := _problem(headers, body):
            self.refused.append(problem)
            return 401, {"Content-Type": "text/plain"}, problem.encode()
        try:
            document = json.loads(body)
        except ValueError:
            document = None
        if not isinstance(document, dict) or document.get("id") != headers["webhook-id"]:
            self.refused.append("no document with the id of its header")
            return 400, {}, b""
        is_known = any(known["document"]["id"] == document["id"] for known in self.documents)
        to = self.repeats if is_known else self.documents
        to.append({"webhook": path.strip("/"), "document": document})
        return 204, {}, b""


_BEFORE: dict[str, Answer] = {
    "500": (500, {"Content-Type": "text/html"}, b"<h1>Internal Server Error</h1>"),
    "timeout": (0, {}, b""),
    "redirect": (302, {"Location": "http://169.254.169.254/latest/meta-data/"}, b""),
    "gone": (410, {}, b""),
}
_AFTER: dict[str, Answer] = {
    "500_after": (500, {}, b""),
    "timeout_after": (0, {}, b""),
    "html": (200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><title>Welcome</title>"),
}


def _problem(headers: Mapping[str, str], body: bytes) -> str:
    """Why a receiver does not believe it; "" where it does."""
    lacking = [f"webhook-{part}" for part in _PARTS if not headers.get(f"webhook-{part}")]
    if lacking:
        return f"{lacking[0]} is missing"
    if headers.get("content-type") != "application/json":
        return "not JSON"
    stamp = headers["webhook-timestamp"]
    if not stamp.isdecimal() or abs(time.time() - int(stamp)) > TOLERANCE_SECONDS:
        return "the timestamp is off by more than five minutes"
    said = f"{headers['webhook-id']}.{stamp}.".encode() + body
    mine = base64.b64encode(hmac.new(KEY_BYTES, said, hashlib.sha256).digest()).decode()
    given = headers["webhook-signature"].split(" ")
    if not any(hmac.compare_digest(f"v1,{mine}", each) for each in given):
        return "the signature is another's"
    return ""


_PARTS = ("id", "timestamp", "signature")
