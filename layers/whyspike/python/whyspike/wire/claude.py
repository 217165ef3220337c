"""The wire to Claude: the SDK's client, one request with the time that is left, and failures put
into words.

The SDK is imported when Claude is asked and not before: it costs seconds, and a stack with Claude
off carries no such layer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from whyspike.explanation.prompt import system_prompt
from whyspike.explanation.schema import explanation_schema

if TYPE_CHECKING:
    from anthropic import Anthropic, AnthropicBedrock, APIStatusError
    from anthropic.types import Message, ToolParam

    Client: TypeAlias = Anthropic | AnthropicBedrock

Effort: TypeAlias = Literal["low", "medium", "high", "xhigh", "max"]
RETRIED = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
FIRST_WAIT_SECONDS = 1.0
MIN_REQUEST_SECONDS = 5.0  # less is not worth starting


class ClaudeFailed(Exception):
    """Claude did not answer; the message is for people. Never leaves the adapter: the rules answer
    instead."""


@dataclass(frozen=True)
class ClaudeSettings:
    """How Claude is asked. `provider` is anthropic, bedrock or off; `base_url` None: the SDK's own
    (ANTHROPIC_BASE_URL)."""

    provider: str = "off"
    model: str = "claude-sonnet-5-5"
    effort: Effort = "low"
    api_key: str = ""
    base_url: str | None = None
    aws_region: str | None = None
    max_tokens: int = 6_000  # thinking counts towards it
    timeout_seconds: float = (
        150.0  # for the whole explanation: all attempts, look-ups and the repair
    )
    attempts: int = 3
    lookups: int = 0  # further look-ups that Claude may ask for, 0 to 3
    max_evidence_characters: int = 150_000


def open_client(settings: ClaudeSettings) -> Client:
    """The SDK's client; its own retries are off, since it would honour any retry-after while the
    function's time runs out."""
    from anthropic import Anthropic, AnthropicBedrock

    if settings.provider == "bedrock":
        return AnthropicBedrock(
            aws_region=settings.aws_region, base_url=settings.base_url, max_retries=0
        )
    if not settings.api_key:
        raise ClaudeFailed(
            "there is no API key for Claude. Remedy: store it in the secret that ClaudeSecretId"
            " names"
        )
    return Anthropic(api_key=settings.api_key, base_url=settings.base_url, max_retries=0)


def ask(
    client: Client,
    settings: ClaudeSettings,
    messages: Sequence[Any],
    tools: Sequence[ToolParam],
    deadline: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Message:
    """One answer. What may go through later is tried again while `deadline` (of `clock`, in
    seconds) leaves room; raises ClaudeFailed."""
    from anthropic import AnthropicError, APIConnectionError, APIStatusError, APITimeoutError, omit
    from anthropic.types import Message

    for attempt in range(1, settings.attempts + 1):
        left = deadline - clock()
        if left < MIN_REQUEST_SECONDS:
            raise ClaudeFailed(f"Claude did not answer within {settings.timeout_seconds:g} s")
        try:
            answer = client.messages.create(
                model=settings.model,
                max_tokens=settings.max_tokens,
                system=[
                    {
                        "type": "text",
                        "text": system_prompt(),
                        "cache_control": {"type": "ephemeral"},
                    }
                ],
                messages=list(messages),
                output_config={
                    "effort": settings.effort,
                    "format": {"type": "json_schema", "schema": explanation_schema()},
                },
                timeout=left,
                tools=list(tools) or omit,
            )
        except APITimeoutError:
            raise ClaudeFailed(
                f"Claude did not answer within {settings.timeout_seconds:g} s"
            ) from None
        except APIStatusError as error:
            wait = _wait(error, attempt)
            if (
                error.status_code not in RETRIED
                or attempt == settings.attempts
                or clock() + wait + MIN_REQUEST_SECONDS > deadline
            ):
                raise ClaudeFailed(_status(error)) from None
            sleep(wait)
        except APIConnectionError:
            if (
                attempt == settings.attempts
                or clock() + FIRST_WAIT_SECONDS * attempt + MIN_REQUEST_SECONDS > deadline
            ):
                raise ClaudeFailed("Claude cannot be reached") from None
            sleep(FIRST_WAIT_SECONDS * attempt)
        except (
            AnthropicError,
            RuntimeError,
        ) as error:  # RuntimeError: Bedrock's client found no AWS credentials
            raise ClaudeFailed(f"Claude could not be asked ({type(error).__name__})") from None
        else:
            if not isinstance(answer, Message) or not answer.usage or answer.content is None:
                raise ClaudeFailed(
                    "what answered at Claude's address does not speak the Messages API"
                )
            return answer
    raise ClaudeFailed("Claude was not asked: the number of attempts is 0")


def _wait(error: APIStatusError, attempt: int) -> float:
    """Seconds until the next attempt: what retry-after asks for, else 1, 2, 4..."""
    try:
        return max(0.0, float(error.response.headers["retry-after"]))
    except (KeyError, ValueError):
        return FIRST_WAIT_SECONDS * 2.0 ** (attempt - 1)


def _status(error: APIStatusError) -> str:
    """What happened, without the body of the answer: it may repeat what was sent."""
    match error.status_code:
        case 401 | 403:
            return (
                f"Claude refused the credentials (HTTP {error.status_code}). Remedy: check the key,"
                " or access to the model"
            )
        case 404:
            return "the model of CLAUDE_MODEL does not exist there (HTTP 404)"
        case 429:
            return "Claude's rate limit is used up (HTTP 429)"
        case 529 | 503:
            return f"Claude is overloaded (HTTP {error.status_code})"
        case 413:
            return "the evidence is too large for Claude (HTTP 413)"
        case _:
            return f"Claude answered HTTP {error.status_code} ({error.type or 'no type'})"
