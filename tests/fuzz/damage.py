"""Documents as they come when something went wrong on the way: a good one with parts missing,
doubled or replaced by what nobody foresaw."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

ODD_TEXTS = (
    *("", " ", "\x00", "\ud800", "\u202e", "NaN", "-0", "1e999", "9" * 400, "2026-02-31"),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "null", "[" * 50, "a\nb"),
    *(
        "<!channel>",
        "=1+1",
        "\ufeff",
        "１２",
        "١٢",
        "😀",
        "../../etc/passwd",
        "{}",
        "%00",
        "🏴" * 30,
    ),
)
ODD_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 10**30, -(10**30), float("nan"), float("inf"), 1e308),
    *([], {}, [[]], [None], {"": None}, [[[[[[[[{}]]]]]]]], {"a": {"b": {"c": [1, "2", None]}}}),
)


def odd_texts() -> st.SearchStrategy[str]:
    return st.sampled_from(ODD_TEXTS) | st.text(max_size=30)


def odd_values() -> st.SearchStrategy[Any]:
    odd = st.sampled_from(ODD_VALUES).map(copy.deepcopy)
    return odd | odd_texts() | st.integers() | st.floats()


def paths_of(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value, the whole of it first."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [at, *(path for key, part in inner for path in paths_of(part, (*at, key)))]


@st.composite
def damaged(draw: st.DrawFn, sample: Any) -> Any:
    """The JSON value with one to three places changed."""
    value = copy.deepcopy(sample)
    for _ in range(draw(st.integers(1, 3))):
        *above, last = draw(st.sampled_from(paths_of(value))) or (None,)
        if last is None:
            value = draw(odd_values())
            continue
        place = value
        for key in above:
            place = place[key]
        match draw(st.sampled_from(("replace", "replace", "remove", "double"))):
            case "replace":
                place[last] = draw(odd_values())
            case "remove":
                del place[last]
            case _:
                if isinstance(place, list):
                    place.append(copy.deepcopy(place[last]))
                else:
                    place[draw(odd_texts())] = copy.deepcopy(place[last])
    return value


@st.composite
def damaged_text(draw: st.DrawFn, sample: str) -> bytes:
    """The text, for the most part a table, with up to four cells, lines or characters changed."""
    text = sample
    for _ in range(draw(st.integers(1, 4))):
        lines = text.splitlines(keepends=True) or [""]
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(("cell", "cell", "cell", "line", "gone", "cut", "twice"))):
            case "cell":
                cells = lines[at].split(",")
                cells[draw(st.integers(0, len(cells) - 1))] = draw(odd_texts())
                lines[at] = ",".join(cells)
            case "line":
                lines[at] = draw(odd_texts())
            case "gone":
                del lines[at]
            case "twice":
                lines.insert(at, lines[at])
            case _:
                lines[at] = lines[at][: draw(st.integers(0, len(lines[at])))]
        text = "".join(lines)
    data = text.encode("utf-8", "surrogatepass")
    if draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.binary(max_size=4)) + data[at:]
    return data
