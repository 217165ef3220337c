"""The card that Teams gets: the message that Slack gets, within Teams' limits, with nothing of it
read as Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.messages.test_owner_message import facts, incident
from tests.support.incidents import DAY, SHOP, explanation
from whyspike.incidents.incident import NoticeKind
from whyspike.incidents.notices import Notice
from whyspike.messages.adaptive_card import MAX_CARD_BYTES, adaptive_card
from whyspike.messages.blocks import link_button, section
from whyspike.messages.owner_message import render
from whyspike.model import Message, Owner, Severity

# https://adaptivecards.io/explorer: the members of the elements that are used, as of version 1.4
MEMBERS = {
    "AdaptiveCard": {"$schema", "type", "version", "msteams", "fallbackText", "body", "actions"},
    "Container": {"type", "style", "bleed", "items"},
    "RichTextBlock": {"type", "inlines"},
    "TextRun": {
        *("type", "text", "weight", "size", "isSubtle", "italic", "strikethrough"),
        *("fontType", "selectAction"),
    },
    "Action.OpenUrl": {"type", "title", "url"},
}
TOLD = [kind for kind in NoticeKind if kind not in {NoticeKind.DIGEST, NoticeKind.CHANGED}]
STYLES = {"default", "emphasis", "good", "attention", "warning", "accent"}


def notice(message: Message, kind: NoticeKind = NoticeKind.NEW, **fields: Any) -> Notice:
    values: dict[str, Any] = {"owner": Owner("shop", "ou", teams="shop"), **fields}
    return Notice(
        notice_id="n#0001",
        incident_id="n",
        account_id=SHOP.account_id,
        kind=kind,
        scan_id="s",
        scan_date=DAY,
        severity=Severity.HIGH,
        message=message,
        line="",
        **values,
    )


def card_of(sent: Notice) -> dict[str, Any]:
    posted = adaptive_card(sent)
    assert posted["type"] == "message"
    (attachment,) = posted["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card: dict[str, Any] = attachment["content"]
    check(card)
    return card


def check(element: dict[str, Any]) -> None:
    """As the schema of adaptive cards says, of the elements that are used."""
    assert set(element) <= MEMBERS[element["type"]], element["type"]
    for run in element.get("inlines", []):
        assert run["type"] == "TextRun"
        assert isinstance(run["text"], str)
    assert element.get("style", "default") in STYLES
    children = [element.get(name, []) for name in ("body", "items", "inlines", "actions")]
    for child in (each for listed in children for each in listed):
        check(child)
    if "selectAction" in element:
        check(element["selectAction"])


def runs(element: Any) -> Iterator[dict[str, Any]]:
    if isinstance(element, dict):
        if element.get("type") == "TextRun":
            yield element
        for member in element.values():
            yield from runs(member)
    elif isinstance(element, list):
        for member in element:
            yield from runs(member)


def text_of(card: dict[str, Any]) -> str:
    return "".join(run["text"] for run in runs(card["body"]))


@pytest.mark.parametrize("kind", TOLD)
def test_each_message_is_a_card_with_what_slack_shows(kind: NoticeKind) -> None:
    message = render(kind, facts(incident(), explanation()))
    card = card_of(notice(message, kind))
    assert "shop-prod" in text_of(card)
    assert "$" in text_of(card)
    assert card["fallbackText"] == message.text


def test_outside_text_forges_no_link_and_no_format_in_a_card() -> None:
    """Of a card, Markdown is read in TextBlocks alone: there is none."""
    hostile = "[pay here](https://evil.example.com) **now** <at>everyone</at>"
    card = card_of(notice(Message("m", (section(hostile.replace("<", "&lt;")),))))
    assert "TextBlock" not in json.dumps(card).replace("RichTextBlock", "")
    assert hostile in text_of(card)
    assert not [run for run in runs(card) if "selectAction" in run]


def test_links_of_ours_open_and_buttons_that_answer_are_left_out() -> None:
    details = link_button("Details", "details", "v", "https://page.example.com/i")
    blocks = (
        section("see <https://a.example.com/x|the report>", beside=details),
        section("and <http://a.example.com/y|a page without TLS>"),
        {"type": "actions", "elements": [{"type": "button", "text": {"text": "Acknowledge"}}]},
    )
    card = card_of(notice(Message("m", blocks)))
    (link,) = [run for run in runs(card["body"]) if "selectAction" in run]
    assert (link["text"], link["selectAction"]["url"]) == (
        "the report",
        "https://a.example.com/x",
    )
    assert [(each["title"], each["url"]) for each in card["actions"]] == [
        ("Details", "https://page.example.com/i")
    ]


@pytest.mark.parametrize("blocks", [1, 12, 45], ids=["one", "some", "many"])
def test_a_card_is_never_larger_than_teams_takes(blocks: int) -> None:
    long = Message("m", tuple(section("€" * 2_900) for _ in range(blocks)))
    card = card_of(notice(long))
    assert len(json.dumps(card).encode()) <= MAX_CARD_BYTES
    assert card["body"]


def test_one_that_may_be_the_second_says_so() -> None:
    sent = notice(render(NoticeKind.NEW, facts(incident(), explanation())))
    assert "May be a repeat" not in text_of(card_of(sent))
    assert "May be a repeat" in text_of(card_of(replace(sent, unclear=1)))
