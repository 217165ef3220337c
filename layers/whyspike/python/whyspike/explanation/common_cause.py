"""One cause in several accounts: whether another account's anomaly has the cause that was found in
the sample, and the explanation that it then gets. Pure: evidence in.

The bill alone joins nothing: the account's own trail must hold the same change by the same
principal. Where no change stands out, the bills must have moved alike, and what could be behind it
must be the same in both, be it nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from whyspike.explanation.claims.evidence import case_evidence
from whyspike.explanation.facts.trail import PLAUSIBLE, person_of
from whyspike.explanation.rules.actor import caller_of
from whyspike.explanation.rules.advice import advise
from whyspike.explanation.rules.explain import Judged, finding_of, judge, verdict_of
from whyspike.explanation.words import name, within_words
from whyspike.knowledge.events import normalise_event_name
from whyspike.model import Actor, EvidenceItem, Explanation
from whyspike.model.common_causes import Bond, CausePlace, Tie
from whyspike.model.evidence import (
    Detection,
    FoundElsewhere,
    FoundEvent,
    RankedEvents,
    SeenAnomaly,
    Widespread,
)
from whyspike.words.amounts import than_before
from whyspike.words.days import moment_of
from whyspike.words.mrkdwn import escaped

MAX_RATIO = 1.25  # of how many times the usual it costs, between accounts that moved alike
MIN_WIDESPREAD_ACCOUNTS = 5
MIN_WIDESPREAD_SHARE = 0.5  # of the accounts that were judged
_NEW_SHARE = 0.01  # of what it costs: less was usual, and the line is new


def change_of(explanation: Explanation) -> Actor | None:
    """Who did what behind the first finding; None where that is not known."""
    actor = explanation.findings[0].actor if explanation.findings else None
    return actor if actor and actor.event and actor.name else None


def widespread(place: CausePlace) -> Widespread | None:
    """What the other accounts say of the sample: that the price moved in all, or that the same
    began in most accounts of the organisation."""
    most = (
        place.accounts >= MIN_WIDESPREAD_ACCOUNTS
        and place.accounts >= MIN_WIDESPREAD_SHARE * place.judged
    )
    if not (most or place.price_ratio):
        return None
    return Widespread(accounts=place.accounts, judged=place.judged, price_ratio=place.price_ratio)


def tie_of_sample(place: CausePlace, explanation: Explanation) -> Tie:
    """The tie of the account that was looked into for all."""
    return _tie(place, Bond.LOOKED_INTO, explanation)


def bond_of(
    found_there: Explanation,
    there: Sequence[EvidenceItem],
    here: Sequence[EvidenceItem],
    calls: Sequence[FoundEvent],
    trail_read: bool,
) -> tuple[Bond, FoundEvent | None] | None:
    """Why this account's anomaly has the cause that was found `there`, and the call in its own
    trail; None where it has not. `calls` are this account's of the name of that change,
    `trail_read` says whether its trail could be asked."""
    alike = _alike(_leading(there), _leading(here))
    if change := change_of(found_there):
        same = next((call for call in calls if is_same_call(call, change)), None)
        if same:
            return Bond.SAME_CHANGE, same
        return (Bond.NOT_CHECKED, None) if alike and not trail_read else None
    if not alike:
        return None
    if not trail_read:
        return Bond.NOT_CHECKED, None
    possible_there, possible_here = _possible(there), _possible(here)
    if not (possible_there or possible_here):
        return Bond.ALIKE, None
    both = [call for who, call in possible_here.items() if who in possible_there]
    return (Bond.SAME_CALL, both[0]) if both else None


def _possible(items: Sequence[EvidenceItem]) -> dict[tuple[tuple[str, str], str], FoundEvent]:
    """The calls that could be behind the first cause by person and name, the likeliest first."""
    trails = [item.content for item in items if isinstance(item.content, RankedEvents)]
    return {
        (person_of(event), normalise_event_name(event.event)): event
        for trail in trails[:1]
        for event in reversed(trail.events)
        if event.score >= PLAUSIBLE and not event.effect_of_another_call
    }


def is_same_call(event: FoundEvent, change: Actor) -> bool:
    """The same call by the same principal; of a role that many share, by the same person."""
    made = FoundEvent(
        event_time="",
        event=change.event or "",
        event_source=change.event_source or "",
        region="",
        principal_type=change.kind,
        principal=change.name or "",
        session=change.session,
    )
    return (
        person_of(event) == person_of(made)
        and event.event_source == made.event_source
        and normalise_event_name(event.event) == normalise_event_name(made.event)
    )


def shared(
    found_there: Explanation,
    here: Sequence[EvidenceItem],
    place: CausePlace,
    bond: Bond,
    call: FoundEvent | None,
) -> tuple[Explanation, FoundElsewhere, Tie]:
    """The explanation of an account that has the cause of the sample: its own bill and its own
    call, the sample's category, and what was found there, named as such."""
    judged = [_with_cause(one, found_there, bond, call) for one in judge(case_evidence(here))[:1]]
    content = _leading(here)
    verdict = verdict_of(judged) if judged else found_there.verdict
    advice = advise(judged, verdict, content) if judged else None
    explanation = Explanation(
        verdict=verdict,
        findings=tuple(map(finding_of, judged)),
        text=_text(found_there, place, bond, call),
        commands=advice.commands if advice else (),
        fix=found_there.fix if bond is Bond.SAME_PRICE else advice.fix if advice else "",
        written_by=found_there.written_by,
        confidence="low" if bond is Bond.NOT_CHECKED else found_there.confidence,
        gaps=tuple(dict.fromkeys(item.gap for item in here if item.gap)),
        notes=(f"looked into once, in account {place.sample_account}, for all that share it",),
    )
    elsewhere = FoundElsewhere(
        cause_id=place.cause_id,
        looked_into_account=place.sample_account,
        looked_into_name=place.sample_name,
        bond=bond,
        found_there=found_there.text,
        same_call=call,
    )
    return explanation, elsewhere, _tie(place, bond, found_there, call)


def _tie(
    place: CausePlace, bond: Bond, explanation: Explanation, call: FoundEvent | None = None
) -> Tie:
    change = change_of(explanation) or (caller_of(call) if call else None)
    who = f"{change.event} by {change.session or change.name}" if change else ""
    category = explanation.findings[0].category if explanation.findings else ""
    return Tie(place.cause_id, bond, who, category, place.judged, place.price_ratio)


def _with_cause(
    one: Judged, found_there: Explanation, bond: Bond, call: FoundEvent | None
) -> Judged:
    if not found_there.findings:
        return one
    first = found_there.findings[0]
    certain = call is not None and bond is Bond.SAME_CHANGE
    actor = caller_of(call) if call and certain else Actor()
    if first.actor.kind == "none" and bond in (Bond.ALIKE, Bond.SAME_PRICE):
        actor = first.actor
    return replace(one, category=first.category, actor=actor)


def _text(found_there: Explanation, place: CausePlace, bond: Bond, call: FoundEvent | None) -> str:
    where = escaped(place.sample_name or place.sample_account, 80)
    match bond:
        case Bond.SAME_CHANGE if call:
            said = (
                f"The same change as in {where}: {name(call.event)} by"
                f" {name(call.session or call.principal)} stands in this account's CloudTrail too,"
                f" on {moment_of(call.event_time)}."
            )
        case Bond.SAME_CALL if call:
            said = (
                f"It moved as it did in {where}, from the same days on. Possible cause, not"
                f" certain: {name(call.event)} by {name(call.session or call.principal)} on"
                f" {moment_of(call.event_time)}; the same was called there."
            )
        case Bond.SAME_PRICE:
            said = (
                f"A unit costs {than_before(place.price_ratio or 1.0)}, as in {where}, at the"
                " usage of before."
            )
        case Bond.NOT_CHECKED:
            said = (
                f"It moved as it did in {where}, from the same days on. This account's CloudTrail"
                " could not be read, so that the same cause is likely, not certain."
            )
        case _:
            said = (
                f"It moved as it did in {where}, from the same days on, and no other change stands"
                " out in this account's CloudTrail."
            )
    first, *more = found_there.text.split("\n")
    return within_words([said, f"Found in {where}: {first}", *more])


def _leading(items: Sequence[EvidenceItem]) -> Detection:
    return next(item.content for item in items if isinstance(item.content, Detection))


def _alike(there: Detection, here: Detection) -> bool:
    """Both are new, or both cost about as many times the usual."""
    one, other = there.anomalies[0], here.anomalies[0]
    if _is_new(one) or _is_new(other):
        return _is_new(one) and _is_new(other)
    ratios = sorted((one.actual_usd / one.expected_usd, other.actual_usd / other.expected_usd))
    return ratios[0] > 0 and ratios[1] <= MAX_RATIO * ratios[0]


def _is_new(anomaly: SeenAnomaly) -> bool:
    return anomaly.expected_usd <= _NEW_SHARE * abs(anomaly.actual_usd)
