"""Notices as one e-mail: plain text and HTML, without Slack's marks, with a way to answer. Pure."""

from __future__ import annotations

import html
from collections.abc import Sequence

from whyspike.incidents.incident import SEVERITIES, NoticeKind
from whyspike.incidents.notices import Notice
from whyspike.messages.blocks import Block, as_text
from whyspike.messages.owner_message import assembled
from whyspike.messages.templates.kinds import MAIL, SUBJECT
from whyspike.messages.templates.own import OwnTexts, as_mrkdwn
from whyspike.messages.templates.values import Mrkdwn
from whyspike.model import Mail
from whyspike.words.mrkdwn import link, pictures, to_html, to_text

_MAX_URL = (
    260  # in the plain text; a longer one breaks over many lines, and stands in the HTML part
)
_STYLE = "font-family:system-ui,sans-serif;font-size:15px;line-height:1.45;max-width:46em"
_DIGEST_HINT = (
    "The digest comes by e-mail because Slack did not take it: whyspike doctor says why, and what"
    " to do about it."
)
_END_HINT = "Nothing has to be answered: it is told 30 days, 7 days and a day before the end."


def mail(notices: Sequence[Notice], answers: str, own: OwnTexts | None = None) -> Mail:
    """One message about all notices, the most severe first, written by the team's template where
    `own` has one. `answers` is the channel in which the owner is heard; may be empty."""
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
    is_digest = all(notice.kind is NoticeKind.DIGEST for notice in ordered)
    listed = [
        {"line": message.text, "severity": str(notice.severity)}
        for notice, message in zip(ordered, messages, strict=True)
    ]
    values = {"subject": subject, "is_digest": is_digest, "messages": listed}
    subject = (own and own.line(SUBJECT, lambda: values)) or subject
    blocks = [
        [block for block in message.blocks if block["type"] in {"header", "section", "context"}]
        for message in messages
    ]
    about_ends = all(notice.kind is NoticeKind.COMMITMENT_ENDS for notice in ordered)
    hint = _DIGEST_HINT if is_digest else _END_HINT if about_ends else _hint(answers)
    written = own and own.blocks(
        MAIL,
        lambda: {
            "subject": subject,
            "is_digest": is_digest,
            "messages": [
                {**each, "text": Mrkdwn(as_mrkdwn(part))}
                for each, part in zip(listed, blocks, strict=True)
            ],
            "hint": hint,
        },
    )
    if written:
        body = "".join(map(_html, written))
        return Mail(subject, as_text(written, _readable), page_of(body))
    parts = [as_text(part, _readable) for part in blocks]
    rule = "<hr>"
    body = rule.join("".join(map(_html, part)) for part in blocks)
    return Mail(
        subject,
        f"\n\n{'-' * 60}\n\n".join([*parts, hint]),
        page_of(f"{body}{rule}<p>{html.escape(hint)}</p>"),
    )


def page_of(body: str) -> str:
    """The HTML part of a mail."""
    return f'<!doctype html><html><body style="{_STYLE}">{body}</body></html>'


def _hint(answers: str) -> str:
    where = f"tell the FinOps team in {answers} in Slack" if answers else "tell the FinOps team"
    return (
        f"To acknowledge this, to call it expected from now on or a false alarm, {where}. A mail"
        " has no buttons; an owner tag that leads to a Slack channel brings the next message"
        " there."
    )


def _readable(mrkdwn: str) -> str:
    return to_text(mrkdwn, _short_link)


def _short_link(label: str, url: str) -> str:
    return f"{label}: {url}" if len(url) <= _MAX_URL else f"{label} (link in the HTML part)"


def _html(block: Block) -> str:
    if block["type"] == "divider":
        return "<hr>"
    if block["type"] == "header":  # plain text, not mrkdwn
        return f"<h2>{html.escape(pictures(block['text']['text']))}</h2>"
    if block["type"] == "context":
        return "".join(
            f'<p style="color:#555;font-size:13px">{to_html(element["text"])}</p>'
            for element in block["elements"]
        )
    beside = block.get("accessory")
    opened = f"<br>{to_html(link(beside['url'], beside['text']['text']))}" if beside else ""
    return f"<p>{to_html(block['text']['text'])}{opened}</p>"
