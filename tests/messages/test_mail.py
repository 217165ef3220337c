"""The mail of an owner without Slack: readable without Slack's marks, safe as HTML, with a way to
answer."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.incidents import DAY, SHOP, anomaly, explanation, item, scan_of
from whyspike.incidents.judgement import judge
from whyspike.incidents.notices import Notice
from whyspike.incidents.owners import OwnerSettings
from whyspike.incidents.page_links import PageLink, page_link
from whyspike.messages.compose import compose, with_owner
from whyspike.messages.mail import mail
from whyspike.model import Explanation

PAGE = page_link(
    f"https://{'x' * 32}.lambda-url.ap-southeast-1.on.aws/",
    "simulated-signing-secret",
    "111122223333-2026-03-12-0123abcd",
    datetime(2026, 3, 13, tzinfo=UTC),
)


def notice_of(
    written: Explanation, name: str = "shop-prod", page: PageLink | None = None
) -> Notice:
    scan = scan_of(DAY, item(anomaly()), account=replace(SHOP, name=name))
    (change,) = judge(scan, ())
    owned = replace(
        change, after=with_owner(change, scan.account, written, OwnerSettings(), ("team", "env"))
    )
    notice = compose(owned, scan.scan, scan.costs, written, "scans", True, page=page)
    assert notice is not None
    return notice


def test_a_mail_reads_without_slack_s_marks_and_long_addresses_and_says_how_to_answer() -> None:
    sent = mail([notice_of(explanation())], "#finops")
    assert sent.text.startswith("\U0001f7e0 Amazon EC2 in shop-prod costs $212 a day more")
    assert not re.search(r":[a-z_]+:", sent.text + sent.html)
    assert max(len(word) for word in sent.text.split()) <= 130, "no address of 900 characters"
    assert "Cost Explorer (link in the HTML part)" in sent.text
    assert 'href="https://console.aws.amazon.com/costmanagement' in sent.html
    assert "tell the FinOps team in #finops in Slack" in sent.text
    assert "tell the FinOps team in #finops in Slack" in sent.html
    assert "[Acknowledge]" not in sent.text + sent.html
    assert "<code>m5.4xlarge</code>" in sent.html
    assert "<code>aws ec2 describe-instances" in sent.html


def test_a_mail_has_the_whole_address_of_the_incident_s_page_in_both_parts() -> None:
    sent = mail([notice_of(explanation(), page=PAGE)], "")
    assert f"\nDetails: {PAGE.url}\n" in sent.text
    assert f'<a href="{PAGE.url.replace("&", "&amp;")}">Details</a>' in sent.html
    assert "Report" not in sent.text, "which its reader cannot open"


HOSTILE = st.text(max_size=60) | st.sampled_from(
    ["<script>x</script>", 'a"><img src=x>', "</p><a href='x'>", "<!channel>", "``` *b* `c`"]
)


@settings(max_examples=60, deadline=None)
@given(name=HOSTILE, text=HOSTILE)
def test_text_from_outside_makes_no_element_of_its_own(name: str, text: str) -> None:
    sent = mail([notice_of(explanation(text=text, fix=text), name)], "#finops")
    allowed = (
        r"</?(!doctype html|html|body|h2|p|strong|em|s|code|pre|br|hr|a)( style=\"[^\"<>]*\"|"
        r" href=\"https://[^\"<>]*\")?>"
    )
    assert "<" not in re.sub(allowed, "", sent.html)
