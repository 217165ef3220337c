"""The gate as a whole: what differs from the rules, what is corrected, and that nothing at all
makes it fail."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.explanations import ITEMS, NAT, RULES
from whyspike.explanation.check.answer import Checked, check
from whyspike.explanation.schema import explanation_schema, from_answer, schema_problems, to_answer
from whyspike.model import Actor, EvidenceItem, Explanation
from whyspike.model.evidence import FoundEvent, FoundEvents
from whyspike.payload import to_json
from whyspike.simulator.claude.reading import honest_answer
from whyspike.wire.aws_cli.commands import check_command

EVIDENCE = to_json(list(ITEMS))
DEPLOY_BOT = {
    "kind": "iam-role",
    "name": "deploy-bot",
    "session": "release-771",
    "event": "UpdateService",
    "event_source": "ecs.amazonaws.com",
    "event_time": "2026-03-10T08:30:51Z",
}
NOBODY = {
    "kind": "unknown",
    "name": "",
    "session": "",
    "event": "",
    "event_source": "",
    "event_time": "",
}


def answer(**finding: object) -> dict[str, Any]:
    given = honest_answer(EVIDENCE)
    given["text"] = (
        "From 2026-03-10 on, `NatGateway-Bytes` in us-east-1 was billed $397.35 a day above what"
        " was expected."
    )
    given["findings"][0].update(finding)
    return given


def checked(
    given: object, rules: Explanation = RULES, items: tuple[EvidenceItem, ...] = ITEMS
) -> Checked:
    return check(given, items, rules, check_command, written_by="claude-test")


def rules_with(actor: Actor, **changes: Any) -> Explanation:
    return replace(RULES, findings=(replace(RULES.findings[0], actor=actor),), **changes)


# ------------------------------------------------------------------ agreement and disagreement


def test_agreement_keeps_the_confidence() -> None:
    result = checked(answer())

    assert result.explanation.confidence == "high"
    assert result.explanation.notes == ()


def test_another_category_is_told_with_less_confidence() -> None:
    result = checked(answer(category="data-transfer"))

    assert result.explanation.findings[0].category == "data-transfer"
    assert result.explanation.confidence == "medium"
    assert (
        "the rules see nat-gateway-traffic where Claude sees data-transfer"
        in result.explanation.text
    )


def test_another_cell_of_the_evidence_is_told_with_less_confidence() -> None:
    other = {
        "service": "EC2 - Other",
        "usage_type": "DataTransfer-Regional-Bytes",
        "region": "",
        "tag_team": "",
        "tag_env": "",
        "record_type": "",
        "resource_ids": [],
    }
    given = answer(driver=other, excess_usd_per_day=6.88, actor=NOBODY)
    given["text"] = (
        "Regional data transfer was billed $6.88 a day above what was expected, from 2026-03-10 on,"
        " and goes on."
    )

    result = checked(given)

    assert not result.core_failed
    assert result.explanation.findings[0].driver.usage_type == "DataTransfer-Regional-Bytes"
    assert result.explanation.confidence != "high"
    assert "the rules see the cause in NatGateway-Bytes (us-east-1)" in result.explanation.text


def test_two_names_for_the_actor_name_nobody() -> None:
    result = checked(answer(actor=DEPLOY_BOT))

    assert result.explanation.findings[0].actor == Actor("unknown")
    assert result.explanation.confidence == "medium"
    assert "deploy-bot" not in json.dumps(to_json(result.explanation))
    assert "nobody is named" in result.explanation.text


def test_nobody_is_accused_where_the_rules_see_that_nobody_changed_anything() -> None:
    result = checked(answer(actor=DEPLOY_BOT), rules_with(Actor("none")))

    assert result.explanation.findings[0].actor == Actor("unknown")


def test_an_event_off_the_driver_names_nobody_where_the_rules_name_nobody() -> None:
    assert checked(answer(actor=DEPLOY_BOT), rules_with(Actor("unknown"))).explanation.findings[
        0
    ].actor == Actor("unknown")


def test_an_event_on_a_resource_of_the_driver_may_be_named_where_the_rules_name_nobody() -> None:
    event = FoundEvent(
        event_time=DEPLOY_BOT["event_time"],
        event=DEPLOY_BOT["event"],
        event_source=DEPLOY_BOT["event_source"],
        region="us-east-1",
        principal_type="iam-role",
        principal="deploy-bot",
        session=DEPLOY_BOT["session"],
        resources=(NAT,),
    )
    content = FoundEvents(region="us-east-1", complete=True, events=(event,))
    items = (*ITEMS, EvidenceItem("E4", "cloudtrail", "LookupEvents", content))

    result = checked(answer(actor=DEPLOY_BOT), rules_with(Actor("unknown")), items)

    assert result.explanation.findings[0].actor.name == "deploy-bot"
    assert result.explanation.confidence == "medium"


def test_the_rules_name_stays_where_claude_names_nobody() -> None:
    result = checked(answer(actor=NOBODY))

    assert result.explanation.findings[0].actor == RULES.findings[0].actor
    assert result.explanation.confidence == "medium"


@pytest.mark.parametrize(
    "change",
    [
        {"event": "RunInstances"},
        {"event": "UpdateService"},
        {"session": "release-771"},
        {"event_time": "2026-03-11T09:41:07Z"},
        {"name": "terraform"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_principal_with_what_no_record_shows_is_a_problem_and_the_rules_actor_stays(
    change: Any,
) -> None:
    result = checked(answer(actor={**to_answer(RULES)["findings"][0]["actor"], **change}))

    assert any("actor" in problem.text for problem in result.problems)
    assert result.explanation.findings[0].actor == RULES.findings[0].actor


# ------------------------------------------------------------------ corrections


def test_what_the_bill_decides_is_taken_from_the_bill() -> None:
    result = checked(
        answer(kind="ramp", onset="2026-03-11", ongoing=False, excess_usd_per_day=99.0)
    )

    told = result.explanation.findings[0]
    assert (told.kind, told.onset, told.ongoing, told.excess_usd_per_day) == (
        "level-shift",
        RULES.findings[0].onset,
        True,
        397.35,
    )
    assert len(result.problems) == 4


def test_resource_ids_are_those_of_the_evidence() -> None:
    driver = {**to_answer(RULES)["findings"][0]["driver"], "resource_ids": [NAT, NAT[:-1] + "0"]}

    assert checked(answer(driver=driver)).explanation.findings[0].driver.resource_ids == (NAT,)


def test_a_tag_of_another_cell_is_replaced() -> None:
    driver = {**to_answer(RULES)["findings"][0]["driver"], "tag_team": "data"}

    assert checked(answer(driver=driver)).explanation.findings[0].driver.tag_team == "platform"


def test_commands_that_all_fail_leave_those_of_the_rules() -> None:
    given = answer()
    given["commands"] = ["aws ec2 terminate-instances --instance-ids i-1 --region us-east-1"]

    assert checked(given).explanation.commands == RULES.commands


def test_a_fix_of_two_lines_leaves_that_of_the_rules() -> None:
    given = answer()
    given["fix"] = "Keep the traffic inside.\nThen look again."

    assert checked(given).explanation.fix == RULES.fix


def test_a_derivation_that_holds_carries_its_number() -> None:
    given = answer()
    given["derived"] = [{"value": 11920.5, "op": "mul", "args": [397.35, 30]}]
    given["text"] += " That is about $11,900 a month."

    result = checked(given)

    assert result.problems == ()
    assert "$11,900" in result.explanation.text


@pytest.mark.parametrize(
    ("op", "args", "value"),
    [
        ("add", [71.55, 397.35], 468.9),
        ("sub", [468.9, 71.55], 397.35),
        ("ratio", [468.9, 71.55], 6.55),
        ("pct", [468.9, 71.55], 555.35),
        ("share", [431.7, 468.9], 92.07),
        ("mean", [469.15, 468.9], 469.03),
        ("count", [66.2, 431.7], 2),
    ],
)
def test_operations(op: Any, args: Any, value: Any) -> None:
    given = answer()
    given["derived"] = [{"value": value, "op": op, "args": args}]
    assert checked(given).explanation.derived[0].value == value

    given["derived"] = [{"value": value * 1.02 + 0.2, "op": op, "args": args}]
    assert checked(given).explanation.derived == ()


def test_a_division_by_nothing_is_no_derivation() -> None:
    given = answer()
    given["derived"] = [
        {"value": 1.0, "op": "ratio", "args": [71.55, 0.0]},
        {"value": 0.0, "op": "sub", "args": []},
    ]

    assert checked(given).explanation.derived == ()


# ------------------------------------------------------------------ schema, and anything at all


def test_an_explanation_survives_the_way_through_the_schema() -> None:
    there = to_answer(RULES)

    assert schema_problems(there, explanation_schema()) == []
    assert from_answer(there, "rules") == RULES


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        "text",
        3,
        {},
        {"verdict": "incident"},
        {**to_answer(RULES), "derived": [{"value": float("nan"), "op": "add", "args": []}]},
        {**to_answer(RULES), "text": None},
        {**to_answer(RULES), "findings": [{}]},
        {**to_answer(RULES), "confidence": "certain"},
    ],
)
def test_an_answer_outside_the_schema_leaves_the_rules(given: Any) -> None:
    result = checked(given)

    assert result.core_failed
    assert result.explanation == RULES


SCRAPS = st.sampled_from(
    [
        *(
            "<!channel>",
            "https://evil.example",
            "`aws ec2 terminate-instances`",
            "$1,234.56",
            "2031-01-01",
            "NatGateway-Bytes",
        ),
        *("`", "*", "\u202e", "```", "."),
    ]
)
TEXT = st.lists(
    st.one_of(SCRAPS, st.text(max_size=20), st.sampled_from(RULES.text.split())), max_size=30
).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(text=TEXT, fix=TEXT, commands=st.lists(TEXT, max_size=3))
def test_whatever_a_model_writes_nothing_pings_links_or_runs(
    text: Any, fix: Any, commands: Any
) -> None:
    given = answer() | {"text": answer()["text"] + "\n" + text, "fix": fix, "commands": commands}

    told = checked(given).explanation

    shown = f"{told.text}\n{told.fix}"
    assert not re.search(
        r"[<>]|https?:|@(channel|here|everyone)|\u202e|```|1,234\.56|2031|terminate", shown
    )
    assert len(told.text.split()) <= 200
    assert all(check_command(command) == "" for command in told.commands)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*to_answer(RULES), "x"]), inner, max_size=6)
    ),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(given_answer=JSON)
def test_no_json_value_makes_the_gate_fail(given_answer: Any) -> None:
    assert checked(given_answer).explanation.verdict == RULES.verdict
