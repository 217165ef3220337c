"""Tables of knowledge (docs/causes.md), and the one way to read them."""

import csv
from collections.abc import Iterator
from importlib.resources import files


def table(name: str) -> Iterator[dict[str, str]]:
    """Lines of a table of this package, by column. Tables that hold commands and sentences are
    split at semicolons."""
    lines = files(__name__).joinpath(name).read_text(encoding="utf-8").splitlines()
    yield from csv.DictReader(lines, delimiter=";" if ";" in lines[0] else ",")
