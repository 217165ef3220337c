"""Claude writes the explanation: Anthropic's API or Bedrock, within the time of a function and the
token cap of the scan.

Nothing in here raises on account of Claude: a refusal, a truncation, an outage or a used-up cap is
a `ClaudeAnswer` that says why, and `write_explanation` then returns what the rules wrote, with a
note.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from whyspike.errors import BudgetExhausted
from whyspike.explanation.answer import AnswerProblem, answer_schema
from whyspike.explanation.judgement import Judgement, told
from whyspike.explanation.prompts.texts import (
    evidence_message,
    prompt_version,
    repair_message,
    system_prompt,
)
from whyspike.knowledge.claude_prices import price_usd
from whyspike.model import EvidenceItem, Explanation
from whyspike.steps.explain_anomaly.lookup_tools import (
    MAX_LOOKUPS,
    Lookup,
    Lookups,
    answer_lookups,
    lookup_tools,
)
from whyspike.wire.claude import ClaudeFailed, ClaudeSettings, Task, ask, open_client
from whyspike.words.amounts import counted, dollars

if TYPE_CHECKING:
    from anthropic.types import Message

    from whyspike.wire.claude import Client

__all__ = [
    "ClaudeAnswer",
    "ClaudeSettings",
    "ClaudeUsage",
    "Lookup",
    "explain",
    "write_explanation",
]

CHARACTERS_PER_TOKEN = 3.0  # of JSON; on the safe side, since it only sizes the reservation
MAX_PAUSES = 2
MORE_ROOM = 2  # times the tokens of an answer that was cut off


class ClaudeUsage(Protocol):
    """The scan's counter of tokens (wire/table/usage.py)."""

    def reserve_claude(self, tokens: int) -> None:
        """Sets tokens aside; raises BudgetExhausted."""

    def settle_claude(
        self, reserved: int, input_tokens: int, output_tokens: int, price_usd: float
    ) -> None:
        """Replaces a reservation by what was used."""


@dataclass(frozen=True)
class ClaudeAnswer:
    """What came back. `explanation` is the JSON value that Claude wrote, unchecked, or None with
    the reason in `failure`."""

    explanation: dict[str, Any] | None
    stop_reason: str
    model: str
    failure: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    price_usd: float = 0.0
    requests: int = 0
    items: tuple[EvidenceItem, ...] = ()  # the evidence, look-ups included
    messages: tuple[Any, ...] = ()  # the conversation, for a repair


def write_explanation(
    items: Sequence[EvidenceItem],
    rules: Explanation,
    settings: ClaudeSettings,
    usage: ClaudeUsage,
    lookups: Lookups | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Explanation:
    """The explanation of one flagged item: Claude's, checked and repaired at most once, or else
    that of the rules with a note why.

    `lookups` fetches one more piece of evidence (closed list in claude_lookups); whoever passes it
    stores what it returns.
    """
    if settings.provider == "off":
        return _by_rules(rules, "Claude is off")
    deadline = clock() + settings.timeout_seconds
    answer = explain(items, settings, usage, lookups=lookups, deadline=deadline, clock=clock)
    if answer.explanation is None:
        return _by_rules(rules, answer.failure, answer)
    judged = told(answer.explanation, answer.items, rules, answer.model)
    if judged.problems:
        faults = repair_message([str(problem) for problem in judged.problems])
        messages = (*answer.messages, {"role": "user", "content": faults})
        again = explain(
            answer.items, settings, usage, messages=messages, deadline=deadline, clock=clock
        )
        answer = _together(answer, again)
        if again.explanation is not None:
            judged = _better(judged, told(again.explanation, answer.items, rules, again.model))
    if judged.fell:
        return _by_rules(
            rules, f"Claude's answer did not hold ({_places(judged.problems)})", answer
        )
    explanation = judged.explanation
    return replace(explanation, notes=(*explanation.notes, _account(answer)))


def _better(first: Judgement, second: Judgement) -> Judgement:
    """The repaired answer, unless the repair made it worse."""
    if first.fell != second.fell:
        return second if first.fell else first
    return second if len(second.problems) <= len(first.problems) else first


def _together(first: ClaudeAnswer, second: ClaudeAnswer) -> ClaudeAnswer:
    """The first answer with what both used."""
    counted = (
        "input_tokens",
        "output_tokens",
        "cache_read_tokens",
        "cache_write_tokens",
        "price_usd",
        "requests",
    )
    return replace(
        first, **{name: getattr(first, name) + getattr(second, name) for name in counted}
    )


def _by_rules(rules: Explanation, why: str, answer: ClaudeAnswer | None = None) -> Explanation:
    asked = (_account(answer),) if answer and answer.requests else ()
    return replace(
        rules, written_by="rules", notes=(*rules.notes, f"written by the rules: {why}", *asked)
    )


def _account(answer: ClaudeAnswer) -> str:
    """What asking has cost, as a note."""
    given = answer.input_tokens + answer.cache_read_tokens + answer.cache_write_tokens
    return (
        f"Claude ({answer.model}, prompt {prompt_version()}):"
        f" {counted(answer.requests, 'request')}, {given:,} tokens in ({answer.cache_read_tokens:,}"
        f" from the cache), {answer.output_tokens:,} out, {dollars(answer.price_usd)}"
    )


def _places(problems: Sequence[AnswerProblem]) -> str:
    return ", ".join(dict.fromkeys(problem.part for problem in problems)) or "no reason given"


# ------------------------------------------------------------------ one conversation


def explain(
    items: Sequence[EvidenceItem],
    settings: ClaudeSettings,
    usage: ClaudeUsage,
    *,
    lookups: Lookups | None = None,
    messages: Sequence[Any] = (),
    deadline: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> ClaudeAnswer:
    """Asks Claude once (`messages`: goes on with a conversation) and answers its look-ups; never
    raises for Claude's part."""
    deadline = clock() + settings.timeout_seconds if deadline is None else deadline
    talk = list(messages) or [_asked(items, settings)]
    answer = ClaudeAnswer(None, "", settings.model, items=tuple(items))
    left = min(max(settings.lookups, 0), MAX_LOOKUPS) if lookups else 0
    pauses = 0
    more_room = False
    try:
        client = open_client(settings)
        while True:
            message, answer = _one_request(
                client, talk, answer, settings, usage, bool(left), deadline, clock
            )
            if message.stop_reason == "max_tokens" and not more_room:
                more_room = True
                settings = replace(settings, max_tokens=settings.max_tokens * MORE_ROOM)
                continue
            talk.append(
                {"role": "assistant", "content": [block.to_dict() for block in message.content]}
            )
            if message.stop_reason == "tool_use" and answer.requests <= MAX_LOOKUPS + 1:
                results, found, left = answer_lookups(
                    message, answer.items, lookups, left, settings.max_evidence_characters
                )
                answer = replace(answer, items=(*answer.items, *found))
                talk.append({"role": "user", "content": results})
            elif message.stop_reason == "pause_turn" and pauses < MAX_PAUSES:
                pauses += 1
            else:
                return _read(message, replace(answer, messages=tuple(talk)))
    except (BudgetExhausted, ClaudeFailed) as error:
        return replace(answer, failure=str(error))


def _asked(items: Sequence[EvidenceItem], settings: ClaudeSettings) -> dict[str, Any]:
    """The first message. It is marked for caching, so that a repair and a look-up read it again
    at a tenth of its price."""
    text = evidence_message(items, secrets.token_hex(8), settings.max_evidence_characters)
    block = {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}
    return {"role": "user", "content": [block]}


def _has_tool_use(talk: Sequence[Any]) -> bool:
    """Whether look-ups were asked for: a conversation that holds them must go on with the same
    tools."""
    return any(
        block["type"] == "tool_use"
        for turn in talk
        if turn["role"] == "assistant"
        for block in turn["content"]
    )


def _read(message: Message, answer: ClaudeAnswer) -> ClaudeAnswer:
    """The answer of a conversation that came to its end, whatever end that is."""
    match message.stop_reason:
        case "end_turn" | "stop_sequence":
            text = "".join(block.text for block in message.content if block.type == "text")
            try:
                value = json.loads(text)
            except (ValueError, RecursionError):
                return replace(answer, failure="Claude's answer is not JSON")
            return replace(answer, explanation=value if isinstance(value, dict) else {})
        case "refusal":
            category = (message.stop_details and message.stop_details.category) or ""
            return replace(
                answer,
                failure=f"Claude refused{f' (category {category})' if category else ''}",
            )
        case "max_tokens":
            return replace(answer, failure="Claude's answer was cut off twice at max_tokens")
        case "model_context_window_exceeded":
            return replace(
                answer, failure="the evidence does not fit into the model's context window"
            )
        case other:
            return replace(answer, failure=f"Claude stopped with {other}")


def _one_request(
    client: Client,
    talk: list[Any],
    answer: ClaudeAnswer,
    settings: ClaudeSettings,
    usage: ClaudeUsage,
    offered: bool,
    deadline: float,
    clock: Callable[[], float],
) -> tuple[Message, ClaudeAnswer]:
    tools = lookup_tools() if offered or _has_tool_use(talk) else []
    size = len(json.dumps([talk, tools], default=str)) + len(system_prompt())
    reserved = int(size / CHARACTERS_PER_TOKEN) + settings.max_tokens
    usage.reserve_claude(reserved)
    try:
        message = ask(
            client,
            settings,
            Task(system_prompt(), answer_schema()),
            talk,
            tools,
            deadline,
            clock,
        )
        tokens = message.usage
        written, read = tokens.cache_creation_input_tokens or 0, tokens.cache_read_input_tokens or 0
        price = price_usd(message.model, tokens.input_tokens, tokens.output_tokens, written, read)
        used = (tokens.input_tokens + written + read, tokens.output_tokens, price)
    except ClaudeFailed as error:
        if not error.may_be_billed:  # else the reservation stays
            usage.settle_claude(reserved, 0, 0, 0.0)
        raise
    usage.settle_claude(reserved, *used)
    return message, replace(
        answer,
        model=message.model,
        stop_reason=message.stop_reason or "",
        input_tokens=answer.input_tokens + tokens.input_tokens,
        output_tokens=answer.output_tokens + tokens.output_tokens,
        cache_read_tokens=answer.cache_read_tokens + read,
        cache_write_tokens=answer.cache_write_tokens + written,
        price_usd=answer.price_usd + price,
        requests=answer.requests + 1,
    )
