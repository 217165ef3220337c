"""Whether another account's anomaly has the cause that was found in the sample: joined by the same
call of the same person, never by the bill alone, and never against the trail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.explanations import ITEMS, RULES
from whyspike.explanation.common_cause import bond_of, change_of, is_same_call, shared
from whyspike.model import EvidenceItem, Explanation
from whyspike.model.common_causes import Bond, CausePlace
from whyspike.model.evidence import Detection, FoundEvent, RankedEvents

CHANGE = change_of(RULES)
assert CHANGE is not None
SAME = FoundEvent(
    event_time="2026-03-10T09:55:00Z",
    event=CHANGE.event or "",
    event_source=CHANGE.event_source or "",
    region="us-east-1",
    principal_type=CHANGE.kind,
    principal=CHANGE.name or "",
    session=CHANGE.session,
)
UNKNOWN = replace(
    RULES,
    findings=tuple(
        replace(one, actor=replace(one.actor, kind="unknown", name=None, event=None))
        for one in RULES.findings
    ),
)
PLACE = CausePlace("C1", "111122223333", "shop-prod", "item-1")


def costing(usd: float) -> tuple[EvidenceItem, ...]:
    """The evidence of an account whose anomaly costs so much instead of the same expected."""
    changed = []
    for item in ITEMS:
        content = item.content
        if isinstance(content, Detection):
            first = replace(content.anomalies[0], actual_usd=usd)
            item = replace(item, content=replace(content, anomalies=(first,)))
        changed.append(item)
    return tuple(changed)


def without_trail(items: tuple[EvidenceItem, ...]) -> tuple[EvidenceItem, ...]:
    return tuple(item for item in items if not isinstance(item.content, RankedEvents))


HERE = costing(630.0)
FAR = costing(6_000.0)


@pytest.mark.parametrize(
    ("there", "here", "calls", "trail_read", "bond"),
    [
        (RULES, HERE, (SAME,), True, Bond.SAME_CHANGE),
        (RULES, FAR, (SAME,), True, Bond.SAME_CHANGE),
        (RULES, HERE, (), True, None),
        (RULES, HERE, (), False, Bond.NOT_CHECKED),
        (RULES, FAR, (), False, None),
        (UNKNOWN, FAR, (), True, None),
        (UNKNOWN, HERE, (), False, Bond.NOT_CHECKED),
        (UNKNOWN, HERE, (), True, Bond.SAME_CALL),
    ],
    ids=[
        "the same call",
        "the same call and another size",
        "its trail holds no such call",
        "its trail cannot be read",
        "neither trail nor size",
        "nobody known and another size",
        "nobody known and no trail",
        "nobody known and the same call could be behind both",
    ],
)
def test_an_account_is_joined_by_its_own_trail(
    there: Explanation,
    here: tuple[EvidenceItem, ...],
    calls: tuple[FoundEvent, ...],
    trail_read: bool,
    bond: Bond | None,
) -> None:
    found = bond_of(there, ITEMS, here, calls, trail_read)
    assert (found[0] if found else None) is bond


def test_moved_alike_with_nothing_behind_it_in_either_is_alike() -> None:
    quiet_there, quiet_here = without_trail(ITEMS), without_trail(HERE)
    assert bond_of(UNKNOWN, quiet_there, quiet_here, (), True) == (Bond.ALIKE, None)
    assert bond_of(UNKNOWN, ITEMS, quiet_here, (), True) is None


@pytest.mark.parametrize(
    "other",
    [
        replace(SAME, event="RunInstances"),
        replace(SAME, session="somebody.else@example.com"),
        replace(SAME, principal="another-role", session=None),
        replace(SAME, event_source="rds.amazonaws.com"),
    ],
    ids=["call", "session", "role", "service"],
)
def test_another_call_or_person_is_not_the_same(other: FoundEvent) -> None:
    assert CHANGE is not None
    assert is_same_call(SAME, CHANGE)
    assert not is_same_call(other, CHANGE)


@pytest.mark.parametrize(
    ("bond", "call", "said"),
    [
        (Bond.SAME_CHANGE, SAME, "stands in this account's CloudTrail too"),
        (Bond.SAME_CALL, SAME, "Possible cause, not certain"),
        (Bond.NOT_CHECKED, None, "likely, not certain"),
        (Bond.ALIKE, None, "no other change stands out"),
    ],
)
def test_what_was_checked_is_said_and_nothing_more(
    bond: Bond, call: FoundEvent | None, said: str
) -> None:
    explanation, elsewhere, tie = shared(RULES, HERE, PLACE, bond, call)

    assert said in explanation.text
    assert "shop-prod" in explanation.text
    assert "looked into once, in account 111122223333" in explanation.notes[0]
    assert elsewhere.bond is bond
    assert tie.cause_id == "C1"
    named = {one.actor.name for one in explanation.findings if one.actor.name}
    assert named == ({SAME.principal} if bond is Bond.SAME_CHANGE else set())
    if bond is Bond.NOT_CHECKED:
        assert explanation.confidence == "low"
