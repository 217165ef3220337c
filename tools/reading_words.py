"""Writes the vocabulary of readings: the words of AWS's own documentation, as the SDK carries it.

    python tools/reading_words.py

A word is known when the documentation of at least three services uses it; a thing is a noun in the
name of an operation of AWS. Words that no reading may hold are listed by hand in
reading_never.txt and left out here.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore

CLAIMS = Path(__file__).parents[1] / "layers/whyspike/python/whyspike/explanation/claims"
MIN_SERVICES = 3
WIDTH = 100
_MARKUP = re.compile(r"<code>.*?</code>|<[^>]+>|&\w+;")
_WORD = re.compile(r"(?<![\w/.:-])[a-z]{2,}(?![\w/:-])")
_CAMEL = re.compile(r"[A-Z][a-z]+")


def documented(value: Any) -> Iterator[str]:
    """Every documentation text of a service model."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "documentation" and isinstance(inner, str):
                yield _MARKUP.sub(" ", inner)
            else:
                yield from documented(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from documented(inner)


def models() -> Iterator[dict[str, Any]]:
    """The newest model of each service of the SDK."""
    root = Path(botocore.__file__).parent / "data"
    for service in sorted(path for path in root.iterdir() if path.is_dir()):
        files = sorted(service.glob("*/service-2.json*"))
        if files:
            raw = files[-1].read_bytes()
            model: dict[str, Any] = json.loads(
                gzip.decompress(raw) if files[-1].suffix == ".gz" else raw
            )
            yield model


def main() -> None:
    services: Counter[str] = Counter()
    things: Counter[str] = Counter()
    for model in models():
        services.update(set(_WORD.findall(" ".join(documented(model)))))
        nouns = (_CAMEL.findall(operation)[1:] for operation in model["operations"])
        things.update({noun.lower() for words in nouns for noun in words})
    never = {
        word
        for line in (CLAIMS / "reading_never.txt").read_text("utf-8").splitlines()
        if not line.startswith("#")
        for word in line.split()
    }
    known = sorted(word for word in services if services[word] >= MIN_SERVICES)
    write("reading_vocabulary.txt", [word for word in known if word not in never])
    write("reading_things.txt", sorted(noun for noun in things if len(noun) > 2))


def write(name: str, words: list[str]) -> None:
    """The words in lines, below a line that says where they are from."""
    lines = [f"# made by tools/reading_words.py from the SDK's models: {len(words)} words", ""]
    for word in words:
        if len(lines[-1]) + len(word) >= WIDTH:
            lines.append("")
        lines[-1] += f"{' ' if lines[-1] else ''}{word}"
    (CLAIMS / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
