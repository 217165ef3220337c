"""The closed list of categories and the words for them (data/categories.csv): for the code, for
Claude's prompt and for people (docs/categories.md, which a test compares)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from whyspike.data import table

_SHORT = {"nat", "ml", "ai"}  # written in capitals


@dataclass(frozen=True)
class Category:
    """What changed. `when` tells it from the others, `sentence` says it to an owner."""

    name: str
    family: str  # billing, capacity, usage-volume ...
    when: str
    sentence: str
    confused_with: str


@cache
def categories() -> Mapping[str, Category]:
    """By name; the order is the precedence: when two fit, the earlier wins."""
    return {
        line["category"]: Category(
            line["category"],
            line["family"],
            line["when"],
            line["sentence"],
            line["confused_with"],
        )
        for line in table("categories.csv")
    }


def plain_category(name: str) -> str:
    """As a person reads it: "NAT gateway traffic"."""
    first, *rest = name.split("-")
    return " ".join([first.upper() if first in _SHORT else first, *rest])


def category_family(name: str) -> str | None:
    """The family of a category; None for a name that is not of the list."""
    known = categories().get(name)
    return known.family if known else None
