"""Notices as one e-mail: plain text and HTML, without Slack's marks, with a way to answer. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from whyspike.incidents.incident import SEVERITIES
from whyspike.incidents.notices import Notice
from whyspike.messages.blocks import Block, as_text
from whyspike.messages.owner_message import assembled

_EMOJI = {
    ":red_circle:": "\U0001f534",
    ":large_orange_circle:": "\U0001f7e0",
    ":large_yellow_circle:": "\U0001f7e1",
    ":white_circle:": "\u26aa",
    ":calendar:": "\U0001f4c5",
    ":pencil2:": "\u270f\ufe0f",
    ":heavy_minus_sign:": "\u2796",
    ":white_check_mark:": "\u2705",
    ":repeat:": "\U0001f501",
    ":warning:": "\u26a0\ufe0f",
    ":eyes:": "\U0001f440",
    ":zzz:": "\U0001f4a4",
    ":ok:": "\U0001f197",
    ":no_entry_sign:": "\U0001f6ab",
}
_LINK = re.compile(r"<(https?://[^|>]+)\|([^>]+)>")
_MAX_URL = (
    120  # in the plain text; a longer one breaks over many lines, and stands in the HTML part
)
_STYLE = "font-family:system-ui,sans-serif;font-size:15px;line-height:1.45;max-width:46em"


@dataclass(frozen=True)
class Mail:
    subject: str
    text: str
    html: str


def mail(notices: Sequence[Notice], answers: str) -> Mail:
    """One message about all notices, the most severe first. `answers` is the channel in which the
    owner is heard; may be empty."""
    ordered = sorted(
        notices, key=lambda notice: (-SEVERITIES.index(notice.severity), notice.notice_id)
    )
    messages = [assembled(notice) for notice in ordered]
    first = messages[0].text
    subject = (
        first
        if len(messages) == 1
        else f"{len(messages)} incidents: {first}, and {len(messages) - 1} more"
    )
    blocks = [
        [block for block in message.blocks if block["type"] in {"header", "section", "context"}]
        for message in messages
    ]
    hint = _hint(answers)
    parts = [as_text([_changed(block, _readable) for block in part]) for part in blocks]
    rule = "<hr>"
    body = rule.join("".join(map(_html, part)) for part in blocks)
    return Mail(
        subject,
        f"\n\n{'-' * 60}\n\n".join([*parts, hint]),
        "<!doctype html><html><body"
        f' style="{_STYLE}">{body}{rule}<p>{html.escape(hint)}</p></body></html>',
    )


def _hint(answers: str) -> str:
    where = f"tell the FinOps team in {answers} in Slack" if answers else "tell the FinOps team"
    return (
        f"To acknowledge this, to call it expected from now on or a false alarm, {where}. A mail"
        " has no buttons; an owner tag that leads to a Slack channel brings the next message"
        " there, with buttons."
    )


def _changed(block: Block, change: Callable[[str], str]) -> Block:
    if block["type"] == "context":
        return {
            **block,
            "elements": [
                {**element, "text": change(element["text"])} for element in block["elements"]
            ],
        }
    return {**block, "text": {**block["text"], "text": change(block["text"]["text"])}}


def _readable(text: str) -> str:
    return _LINK.sub(
        lambda link: link[0] if len(link[1]) <= _MAX_URL else f"{link[2]} (link in the HTML part)",
        _pictures(text),
    )


def _pictures(text: str) -> str:
    return re.sub(r":[a-z0-9_]+:", lambda name: _EMOJI.get(name[0], name[0]), text)


def _html(block: Block) -> str:
    if block["type"] == "header":  # plain text, not mrkdwn
        return f"<h2>{html.escape(_pictures(block['text']['text']))}</h2>"
    if block["type"] == "context":
        return "".join(
            f'<p style="color:#555;font-size:13px">{_rich(element["text"])}</p>'
            for element in block["elements"]
        )
    return f"<p>{_rich(block['text']['text'])}</p>"


def _rich(mrkdwn: str) -> str:
    """mrkdwn of ours as HTML. Its text from outside is escaped already (notification_blocks),
    entities included."""
    fenced = _pictures(mrkdwn).split("```")
    return "".join(
        f"<pre>{_safe(part.strip())}</pre>" if n % 2 else _line(part)
        for n, part in enumerate(fenced)
    )


def _line(text: str) -> str:
    parts, end = [], 0
    for link in _LINK.finditer(text):
        url = link[1].replace('"', "%22").replace("'", "%27")
        parts += [_marked(text[end : link.start()]), f'<a href="{url}">{_safe(link[2])}</a>']
        end = link.end()
    return "".join([*parts, _marked(text[end:])])


def _marked(text: str) -> str:
    inline = re.sub(r"`([^`\n]+)`", r"<code>\1</code>", _safe(text))
    return re.sub(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])", r"<b>\1</b>", inline).replace("\n", "<br>")


def _safe(text: str) -> str:
    """What mrkdwn leaves unescaped: quotes, and the brackets of a mention of ours."""
    return text.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
