"""What the owner reads: within Slack's limits whatever the bill says, safe against hostile text,
and worth reading."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block as SlackBlock

from tests.support.digests import digest_with
from tests.support.digests import incident as counted
from tests.support.incidents import DAY, EC2, SHOP, anomaly, explanation, item, scan_of
from whyspike.digest.message import digest_message
from whyspike.incidents.incident import Ending, Incident, NoticeKind, Told
from whyspike.incidents.judgement import judge
from whyspike.incidents.notices import Chart, Notice, digest_notice
from whyspike.messages.adaptive_card import adaptive_card
from whyspike.messages.blocks import as_text, read_length, sparkline
from whyspike.messages.links import (
    cost_explorer_link,
    incident_link,
    report_link,
    resource_link,
)
from whyspike.messages.mail import mail
from whyspike.messages.owner_message import MAX_MESSAGE, Facts, assembled, render
from whyspike.model import (
    Actor,
    BillingReason,
    CostMetric,
    Explanation,
    Gap,
    Kind,
    Owner,
    RecordClass,
    Severity,
)
from whyspike.simulator.slack.limits import message_problem, pings
from whyspike.words.mrkdwn import code, escaped, rich
from whyspike.words.safe import one_line

CHART = Chart(date(2026, 2, 1), (60.0, None, 61.5, 0.0, 274.0), 43.0, 81.0, DAY)
TOLD = Told(NoticeKind.NEW, DAY, Decimal(212), Decimal(212), Severity.HIGH, True)
HOSTILE = [
    "<!channel>",
    "<@U0BOSS> hi",
    "<https://evil.example|your invoice>",
    "*bold* _it_ ~no~ `code`",
    "@here & @everyone",
    "a\n\n> quote\n```",
    "\u202egnp.exe",
    "&lt;!here&gt;",
    "x" * 5_000,
    "",
    " ",
    "😀" * 400,
]


def incident(**fields: Any) -> Incident:
    (change,) = judge(scan_of(DAY, item(anomaly(**fields))), ())
    return replace(change.after, owner=Owner("shop", "account-tag", "#shop"))


def facts(of: Incident, why: Explanation | None = None, **fields: Any) -> Facts:
    return Facts(of, why, CHART, "scans", **fields)


def shown(kind: NoticeKind, given_facts: Facts) -> str:
    return as_text(render(kind, given_facts).blocks)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            yield value["text"]
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from texts(part)


def test_a_new_incident_says_what_since_when_why_who_what_first_and_how_sure() -> None:
    read = re.sub(r"https://\S+", "URL", shown(NoticeKind.NEW, facts(incident(), explanation())))
    assert read == (
        "\U0001f7e0 Amazon EC2 in shop-prod costs $212 a day more than usual ($274 instead of"
        " $62.00, since Thu 12 Mar; about $6,360 a month if nothing changes)\n\n"
        "▂ ▂▁█  5 days to Thu 5 Feb, highest $274\n\n"
        "Why: 12 new m5.4xlarge instances run in eu-west-1 since 08:14 UTC; they carry $210 of the"
        " $212 a day.\n\n"
        "First: Ask jane whether the 12 instances are still needed; stop those that are not.\n"
        "aws ec2 describe-instances --region eu-west-1 --filters"
        " Name=instance-type,Values=m5.4xlarge\n\n"
        "high confidence · owner shop · account 111122223333   Cost Explorer: URL · Report: URL\n\n"
        "[I'm on it]  [This is expected]  [Remind me in 7 days]  [Not a problem…]"
    )


def test_the_lock_screen_says_where_how_much_and_who() -> None:
    why = explanation()
    said = "shop-prod: Amazon EC2 +$212 a day (+342%) since Thu 12 Mar. Likely: RunInstances by "
    line = render(NoticeKind.NEW, facts(incident(), why)).text
    assert line == f"{said}deploy-bot (jane)"
    (cause,) = why.findings
    person = replace(cause, actor=replace(cause.actor, session="jane@example.com"))
    line = render(NoticeKind.NEW, facts(incident(), replace(why, findings=(person,)))).text
    assert line == f"{said}jane@example.com"


def test_the_brief_telling_stands_in_the_message_and_the_text_where_there_is_none() -> None:
    why = explanation(text="A long text.", brief="A short text.")
    assert "Why: A short text." in shown(NoticeKind.NEW, facts(incident(), why))
    assert "Why: A long text." in shown(NoticeKind.NEW, facts(incident(), replace(why, brief="")))


def several(*causes: str, **fields: Any) -> Explanation:
    one = explanation()
    return replace(one, findings=one.findings * len(causes), causes=causes, **fields)


def test_two_causes_are_two_lines_whatever_the_first_has_to_say() -> None:
    why = several("*S3* `Tier3`, +$464 a day: " + "x" * 400, "*S3* `Tier1`, +$198 a day: by `mira`")
    message = render(NoticeKind.NEW, facts(incident(), why))
    read = as_text(message.blocks)
    assert "Why: Two causes:\n1. S3 Tier3, +$464 a day: xxx" in read
    assert "\n2. S3 Tier1, +$198 a day: by mira\nThe rest is in the report." in read
    assert message.text.endswith(". Two causes, likely RunInstances by deploy-bot (jane)")


def test_what_must_be_known_beside_several_causes_stands_below_them() -> None:
    why = several("*A*, +$1 a day", "*B*, +$2 a day", brief="This is no incident.\nA warning.")
    read = shown(NoticeKind.NEW, facts(incident(), why))
    assert "2. B, +$2 a day\nThis is no incident.\nA warning.\nThe rest is in" in read


def test_of_several_causes_the_lock_screen_counts_also_those_that_nobody_made() -> None:
    why = several("*A*", "*B*", "*C*")
    unknown = replace(why.findings[0], actor=Actor("unknown"))
    mixed = replace(why, findings=(unknown, why.findings[0], unknown))
    nobody = replace(why, findings=(unknown,) * 3)
    line = render(NoticeKind.NEW, facts(incident(), mixed)).text
    assert line.endswith("since Thu 12 Mar. Three causes, likely RunInstances by deploy-bot (jane)")
    assert render(NoticeKind.NEW, facts(incident(), nobody)).text.endswith("12 Mar. Three causes")


@settings(max_examples=40)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=400), min_size=2, max_size=4
    ),
    st.integers(1, 30),
    st.booleans(),
)
@example(["x" * 400] * 4, 30, True)
def test_every_cause_has_its_line_wherever_it_is_read_whatever_else_is_cut(
    tails: list[str], size: int, answered: bool
) -> None:
    parts = [anomaly(service=f"Service {n} " * 6, usage_type="U" * 3 * size) for n in range(9)]
    (change,) = judge(scan_of(DAY, item(*parts)), ())
    of = replace(change.after, owner=Owner("o" * 3 * size, "ou", "#o"), planned="p" * 7 * size)
    why = several(
        *(f"*Cause {n}*, +${n} a day: {escaped(tail)}" for n, tail in enumerate(tails)),
        fix="step; " * 4 * size,
        commands=("aws s3 ls " * size,),
        gaps=tuple(Gap),
    )
    notice = Notice(
        notice_id="n",
        incident_id=of.incident_id,
        account_id=SHOP.account_id,
        kind=NoticeKind.NEW,
        scan_id="s",
        scan_date=DAY,
        owner=Owner("shop", "ou", "#o"),
        severity=Severity.HIGH,
        message=render(NoticeKind.NEW, facts(of, why, previous=TOLD)),
        line="",
        unclear=int(answered),
        note="n" * 7 * size * answered,
        outcome="o" * 7 * size * answered,
        others={str(n): "another incident " * 6 for n in range(size)},
    )
    slack = as_text(assembled(notice).blocks)
    card = json.dumps(adaptive_card(notice))
    written = mail([notice], "#finops")
    for n in range(len(tails)):
        assert f"{n + 1}. Cause {n}, +${n} a day" in slack
        assert f"{n + 1}. Cause {n}, +${n} a day" in written.text
        assert f"Cause {n}" in card
        assert f"Cause {n}" in written.html
    causes = {2: "Two causes", 3: "Three causes", 4: "Four causes"}[len(tails)]
    assert causes in notice.message.text
    assert causes in written.subject
    assert read_length(assembled(notice).blocks) <= MAX_MESSAGE


def test_parts_that_have_no_room_are_counted_and_several_services_cost() -> None:
    services = [f"Amazon Service Number {n}" for n in range(12)]
    (change,) = judge(scan_of(DAY, item(*[anomaly(service=each) for each in services])), ())
    read = shown(NoticeKind.NEW, facts(replace(change.after, owner=Owner("shop", "ou", "#s"))))
    assert "and 11 more services in shop-prod cost $2,544 a day more" in read
    (more,) = re.findall(r"• and (\d+) more", read)
    assert read.count("• Amazon Service") + int(more) == len(services)


def test_half_a_command_is_never_shown() -> None:
    long = "aws ec2 describe-instances --filters " + " ".join(f"Name=x{n}" for n in range(30))
    read = shown(NoticeKind.NEW, facts(incident(), explanation(commands=(long,))))
    assert "aws ec2" not in read
    assert "First: Ask jane" in read


def test_steps_are_cut_between_two_of_them() -> None:
    fix = "Break the loop; " + "; ".join(f"look at number {n} of them" for n in range(20))
    read = shown(NoticeKind.NEW, facts(incident(), explanation(fix=fix)))
    (steps,) = re.findall(r"First: (.*)\n", read)
    assert steps.startswith("Break the loop; look at number 0")
    assert re.search(r"of them …$", steps)


def test_a_gap_is_named_before_who_wrote_the_explanation_where_room_is_short() -> None:
    why = explanation(written_by="w" * 60, gaps=tuple(Gap), confidence="low")
    read = shown(NoticeKind.NEW, facts(incident(), why))
    assert "not read: the member role" in read
    assert "explained by" not in read
    assert "owner shop · account 111122223333" in read


def test_a_message_with_everything_at_once_is_still_read_in_a_minute() -> None:
    """The longest that can come about: many parts, a long cause, a stranger's channel, an answer,
    and others in the thread."""
    parts = [anomaly(service=f"Amazon Service {n} " * 6, usage_type="U" * 90) for n in range(9)]
    (change,) = judge(scan_of(DAY, item(*parts)), ())
    of = replace(change.after, owner=Owner("o" * 90, "ou", "#o"), planned="p" * 200)
    why = explanation(
        text="\n".join(["word " * 30] * 9), fix="step " * 90, commands=("aws s3 ls " * 12,)
    )
    message = render(NoticeKind.NEW, facts(of, why, previous=TOLD))
    notice = Notice(
        notice_id="n",
        incident_id=of.incident_id,
        account_id=SHOP.account_id,
        kind=NoticeKind.NEW,
        scan_id="s",
        scan_date=DAY,
        owner=of.owner or Owner("", ""),
        severity=Severity.HIGH,
        message=message,
        line="",
        unclear=1,
        note="n" * 200,
        outcome="o" * 200,
        others={str(n): "another incident " * 6 for n in range(20)},
    )
    made = assembled(notice)
    assert 1_000 < read_length(made.blocks) <= MAX_MESSAGE
    assert "Also found, in this thread" in as_text(made.blocks)


def test_a_long_explanation_is_cut_at_a_line_and_the_report_has_the_rest() -> None:
    why = explanation(text="\n".join(f"{number}. {'word ' * 20}" for number in range(10)))
    read = shown(NoticeKind.NEW, facts(incident(), why))
    assert "0. word" in read
    assert "9. word" not in read
    assert "The rest is in the report." in read


@pytest.mark.parametrize(
    ("kind", "of", "says"),
    [
        pytest.param(
            NoticeKind.ESCALATED,
            incident(actual=900),
            "When last told (Thu 12 Mar): $212 a day, $212 in all",
            id="what was told before",
        ),
        pytest.param(
            NoticeKind.NEW,
            incident(expected=0),
            "Amazon EC2 in shop-prod costs $274 a day, and nothing before",
            id="nothing was expected",
        ),
        pytest.param(
            NoticeKind.NEW,
            incident(actual=5000, expected=50),
            "costs $4,950 a day more than usual ($5,000 instead of $50.00",
            id="far more than usual",
        ),
        pytest.param(
            NoticeKind.NEW,
            incident(
                actual=0,
                expected=-286,
                record_class=RecordClass.COMMITMENT,
                billing_reason=BillingReason.COMMITMENT_EXPIRED,
            ),
            "costs $286 a day more: a discount is gone (since Thu 12 Mar; about $8,580 a month",
            id="a commitment that expired",
        ),
        pytest.param(
            NoticeKind.NEW,
            incident(ongoing=False),
            "cost $212 more than usual on Thu 12 Mar ($274 instead of $62.00; back to usual since)",
            id="a one-off",
        ),
        pytest.param(
            NoticeKind.NEW,
            replace(incident(), owner=Owner("unowned", "default")),
            "has no owner",
            id="unowned",
        ),
        pytest.param(
            NoticeKind.PLANNED,
            replace(incident(), planned="load test (jane)"),
            "As planned: Amazon EC2",
            id="planned",
        ),
        pytest.param(
            NoticeKind.CORRECTED,
            incident(actual=100),
            "$38.00 over the expected spend so far, not the $212 that",
            id="corrected",
        ),
        pytest.param(
            NoticeKind.RESOLVED, incident(), "Resolved: Amazon EC2 in shop-prod", id="resolved"
        ),
        pytest.param(
            NoticeKind.RESOLVED,
            incident(),
            "since Fri 13 Mar. $212 over the expected spend in all, on Thu 12 Mar.",
            id="how long it was",
        ),
        pytest.param(
            NoticeKind.RESOLVED,
            incident(onset=DAY - timedelta(days=2)),
            "in all, from Tue 10 Mar to Thu 12 Mar, 3 days.",
            id="of several days",
        ),
        pytest.param(
            NoticeKind.RESOLVED,
            incident(actual=2, kind=Kind.DROP),
            "$60.00 below the expected spend in all",
            id="the end of a fall",
        ),
        pytest.param(
            NoticeKind.RESOLVED,
            replace(incident(), ending=Ending.NEW_BASELINE),
            "now counts as normal",
            id="the new baseline",
        ),
        pytest.param(
            NoticeKind.RESTATED, incident(), "AWS corrected the bill of Thu 12 Mar: ", id="restated"
        ),
        pytest.param(
            NoticeKind.RESTATED,
            incident(onset=DAY - timedelta(days=2), usage_date=DAY),
            "of Tue 10 Mar to Thu 12 Mar",
            id="restated days",
        ),
        pytest.param(
            NoticeKind.NEW, incident(), "could not be looked up this time", id="no explanation"
        ),
    ],
)
def test_each_message_says_what_changed(kind: NoticeKind, of: Incident, says: str) -> None:
    assert says in shown(
        kind,
        facts(of, previous=TOLD if kind in {NoticeKind.ESCALATED, NoticeKind.CORRECTED} else None),
    )


def test_gaps_and_a_model_are_named() -> None:
    by_model = explanation(
        written_by="claude-sonnet-5-5", gaps=(Gap.CLOUDTRAIL, Gap.TAGS), confidence="low"
    )
    read = shown(NoticeKind.NEW, facts(incident(), by_model))
    assert (
        "low confidence · not read: CloudTrail, cost allocation tags · explained by"
        " claude-sonnet-5-5 · owner shop" in read
    )


def test_nobody_is_offered_a_snooze_of_what_is_over_or_a_button_that_leads_nowhere() -> None:
    assert "Remind me" not in shown(NoticeKind.NEW, facts(incident(ongoing=False)))
    assert "[" not in shown(NoticeKind.NEW, facts(incident(), buttons=False))


@pytest.mark.parametrize(
    ("partition", "console"),
    [
        ("aws", "console.aws.amazon.com"),
        ("aws-cn", "console.amazonaws.cn"),
        ("aws-us-gov", "console.amazonaws-us-gov.com"),
    ],
)
def test_links_lead_to_the_console_of_the_partition(partition: str, console: str) -> None:
    assert report_link("scans", "2026-11-22", partition).startswith(
        f"https://{console}/s3/object/scans?"
    )
    assert cost_explorer_link("111122223333", [EC2], [], DAY, DAY, partition).startswith(
        f"https://{console}/costmanagement/"
    )


FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:authorize"


def test_a_resource_is_linked_by_its_arn() -> None:
    assert resource_link(FUNCTION, "111122223333") == (
        "https://console.aws.amazon.com/go/view?arn=arn%3Aaws%3Alambda%3Aeu-west-1%3A111122223333"
        "%3Afunction%3Aauthorize"
    )
    assert resource_link("arn:aws:s3:::frames", "111122223333").endswith(
        "arn%3Aaws%3As3%3A%3A%3Aframes"
    )


@pytest.mark.parametrize(
    "named",
    [
        "i-0abc",
        FUNCTION.replace("111122223333", "444455556666"),
        FUNCTION.replace("arn:aws:", "arn:aws-cn:"),
        f"{FUNCTION}<script>",
        f"{FUNCTION} x",
        "x" * 600,
    ],
    ids=["no ARN", "another account", "another partition", "markup", "a blank", "long"],
)
def test_what_is_no_arn_of_the_account_is_not_linked(named: str) -> None:
    assert resource_link(named, "111122223333") == ""


def test_the_cost_explorer_link_filters_account_service_and_days() -> None:
    query = parse_qs(
        cost_explorer_link("111122223333", [EC2], ["BoxUsage:m5"], date(2026, 2, 1), DAY).partition(
            "?"
        )[2]
    )
    assert (query["startDate"], query["endDate"], query["groupBy"]) == (
        ["2026-02-01"],
        ["2026-03-12"],
        ['["Operation"]'],
    )
    chosen = {
        part["dimension"]["id"]: [value["value"] for value in part["values"]]
        for part in json.loads(query["filter"][0])
    }
    assert chosen == {
        "LinkedAccount": ["111122223333"],
        "Service": [EC2],
        "UsageType": ["BoxUsage:m5"],
    }


@pytest.mark.parametrize(
    ("metric", "aggregate"),
    [
        (CostMetric.UNBLENDED, "unBlendedCost"),
        (CostMetric.NET_UNBLENDED, "netUnblendedCost"),
        (CostMetric.AMORTIZED, "amortizedCost"),
        (CostMetric.NET_AMORTIZED, "netAmortizedCost"),
    ],
    ids=str,
)
def test_cost_explorer_opens_with_the_metric_that_was_judged(
    metric: CostMetric, aggregate: str
) -> None:
    seen = item(anomaly())
    scan = scan_of(seen.onset, seen)
    (change,) = judge(replace(scan, costs=replace(scan.costs, metric=metric)), ())

    query = parse_qs(incident_link(change.after).partition("?")[2])

    assert query["costAggregate"] == [aggregate]


hostile = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=300),
    st.text(alphabet="<>&*_`~@|!\n\u202e\u200b ", max_size=4_000),
)


@st.composite
def hostile_facts(draw: st.DrawFn) -> tuple[NoticeKind, Facts]:
    parts = [
        anomaly(
            service=draw(hostile),
            usage_type=draw(st.none() | hostile),
            actual=draw(st.floats(0, 1e9)),
            expected=draw(st.floats(-1e6, 1e9)),
            reason=draw(hostile),
            ongoing=draw(st.booleans()),
            kind=draw(st.sampled_from(list(Kind))),
            severity=draw(st.sampled_from(list(Severity))),
        )
        for _ in range(draw(st.integers(1, 40)))
    ]
    account = replace(SHOP, name=draw(hostile))
    (change,) = judge(scan_of(DAY, item(*parts), account=account), ())
    owned = replace(
        change.after,
        owner=Owner(draw(hostile), draw(st.sampled_from(["default", "ou"]))),
        planned=draw(st.none() | hostile),
    )
    why = explanation(
        text=draw(hostile),
        fix=draw(hostile),
        commands=tuple(draw(st.lists(hostile, max_size=5))),
        written_by=draw(hostile),
        confidence=draw(hostile),
    )
    actor = replace(
        why.findings[0].actor,
        name=draw(hostile),
        session=draw(hostile),
        event=draw(hostile),
        event_time=draw(hostile),
    )
    why = replace(why, findings=(replace(why.findings[0], actor=actor),))
    return draw(st.sampled_from(list(NoticeKind))), facts(
        owned, draw(st.sampled_from([None, why])), previous=draw(st.sampled_from([None, TOLD]))
    )


@settings(max_examples=120, deadline=None)
@given(hostile_facts(), st.lists(hostile, max_size=30), hostile, st.integers(0, 1))
def test_whatever_the_bill_says_slack_takes_the_message_and_nobody_is_pinged(
    told: tuple[NoticeKind, Facts], others: list[str], outcome: str, unclear: int
) -> None:
    kind, of = told
    message = render(kind, of)
    told_others = {str(number): escaped(other) for number, other in enumerate(others)}
    owner = of.incident.owner or Owner("", "")
    notice = Notice(
        "n",
        of.incident.incident_id,
        SHOP.account_id,
        kind,
        "s",
        DAY,
        owner,
        Severity.LOW,
        message,
        "",
    )
    notice = replace(
        notice,
        chart_file="F1",
        unclear=unclear,
        outcome=escaped(outcome) or None,
        others=told_others,
    )
    for made in (message, assembled(notice)):
        assert read_length(made.blocks) <= MAX_MESSAGE
        assert (
            message_problem({"text": made.text, "blocks": list(made.blocks)}, frozenset({"F1"}))
            is None
        )
        for block in SlackBlock.parse_all(list(made.blocks)):
            block.validate_json()
        links = [found for text in texts(made.blocks) for found in pings(text)]
        assert all(
            re.match(r"https://(us-east-1\.console|console)\.aws\.amazon\.com/", link)
            for link in links
        )
        assert not any(re.search(r"@(channel|here|everyone)", text) for text in texts(made.blocks))
        assert "\u202e" not in json.dumps(made.blocks, ensure_ascii=False)


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=400))
def test_escaped_text_holds_no_markup_and_reads_as_it_was(text: str) -> None:
    safe = escaped(text)
    assert not set("<>*`~") & set(safe)
    assert not re.search(r"&(?!amp;|lt;|gt;)", safe)
    assert "`" not in code(text)[1:-1]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (escaped("my_service_name_"), "my_service_nameˍ"),
        (escaped("a*b`c~d <e> & f"), "a∗bˋc∼d &lt;e&gt; &amp; f"),
        (rich("*bold* &lt;b&gt; <c> & d"), "*bold* &lt;b&gt; &lt;c&gt; &amp; d"),
        (rich("```unclosed"), "```unclosed```"),
        (one_line("a\x00b\r\n c", 10), "ab c"),
        (one_line("abcdef", 4), "abc…"),
        (sparkline((0.0, None, 5.0, 10.0)), "▁ ▄█"),
        (sparkline((0.0, 0.0)), "▁▁"),
        (sparkline((-286.0, -143.0, 0.0)), "▁▄█"),
    ],
)
def test_small_words(made: str, expected: str) -> None:
    assert made == expected


def test_a_link_label_and_its_url_survive_the_way() -> None:
    (url,) = re.findall(r"Report: (\S+)", shown(NoticeKind.NEW, facts(incident())))
    assert unquote(url).endswith("prefix=scans/2026-03-12/report.html")


def test_a_digest_is_shown_whole_however_long_its_lists_are() -> None:
    found = [(counted(number), "new" if number % 2 else "ongoing") for number in range(1, 61)]
    digest = digest_with(*found)
    message = digest_message(digest, "https://example.com/report")
    shown_now = assembled(digest_notice("2026-11-22", date(2026, 11, 22), "#finops", message))
    assert shown_now.blocks == message.blocks
    assert read_length(shown_now.blocks) > MAX_MESSAGE
