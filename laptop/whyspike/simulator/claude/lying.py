"""How an honest answer is made false: the changes that simulator/claude/lies.py names."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Answer = dict[str, Any]
Change = Callable[[Answer], None]


@dataclass(frozen=True)
class Lie:
    """`change` makes an honest answer false; `tells` may stand nowhere in what is shown. A reading
    is free text, for which the conditions are about words."""

    kind: str
    change: Change
    tells: tuple[str, ...] = ()
    also: Change | None = None
    is_reading: bool = False

    def alter(self, answer: Answer) -> Answer:
        """The false answer; the honest one stays as it is."""
        altered = copy.deepcopy(answer)
        self.change(altered)
        if self.also:
            self.also(altered)
        return altered


def adds(**claim: Any) -> Change:
    """The answer with a false claim more."""

    def change(answer: Answer) -> None:
        answer["message"].append(claim)

    return change


def reads(text: str) -> Change:
    """The answer with a false reading in the place of its own."""

    def change(answer: Answer) -> None:
        cell = answer["hypotheses"][0]["cell"]
        kept = [claim for claim in answer["message"] if claim["claim"] != "reading"]
        answer["message"] = [*kept, {"claim": "reading", "text": text, "cell": cell}]

    return change


def replaces(kind: str, **fields: Any) -> Change:
    """The answer with another reference in its claims of this kind; with such a claim, where it has
    none."""

    def change(answer: Answer) -> None:
        found = [claim for claim in answer["message"] if claim["claim"] == kind]
        for claim in found:
            claim.update(fields)
        if not found:
            cell = answer["hypotheses"][0]["cell"]
            answer["message"].append({"claim": kind, "cell": cell, **fields})

    return change


def supposes(**fields: Any) -> Change:
    """The answer with another leading hypothesis."""

    def change(answer: Answer) -> None:
        answer["hypotheses"][0].update(fields)

    return change


def swaps(field: str) -> Change:
    """The answer with a field of its first two hypotheses exchanged; of a sole one, with that of no
    item."""

    def change(answer: Answer) -> None:
        first, *others = answer["hypotheses"]
        other = others[0] if others else {field: "E0"}
        first[field], other[field] = other[field], first[field]

    return change


def changes(**members: Any) -> Change:
    """The answer with other members."""

    def change(answer: Answer) -> None:
        answer.update(members)

    return change


def names(field: str, value: str) -> Change:
    """The answer with a name of its own beside the leading hypothesis's references."""

    def change(answer: Answer) -> None:
        answer["hypotheses"][0][field] = value

    return change
