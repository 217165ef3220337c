"""What is said of the proof, of usage that was free before, and of what no table knows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.two_causes import DETECTION, GATEWAY, items, trail
from tests.support.two_causes import event as call
from whyspike.explanation.claims.evidence import case_evidence
from whyspike.explanation.claims.rendering import sentence_of
from whyspike.explanation.claims.types import PossibleBy, QuantityOrRate, Since
from whyspike.explanation.rules.explain import explain


def proof(share: float, left: float, expected: bool) -> dict[str, Any]:
    return {
        "share_of_service_excess": share,
        "left_of_service_excess_usd_per_day": left,
        "service_as_expected_without_causes": expected,
    }


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (
            proof(0.98, 0.0, True),
            "That is 98% of what the service rose by; with what is told here taken out, the"
            " service is as expected.",
        ),
        (
            proof(0.6, 400.0, False),
            "That is 60% of what the service rose by; $400 a day is left unexplained.",
        ),
        (proof(0.01, 900.0, False), ""),
        ({}, ""),
    ],
)
def test_the_share_of_a_cause_and_what_is_left_are_said(told: dict[str, Any], words: str) -> None:
    sentence = sentence_of(Since("E2"), case_evidence(items(DETECTION, GATEWAY | told, trail())))

    assert (words in sentence) if words else ("service" not in sentence)


def test_usage_that_was_free_before_is_told_as_such_and_is_a_matter_of_the_bill() -> None:
    usage = {
        "unit": "Events",
        "before": 1.15e8,
        "after": 1.1e8,
        "flat": True,
        "free_meter": "USE1-FreeThing",
    }
    found = items(DETECTION, GATEWAY | {"usage_per_day": usage}, trail())

    sentence = sentence_of(QuantityOrRate("E2"), case_evidence(found))

    assert "The same usage was counted at no charge on `USE1-FreeThing` before" in sentence
    assert explain(found).findings[0].category == "billing-artefact"
    assert explain(found).findings[0].actor.kind == "none"


def test_what_no_table_knows_is_counted_in_the_notes() -> None:
    driver = GATEWAY["driver"] | {"service": "AWS New Science", "usage_type": "USE1-Thing"}
    unheard = call("StartThing", "newscience", "lab", "hana", "2026-03-10T09:00:00Z")
    found = items(
        DETECTION, GATEWAY | {"driver": driver, "family": "other"}, trail(unheard, unheard)
    )

    assert explain(found).notes == (
        "usage types that no table knows (1): AWS New Science USE1-Thing",
        "kinds of writes that no table knows (1): newscience:StartThing",
    )
    assert explain(items(DETECTION, GATEWAY, trail())).notes == ()


def test_what_speaks_for_a_possible_cause_and_what_against_it_is_said() -> None:
    found = call(
        "CreateStack",
        "cloudformation",
        "role",
        "ana",
        "2026-03-10T08:00:00Z",
        score=4.5,
        tied=True,
        speaks_for=["it was made on the day of the onset"],
        speaks_against=["such calls are common here (2 other days)"],
    )
    evidence = case_evidence(items(DETECTION, GATEWAY, trail(found)))

    assert sentence_of(PossibleBy("E3/events/0", "E2"), evidence).endswith(
        "for it: it was made on the day of the onset;"
        " against it: such calls are common here (2 other days)."
    )
