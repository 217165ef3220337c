"""The brief telling of the claims: who, what and where in short, and nothing that the message says
anyway."""

from __future__ import annotations

from dataclasses import replace

from tests.support.two_causes import EVIDENCE, RULES
from whyspike.explanation.claims.brief import brief_of, causes_of
from whyspike.explanation.claims.evidence import CaseEvidence
from whyspike.explanation.claims.types import (
    AlsoUp,
    Claim,
    MadeBy,
    NotKnown,
    PossibleBy,
    Rose,
    RuledOut,
    RuledOutBy,
    SettledBy,
    Since,
    Unknown,
)


def brief(*claims: Claim, verdict: str = "incident") -> list[str]:
    return brief_of(claims, EVIDENCE, verdict).split("\n")


def test_a_cause_is_told_by_its_person_and_a_robot_by_its_role_and_run() -> None:
    assert brief(MadeBy("E3/events/0", "E2")) == [
        "Most likely `DeleteVpcEndpoints` on `vpce-0aa17c5e2d9b40f13` by `terraform-ci`"
        " (`gha-58213`), Tue 10 Mar, 09:41 UTC."
    ]
    (person,) = brief(PossibleBy("E3/events/3", "E2"))
    assert person.startswith("Possible, not certain: `DeleteVpcEndpoints`")
    assert "by `ivy.chen@example.com`, " in person
    assert "ops-oncall" not in person


def test_a_line_of_the_bill_is_told_with_its_dollars_only_where_it_is_a_part() -> None:
    assert brief(Rose("E2")) == [
        "*EC2 - Other* `NatGateway-Bytes` in `us-east-1`, on `nat-0a41d2c7be93f5011`, +$397 a day."
    ]
    cell = EVIDENCE.cells["E2"]
    whole = replace(cell, bill=replace(cell.bill, share_of_service_excess=0.97))
    told = brief_of(
        [Rose("E2")], replace(EVIDENCE, cells={**EVIDENCE.cells, "E2": whole}), "incident"
    )
    assert told == "*EC2 - Other* `NatGateway-Bytes` in `us-east-1`, on `nat-0a41d2c7be93f5011`."


def test_what_the_message_says_anyway_or_may_wait_is_left_out() -> None:
    assert brief(
        Since("E2"),
        RuledOutBy("E3/events/3", "E2", RuledOut.AFTER_ONSET),
        AlsoUp("E2/lines/0"),
        NotKnown(Unknown.TAGS, SettledBy.TAG_ACTIVATION),
    ) == [""]


def test_what_grows_and_what_is_no_incident_is_said() -> None:
    assert brief(Since("E4"), verdict="not-an-incident") == [
        "This is no incident.",
        "It grows day by day.",
    ]


def test_each_of_several_causes_has_a_line_with_its_dollars_and_who_did_it() -> None:
    assert RULES.causes == (
        "*EC2 - Other* `NatGateway-Bytes`, +$397 a day: most likely `DeleteVpcEndpoints` on"
        " `vpce-0aa17c5e2d9b40f13` by `terraform-ci` (`gha-58213`), Tue 10 Mar, 09:41 UTC",
        "*Amazon S3* `TimedStorage-ByteHrs`, +$180 a day: most likely `DeleteBucketLifecycle` on"
        " `render-frames-7` by `ana.ruiz@example.com`, Wed 4 Mar, 11:20 UTC",
    )
    assert RULES.brief == ""


def test_one_cause_is_told_in_sentences_alone() -> None:
    assert causes_of([Rose("E2"), MadeBy("E3/events/0", "E2")], EVIDENCE) == ()


def test_a_cause_that_nobody_is_known_to_have_made_says_so_and_on_what_it_is() -> None:
    def second(*claims: Claim, evidence: CaseEvidence = EVIDENCE) -> str:
        return causes_of([Rose("E2"), Rose("E4"), *claims], evidence)[1]

    asked = NotKnown(Unknown.WHO, SettledBy.ASK_THE_TEAM, "E4")
    line = "*Amazon S3* `TimedStorage-ByteHrs`, +$180 a day"
    assert second() == f"{line}, on `render-frames-7`"
    assert second(asked) == f"{line}, on `render-frames-7`: who did it is not known"
    cell = EVIDENCE.cells["E4"]
    nothing = replace(cell, trail=replace(cell.trail, events=()))
    quiet = replace(EVIDENCE, cells={**EVIDENCE.cells, "E4": nothing})
    assert second(asked, evidence=quiet).endswith(": no change in CloudTrail explains it")
    one = PossibleBy("E5/events/0", "E4")
    assert second(one).startswith(f"{line}: possible, not certain: `DeleteBucketLifecycle` on")
    assert second(one, PossibleBy("E3/events/1", "E4")).endswith(", among others")


def test_beside_several_causes_stands_what_must_be_known_and_no_detail() -> None:
    claims: list[Claim] = [Rose("E2"), Since("E2"), Rose("E4"), Since("E4")]
    assert brief(*claims) == [""]
    assert brief(*claims, verdict="not-an-incident") == ["This is no incident."]
