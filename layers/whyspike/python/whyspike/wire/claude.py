"""The wire to Claude: the SDK's client, one request with the time that is left, and failures put
into words.

The SDK is imported when Claude is asked and not before: it costs seconds, and a stack with Claude
off carries no such layer.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from whyspike.errors import Retryable
from whyspike.wire.failures import fact_of_status
from whyspike.words.safe import one_line

if TYPE_CHECKING:
    from anthropic import Anthropic, AnthropicBedrock, APIStatusError
    from anthropic.types import Message, ToolParam

    Client: TypeAlias = Anthropic | AnthropicBedrock

Effort: TypeAlias = Literal["low", "medium", "high", "xhigh", "max"]
# In the words of Bedrock's 403 where a subscription is to be made that the role may not make.
_MARKETPLACE = "aws-marketplace:"
FIRST_WAIT_SECONDS = 1.0
ANSWER_TOKENS = 4_000
THINKING_TOKENS = 8_000  # the limit of a request is for both, so each gets its own room
JITTER = 0.5  # of a wait: many accounts are explained at once, and must not come back at once
MIN_REQUEST_SECONDS = 5.0  # less is not worth starting


class ClaudeFailed(Exception):
    """Claude did not answer; the message is for people. Never leaves the adapter: the rules answer
    instead. `may_be_billed`: the request arrived, and is answered and billed all the same."""

    def __init__(self, reason: str, *, may_be_billed: bool = False) -> None:
        super().__init__(reason)
        self.may_be_billed = may_be_billed


@dataclass(frozen=True)
class ClaudeSettings:
    """How Claude is asked. `provider` is anthropic, bedrock or off; `base_url` None: the SDK's own
    (ANTHROPIC_BASE_URL)."""

    provider: str = "off"
    model: str = "claude-sonnet-5-5"
    effort: Effort = "medium"
    api_key: str = ""
    base_url: str | None = None
    aws_region: str | None = None
    max_tokens: int = ANSWER_TOKENS + THINKING_TOKENS
    timeout_seconds: float = (
        150.0  # for the whole explanation: all attempts, look-ups and the repair
    )
    attempts: int = 3
    lookups: int = 2  # further look-ups that Claude may ask for, 0 to 3
    max_evidence_characters: int = 150_000


@dataclass(frozen=True)
class Task:
    """What Claude is to do, the same for every question: the system prompt, and the JSON schema of
    an answer."""

    system: str
    schema: dict[str, Any]


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
    task: Task,
    messages: Sequence[Any],
    tools: Sequence[ToolParam],
    deadline: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Message:
    """One answer. What may go through later is tried again while `deadline` (of `clock`, in
    seconds) leaves room; raises ClaudeFailed."""
    from anthropic import AnthropicError, omit
    from anthropic.types import Message

    for attempt in range(1, settings.attempts + 1):
        left = deadline - clock()
        if left < MIN_REQUEST_SECONDS:
            raise ClaudeFailed(_too_late(settings))
        try:
            answer = client.messages.create(
                model=settings.model,
                max_tokens=settings.max_tokens,
                system=[
                    {
                        "type": "text",
                        "text": task.system,
                        "cache_control": {"type": "ephemeral"},
                    }
                ],
                messages=list(messages),
                output_config={
                    "effort": settings.effort,
                    "format": {"type": "json_schema", "schema": task.schema},
                },
                thinking={"type": "adaptive"},
                timeout=left,
                tools=list(tools) or omit,
            )
        except (AnthropicError, RuntimeError) as error:
            failure = _failure(error, attempt, settings)
        else:
            if not isinstance(answer, Message) or not answer.usage or answer.content is None:
                raise ClaudeFailed(
                    "what answered at Claude's address does not speak the Messages API"
                )
            return answer
        wait = failure.retry_after_seconds
        if (
            wait is None
            or attempt == settings.attempts
            or clock() + wait * (1 + JITTER) + MIN_REQUEST_SECONDS > deadline
        ):
            raise ClaudeFailed(failure.reason, may_be_billed=failure.may_be_billed)
        sleep(wait * (1 + JITTER * random.random()))
    raise ClaudeFailed("Claude was not asked: the number of attempts is 0")


@dataclass(frozen=True)
class Unanswered:
    """Why an attempt brought no answer; `retry_after_seconds` None: another one would not
    either."""

    reason: str
    retry_after_seconds: float | None = None
    may_be_billed: bool = False


def _failure(error: Exception, attempt: int, settings: ClaudeSettings) -> Unanswered:
    """What an error of the SDK means; a RuntimeError is Bedrock's client without AWS credentials.
    A request that took all the time that was left is over."""
    from anthropic import APIConnectionError, APIStatusError, APITimeoutError

    match error:
        case APITimeoutError():
            arrived = type(error.__cause__).__name__ != "ConnectTimeout"
            return Unanswered(_too_late(settings), may_be_billed=arrived)
        case APIStatusError():
            fact = fact_of_status("claude", error.status_code)
            passes = fact is not None and issubclass(fact, Retryable)
            return Unanswered(_status(error), _wait(error, attempt) if passes else None)
        case APIConnectionError():
            return Unanswered("Claude cannot be reached", FIRST_WAIT_SECONDS * attempt)
        case _:
            return Unanswered(f"Claude could not be asked ({type(error).__name__})")


def _too_late(settings: ClaudeSettings) -> str:
    return f"Claude did not answer within {settings.timeout_seconds:g} s"


def _wait(error: APIStatusError, attempt: int) -> float:
    """Seconds until the next attempt: what retry-after asks for, else 1, 2, 4..."""
    try:
        return max(0.0, float(error.response.headers["retry-after"]))
    except (KeyError, ValueError):
        return FIRST_WAIT_SECONDS * 2.0 ** (attempt - 1)


def _said(error: APIStatusError) -> str:
    """The message of an error's body, as Anthropic and Bedrock write it."""
    body = error.body
    inner = body.get("error", body) if isinstance(body, dict) else {}
    told = (inner.get("message") if isinstance(inner, dict) else None) or error.message
    return str(told)


def _status(error: APIStatusError) -> str:
    """What happened. Of the body only the API's own message about the request is kept, and of that
    the first line: it names the member that it refuses."""
    match error.status_code:
        case 400:
            return f"Claude refused the request (HTTP 400): {one_line(_said(error), 200)}"
        case 403 if _MARKETPLACE in _said(error):
            return (
                "the model was never opened in this account (HTTP 403, aws-marketplace). Remedy:"
                " Bedrock console, Model catalog: open it once as somebody who may subscribe in"
                " AWS Marketplace"
            )
        case 403 if "access to the model" in _said(error) or "bedrock" in _said(error).lower():
            return (
                "Bedrock refused the model (HTTP 403). Remedy: request access to it in the Bedrock"
                " console, and allow the function bedrock:InvokeModel on it"
            )
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
