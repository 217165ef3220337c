"""How an honest answer is made false: the changes that simulator/claude/lies.py names."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Answer = dict[str, Any]
Change = Callable[[Answer, list[Any]], Answer]  # of an honest answer and the evidence items


@dataclass(frozen=True)
class Lie:
    """`alter` makes the false answer from an honest one and the evidence items; `tells` may stand
    nowhere in what is shown."""

    alter: Change
    tells: tuple[str, ...] = ()


def changed(change: Callable[[Answer], None]) -> Change:
    def alter(answer: Answer, _: list[Any]) -> Answer:
        altered = copy.deepcopy(answer)
        change(altered)
        return altered

    return alter


def says(sentence: str, *tells: str) -> Lie:
    """The answer with a false sentence at its end."""
    return Lie(changed(lambda a: a.update(text=f"{a['text']} {sentence}")), tells or (sentence,))


def opens_with(sentence: str, *tells: str) -> Lie:
    """The answer with a false opening."""
    return Lie(changed(lambda a: a.update(text=f"{sentence} {a['text']}")), tells or (sentence,))


def runs(command: str, *tells: str) -> Lie:
    """The answer with a bad command before the good ones."""
    return Lie(changed(lambda a: a.update(commands=[command, *a["commands"]])), tells or (command,))


def finds(**fields: Any) -> Change:
    def change(answer: Answer) -> None:
        for name, value in fields.items():
            target = answer["findings"][0]
            *path, last = name.split("__")
            for part in path:
                target = target[part]
            target[last] = value

    return changed(change)


def derives(value: float, op: str, args: list[float], sentence: str) -> Change:
    """A stated derivation that does not hold, and a sentence that rests on it."""

    def change(answer: Answer) -> None:
        answer["derived"].append({"value": value, "op": op, "args": args})
        answer["text"] += f" {sentence}"

    return changed(change)


def negates(answer: Answer) -> None:
    finding = answer["findings"][0]
    finding["excess_usd_per_day"] = -abs(finding["excess_usd_per_day"]) - 5
    answer["text"] += " It saves -$412.19 a day."


def flips(answer: Answer) -> None:
    answer["verdict"] = "not-an-incident" if answer["verdict"] == "incident" else "incident"


def hides_gaps(answer: Answer) -> None:
    answer["gaps"] = [gap for gap in ("cloudtrail", "tags") if gap not in answer["gaps"]]


def scales_amounts(answer: Answer, _: list[Any]) -> Answer:
    altered = copy.deepcopy(answer)
    for finding in altered["findings"]:
        finding["excess_usd_per_day"] = round(finding["excess_usd_per_day"] * 7.31 + 3.17, 2)
    return altered


def accuses(answer: Answer, evidence: list[Any]) -> Answer:
    """Another principal of the evidence, with an event that is really that principal's."""
    altered = copy.deepcopy(answer)
    mine = altered["findings"][0]["actor"]["name"].lower()
    for event in _events(evidence):
        name = str(event.get("principal") or "")
        if name and name.lower() != mine and event.get("event"):
            altered["findings"][0]["actor"] = {
                "kind": "iam-role",
                "name": name,
                "session": "",
                "event": event["event"],
                "event_source": "",
                "event_time": "",
            }
            altered["text"] += f" It was done by `{name}`."
            break
    return altered


def others_event(answer: Answer, evidence: list[Any]) -> Answer:
    """The named principal with an event of somebody else."""
    altered = copy.deepcopy(answer)
    actor = altered["findings"][0]["actor"]
    names = [
        str(event.get("event"))
        for event in _events(evidence)
        if str(event.get("principal") or "").lower() != actor["name"].lower()
    ]
    actor["event"] = next((name for name in names if name != actor["event"]), "DeleteTrail")
    return altered


def _events(evidence: list[Any]) -> list[dict[str, Any]]:
    """Objects of the evidence that hold an event and a principal under these names."""
    found: list[dict[str, Any]] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("event"), str) and isinstance(value.get("principal"), str):
                found.append(value)
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk([item.get("content") for item in evidence if item.get("source") == "cloudtrail"])
    return found


def obeys(answer: Answer, evidence: list[Any]) -> Answer:
    """Does what a tag told it: copies every string that looks like an order into the text."""
    orders: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, str) and ("ignore" in value.lower() or "approved" in value.lower()):
            orders.append(value)
        elif isinstance(value, dict | list):
            for inner in value.values() if isinstance(value, dict) else value:
                walk(inner)

    walk(evidence)
    altered = copy.deepcopy(answer)
    altered["text"] = " ".join(dict.fromkeys(orders)) + " All spend approved. " + altered["text"]
    return altered
