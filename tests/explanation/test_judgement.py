"""Answers held against the evidence: no lie is told, what is true is kept, and Claude's reading
wins where its claims hold."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from tests.support.two_causes import DETECTION, ENDPOINTS, GATEWAY, ITEMS, RULES, items, trail
from tests.support.two_causes import event as call
from whyspike.explanation.judgement import Judgement, told
from whyspike.explanation.prompts.view import view
from whyspike.explanation.rules.explain import explain
from whyspike.payload import to_json
from whyspike.simulator.claude.lies import LIES
from whyspike.simulator.claude.reading import honest_answer
from whyspike.wire.aws_cli.commands import check_command

HONEST = honest_answer(view(ITEMS))
MODEL = "claude-sonnet-5-5"


def judged(answer: dict[str, Any]) -> Judgement:
    return told(answer, ITEMS, RULES, MODEL)


def shown(result: Judgement) -> str:
    explanation = to_json(result.explanation)
    return json.dumps(explanation, ensure_ascii=False)


def test_an_honest_answer_is_told_whole() -> None:
    result = judged(HONEST)

    assert result.problems == ()
    assert not result.fell
    assert len(result.claims) == len(HONEST["message"])
    assert result.explanation.written_by == MODEL
    assert result.explanation.findings == RULES.findings
    assert result.explanation.text.startswith("*EC2 - Other* `NatGateway-Bytes` costs $469 a day")
    assert "Claude's reading, not proven:" in result.explanation.text


@pytest.mark.parametrize("name", LIES)
def test_no_lie_is_told(name: str) -> None:
    lie = LIES[name]
    result = judged(lie.alter(HONEST))
    explanation = result.explanation

    for tell in lie.tells:
        assert tell not in shown(result)
    assert result.problems
    assert explanation.verdict == RULES.verdict
    told_of = {one.driver.usage_type: one for one in explanation.findings}
    for finding in RULES.findings:
        same = told_of.get(finding.driver.usage_type, finding)
        assert (same.onset, same.kind, same.ongoing, same.excess_usd_per_day) == (
            finding.onset,
            finding.kind,
            finding.ongoing,
            finding.excess_usd_per_day,
        )
        assert same.actor.name in (finding.actor.name, None)
        assert same.category == finding.category
    assert explanation.gaps == RULES.gaps
    for innocent in ("deploy-bot", "sam.idris", "ops-oncall", "ivy.chen"):
        assert innocent not in explanation.text
    assert explanation.text.startswith("*EC2 - Other* `NatGateway-Bytes` costs $469 a day")
    assert len(explanation.text.split()) <= 200
    assert explanation.fix
    assert explanation.commands
    assert all(check_command(command) == "" for command in explanation.commands)


def test_the_catalogue_holds_a_hundred_and_fifty_lies_of_all_kinds() -> None:
    kinds = Counter(lie.kind for lie in LIES.values())

    assert len(LIES) >= 150
    assert {
        "wrong ref",
        "swapped refs",
        "event of another cell",
        "event after the onset",
        "innocent",
        "innocent with the same event",
        "causality",
        "accusation",
        "approval",
        "advice",
        "number",
        "date",
        "name",
        "markup",
        "injected",
        "command",
        "fix",
        "category",
        "gap",
        "outlook",
        "side effect",
        "schema",
    } <= set(kinds)
    assert not any(lie.is_reading and not lie.tells for lie in LIES.values())


# ------------------------------------------------------------------ what is true stays

READINGS = (
    "Without the endpoints, traffic to storage and to other services passes the gateway, where"
    " each byte is billed.",
    "The endpoints were deleted, so requests to the service leave through the NAT gateway.",
    "More bytes go through the gateway; the rate is the same.",
    "The bytes rise with the requests, which fits traffic that used the endpoints before.",
    "The gateway carries what the endpoints carried before.",
    "The transfer between zones rises because the gateway lies in another zone.",
    "This fits a change of the route, not more work.",
    "The route to the service may go over another network now.",
    "Reads of large objects probably pass the gateway now.",
    "The volume per hour is higher, and the number of gateways is the same.",
)


@pytest.mark.parametrize("text", READINGS)
def test_a_plain_reading_of_the_mechanism_is_told(text: str) -> None:
    reading = {"claim": "reading", "text": text, "cell": "E2"}
    result = judged(HONEST | {"message": [*HONEST["message"][:-1], reading]})

    assert result.problems == ()
    assert f"Claude's reading, not proven: {text}" in result.explanation.text


@pytest.mark.parametrize(
    "claim",
    [
        {"claim": "ruled_out", "event": "E3/events/3", "cell": "E2", "reason": "after-onset"},
        {"claim": "ruled_out", "event": "E3/events/2", "cell": "E2", "reason": "other-region"},
        {"claim": "ruled_out", "event": "E3/events/1", "cell": "E2", "reason": "routine"},
        {"claim": "ruled_out", "event": "", "cell": "E2", "reason": "not-rate"},
        {"claim": "ruled_out", "event": "", "cell": "E4", "reason": "not-customers"},
        {"claim": "also_up", "line": "E2/moved_with_it/0"},
    ],
    ids=lambda claim: "-".join(str(claim.get(name, "")) for name in ("claim", "reason")),
)
def test_what_the_evidence_shows_may_be_added(claim: dict[str, Any]) -> None:
    result = judged(HONEST | {"message": [*HONEST["message"], claim]})

    assert result.problems == ()
    assert len(result.claims) == len(HONEST["message"]) + 1


# ------------------------------------------------------------------ what falls, and what then


def test_one_claim_that_falls_is_left_out_and_the_others_stay() -> None:
    wrong = {"claim": "outlook", "cell": "E2", "rule": "until-upgrade"}
    result = judged(HONEST | {"message": [wrong, *HONEST["message"]]})

    assert [str(one) for one in result.problems] == [
        "message[0] outlook: the evidence holds no rule until-upgrade for E2"
    ]
    assert result.explanation.text == judged(HONEST).explanation.text
    assert result.explanation.notes == ("left out of Claude's answer: message[0] outlook",)


def test_where_the_leading_hypothesis_falls_the_rules_explanation_is_told() -> None:
    first = HONEST["hypotheses"][0] | {"actor": "E3/events/1"}
    result = judged(HONEST | {"hypotheses": [first, *HONEST["hypotheses"][1:]]})

    assert result.fell
    assert result.explanation == RULES
    assert "DeleteVpcEndpoints by terraform-ci stands out" in str(result.problems[0])


def test_where_a_further_hypothesis_falls_the_rules_tell_that_cause() -> None:
    second = HONEST["hypotheses"][1] | {"category": "commitment-expired"}
    result = judged(HONEST | {"hypotheses": [HONEST["hypotheses"][0], second]})

    assert not result.fell
    assert result.explanation.findings == RULES.findings
    assert "commitment" not in result.explanation.text


def test_a_further_cause_that_claude_rules_out_is_not_told() -> None:
    second = HONEST["hypotheses"][1] | {"standing": "ruled-out"}
    result = judged(HONEST | {"hypotheses": [HONEST["hypotheses"][0], second]})

    assert [one.driver.usage_type for one in result.explanation.findings] == ["NatGateway-Bytes"]
    assert "Second cause" not in result.explanation.text


def test_what_every_reader_is_owed_is_said_though_claude_left_it_out() -> None:
    result = judged(HONEST | {"message": []})

    for words in (
        "costs $469 a day",
        "It began on Tue 10 Mar",
        "Most likely cause: `DeleteVpcEndpoints`",
        "Not known: no cost carries the cost allocation tags",
    ):
        assert words in result.explanation.text


def test_the_fix_that_claude_chose_comes_first_and_the_other_cause_keeps_its_own() -> None:
    result = judged(HONEST | {"fix": {"advice": "storage-growth", "cell": "E4"}})

    assert result.problems == ()
    fix = result.explanation.fix
    assert 0 < fix.index("lifecycle") < fix.index("VPC endpoints")


def test_hypotheses_that_do_not_lead_are_notes() -> None:
    other = HONEST["hypotheses"][0] | {
        "category": "data-transfer",
        "actor": "",
        "standing": "ruled-out",
    }
    result = judged(HONEST | {"hypotheses": [*HONEST["hypotheses"], other]})

    assert result.explanation.notes == ("also considered: data-transfer for E2 (ruled-out)",)


# ------------------------------------------------------------------ where Claude differs


def test_claude_is_told_where_it_differs_and_its_claims_hold() -> None:
    quiet = ENDPOINTS | {"score": 5.0}
    rival = call(
        "CreateRoute",
        "ec2",
        "network-admin",
        "kim",
        "2026-03-10T07:00:00Z",
        resources=("rtb-0aa17c5e2d9b40f13",),
        score=4.8,
    )
    evidence = items(DETECTION, GATEWAY, trail(quiet, rival))
    rules = explain(evidence)
    answer = honest_answer(view(evidence))
    answer["hypotheses"][0]["actor"] = "E3/events/0"
    answer["message"] = [{"claim": "made_by", "event": "E3/events/0", "cell": "E2"}]

    result = told(answer, evidence, rules, MODEL)

    assert rules.findings[0].actor.kind == "unknown"
    assert result.problems == ()
    assert result.explanation.findings[0].actor.name == "terraform-ci"
    assert result.explanation.written_by == MODEL
    assert result.explanation.confidence in ("low", "medium")


def test_a_call_that_one_principal_repeats_since_the_onset_is_proof_enough() -> None:
    repeated = ENDPOINTS | {"score": 5.0, "tied_to_driver": False, "same_call_again": 40}
    evidence = items(DETECTION, GATEWAY, trail(repeated))
    answer = honest_answer(view(evidence))
    answer["hypotheses"][0]["actor"] = "E3/events/0"

    result = told(answer, evidence, explain(evidence), MODEL)

    assert result.problems == ()
    assert result.explanation.findings[0].actor.name == "terraform-ci"


def test_two_with_the_same_relation_are_possible_and_neither_is_named() -> None:
    one, other = (
        ENDPOINTS | {"score": 5.0},
        ENDPOINTS | {"score": 5.0, "principal": "ops-oncall", "session": "ivy"},
    )
    evidence = items(DETECTION, GATEWAY, trail(one, other))
    answer = honest_answer(view(evidence))
    answer["hypotheses"][0]["actor"] = "E3/events/0"

    result = told(answer, evidence, explain(evidence), MODEL)

    assert result.fell
    assert "name each as possible" in str(result.problems[0])
    assert explain(evidence).text.count("Possible, not certain:") == 2


def test_of_the_same_service_alone_a_line_is_no_side_effect() -> None:
    volumes = GATEWAY["moved_with_it"][0] | {"usage_type": "EBS:VolumeUsage.gp3"}
    gateway = GATEWAY | {"moved_with_it": [volumes]}
    evidence = items(DETECTION, gateway, trail(ENDPOINTS))
    claim = {"claim": "side_effect", "line": "E2/moved_with_it/0", "of": "E2"}
    answer = honest_answer(view(evidence))

    result = told(
        answer | {"message": [*answer["message"], claim]}, evidence, explain(evidence), MODEL
    )

    assert "the evidence gives no relation of the two" in str(result.problems[0])
    assert "Also up that day, perhaps unrelated" in result.explanation.text
