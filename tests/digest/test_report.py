"""The report is one file that asks nothing of the network, and hostile text stays text."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from tests.support.reports import ACCOUNTS, ONSET, hostile_incident, incident, report, shared_line
from whyspike.digest.incident_page import incident_page, plain_page
from whyspike.digest.report import EvidenceView, evidence_text, mrkdwn, render
from whyspike.digest.report_views import shared_view


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def tags_of(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(html)
    return parser.tags


def test_it_says_what_why_who_and_what_to_do() -> None:
    html = render(report(incident()))
    for said in (
        "$288",
        "$43",
        "<strong>NAT gateway traffic</strong>",
        "<code>DeleteVpcEndpoints</code>",
        "terraform-ci",
        "Recreate the S3",
        "role missing",
        "Not explained",
        "out of memory",
        "Claude: 9,100 tokens",
    ):
        assert said in html


def test_a_cause_of_many_accounts_shows_their_sum_and_whose_numbers_follow() -> None:
    shared = shared_line(30)
    html = render(report(shared_view(incident(incident_id="i-3"), shared), largest=shared))
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))
    assert "Amazon GuardDuty in 30 accounts , +$890 a day together, 2 owners" in text  # largest
    assert "Amazon GuardDuty in 30 accounts 2 owners high" in text  # the row of the table
    assert "$890 $1,780 new" in text
    assert "+$890 a day together · 2 owners ·" in text  # the card
    assert "One cause: CreateDetector by jane" in text
    assert text.index("account-29 ") < text.index("In shop-prod, looked into for all")
    assert "18 more accounts" in text
    assert "EC2 - Other in shop-prod: daily cost" in html  # the chart is of that account


def test_every_line_of_the_tables_leads_to_its_card() -> None:
    shared = shared_line(3)
    html = render(report(shared_view(incident(incident_id="i-1"), shared), largest=shared))
    ids = {attrs["id"] for _, attrs in tags_of(html) if attrs.get("id")}
    named = {str(attrs["href"])[1:] for tag, attrs in tags_of(html) if tag == "a"}
    assert {name for name in named if name.startswith("1111")} <= ids


SAID_IN_SLACK = {
    "an owner who was not told": "look in the channel",
    "an anomaly that was not explained": "out of memory",
    "settings that were left aside": "<li>settings/planned.yaml: entry 2: who: Field required</li>",
    "an account without an owner": "set the tag team",
    "what is not in scope": "950318842007 SUSPENDED",
    "the largest": (
        '<a href="#111122223333-2026-11-20-aaaaaaaa">EC2 - Other in shop-prod</a>, +$245 a day'
    ),
    "the figures": (
        "4 incidents, $812 above expected each (mean), first answer after 2.5 h (median), ended"
        " after 3.0 days (median), $2,900"
    ),
    "the scan date of a message": "scan of 2026-11-20: new: EC2 - Other",
    "the parts": '<th scope="row">EC2 - Other, NatGateway-Bytes</th>',
}


@pytest.mark.parametrize("part", SAID_IN_SLACK.values(), ids=SAID_IN_SLACK)
def test_what_the_digest_leaves_to_the_report_is_in_it(part: str) -> None:
    html = render(report(incident()))
    assert part in html.replace("</time>, scan", "scan")
    assert 'id="111122223333-2026-11-20-aaaaaaaa"' in html


def test_no_element_of_the_page_asks_anything_of_the_network() -> None:
    tags = tags_of(render(report(incident(), hostile_incident())))
    assert not [
        (tag, attributes)
        for tag, attributes in tags
        if {"src", "srcset", "poster", "data"} & set(attributes)
    ]
    assert all((attributes.get("href") or "#").startswith("#") for _, attributes in tags)
    assert "default-src 'none'" in str([attributes for tag, attributes in tags if tag == "meta"])


def test_hostile_text_adds_no_element() -> None:
    calm, hostile = (
        re.sub(r"evil", "", render(report(view))) for view in (incident(), hostile_incident())
    )
    assert {tag for tag, _ in tags_of(hostile)} <= {tag for tag, _ in tags_of(calm)}
    assert len([tag for tag, _ in tags_of(hostile) if tag == "script"]) == 1
    assert "{{ 7*7 }}" in hostile


def test_a_day_without_incidents_says_so_of_the_accounts_that_were_judged() -> None:
    assert "Nothing unexpected in the accounts that were judged." in render(report())


def test_a_scan_that_judged_nobody_never_reads_as_quiet() -> None:
    quiet = report()
    nobody = replace(quiet.digest, coverage=replace(quiet.digest.coverage, scanned=0))
    html = render(replace(quiet, digest=nobody))
    assert "Nothing was judged" in html
    assert "Nothing unexpected" not in html

    assert "<b>not known</b> a day above expected" in html
    assert "<b>not known</b> new" in html
    assert "$0" not in html[: html.index("</header>")]


def test_a_quiet_day_has_no_share_of_nothing() -> None:
    quiet = report()
    calm = replace(quiet.digest, daily_excess_usd=0.0, largest=None)
    html = render(replace(quiet, digest=calm))
    assert "<b>$0</b> a day above expected</li>" in html


def test_its_policy_allows_its_own_style_and_script_alone() -> None:
    html = render(report(hostile_incident()))
    policy = next(attrs for tag, attrs in tags_of(html) if "http-equiv" in attrs)["content"]
    for name in ("style", "script"):
        (inside,) = re.findall(rf"<{name}>(.*?)</{name}>", html, re.DOTALL)
        hashed = b64encode(sha256(inside.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{hashed}'" in str(policy)
    assert "unsafe" not in str(policy)


def test_every_account_has_a_row_and_the_excess_its_share() -> None:
    html = render(report(incident()))
    rows = html[html.index('id="all-accounts"') :]
    assert all(account.account_id in rows for account in ACCOUNTS)
    assert "10.0% of what is used" in html
    assert ">not scanned<" in rows


def test_mrkdwn_is_escaped_before_it_is_formatted() -> None:
    assert (
        mrkdwn("*a* `b` <c> 3 * 4 * 5")
        == "<p><strong>a</strong> <code>b</code> &lt;c&gt; 3 * 4 * 5</p>"
    )
    assert mrkdwn("&lt;!channel&gt;") == "<p>&lt;!channel&gt;</p>"


def test_evidence_is_read_as_it_is_stored_and_hostile_text_in_it_stays_text() -> None:
    content = {'a "b" </pre><script>&amp;': ["\u202e'"]}
    one = EvidenceView("E1", "trail", 'asked {"x": "<b>"}', content)
    html = render(report(incident(evidence=[one], commands=["aws ec2 --filter '{\"A\": 1}'"])))
    assert '"a \\"b\\" &lt;/pre&gt;&lt;script&gt;&amp;amp;": [' in html
    assert 'asked {"x": "&lt;b&gt;"}' in html
    assert """aws ec2 --filter '{"A": 1}'""" in html
    assert "\u202e" not in html


def test_the_page_grows_with_its_incidents_and_each_takes_what_is_read_of_it() -> None:
    some, many = (
        len(render(report(*(incident(incident_id=f"i-{n}") for n in range(count)))))
        for count in (20, 200)
    )
    assert (many - some) / 180 < 20_000


def test_long_evidence_is_cut_and_says_so() -> None:
    assert evidence_text(["x" * 10_000]).endswith("more characters are stored with the scan")


def test_a_page_that_only_says_why_there_is_none_has_its_text_where_readers_jump_to() -> None:
    page = plain_page("This address has ended", "Ask for the next one.", button="Mail it")
    inside = page[page.index("<main>") : page.index("</main>")]
    assert all(said in inside for said in ("has ended", "Ask for the next one.", "Mail it"))
    assert incident_page(incident(), ONSET, datetime(2026, 12, 1, tzinfo=UTC)).count("<main>") == 1
