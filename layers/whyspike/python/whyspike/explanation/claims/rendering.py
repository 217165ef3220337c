"""One sentence for each claim, written from the evidence alone: the only place where an
explanation's words are made."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch

from whyspike.explanation.claims.conditions import RETENTION, rule_deleted, setting
from whyspike.explanation.claims.evidence import CaseEvidence, CellEvidence
from whyspike.explanation.claims.types import (
    AlsoUp,
    Claim,
    MadeBy,
    NotKnown,
    Outlook,
    OutlookRule,
    PossibleBy,
    QuantityOrRate,
    Reading,
    Rose,
    RuledOut,
    RuledOutBy,
    SettledBy,
    SideEffect,
    Since,
    Unknown,
)
from whyspike.explanation.facts.bill import (
    Nature,
    nature,
    rate_is_as_before,
    request_driven,
    usage_moved,
)
from whyspike.explanation.facts.trail import PLAUSIBLE, best_event, relation
from whyspike.explanation.hostile import gives_orders, is_hostile
from whyspike.explanation.words import name, names, plain, within_words
from whyspike.knowledge.commitments import term_of
from whyspike.knowledge.events import normalise_event_name
from whyspike.knowledge.naming import plain_name
from whyspike.model import Gap, Kind
from whyspike.model.evidence import (
    BillLine,
    FoundEvent,
    MovingLine,
    RankedEvent,
    SeenAnomaly,
    Widespread,
)
from whyspike.words.amounts import counted, dollars, percent, quantity, than_before
from whyspike.words.days import day, moment_of

MAX_REASONS = 2  # for a possible cause, and against it
MAX_SERVICES = 3  # that are named of many
MIN_SHARE = 0.05  # of a service's change: less is not told
HOSTILE_NOTE = (
    "A tag or request of this cost carries text that looks like an instruction; it was treated as"
    " data and is not repeated."
)
NOT_AN_INCIDENT = "This is no incident."
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
_STOOD_IN = {
    Gap.ASSUME_ROLE: (
        "Not known: who did it. The member role could not be assumed; the bill was read through the"
        " payer."
    ),
    Gap.COST_EXPLORER: (
        "The account may not use Cost Explorer; its bill was read through the payer."
    ),
    Gap.CLOUDTRAIL: (
        "Not known: what was done in a Region that refused CloudTrail; the events of the others"
        " were read."
    ),
}


def text_of(message: Sequence[Claim], evidence: CaseEvidence, verdict: str) -> str:
    """Slack mrkdwn of at most 200 words, the claims in their order.

    What the code owes to every reader is added: that it is no incident, and that hostile text was
    withheld.
    """
    sentences: list[str] = []
    causes = 0
    for claim in message:
        sentence = sentence_of(claim, evidence)
        if isinstance(claim, Rose):
            causes += 1
            lead = {1: "", 2: "Second cause: "}.get(causes, "Further cause: ")
            sentence = lead + sentence
        sentences.append(sentence)
    if evidence.widespread:  # who did it comes first
        place = int(isinstance(next(iter(message), None), MadeBy | PossibleBy))
        sentences.insert(place, _everywhere(evidence.widespread))
    if verdict != "incident":
        sentences.insert(min(3, len(sentences)), NOT_AN_INCIDENT)
    if has_hostile_text(evidence):
        sentences.append(HOSTILE_NOTE)
    return within_words([sentence for sentence in sentences if sentence])


def _everywhere(seen: Widespread) -> str:
    number = f"{seen.accounts:,} of {counted(seen.judged, 'account')}"
    if seen.price_ratio is None:
        return f"The same began in {number} at that time."
    return (
        f"A unit costs {than_before(seen.price_ratio)} in {number} from that time on, at the usage"
        " of before: AWS's price, or a discount or commitment of the organisation changed, and"
        " nothing in this account."
    )


@singledispatch
def sentence_of(claim: Claim, _: CaseEvidence) -> str:
    """The words of a claim whose condition holds."""
    raise TypeError(f"no words for {type(claim).__name__}")


# ------------------------------------------------------------------ the cell


@sentence_of.register
def _(claim: Rose, evidence: CaseEvidence) -> str:
    bill = evidence.cells[claim.cell].bill
    headline = _headline(bill)
    where = _where(bill)
    return f"{headline}\n{where}" if where else headline


def _headline(bill: BillLine) -> str:
    driver = bill.driver
    what = f"*{plain(driver.service)}*"
    if driver.usage_type:
        what += f" {name(driver.usage_type)}"
    actual, expected = bill.actual_usd_per_day, bill.expected_usd_per_day
    excess = bill.excess_usd_per_day
    if bill.kind is Kind.NONE or bill.recurs:
        return f"{what} cost {_usd(actual)} on {day(bill.onset)}."
    if bill.changed_days == 1 and not bill.ongoing:
        return (
            f"{what} cost {_usd(actual)} on {day(bill.onset)}, with {_usd(expected)} expected"
            f" ({_usd(excess)} {_way(excess)})."
        )
    verb = "costs" if bill.ongoing else "cost"
    return (
        f"{what} {verb} {_usd(actual)} a day, with {_usd(expected)} expected ({_usd(excess)} a day"
        f" {_way(excess)})."
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
        parts.append(f"on {names([plain_name(one) for one in driver.resource_ids])}")
    said = "; ".join(parts)
    return f"{said[0].upper()}{said[1:]}." if said else ""


@sentence_of.register
def _(claim: Since, evidence: CaseEvidence) -> str:
    bill = evidence.cells[claim.cell].bill
    onset = day(bill.onset)
    if bill.recurs or bill.kind is Kind.NONE:
        return ""
    if bill.ongoing and bill.changed_days == 1:
        when = f"It began on {onset}, the last day seen: whether it lasts is not known yet."
    elif bill.ongoing:
        grows = " and grows day by day" if bill.kind is Kind.RAMP else " and goes on"
        when = f"It began on {onset}{grows}."
    elif bill.changed_days == 1:
        when = "It lasted that day and is over."
    else:
        when = f"It began on {onset} and is over."
    return f"{when} {_proof(bill)}".strip()


def _proof(bill: BillLine) -> str:
    """What is left of the service's change when the causes are taken out of the bill."""
    share, left = bill.share_of_service_excess, bill.left_of_service_excess_usd_per_day
    if share is None or left is None or share < MIN_SHARE:
        return ""
    if bill.kind is Kind.MIX_SHIFT:
        return ""
    way = "rose" if bill.excess_usd_per_day >= 0 else "fell"
    said = f"That is {percent(share)} of what the service {way} by"
    if bill.service_as_expected_without_causes:
        return f"{said}; with what is told here taken out, the service is as expected."
    return f"{said}; {_usd(left)} a day is left unexplained."


@sentence_of.register
def _(claim: QuantityOrRate, evidence: CaseEvidence) -> str:
    bill = evidence.cells[claim.cell].bill
    shown = nature(bill, evidence.detection)
    words = _NATURE_WORDS.get(shown) if shown else None
    said = words or _moved_words(shown, bill)
    if shown in _BESIDE_USAGE and usage_moved(bill):
        said = f"{said} {_usage(bill)}".strip()
    if shown is Nature.COMMITMENT_FEE and (term := term_of(bill.driver.usage_type or "")):
        said = f"{said} It is {term}."
    effective = _effective(bill)
    return f"{said} {effective}".strip()


_NATURE_WORDS = {
    Nature.LATE_DATA: (
        "Most services cost far less on that day, so its bill is probably not complete yet."
    ),
    Nature.EXTENDED_SUPPORT: "It is AWS's surcharge for a version past its standard support.",
    Nature.MARKETPLACE: "It is the price of a third party's product, not of AWS usage.",
    Nature.SUPPORT_FEE: "It is a fee of AWS Support, not usage.",
    Nature.COMMITMENT_FEE: "It is the fee of a Savings Plan or reservation, not usage.",
    Nature.CREDITS_USED_UP: "The usage is as before: the credits that paid for it are used up.",
}
_BESIDE_USAGE = frozenset(
    {Nature.GREW_TOGETHER, Nature.CHANGED_TYPE, Nature.QUANTITY, Nature.MARKETPLACE}
)


def _moved_words(shown: Nature | None, bill: BillLine) -> str:
    against = names([line.usage_type for line in bill.moved_against_it], 2)
    match shown:
        case Nature.MOVED:
            net = _usd(bill.net_of_moved_lines_usd_per_day or 0.0)
            return (
                f"Cost moved from {against} to this line; together these lines changed by {net} a"
                " day only."
            )
        case Nature.OTHER_CHARGE:
            return "The sum moved by accounting, not by usage."
        case Nature.COVER_ENDED:
            return (
                "Hours that a Savings Plan or reservation covered are billed on demand now: the"
                " rate changed, not the usage."
            )
        case Nature.CHANGED_TYPE:
            return f"As it rose, {against} of the same kind fell."
        case Nature.PAID_NOW:
            return _paid_now(bill)
        case Nature.GREW_TOGETHER:
            return _grew_together(bill)
        case Nature.RATE:
            return _flat(bill)
        case Nature.NEW_LINE:
            where = " in this Region" if bill.new_service_in_region else ""
            return f"Nothing was billed for it{where} before."
        case _:
            return ""


def _grew_together(bill: BillLine) -> str:
    services = dict.fromkeys(plain(line.service) for line in request_driven(bill))
    among = [one for one in services if one != plain(bill.driver.service)][:MAX_SERVICES]
    return (
        f"Request-driven lines of several services ({', '.join(among)} among them) grew together in"
        " a like proportion: that speaks for more customers, and against one changed setting."
    )


def _flat(bill: BillLine) -> str:
    usage = bill.usage_per_day
    if not usage:
        return ""
    return (
        f"Usage stayed at {quantity(usage.after)} {plain(usage.unit)} a day (before"
        f" {quantity(usage.before)}): the rate changed."
    )


def _paid_now(bill: BillLine) -> str:
    usage = bill.usage_per_day
    if not usage:
        return ""
    where = f" on {name(usage.free_meter)}" if usage.free_meter else ""
    return (
        f"The same usage was counted at no charge{where} before:"
        f" {quantity(usage.before)} {plain(usage.unit)} a day then, {quantity(usage.after)} now. A"
        " free trial or allowance ended."
    )


def _usage(bill: BillLine) -> str:
    usage = bill.usage_per_day
    if not usage:
        return ""
    same_rate = ": the quantity changed, not the rate" if rate_is_as_before(bill) else ""
    return (
        f"Usage went from {quantity(usage.before)} to {quantity(usage.after)}"
        f" {plain(usage.unit)} a day{same_rate}."
    )


def _effective(bill: BillLine) -> str:
    """Where a commitment makes what is paid on a day differ from what the day costs."""
    effective = bill.effective_usd_per_day
    actual = bill.actual_usd_per_day
    if not effective or abs(effective.after - actual) <= 0.2 * abs(actual):
        return ""
    return (
        "Its effective cost (commitments spread over their term, discounts taken off) is"
        f" {_usd(effective.after)} a day, before {_usd(effective.before)}."
    )


# ------------------------------------------------------------------ events


@sentence_of.register
def _(claim: MadeBy, evidence: CaseEvidence) -> str:
    event = evidence.events[claim.event].event
    return " ".join(filter(None, (f"Most likely cause: {_act(event)}.", speaks_of(event))))


def speaks_of(event: FoundEvent) -> str:
    """What a cause owes to whoever reads of it: that a stranger may have made the call."""
    return _ELSEWHERE if _from_elsewhere(event) else ""


_ELSEWHERE = (
    "The calls came from a public address that this principal had not used before: unless that is"
    " known to you, treat it as a security incident."
)


def _from_elsewhere(event: FoundEvent) -> bool:
    return isinstance(event, RankedEvent) and (event.unusual_address or event.changed_address)


def _act(event: FoundEvent) -> str:
    """What was done by whom and when."""
    touched = [plain_name(one) for one in event.resources]
    target = f" on {names(touched, 2)}" if touched else ""
    again = event.same_call_again if isinstance(event, RankedEvent) else 0
    if again:
        target += f" (and {again} more such call{'s' if again > 1 else ''})"
    return f"{_call(event)}{target} by {_who(event)} on {moment_of(event.event_time)}"


def _call(event: FoundEvent) -> str:
    return name(normalise_event_name(event.event))


def _who(event: FoundEvent) -> str:
    kind = {"iam-user": "IAM user", "root": "the root user", "aws-service": "AWS service"}.get(
        event.principal_type, "role"
    )
    session = f" (session {name(event.session)})" if event.session else ""
    return f"{kind} {name(event.principal)}{session}"


@sentence_of.register
def _(claim: PossibleBy, evidence: CaseEvidence) -> str:
    event = evidence.events[claim.event].event
    for_it, against = _for_and_against(event, evidence.cells[claim.cell].bill)
    said = f"Possible, not certain: {_act(event)}; for it: {', '.join(for_it)}"
    return f"{said}; against it: {', '.join(against)}." if against else f"{said}."


def _for_and_against(event: FoundEvent, bill: BillLine) -> tuple[list[str], list[str]]:
    """What speaks for an event and what against it: as it was ranked, else as it relates to the
    cell."""
    if isinstance(event, RankedEvent) and event.speaks_for:
        found = (event.speaks_for, event.speaks_against)
        for_it, against = ([plain(one) for one in reasons[:MAX_REASONS]] for reasons in found)
        return for_it, against
    how = relation(event, bill)
    if how.touches:
        return ["it names a resource of this cost"], []
    if how.fits:
        return ["such a call can move this cost"], ["its record names nothing of it"]
    return ["it was made in the same service about then"], ["its record names nothing of it"]


@sentence_of.register
def _(claim: RuledOutBy, evidence: CaseEvidence) -> str:
    if not claim.event:
        return _READINGS[claim.reason]
    event = evidence.events[claim.event].event
    return f"Not {_call(event)} by {_who(event)}: {_EXCLUDED[claim.reason]}."


_READINGS = {
    RuledOut.NOT_QUANTITY: "It is not more usage: the quantity is as before.",
    RuledOut.NOT_RATE: "It is not the price: the quantity moved as the cost did.",
    RuledOut.NOT_CUSTOMERS: "It is not more customers: few other lines rose with this one.",
}
_EXCLUDED = {
    RuledOut.AFTER_ONSET: "it came after the cost had changed",
    RuledOut.OTHER_RESOURCE: "it names other resources",
    RuledOut.OTHER_REGION: "it was made in another Region",
    RuledOut.ROUTINE: "the same call is made on other days too",
}


# ------------------------------------------------------------------ other lines


@sentence_of.register
def _(claim: SideEffect, evidence: CaseEvidence) -> str:
    return f"Moved with it: {_line(evidence.lines[claim.line].line)}."


@sentence_of.register
def _(claim: AlsoUp, evidence: CaseEvidence) -> str:
    line = evidence.lines[claim.line].line
    way = "up" if line.excess_usd >= 0 else "down"
    return f"Also {way} that day, perhaps unrelated: {_line(line)}."


def _line(line: MovingLine) -> str:
    return f"{plain(line.service)} {name(line.usage_type)} ({_usd(line.excess_usd)} a day)"


# ------------------------------------------------------------------ the unknown, the future


@sentence_of.register
def _(claim: NotKnown, evidence: CaseEvidence) -> str:
    if claim.gap is Unknown.WHO:
        return _nobody(evidence.cells[claim.cell])
    gap = Gap(claim.gap.value)
    missing = evidence.gaps.get(gap)
    if missing is not None and missing.instead and gap in _STOOD_IN:
        return _STOOD_IN[gap]
    settled = _SETTLED_BY.get(claim.settled_by, "")
    return f"Not known: {_GAP[gap]}.{settled}"


_SETTLED_BY = {
    SettledBy.TAG_ACTIVATION: " Activating the cost allocation tags would tell.",
    SettledBy.RESOURCE_DATA: " Resource-level data, once opted in, would tell.",
}


def _nobody(cell: CellEvidence) -> str:
    trail = cell.trail
    if best_event(trail):
        return ""  # it is told as possible, which says it
    if trail.events and trail.events[0].score >= PLAUSIBLE:
        return "Who did it is not known: several calls could have, and none stands out."
    if trail.complete:
        return (
            "CloudTrail holds no change of this account that explains it: what changed lies"
            " inside the workload or outside the account."
        )
    return (
        "Who did it is not known: CloudTrail was not read whole, and what was read tells nothing."
    )


@sentence_of.register
def _(claim: Outlook, evidence: CaseEvidence) -> str:
    cell = evidence.cells[claim.cell]
    last = cell.bill.same_day_last_month
    match claim.rule:
        case OutlookRule.RECURS_MONTHLY:
            when = f"{day(last.date)} ({_usd(last.excess_usd)})" if last else "that day"
            return f"The same charge came on {when}: it recurs every month."
        case OutlookRule.UNTIL_UPGRADE:
            return "It goes on until the version is upgraded."
        case OutlookRule.RETENTION if rule_deleted(cell):
            return "What the deleted rule removed stays from then on, until a rule is set again."
        case OutlookRule.RETENTION:
            key, value = setting(cell, *RETENTION) or ("", "")
            return f"What is kept grows until the setting {name(key)} of {value} removes it."
        case _:
            key, value = setting(cell, "term", "duration") or ("", "")
            return f"The commitment lasts for its term ({name(key)} {value})."


@sentence_of.register
def _(claim: Reading, _evidence: CaseEvidence) -> str:
    return f"Claude's reading, not proven: {claim.text.strip()}"


# ------------------------------------------------------------------ what the code owes


def has_hostile_text(evidence: CaseEvidence) -> bool:
    """Whether a text of the evidence looks like an order, and is withheld."""
    return any(_hostile(cell) for cell in evidence.cells.values())


def _hostile(cell: CellEvidence) -> bool:
    driver = cell.bill.driver
    texts = [driver.tag_team, driver.tag_env, driver.usage_type, driver.service]
    event = best_event(cell.trail)
    return any(map(is_hostile, texts)) or gives_orders(event.request_parameters if event else None)


def unexplained_text(anomaly: SeenAnomaly, gaps: Sequence[Gap]) -> str:
    """What detection saw, where no detail of the bill could be read."""
    service = plain(anomaly.service)
    first = (
        f"*{service}* cost {_usd(anomaly.actual_usd)} on the last day, with"
        f" {_usd(anomaly.expected_usd)} expected."
    )
    missing = [f"Not known: {_GAP[gap]}." for gap in gaps]
    return within_words(
        [first, "Which line of the bill moved cannot be determined from this evidence.", *missing]
    )
