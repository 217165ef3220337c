"""The README's pictures: every block of a message is drawn, and what is committed is small."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from tools.pictures import slack_page

PROJECT = Path(__file__).parents[2]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"!\[([^\]]+)\]\(([^)]+\.png)\)", README)


def message(*blocks: dict[str, object]) -> dict[str, object]:
    return {"channel": "#storefront-costs", "blocks": list(blocks)}


def test_a_message_is_drawn_as_slack_shows_it() -> None:
    text = {"type": "mrkdwn", "text": "*Why* `NatGateway-Bytes` &lt;b&gt;"}
    page = slack_page(
        message(
            {"type": "header", "text": {"text": ":red_circle: EC2 <up>"}},
            {
                "type": "section",
                "text": text,
                "accessory": {"type": "button", "text": {"text": "Details"}},
            },
            {"type": "image"},
            {"type": "context", "elements": [text]},
            {"type": "actions", "elements": [{"type": "button", "text": {"text": "Acknowledge"}}]},
        ),
        b"chart",
    )
    for part in (
        *("#storefront-costs", "\U0001f534 EC2 &lt;up&gt;", "NatGateway-Bytes</code>"),
        ">Details</span>",
    ):
        assert part in page
    assert "<b>" not in page
    assert page.index("data:image/png") < page.index("Acknowledge")


def test_a_block_that_cannot_be_drawn_stops_the_pictures() -> None:
    with pytest.raises(ValueError, match="video"):
        slack_page(message({"type": "video"}), b"")


def test_the_readme_shows_the_message_and_the_report() -> None:
    assert {Path(file).name for _, file in SHOWN} == {"slack-message.png", "report.png"}


@pytest.mark.parametrize(("said", "file"), SHOWN)
def test_a_picture_is_small_wide_enough_for_a_phone_and_says_what_it_shows(
    said: str, file: str
) -> None:
    picture = PROJECT / file
    assert picture.stat().st_size < 200_000
    assert 780 <= Image.open(picture).width <= 1_000
    assert len(said.split()) > 6
