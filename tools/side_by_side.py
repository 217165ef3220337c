"""Writes docs/claude-and-rules.md: the same findings as the rules explain them and as recorded
answers do, side by side; and what asking costs.

    python tools/side_by_side.py RECORDED RULES_OUT CLAUDE_OUT [RULES_OUT CLAUDE_OUT ...]

RECORDED is the folder of requests and answers; each pair of folders is the --out of `whyspike demo
--claude off` and of `whyspike claude replay RECORDED`, for the same organisation and day.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from whyspike.knowledge.claude_prices import price_usd
from whyspike.simulator.claude.recorded import ANSWER, CHARACTERS_PER_TOKEN, FIXED, REQUEST
from whyspike.words.amounts import dollars
from whyspike.words.days import day

PAGE = Path(__file__).parents[1] / "docs" / "claude-and-rules.md"
MODELS = ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5")
THINKING = 2_000  # tokens, a guess: no model was asked
COMMANDS = 2
HEAD = """# The same findings, explained by rules and by recorded answers

Made by `tools/side_by_side.py`. The findings are those of the default organisation and of the
accounts in `benchmarks/evaluations.yaml`. **The answers were not written by the deployed model**: a
language model that knew the schema and the evidence wrote them for these requests, with no check in
view; three of their twelve readings fell at first, and the checks were then changed. They show how
messages read and that replaying works, not how good Claude is. Requests and answers are in
`benchmarks/recorded/`; to measure a model of your own, see
[explanations](explanation.md#measuring-a-model-or-another-writer).
"""


def main() -> int:
    recorded, *outs = map(Path, sys.argv[1:])
    if not outs or len(outs) % 2:
        print((__doc__ or "").strip(), file=sys.stderr)
        return 2
    lines = [HEAD]
    for rules, claude in zip(outs[::2], outs[1::2], strict=True):
        answered = {one["anomaly_id"]: one for one in _explanations(claude)}
        for one in _explanations(rules):
            other = answered.get(one["anomaly_id"])
            if other is not None and other["written_by"] != "rules":
                lines += _pair(one, other)
    lines += ["## What asking costs", *_costs(recorded)]
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


def _explanations(out: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((out / "explanations.json").read_text("utf-8"))
    return found


def _pair(rules: Mapping[str, Any], claude: Mapping[str, Any]) -> Iterator[str]:
    finding = rules["findings"][0]
    onset = day(date.fromisoformat(finding["onset"]))
    yield f"## {finding['driver']['service']}, account {rules['account_id']}, since {onset}\n"
    yield "| the rules | a recorded answer |"
    yield "| --- | --- |"
    yield f"| {_told(rules)} | {_told(claude)} |\n"


def _told(one: Mapping[str, Any]) -> str:
    """An explanation in a cell of a table."""
    commands = [f"`{command}`" for command in one["commands"][:COMMANDS]]
    parts = [
        re.sub(r"(?<!\w)\*([^*]+)\*", r"**\1**", one["text"]),
        f"**To do:** {one['fix']}",
        f"**First:** {'; '.join(commands)}" if commands else "",
        f"{one['findings'][0]['category']}, {one['confidence']} confidence",
    ]
    return "<br>".join(part for part in parts if part).replace("\n", "<br>").replace("|", "\\|")


def _costs(recorded: Path) -> Iterator[str]:
    fixed = json.loads((recorded / FIXED).read_text("utf-8"))
    system = "".join(part["text"] for part in fixed["system"])
    form = json.dumps([fixed.get("tools"), fixed["output_config"]], separators=(",", ":"))
    common = int((len(system) + len(form)) / CHARACTERS_PER_TOKEN)
    evidence = [_size(file) for file in sorted(recorded.glob(f"*{REQUEST}"))]
    answers = [
        int(len(json.dumps(json.loads(file.read_text("utf-8")))) / CHARACTERS_PER_TOKEN)
        for file in sorted(recorded.glob(f"*{ANSWER}"))
    ]
    yield (
        f"\nTokens, estimated at {CHARACTERS_PER_TOKEN} characters each (no tokenizer was asked;"
        f" expect a fifth more): {common:,} of the fixed part, {_spread(evidence)} of evidence,"
        f" {_spread(answers)} of an answer. Thinking is billed as output; {THINKING:,} tokens of it"
        " are assumed. The fixed part is written to the cache by the first request and read from it"
        " for five minutes after the last one.\n"
    )
    yield "| model | first explanation | each further one | with a look-up and a repair |"
    yield "| --- | --- | --- | --- |"
    given, made = int(median(evidence)), int(median(answers)) + THINKING
    for model in MODELS:
        first = price_usd(model, 0, made, common + given, 0)
        further = price_usd(model, 0, made, given, common)
        three = further + 2 * price_usd(model, made, made, 0, common + given)
        yield f"| {model} | {_cents(first)} | {_cents(further)} | {_cents(three)} |"


def _size(file: Path) -> int:
    (message,) = json.loads(file.read_text("utf-8"))
    return int(sum(len(block["text"]) for block in message["content"]) / CHARACTERS_PER_TOKEN)


def _spread(sizes: Sequence[int]) -> str:
    return f"{min(sizes):,} to {max(sizes):,} (median {int(median(sizes)):,})"


def _cents(price: float) -> str:
    return dollars(price) if price >= 1 else f"{100 * price:.1f} cents"


if __name__ == "__main__":
    sys.exit(main())
