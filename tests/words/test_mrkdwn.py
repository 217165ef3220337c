"""Text from outside in mrkdwn, and the one reader of mrkdwn."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whyspike.words.mrkdwn import (
    PICTURES,
    Token,
    TokenKind,
    code,
    escaped,
    link,
    pictures,
    rich,
    shortened,
    to_html,
    to_text,
    tokens,
)
from whyspike.words.safe import one_line

MARKS = "*_~`<>&|@:!#/\n \u2060\u202e\x1b"
WRITTEN = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *MARKS,
                "```",
                "<!channel>",
                "<@U0EVIL>",
                "<#C1>",
                "<https://evil.example|here>",
                "&lt;",
                "&amp;lt;",
                "@here",
                ":eyes:",
                "<script>",
                '" onclick="',
            ]
        ),
        st.text(max_size=5),
    ),
    max_size=12,
).map("".join)
LOOKALIKES = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ", "_": "ˍ"})


@given(WRITTEN)
def test_escaped_text_is_text_alone_and_reads_as_it_was(text: str) -> None:
    made = escaped(text, 400)
    assert {token.kind for token in tokens(made)} <= {TokenKind.TEXT}
    assert to_text(made).translate(LOOKALIKES) == one_line(text, 400).translate(LOOKALIKES)
    assert not set("<>*`~") & set(made)


@given(WRITTEN)
def test_code_is_one_span_and_reads_as_it_was(text: str) -> None:
    (span,) = tokens(code(text, 400))
    assert span.kind is TokenKind.CODE
    assert span.text == (one_line(text, 400).replace("`", "ˋ") or " ")


@given(WRITTEN)
def test_nobody_forges_a_mention_or_a_link(text: str) -> None:
    for made in (escaped(text), code(text), rich(text)):
        assert not re.search(r"<[^>]*>|@(channel|here|everyone)", made)
        assert not {TokenKind.LINK, TokenKind.MENTION} & {token.kind for token in tokens(made)}


@pytest.mark.parametrize("called", ["@channel", "@here", "@everyone"])
def test_nobody_is_called(called: str) -> None:
    for made in (escaped(called), code(called), rich(called)):
        assert called not in made
        assert to_text(made).replace("\u2060", "") == called


@given(WRITTEN)
def test_html_holds_no_tag_that_we_did_not_write(text: str) -> None:
    tags = re.findall(r"<[^>]*>", to_html(rich(text)))
    allowed = {"pre", "code", "strong", "em", "s"}
    assert set(tags) <= {"<br>"} | {f"<{slash}{tag}>" for tag in allowed for slash in ("", "/")}


@given(WRITTEN, st.integers(20, 60))
def test_a_cut_ends_in_no_half_entity(text: str, limit: int) -> None:
    cut = shortened(escaped(text, 400), limit)
    assert len(cut) <= limit
    assert not re.search(r"&(?!(?:amp|lt|gt);)", cut)


@pytest.mark.parametrize(
    ("mrkdwn", "expected"),
    [
        ("*a `b*c` d* e", "<strong>a <code>b*c</code> d</strong> e"),
        ("_a_ ~b~ snake_case_name 3 * 4 * 5", "<em>a</em> <s>b</s> snake_case_name 3 * 4 * 5"),
        ("a\nb", "a<br>b"),
        ("```\nx < *y*\nz\n```", "<pre>x &lt; *y*\nz</pre>"),
        ("&lt;b&gt; &amp;lt;", "&lt;b&gt; &amp;lt;"),
        ('"q"', "&quot;q&quot;"),
        (
            "<https://a.example/?x=1&amp;y='2'|Report>",
            '<a href="https://a.example/?x=1&amp;y=&#x27;2&#x27;">Report</a>',
        ),
        ("<javascript:x|y>", "&lt;javascript:x|y&gt;"),
        (":repeat: <@U0ANNA>", "\U0001f501 @U0ANNA"),
    ],
)
def test_mrkdwn_as_html(mrkdwn: str, expected: str) -> None:
    assert to_html(mrkdwn) == expected


@pytest.mark.parametrize(
    ("mrkdwn", "expected"),
    [
        ("*a `b` c* _d_ ~e~", "a b c d e"),
        ("*Why*\n• `x_y`", "Why\n• x_y"),
        ("run\n```aws s3 ls\naws ec2```", "run\naws s3 ls\naws ec2"),
        (link("https://a.example/?x=1&y=2", "Report"), "Report: https://a.example/?x=1&y=2"),
        ("&lt;b&gt; &amp;amp;", "<b> &amp;"),
        (
            ":eyes: Acknowledged by <@U0ANNA> :unknown:",
            "\U0001f440 Acknowledged by @U0ANNA :unknown:",
        ),
    ],
)
def test_mrkdwn_as_text(mrkdwn: str, expected: str) -> None:
    assert to_text(mrkdwn) == expected


def test_a_link_can_be_written_another_way() -> None:
    text = to_text(f"*{link('https://a.example', 'Report')}* ·", lambda label, _url: f"[{label}]")
    assert text == "[Report] ·"


def test_what_is_bold_holds_tokens() -> None:
    assert list(tokens("*a*")) == [Token(TokenKind.BOLD, inner=(Token(TokenKind.TEXT, "a"),))]


def test_every_picture_is_shown_in_text_and_in_html() -> None:
    for name, picture in PICTURES.items():
        assert pictures(f":{name}:") == to_text(f":{name}:") == picture
        assert html.unescape(to_html(f":{name}:")) == picture
