"""One message about one cause in several accounts of an owner."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.support.incidents import DAY, SHOP
from whyspike.incidents.incident import NoticeKind
from whyspike.incidents.notices import Notice, Share
from whyspike.messages.blocks import as_text, section
from whyspike.messages.joined import MAX_LISTED, by_cause, joined
from whyspike.messages.ties import cause_words
from whyspike.model import Message, Owner, Severity
from whyspike.model.common_causes import Bond, Tie

CHANGE = "CreateDetector by jane"


def notice(
    number: int, bond: Bond = Bond.SAME_CHANGE, kind: NoticeKind = NoticeKind.NEW, usd: float = 10
) -> Notice:
    change = "" if bond in (Bond.ALIKE, Bond.NOT_CHECKED) else CHANGE
    account = f"{number:012d}"
    feedback = {"type": "actions", "block_id": "feedback", "elements": []}
    return Notice(
        notice_id=f"{account}-2026-03-12-aaaaaaaa#0001",
        incident_id=f"{account}-2026-03-12-aaaaaaaa",
        account_id=account,
        kind=kind,
        scan_id="2026-03-12",
        scan_date=DAY,
        owner=SHOP.owner or Owner("shop", "account-tag"),
        severity=Severity.HIGH if number == 1 else Severity.LOW,
        message=Message("one", (section("first"), section(f"why of {number}"), feedback)),
        line="",
        share=Share(
            Tie("c", bond, change),
            f"account-{number}",
            "Amazon GuardDuty",
            "since Thu 12 Mar",
            True,
            usd,
            True,
        ),
    )


def told(notices: list[Notice], in_all: int = 0) -> str:
    (group,) = by_cause(notices)
    return as_text(joined(group, in_all).message.blocks)


def test_it_says_how_many_how_much_who_and_lists_each_account_the_largest_first() -> None:
    sample = notice(2, Bond.LOOKED_INTO)
    text = told([notice(1, usd=30), sample, notice(3, Bond.NOT_CHECKED)], in_all=40)
    assert "Amazon GuardDuty in 3 accounts: +$50.00 a day (since Thu 12 Mar)" in text
    assert f"{CHANGE}, in the CloudTrail of 2 of 3 accounts; 1 could not be checked" in text
    assert "40 accounts of the organisation have it" in text
    assert text.index("account-1: +$30.00 a day") < text.index("account-2: +$10.00")
    assert "why of 2" in text  # of the one that was looked into
    assert "why of 1" not in text
    assert "An answer counts for all accounts listed." in text


def test_an_owner_of_one_account_reads_how_many_others_have_it_and_whom_to_ask() -> None:
    one = notice(1)
    text = told([one], in_all=40)
    assert text.startswith("first")
    assert (
        f"One cause: {CHANGE}. 40 accounts of the organisation have it: ask who did it before you"
        " undo it here." in text
    )
    assert "why of 1" in text
    assert "ask" not in told([notice(1, Bond.ALIKE)], in_all=40)
    for alone in (joined([one], 1), joined([replace(one, kind=NoticeKind.RESOLVED)], 40)):
        assert alone.message == one.message


OF_ALL = {
    "a price": (
        Tie("c", Bond.SAME_PRICE, category="billing-artefact", judged=8, price_ratio=0.9),
        "a unit costs 10% less than before at the same usage, in 5 of 8 accounts of the"
        " organisation: AWS's price or a discount changed, and nobody's setting",
    ),
    "a commitment": (
        Tie("c", Bond.SAME_PRICE, category="commitment-expired", judged=8, price_ratio=1.4),
        "a unit costs 40% more than before at the same usage, in 5 of 8 accounts of the"
        " organisation: a Savings Plan or reservation ended",
    ),
    "a charge in most": (
        Tie("c", Bond.ALIKE, judged=8),
        "a new charge, in 5 of 8 accounts of the organisation, and no change stands out: AWS may"
        " have begun to bill for it",
    ),
    "a charge in some": (
        Tie("c", Bond.ALIKE, judged=80),
        "a new charge, in 5 of 80 accounts of the organisation, and no change stands out",
    ),
}


@pytest.mark.parametrize(("tie", "said"), OF_ALL.values(), ids=OF_ALL)
def test_what_nobody_did_is_said_with_its_share_of_the_organisation(tie: Tie, said: str) -> None:
    assert cause_words([tie] * 5, is_new=True) == said


def test_nobody_is_named_where_no_change_stands_out() -> None:
    text = told([notice(number, Bond.ALIKE) for number in (1, 2)])
    assert "a new charge, and no change stands out" in text


def test_many_accounts_are_cut_off_and_counted() -> None:
    text = told([notice(number) for number in range(1, 31)])
    (listed,) = re.findall(r"• account.*more", text, re.DOTALL)
    assert len(listed) <= MAX_LISTED
    assert listed.endswith(f"• and {30 - listed.count('• account-')} more")


@pytest.mark.parametrize(
    "kind", [NoticeKind.RESOLVED, NoticeKind.NOW_NORMAL, NoticeKind.RESTATED, NoticeKind.CORRECTED]
)
def test_an_end_is_short_and_needs_no_answer(kind: NoticeKind) -> None:
    text = told([notice(number, kind=kind) for number in (1, 2)])
    assert "Amazon GuardDuty in 2 accounts" in text
    assert "why of" not in text
    assert "An answer" not in text


def test_another_kind_owner_or_cause_is_another_message() -> None:
    one, other = notice(1), notice(2)
    assert other.share is not None
    elsewhere = [
        replace(other, kind=NoticeKind.RESOLVED),
        replace(other, owner=Owner("data", "account-tag", "#data")),
        replace(other, share=replace(other.share, tie=replace(other.share.tie, cause_id="d"))),
        replace(other, share=None),
    ]
    assert [len(by_cause([one, each])) for each in elsewhere] == [2, 2, 2, 2]


def test_a_single_one_is_told_as_it_is() -> None:
    assert joined([notice(1)]) == notice(1)
