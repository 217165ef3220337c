"""The message for people, in sentences that the evidence carries word for word (see text.py)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from whyspike.explanation.check.evidence import ORDER
from whyspike.explanation.rules.actor import NOBODY
from whyspike.explanation.words import is_hostile, name, names, plain, within_words
from whyspike.knowledge.categories import categories
from whyspike.model import Gap, Kind
from whyspike.model.evidence import BillLine, MovingLine, SeenAnomaly
from whyspike.words.amounts import dollars, quantity
from whyspike.words.days import day, moment_of

if TYPE_CHECKING:
    from whyspike.explanation.rules.explain import Judged

_GAP = {
    Gap.ASSUME_ROLE: (
        "the member role could not be assumed, so neither the bill's details nor CloudTrail could"
        " be read"
    ),
    Gap.CLOUDTRAIL: (
        "CloudTrail could not be read, so who did what cannot be known from this evidence"
    ),
    Gap.TAGS: "no cost carries the cost allocation tags, so the team is not known",
    Gap.RESOURCE_LEVEL: (
        "resource-level cost data could not be read, so single resources are not known"
    ),
    Gap.COST_EXPLORER: "Cost Explorer could not be asked in detail",
}
_BY_PAYER = {
    Gap.ASSUME_ROLE: (
        "Not known: who did it. The member role could not be assumed; the bill was read through the"
        " payer."
    ),
    Gap.COST_EXPLORER: (
        "The account may not use Cost Explorer; its bill was read through the payer."
    ),
}


def text_of(
    judged: Sequence[Judged],
    verdict: str,
    gaps: Sequence[Gap],
    by_payer: Collection[Gap | None] = (),
) -> str:
    """Slack mrkdwn of at most 200 words: what rose, where, what did it, what speaks against other
    readings, what is not known.

    `by_payer` are the gaps of the bill in which the payer stood in.
    """
    sentences: list[str] = []
    for number, one in enumerate(judged):
        lead = _headline(one.bill)
        sentences.append(
            f"Second cause: {lead}" if number == 1 else f"Further cause: {lead}" if number else lead
        )
        sentences.append(_where(one.bill))
        sentences.append(_what(one, verdict))
        sentences.append(_who(one))
    sentences += [_BY_PAYER[gap] if gap in by_payer else f"Not known: {_GAP[gap]}." for gap in gaps]
    sentences += [
        sentence
        for one in judged
        for sentence in (_effective(one.bill), _beside(one.bill), _usage(one.bill))
        if sentence
    ]
    if any(_hostile(one) for one in judged):
        sentences.append(
            "A tag or request of this cost carries text that looks like an instruction; it was"
            " treated as data and is not repeated."
        )
    return within_words([sentence for sentence in sentences if sentence])


def _headline(bill: BillLine) -> str:
    driver = bill.driver
    what = (
        f"*{plain(driver.service)}* {name(driver.usage_type)}"
        if driver.usage_type
        else f"*{plain(driver.service)}*"
    )
    actual, expected, excess = (
        bill.actual_usd_per_day,
        bill.expected_usd_per_day,
        bill.excess_usd_per_day,
    )
    if bill.kind is Kind.NONE or bill.recurs:
        return f"{what} cost {_usd(actual)} on {day(bill.onset)}."
    if bill.changed_days == 1 and not bill.ongoing:
        return (
            f"{what} cost {_usd(actual)} on {day(bill.onset)}, with {_usd(expected)} expected"
            f" ({_usd(excess)} {_way(excess)})."
        )
    verb = "costs" if bill.ongoing else "cost"
    end = "and goes on" if bill.ongoing else "and is over"
    change = f"{_usd(excess)} a day {_way(excess)}"
    return (
        f"{what} {verb} {_usd(actual)} a day since {day(bill.onset)}, with {_usd(expected)}"
        f" expected ({change}), {end}."
    )


def _usd(value: float) -> str:
    """The sign is said in words."""
    return dollars(abs(value))


def _way(excess: float) -> str:
    return "more" if excess >= 0 else "less"


def _where(bill: BillLine) -> str:
    driver = bill.driver
    parts = (
        [f"Region {name(driver.region)}"] if driver.region and driver.region != "NoRegion" else []
    )
    if bill.untagged:
        parts.append("no team or environment tag")
    else:
        parts += [
            f"{word} {name(tag)}"
            for word, tag in (("team", driver.tag_team), ("environment", driver.tag_env))
            if tag
        ]
    if driver.record_type and driver.record_type != "Usage":
        parts.append(f"charge type {name(driver.record_type)}")
    if driver.resource_ids:
        parts.append(f"on {names(driver.resource_ids)}")
    return f"{'; '.join(parts)}." if parts else ""


def _what(one: Judged, verdict: str) -> str:
    bill = one.bill
    last = bill.same_day_last_month
    if last:
        return (
            f"The same charge came on {day(last.date)} ({_usd(last.excess_usd)}): it recurs every"
            " month and is no incident."
        )
    if bill.kind is Kind.MIX_SHIFT:
        net = bill.net_of_moved_lines_usd_per_day or 0.0
        return (
            f"Cost moved from {_lines(bill.moved_against_it)} to this line; together these lines"
            f" changed by {_usd(net)} a day only."
        )
    ending = " No incident." if verdict != "incident" else ""
    changed = (
        f", from {_lines(bill.moved_against_it)}"
        if one.category == "resource-config-change" and bill.moved_against_it
        else ""
    )
    return f"{categories()[one.category].sentence}{changed}.{ending}"


def _lines(lines: Sequence[MovingLine]) -> str:
    return names([line.usage_type for line in lines], 2)


def _who(one: Judged) -> str:
    event = one.event
    if event is not None:
        session = f" (session {name(event.session)})" if event.session else ""
        target = f" on {names(event.resources, 2)}" if event.resources else ""
        who = {"iam-user": "IAM user", "root": "the root user", "aws-service": "AWS service"}.get(
            event.principal_type, "role"
        )
        return (
            f"Most likely cause: {name(event.event)}{target} by {who}"
            f" {name(event.principal)}{session} on {moment_of(event.event_time)}."
        )
    if one.actor.kind == "none":
        if one.category in NOBODY or one.bill.same_day_last_month:
            return "Nobody needed to change anything for this."
        return (
            "CloudTrail holds no event of this account that explains it: the change was made inside"
            " the workload, or by nobody."
        )
    if not one.events.available:
        return ""
    repeated = next(iter(one.events.events), None)
    if repeated and repeated.only_repeated:
        who = f"{name(repeated.event)} by {name(repeated.principal)}"
        return (
            f"Nothing known ties an event to this cost, so that nobody is named; {who} is repeated"
            " since then and was not before."
        )
    return "Several events could have caused it and none stands out, so that nobody is named."


def _usage(bill: BillLine) -> str:
    usage = bill.usage_per_day
    if not usage or usage.before <= 0 or not usage.unit:
        return ""
    if usage.flat:
        return (
            f"Usage stayed at {quantity(usage.after)} {plain(usage.unit)} a day (before"
            f" {quantity(usage.before)}): the rate changed."
        )
    return (
        f"Usage went from {quantity(usage.before)} to {quantity(usage.after)}"
        f" {plain(usage.unit)} a day."
    )


def _effective(bill: BillLine) -> str:
    """Where a commitment makes what is paid on a day differ from what the day costs."""
    effective = bill.effective_usd_per_day
    if not effective or abs(effective.after - bill.actual_usd_per_day) <= 0.2 * abs(
        bill.actual_usd_per_day
    ):
        return ""
    spread = "commitments spread over their term, discounts taken off"
    return (
        f"Its effective cost ({spread}) is {_usd(effective.after)} a day, before"
        f" {_usd(effective.before)}."
    )


def _beside(bill: BillLine) -> str:
    lines = [
        line
        for line in bill.moved_with_it
        if abs(line.excess_usd) >= 0.05 * abs(bill.excess_usd_per_day)
    ][:3]
    if not lines or bill.same_day_last_month:
        return ""
    parts = [
        f"{plain(line.service)} {name(line.usage_type)} ({_usd(line.excess_usd)} a day)"
        for line in lines
    ]
    return f"Moved with it: {'; '.join(parts)}."


def _hostile(one: Judged) -> bool:
    driver = one.bill.driver
    texts = [driver.tag_team, driver.tag_env, driver.usage_type, driver.service]
    event = one.event
    if event:
        return any(map(is_hostile, texts)) or bool(ORDER.search(event.request_parameters))
    return any(map(is_hostile, texts))


def unexplained_text(anomaly: SeenAnomaly, gaps: Sequence[Gap]) -> str:
    """What detection saw, where no detail of the bill could be read."""
    service = plain(anomaly.service)
    actual, expected = anomaly.actual_usd, anomaly.expected_usd
    first = f"*{service}* cost {_usd(actual)} on the last day, with {_usd(expected)} expected."
    missing = [f"Not known: {_GAP[gap]}." for gap in gaps]
    return within_words(
        [first, "Which line of the bill moved cannot be determined from this evidence.", *missing]
    )
