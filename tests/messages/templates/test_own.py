"""A team's own texts: the ones to begin with write what is written without them, and a broken one
gives way to the product's."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.digest.test_month import month_of, spending
from tests.messages.test_mail import PAGE, notice_of
from tests.messages.test_owner_message import TOLD, facts, incident
from tests.support.deployed import PROJECT
from tests.support.digests import digest_with
from tests.support.digests import incident as counted
from tests.support.incidents import DAY, explanation, scan_of
from whyspike.digest.message import digest_message
from whyspike.errors import InvalidInput
from whyspike.incidents.incident import Ending, NoticeKind
from whyspike.messages.commitment_end import OwnersEnd, commitment_notice
from whyspike.messages.mail import mail
from whyspike.messages.owner_message import Facts, render
from whyspike.messages.templates.kinds import KINDS, TemplateKind
from whyspike.messages.templates.layout import blocks_of
from whyspike.messages.templates.own import OwnTexts, try_out
from whyspike.model import Explanation, IncidentState, Message, Owner
from whyspike.simulator.slack.limits import message_problem, pings
from whyspike.words.mrkdwn import inert

OVER = incident(ongoing=False)
RESOLVED = replace(OVER, state=IncidentState.RESOLVED, ending=Ending.BACK_TO_EXPECTED)


def starters() -> OwnTexts:
    return OwnTexts({name: kind.starter for name, kind in KINDS.items()})


def own(name: str, source: str) -> OwnTexts:
    return OwnTexts({name: source})


def owner_says(source: str, why: Explanation | None = None, **fields: Any) -> str:
    of = facts(incident(**fields), why or explanation(), own=own("owner", source))
    message = render(NoticeKind.NEW, of)
    assert of.own.broken == {}
    content = {"blocks": list(message.blocks), "text": message.text}
    assert message_problem(content, frozenset()) is None
    return json.dumps(message.blocks, ensure_ascii=False)


# ------------------------------------------------------------------ the ones to begin with

CASES: dict[str, tuple[NoticeKind, Facts]] = {
    "new": (NoticeKind.NEW, facts(incident(), explanation())),
    "without an explanation": (NoticeKind.NEW, facts(incident())),
    "escalated": (NoticeKind.ESCALATED, facts(incident(), explanation(), previous=TOLD)),
    "over": (NoticeKind.REOPENED, facts(OVER, explanation())),
    "without buttons": (NoticeKind.NEW, facts(incident(), explanation(), buttons=False)),
    "with a page of its own": (NoticeKind.NEW, facts(incident(), explanation(), page=PAGE)),
    "planned, with a page": (
        NoticeKind.PLANNED,
        facts(replace(incident(), planned="load test"), page=PAGE),
    ),
    "resolved": (NoticeKind.RESOLVED, facts(RESOLVED)),
    "planned": (NoticeKind.PLANNED, facts(replace(incident(), planned="load test (jane)"))),
    "corrected": (NoticeKind.CORRECTED, facts(incident(), previous=TOLD)),
    "restated": (NoticeKind.RESTATED, facts(replace(incident(), state=IncidentState.RESTATED))),
}


@pytest.mark.parametrize(("kind", "of"), CASES.values(), ids=CASES)
def test_a_message_reads_the_same_from_the_template_to_begin_with(
    kind: NoticeKind, of: Facts
) -> None:
    texts = starters()
    assert render(kind, replace(of, own=texts)) == render(kind, of)
    assert texts.broken == {}


DIGESTS = {
    "a quiet day": digest_with(),
    "a full day": digest_with((counted(1), "new"), (counted(2), "ongoing"), ce_requests=3),
    "a summary": replace(digest_with(), month=month_of(spending(), None)),
    "more than Slack takes": digest_with(*((counted(n), "new") for n in range(1, 60))),
}


@pytest.mark.parametrize("digest", DIGESTS.values(), ids=DIGESTS)
def test_a_digest_reads_the_same_from_the_template_to_begin_with(digest: Any) -> None:
    texts, links = starters(), ("https://example.com/r", "https://example.com/s3")
    assert digest_message(digest, *links, texts) == digest_message(digest, *links)
    assert digest_message(digest, "", "", texts).text == digest_message(digest, "").text
    assert texts.broken == {}


ENDS = [
    OwnersEnd(
        f"Plan {n} <!channel> ends on Fri 13 Nov, in 7 days", "its usage costs $5 more", use, 7
    )
    for n, use in enumerate(["in shop-prod ($181)", *[""] * 11])
]


def ends_message(number: int, texts: OwnTexts | None = None) -> Message:
    scan = scan_of(DAY).scan
    owner = Owner("shop", "ou", "#shop")
    return commitment_notice(scan, "111122223333", owner, ENDS[:number], texts).message


@pytest.mark.parametrize("number", [1, 2, 12])
def test_what_ends_reads_the_same_from_the_template_to_begin_with(number: int) -> None:
    texts = starters()
    assert ends_message(number, texts) == ends_message(number)
    assert texts.broken == {}
    assert not pings(json.dumps(ends_message(number).blocks))


def test_a_mail_reads_the_same_from_the_template_to_begin_with() -> None:
    notices = [notice_of(explanation(), page=PAGE), notice_of(explanation(), "shop-test")]
    texts = starters()
    ours, theirs = mail(notices, "#finops"), mail(notices, "#finops", texts)
    assert (theirs.subject, theirs.html) == (ours.subject, ours.html)
    assert theirs.text == ours.text
    assert texts.broken == {}


# ------------------------------------------------------------------ one of the team's


def test_the_team_s_words_stand_between_the_product_s_chart_and_buttons() -> None:
    said = json.loads(
        owner_says(
            "*{{ account.name }}*: {{ per_day | dollars }} a day for {{ owner }}\n\n"
            "{{ why }}\n\n"
            "-# {{ 'Runbook' | link('https://wiki.example.com/cost') }}\n-# {{ links }}"
        )
    )
    assert [block["type"] for block in said] == [
        *("section", "context", "section", "context", "actions")
    ]
    assert said[0]["text"]["text"] == "*shop-prod*: $212 a day for shop"
    assert said[1]["block_id"] == "chart"
    assert said[3]["elements"][0]["text"] == "<https://wiki.example.com/cost|Runbook>"


def test_a_hostile_bill_formats_and_calls_nothing_in_it() -> None:
    said = owner_says(
        "*{{ account.name }}* {{ what }} {{ account.name | upper }}",
        service="<!channel> {{ 7*7 }} `x`",
    )
    assert "&lt;!channel&gt; {{ 7∗7 }}" in said
    assert "49" not in said
    assert "<!channel>" not in said


def test_a_template_that_writes_without_end_of_text_is_cut_to_what_slack_takes() -> None:
    said = owner_says("{{ what }}\n\n" + "\n\n".join(["word " * 500] * 12))
    assert len(said) < 14_000


def test_a_digest_for_mail_only_lists_in_the_team_s_order() -> None:
    template = "{% for list in lists %}{{ list.title }}: {{ list.lines | length }}\n{% endfor %}x"
    found = digest_message(digest_with((counted(1), "new")), "", "", own("digest", template))
    assert found.blocks[0]["text"]["text"].splitlines()[0] == "New: 1"


# ------------------------------------------------------------------ one line of the team's


def line_of(source: str, of: Facts | None = None, kind: NoticeKind = NoticeKind.NEW) -> str:
    texts = own("line", source)
    line = render(kind, replace(of or facts(incident(), explanation()), own=texts)).text
    assert texts.broken == {}
    return line


def test_a_team_writes_the_line_of_a_lock_screen_and_of_the_later_messages() -> None:
    source = "{{ severity }}: {{ account.name }} {{ change }} {{ when }}{% if likely %}!{% endif %}"
    assert line_of(source) == "high: shop-prod +$212 a day (+342%) since Thu 12 Mar!"
    over = line_of("{{ kind }} {{ change }}", facts(RESOLVED), NoticeKind.RESOLVED)
    assert over == "resolved +$212 in all"


def test_a_line_is_one_line_of_plain_text_that_calls_nobody_and_ends() -> None:
    assert line_of("*a*\n\n-# b {{ 'x' | link('https://example.com/y') }}\r\nBcc: z") == (
        "a -# b x Bcc: z"
    )
    message = render(
        NoticeKind.NEW,
        facts(
            incident(service="<!channel> *x*\n&lt;!here&gt;"),
            own=own("line", "<!everyone> @here {{ what }} <@U0BOSS>"),
        ),
    )
    assert "\n" not in message.text
    assert not pings(inert(message.text))
    assert len(line_of("{{ what }} " * 200)) == 300


def test_the_subject_of_a_mail_is_the_team_s_and_shorter_than_a_line() -> None:
    source = "[costs] {{ messages | length }}: {{ messages[0].line }}"
    notices = [notice_of(explanation()), notice_of(explanation(), "shop-test")]
    assert mail(notices, "#finops", own("subject", source)).subject.startswith("[costs] 2: shop-")
    assert len(mail(notices, "#finops", own("subject", "x" * 500)).subject) == 150
    assert mail(notices[:1], "#finops", own("owner", "x")).subject == notices[0].message.text


def test_the_digest_s_line_is_the_team_s_and_its_blocks_are_not() -> None:
    texts = own("digest-line", "{{ date }}: {{ accounts.scanned }} of {{ accounts.in_scope }}")
    ours, theirs = digest_message(digest_with(), ""), digest_message(digest_with(), "", "", texts)
    assert theirs.blocks == ours.blocks
    assert theirs.text == "Sun 22 Nov 2026: 0 of 0"


def test_a_line_that_fails_on_a_bill_gives_way_and_is_named() -> None:
    of = facts(incident(), explanation())
    for source, said in (
        ("x{{ account.nme if usual == 62 }}", "there is no 'nme'"),
        ("{{ what if usual != 62 }}", "it writes nothing"),
    ):
        texts = own("line", source)
        assert render(NoticeKind.NEW, replace(of, own=texts)) == render(NoticeKind.NEW, of)
        assert said in texts.broken["line"]


@pytest.mark.parametrize("name", ["line", "digest-line", "subject"])
def test_a_line_that_may_be_empty_is_refused_before_a_scan(name: str) -> None:
    for source in ("", "{% if false %}x{% endif %}", "```\n```"):
        with pytest.raises(InvalidInput, match="of any it writes nothing"):
            try_out(KINDS[name], source)
    with pytest.raises(InvalidInput, match="of empty values it writes nothing"):
        try_out(KINDS["line"], "{{ likely }}")
    assert try_out(KINDS[name], "*costs*\n") == "costs"


# ------------------------------------------------------------------ what fails


def test_one_that_fails_on_a_bill_gives_way_and_is_named() -> None:
    source = "{{ what }}\n{% if usual == 62 %}{{ account.nme }}{% endif %}"
    of = facts(incident(), explanation())
    texts = own("owner", source)
    assert render(NoticeKind.NEW, replace(of, own=texts)) == render(NoticeKind.NEW, of)
    assert "settings/templates/owner.j2: line 2: there is no 'nme'" in texts.broken["owner"]


WRONG = {
    "nothing": ("", "no paragraph at the beginning"),
    "nothing in a bare case": ("{{ planned }}", "of empty values it writes no paragraph"),
    "small print alone": ("-# {{ what }}", "no paragraph at the beginning"),
    "a misspelt value": ("{{ wat }}", "line 1: there is no 'wat'; 'what' is there"),
}


@pytest.mark.parametrize(("source", "said"), WRONG.values(), ids=WRONG)
def test_what_would_fail_is_found_before_a_scan(source: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        try_out(KINDS["owner"], source)


def test_paragraphs_small_print_rules_and_code_are_laid_out() -> None:
    found = blocks_of("one\ntwo\n\n\n-# a\n-# b\n\n---\n\n```\nx\n\ny\n```\n-# c\n")
    assert [block["type"] for block in found] == [
        *("section", "context", "divider", "section", "context")
    ]
    assert [each["text"] for each in found[1]["elements"]] == ["a", "b"]
    assert found[3]["text"]["text"] == "```\nx\n\ny\n```"


# ------------------------------------------------------------------ what the page promises


def paths(value: Any, before: str = "") -> set[str]:
    if isinstance(value, dict):
        return {path for name, inner in value.items() for path in paths(inner, f"{before}.{name}")}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {before[1:]} | paths(value[0], f"{before}[]")
    return {before[1:]}


def given_to(kind: TemplateKind) -> list[dict[str, Any]]:
    """What the product gives it."""
    seen: list[dict[str, Any]] = []

    class Watching(OwnTexts):
        def blocks(self, kind: TemplateKind, values: Any) -> None:
            if kind.name == name:
                seen.append(dict(values()))

        def line(self, kind: TemplateKind, values: Any) -> None:
            self.blocks(kind, values)

    name, texts = kind.name, Watching()
    for what, of in CASES.values():
        render(what, replace(of, own=texts))
    digest_message(DIGESTS["a full day"], "https://example.com", "", texts)
    mail([notice_of(explanation())], "#finops", texts)
    ends_message(1, texts)
    return seen


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_what_a_template_is_given_is_what_it_is_tried_with(kind: TemplateKind) -> None:
    known = {field.name for field in kind.fields}
    full, _ = kind.samples()
    assert paths(full) == known
    assert given_to(kind)
    for values in given_to(kind):
        assert paths(values) == known


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_page_lists_every_value(kind: TemplateKind) -> None:
    page = (PROJECT / "docs" / "templates.md").read_text(encoding="utf-8")
    part = page.split(f"## `{kind.name}.j2`")[1].split("\n## ")[0]
    rows = [line.split(" | ")[0].strip("| `") for line in part.splitlines() if "| `" in line]
    assert rows == [field.name for field in kind.fields]
