"""Page tokens as AWS's services use them: good for the request that they were given for, and for no
other."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any


class UnreadableToken(Exception):
    """The token is none that a service gave."""


class TokenOfAnotherRequest(Exception):
    """The token was given for other parameters."""


def page_token(request: Mapping[str, Any], key: str, offset: int) -> str:
    """The token for what follows after `offset`; `key` is the member of the request that holds
    tokens."""
    return base64.urlsafe_b64encode(f"{_question(request, key)}:{offset}".encode()).decode()


def page_offset(request: Mapping[str, Any], key: str) -> int:
    """Where the page that the request asks for begins."""
    token = request.get(key)
    if not token:
        return 0
    try:
        question, _, offset = base64.urlsafe_b64decode(token).decode().partition(":")
        position = int(offset)
    except ValueError:
        raise UnreadableToken from None
    if question != _question(request, key):
        raise TokenOfAnotherRequest
    return position


def _question(request: Mapping[str, Any], key: str) -> str:
    asked = {name: value for name, value in request.items() if name != key}
    text = json.dumps(asked, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]
