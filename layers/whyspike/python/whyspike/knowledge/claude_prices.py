"""What an answer of Claude cost: prices per million tokens from whyspike/data/claude_prices.csv
(each line with its source)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class ModelPrice:
    """US dollars per million tokens; it holds for prompts of at most `up_to_input_tokens` (None:
    any)."""

    model: str
    input: float
    output: float
    cache_write: float  # kept for five minutes
    cache_read: float
    up_to_input_tokens: int | None


@cache
def model_prices() -> tuple[ModelPrice, ...]:
    """The table, in the order of the file."""
    text = files("whyspike.data").joinpath("claude_prices.csv").read_text(encoding="utf-8")
    return tuple(
        ModelPrice(
            row["model"],
            float(row["input"]),
            float(row["output"]),
            float(row["cache_write"]),
            float(row["cache_read"]),
            int(row["up_to_input_tokens"]) if row["up_to_input_tokens"] else None,
        )
        for row in csv.DictReader(text.splitlines())
    )


def price_usd(
    model: str,
    input_tokens: int,
    output_tokens: int,
    cache_write_tokens: int = 0,
    cache_read_tokens: int = 0,
) -> float:
    """Price of one answer; `input_tokens` as in the answer's usage: without those written to or
    read from the cache.

    A model's name may carry a provider's prefix or a date
    ("us.anthropic.claude-sonnet-4-6-20260101-v1:0"). A model that is not in the table is priced as
    the dearest one, so that a sum is never too low.
    """
    prompt = input_tokens + cache_write_tokens + cache_read_tokens
    fitting = [price for price in model_prices() if price.model in model]
    best = max((len(price.model) for price in fitting), default=0)
    named = [price for price in fitting if len(price.model) == best] or [
        max(model_prices(), key=lambda price: price.output)
    ]
    price = next(
        (p for p in named if p.up_to_input_tokens is None or prompt <= p.up_to_input_tokens),
        named[-1],
    )
    sums = (
        input_tokens * price.input,
        output_tokens * price.output,
        cache_write_tokens * price.cache_write,
        cache_read_tokens * price.cache_read,
    )
    return sum(sums) / 1e6
