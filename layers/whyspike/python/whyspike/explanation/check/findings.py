"""Findings of an answer: the cell, the person, the day and the amount are looked up, never
believed.

What the bill itself decides (kind, onset, ongoing, excess of a cell that the rules measured) is
taken from the rules; what needs judgement (which cell, which category, who) may differ from the
rules, and the difference is reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from whyspike.explanation.check.evidence import EvidenceIndex, Row
from whyspike.explanation.check.problem import AnswerPart, AnswerProblem
from whyspike.model import Actor, Driver, Explanation, Finding, Kind

SILENT = ("none", "unknown")
NAMED = frozenset({"iam-role", "iam-user", "root", "aws-service"})
MAX_FINDINGS = 4
LOOK_BACK = timedelta(days=14)


@dataclass(frozen=True)
class CheckedFindings:
    """`problems` can be repaired; `disagreements` are differences from the rules that the evidence
    allows."""

    findings: tuple[Finding, ...]
    problems: tuple[AnswerProblem, ...]
    disagreements: tuple[str, ...]
    leading_holds: bool


def checked_findings(
    findings: Sequence[Finding], rules: Explanation, index: EvidenceIndex
) -> CheckedFindings:
    """The findings that hold, corrected where the bill decides."""
    kept: list[Finding] = []
    problems: list[AnswerProblem] = []
    disagreements: list[str] = []
    leading = True
    for position, finding in enumerate(findings[:MAX_FINDINGS]):
        at = str(position + 1)
        same = next(
            (known for known in rules.findings if same_cell(known.driver, finding.driver)), None
        )
        if same is None and not _cell_exists(finding.driver, index):
            told = (
                "driver: no cell of the evidence has this service, usage type, region and tags"
                " together"
            )
            problems.append(AnswerProblem(AnswerPart.FINDING, told, at))
            leading = leading and position > 0
            continue
        if any(same_cell(known.driver, finding.driver) for known in kept):
            problems.append(AnswerProblem(AnswerPart.FINDING, "driver: told twice", at))
            continue
        finding, reasons = _corrected(finding, same, rules, index)
        if reasons is None:
            told = "excess_usd_per_day or onset of this cell is not in the evidence"
            problems.append(AnswerProblem(AnswerPart.FINDING, told, at))
            leading = leading and position > 0
            continue
        problems += [AnswerProblem(AnswerPart.FINDING, reason, at) for reason in reasons]
        expected = same or (rules.findings[position] if position < len(rules.findings) else None)
        actor, reason, dissent = _judged_actor(finding, expected, index)
        problems += [AnswerProblem(AnswerPart.FINDING, f"actor: {reason}", at)] if reason else []
        disagreements += [dissent] if dissent else []
        if same is not None and same.category != finding.category:
            disagreements.append(
                f"the rules see {same.category} where Claude sees {finding.category}"
            )
        kept.append(replace(finding, actor=actor))
    if len(findings) > MAX_FINDINGS:
        problems.append(AnswerProblem(AnswerPart.FINDING, f"there are more than {MAX_FINDINGS}"))
    if kept and rules.findings and not same_cell(kept[0].driver, rules.findings[0].driver):
        cell = rules.findings[0].driver
        disagreements.append(
            f"the rules see the cause in {cell.usage_type or cell.service}"
            f" ({cell.region or 'no region'})"
        )
    return CheckedFindings(
        tuple(kept),
        tuple(problems),
        tuple(dict.fromkeys(disagreements)),
        leading and bool(kept or not rules.findings),
    )


def same_cell(one: Driver, other: Driver) -> bool:
    """Whether two drivers are one line of the bill (tags and resources may be told in more or less
    detail)."""
    return (one.service, one.usage_type or "", one.region or "") == (
        other.service,
        other.usage_type or "",
        other.region or "",
    )


def _cell_exists(driver: Driver, index: EvidenceIndex) -> bool:
    parts = [
        part
        for part in (
            driver.service,
            driver.usage_type,
            driver.region,
            driver.tag_team,
            driver.tag_env,
            driver.record_type,
        )
        if part
    ]
    return any(
        all(part in row.all for part in parts) for row in index.rows if row.source != "cloudtrail"
    )


def _corrected(
    finding: Finding, same: Finding | None, rules: Explanation, index: EvidenceIndex
) -> tuple[Finding, list[str] | None]:
    """(the finding, reasons for what was corrected); reasons are None when the amount or the day
    has no support at all."""
    driver, reasons = _corrected_driver(finding.driver, same, index)
    cited = tuple(i for i in finding.evidence if i in index.ids)
    if len(cited) < len(finding.evidence) or not cited:
        reasons.append("evidence: an id that does not exist, or none")
        cited = cited or (same.evidence if same else ())
    finding = replace(finding, driver=driver, evidence=cited)
    if same is not None:
        return _as_measured(finding, same, reasons)
    if not _supported(finding, index):
        return finding, None
    leading = rules.findings[0] if rules.findings else finding
    if finding.ongoing != leading.ongoing:
        reasons.append(f"ongoing: the bill says {leading.ongoing}")
    return replace(finding, ongoing=leading.ongoing), reasons


def _corrected_driver(
    driver: Driver, same: Finding | None, index: EvidenceIndex
) -> tuple[Driver, list[str]]:
    """The driver with what the evidence holds of it; for a cell that the rules know, with their
    tags and resources where its own do not exist."""
    reasons: list[str] = []
    ids = tuple(
        dict.fromkeys(
            i for i in driver.resource_ids if i in index.strings or i.lower() in index.tokens
        )
    )
    if len(ids) < len(driver.resource_ids):
        reasons.append("driver: a resource id is not in the evidence")
    if same is None:
        return replace(driver, resource_ids=ids), reasons
    known = replace(
        driver,
        tag_team=same.driver.tag_team,
        tag_env=same.driver.tag_env,
        record_type=same.driver.record_type,
    )
    if driver != known and not _cell_exists(driver, index):
        reasons.append("driver: no cell of the evidence has these tags")
        driver = known
    return replace(driver, resource_ids=ids or same.driver.resource_ids), reasons


def _as_measured(finding: Finding, same: Finding, reasons: list[str]) -> tuple[Finding, list[str]]:
    """The finding with what the rules measured of the same cell."""
    for name in ("kind", "onset", "ongoing"):
        if getattr(finding, name) != getattr(same, name):
            reasons.append(f"{name}: the bill says {getattr(same, name)}")
    excess = same.excess_usd_per_day
    if abs(finding.excess_usd_per_day - excess) > max(0.02, 0.15 * abs(excess)):
        reasons.append(f"excess_usd_per_day: the bill says {excess:g}")
    measured = replace(
        finding,
        kind=same.kind,
        onset=same.onset,
        ongoing=same.ongoing,
        excess_usd_per_day=excess,
    )
    return measured, reasons


def _supported(finding: Finding, index: EvidenceIndex) -> bool:
    """Whether the evidence that is cited holds the onset and the amount, in the direction of the
    finding's kind."""
    excess = finding.excess_usd_per_day
    falls = finding.kind is Kind.DROP
    near = [n for row in index.rows if _row_of(finding.driver, row) for n in row.numbers]
    return bool(
        finding.onset in index.dates
        and finding.evidence
        and ((excess < 0) is falls or excess == 0)
        and _follows(excess, near)
    )


def _row_of(driver: Driver, row: Row) -> bool:
    return (
        row.source != "cloudtrail"
        and driver.service in row.all
        and all(p in row.all for p in (driver.usage_type, driver.region) if p)
    )


def _follows(value: float, numbers: Sequence[float]) -> bool:
    """Whether an excess is one of the cell's own numbers, or the difference of two of them."""
    tolerance = max(0.02, 0.01 * abs(value))
    few = list(dict.fromkeys(numbers))[:400]
    return any(abs(value - n) <= tolerance for n in few) or any(
        abs(value - (a - b)) <= tolerance for a in few for b in few if a != b
    )


# ------------------------------------------------------------------ who


def _judged_actor(
    finding: Finding, expected: Finding | None, index: EvidenceIndex
) -> tuple[Actor, str, str]:
    """(the actor that is told, the problem that can be repaired, the disagreement that is
    reported).

    Nobody is named unless a CloudTrail record shows that principal with that event; where Claude
    and the rules name different principals, nobody is named.
    """
    claimed = finding.actor
    known = expected.actor if expected else Actor(kind="unknown")
    if claimed.kind in SILENT:
        plain = Actor(kind=claimed.kind)
        if known.kind in SILENT:
            return (
                known,
                "",
                (
                    ""
                    if known.kind == claimed.kind
                    else "the rules and Claude differ on whether anybody can be named"
                ),
            )
        return known, "", f"Claude names nobody ({plain.kind})"
    records = _records(claimed, index)
    if not records:
        return (
            known,
            "no CloudTrail record of the evidence shows this principal with this event",
            "",
        )
    claimed = _proven_fields(claimed, records)
    if known.kind == "none":
        return (
            Actor(kind="unknown"),
            "",
            "the rules see that nobody changed anything, Claude names somebody; nobody is named",
        )
    if known.kind == "unknown":
        if any(_tied(finding, record) for record in records):
            return claimed, "", "the rules name nobody"
        return (
            known,
            "",
            (
                "the rules name nobody, and the event that Claude names touches no resource of the"
                " driver"
            ),
        )
    if _same_principal(claimed, known):
        same_event = (claimed.event or "").lower() == (known.event or "").lower()
        return (
            (known, "", "")
            if same_event
            else (claimed, "", f"the rules see {known.event} as the event")
        )
    return (
        Actor(kind="unknown"),
        "",
        "the rules and Claude name different principals; nobody is named",
    )


def _records(actor: Actor, index: EvidenceIndex) -> list[Row]:
    """The CloudTrail records of the evidence that show this principal (with the session, if one is
    claimed) with this event."""
    if not actor.event or not (actor.name or actor.kind == "root"):
        return []
    names = [name.lower() for name in (actor.name or "root", actor.session) if name]
    return [
        row
        for row in index.rows
        if row.source == "cloudtrail"
        and actor.event in row.own
        and all(name in row.principals for name in names)
        and (
            not actor.event_time
            or any(value.startswith(actor.event_time[:16]) for value in row.all)
        )
        and actor.kind in (row.own & NAMED or {actor.kind})
    ]


def _proven_fields(actor: Actor, records: Sequence[Row]) -> Actor:
    held = {value for record in records for value in record.all}
    return replace(
        actor,
        event_source=actor.event_source if actor.event_source in held else None,
        event_time=actor.event_time if actor.event_time in held else None,
    )


def _same_principal(one: Actor, other: Actor) -> bool:
    names = {value.lower() for value in (one.name, one.session) if value}
    return bool(names & {value.lower() for value in (other.name, other.session) if value})


def _tied(finding: Finding, record: Row) -> bool:
    """Whether a record touches a resource of the driver at most two weeks before the onset or a day
    after it."""
    ids = {
        part
        for value in finding.driver.resource_ids
        for part in (value.lower(), value.lower().rsplit("/", 1)[-1].rsplit(":", 1)[-1])
    }
    if not any(i in value.lower() for i in ids for value in record.all):
        return False
    days = [moment.date() for value in record.all if (moment := _moment(value))]
    return any(
        finding.onset - LOOK_BACK <= day <= finding.onset + timedelta(days=1) for day in days
    )


def _moment(value: str) -> datetime | None:
    try:
        return (
            datetime.fromisoformat(value.replace("Z", "+00:00"))
            if value[:2] == "20" and "T" in value
            else None
        )
    except ValueError:
        return None
