"""Slack's mrkdwn: text from outside that can neither ping, link nor format in it, and one reader of
it, to HTML and to plain text."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from whyspike.words.safe import one_line, visible

PICTURES = {  # the emoji that our texts use
    "red_circle": "\U0001f534",
    "large_orange_circle": "\U0001f7e0",
    "large_yellow_circle": "\U0001f7e1",
    "white_circle": "\u26aa",
    "calendar": "\U0001f4c5",
    "pencil2": "\u270f\ufe0f",
    "heavy_minus_sign": "\u2796",
    "white_check_mark": "\u2705",
    "repeat": "\U0001f501",
    "warning": "\u26a0\ufe0f",
    "eyes": "\U0001f440",
    "zzz": "\U0001f4a4",
    "ok": "\U0001f197",
    "no_entry_sign": "\U0001f6ab",
}
_JOINER = "\u2060"  # shows nothing, and keeps Slack from reading "@here" or ":eyes:"
_INERT = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ"})
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&"}
_PICTURE = re.compile(rf":({'|'.join(PICTURES)}):")
_TOKEN = re.compile(
    r"```(?P<fence>.*?)```"
    r"|`(?P<code>[^`\n]+)`"
    r"|<(?P<url>https?://[^|>\s]+)\|(?P<label>[^>\n]+)>"
    r"|<@(?P<mention>[UW][A-Z0-9]+)>"
    r"|(?<![\w*])\*(?P<bold>(?! )(?:`[^`\n]*`|[^*`\n])+(?<! ))\*(?![\w*])"
    r"|(?<![\w_])_(?P<italic>(?! )(?:`[^`\n]*`|[^_`\n])+(?<! ))_(?![\w_])"
    r"|(?<![\w~])~(?P<struck>(?! )(?:`[^`\n]*`|[^~`\n])+(?<! ))~(?![\w~])",
    re.DOTALL,
)


class TokenKind(StrEnum):
    TEXT = "text"
    FENCE = "fence"  # lines of code
    CODE = "code"
    LINK = "link"
    MENTION = "mention"
    BOLD = "bold"
    ITALIC = "italic"
    STRUCK = "struck"


@dataclass(frozen=True)
class Token:
    """A piece of mrkdwn. `text` is what a person reads, entities undone; what is bold, italic or
    struck holds `inner` tokens instead."""

    kind: TokenKind
    text: str = ""
    url: str = ""
    inner: tuple[Token, ...] = ()


def escaped(text: str, limit: int = 120) -> str:
    """Text from outside as mrkdwn that reads as it is written: no mention, no link, no
    formatting, no emoji of ours."""
    line = one_line(text, limit).translate(_INERT)
    # an underscore inside a name formats nothing
    line = re.sub(r"(?<![^\W_])_|_(?![^\W_])", "ˍ", line)
    return _PICTURE.sub(rf":{_JOINER}\1:", inert(line))


def inert(text: str) -> str:
    """Text whose mentions and links are characters like others; its formatting stays."""
    return calling_nobody(_entities(text))


def calling_nobody(text: str) -> str:
    """mrkdwn in which "@channel" and its like are words."""
    return re.sub(r"@(?=channel|here|everyone)", f"@{_JOINER}", text)


def formatted(text: str) -> str:
    """mrkdwn that a person wrote: its formatting stays; mentions and links cannot be."""
    return inert(_unescaped(visible(text)))


def code(text: str, limit: int = 200) -> str:
    """Text from outside in code style, for names that people copy."""
    return f"`{inert(one_line(text, limit).replace('`', 'ˋ')) or ' '}`"


def rich(text: str, limit: int = 2_000) -> str:
    """mrkdwn that was written for Slack (an explanation): its formatting stays; mentions and links
    cannot be."""
    shown = visible(text)
    cut = shown if len(shown) <= limit else shown[: limit - 1].rsplit(" ", 1)[0] + "…"
    if cut.count("```") % 2:
        cut += "```"
    return formatted(cut)


def link(url: str, label: str) -> str:
    """A link of ours; `url` must not hold text from outside that is not percent-encoded."""
    return f"<{_entities(url).replace('|', '%7C')}|{escaped(label)}>"


def shortened(text: str, limit: int) -> str:
    """mrkdwn cut to `limit` characters, never inside an entity or a link."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 5]
    cut = re.sub(r"&[a-z]{0,3}$", "", cut)
    if cut.rfind("<") > cut.rfind(">"):
        cut = cut[: cut.rfind("<")]
    return cut + "…" + ("```" if cut.count("```") % 2 else "")


def pictures(text: str) -> str:
    """The text with our emoji in the place of their names, as Slack shows it."""
    return _PICTURE.sub(lambda name: PICTURES[name[1]], text)


def tokens(text: str) -> Iterator[Token]:
    """The pieces of mrkdwn, in order; whatever is no markup is text."""
    end = 0
    for found in _TOKEN.finditer(text):
        yield from _text(text[end : found.start()])
        yield _token(found)
        end = found.end()
    yield from _text(text[end:])


def to_html(text: str) -> str:
    """mrkdwn as HTML, all of its text escaped; a line break is `<br>`."""
    return "".join(map(_as_html, tokens(text)))


def _beside(label: str, url: str) -> str:
    return f"{label}: {url}"


def to_text(text: str, link: Callable[[str, str], str] = _beside) -> str:
    """mrkdwn as a person reads it, without its marks; `link` writes a link from its label and
    address."""
    return "".join(_as_text(token, link) for token in tokens(text))


def _text(text: str) -> Iterator[Token]:
    if text:
        yield Token(TokenKind.TEXT, _unescaped(pictures(text)).replace(_JOINER, ""))


def _token(found: re.Match[str]) -> Token:
    kind, inside = str(found.lastgroup), found[str(found.lastgroup)]
    if kind == "label":
        return Token(
            TokenKind.LINK, _unescaped(inside).replace(_JOINER, ""), _unescaped(found["url"])
        )
    if kind == "mention":
        return Token(TokenKind.MENTION, f"@{inside}")
    if kind in {"fence", "code"}:
        plain = inside.strip("\n") if kind == "fence" else inside
        return Token(TokenKind(kind), _unescaped(plain).replace(_JOINER, ""))
    return Token(TokenKind(kind), inner=tuple(tokens(inside)))


def _as_html(token: Token) -> str:
    shown = html.escape(token.text) or "".join(map(_as_html, token.inner))
    match token.kind:
        case TokenKind.FENCE:
            return f"<pre>{shown}</pre>"
        case TokenKind.CODE:
            return f"<code>{shown}</code>"
        case TokenKind.LINK:
            return f'<a href="{html.escape(token.url)}">{shown}</a>'
        case TokenKind.BOLD:
            return f"<strong>{shown}</strong>"
        case TokenKind.ITALIC:
            return f"<em>{shown}</em>"
        case TokenKind.STRUCK:
            return f"<s>{shown}</s>"
    return shown.replace("\n", "<br>")


def _as_text(token: Token, link: Callable[[str, str], str]) -> str:
    if token.kind is TokenKind.LINK:
        return link(token.text, token.url)
    return token.text or "".join(_as_text(one, link) for one in token.inner)


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _unescaped(text: str) -> str:
    return re.sub(r"&(lt|gt|amp);", lambda entity: _ENTITIES[entity[1]], text)
