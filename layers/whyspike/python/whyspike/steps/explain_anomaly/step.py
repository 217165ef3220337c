"""ExplainAnomaly: one flagged item in, its evidence and a checked explanation out (to the scan
bucket)."""

from __future__ import annotations

from dataclasses import fields, replace

from whyspike.attribution.bill.plan import Case
from whyspike.detection import detection_settings
from whyspike.explanation.common_cause import tie_of_sample, widespread
from whyspike.explanation.rules.explain import explain
from whyspike.model import AnomalyTask, EvidenceItem, Explanation, FlaggedItem, Scan
from whyspike.model.evidence import AccountContext, Detection, StoredEvidence, Widespread
from whyspike.steps.configuration import Configuration
from whyspike.steps.explain_anomaly.ask_claude import ClaudeUsage, write_explanation
from whyspike.steps.explain_anomaly.context import account_context, context_item
from whyspike.steps.explain_anomaly.counterfactual import judge_with
from whyspike.steps.explain_anomaly.elsewhere import Explained, explain_as_elsewhere
from whyspike.steps.explain_anomaly.further_lookups import FurtherLookups
from whyspike.steps.explain_anomaly.gather import Sources, gather
from whyspike.steps.explain_anomaly.wiring import (
    claude_settings,
    flagged_item,
    member_sources,
    tag_keys,
)
from whyspike.steps.scan_stores import incidents, scan_bucket, scan_usage
from whyspike.steps.settings import settings_of
from whyspike.wire.aws_cli.commands import check_command
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.claude import ClaudeSettings


def explain_anomaly(task: AnomalyTask, config: Configuration) -> Explanation:
    """Raises InvalidInput when DetectAnomalies has stored no such item, and what Cost Explorer's
    throttling raises."""
    scan, account_id, item_id = task.scan, task.account.account_id, task.item_id
    bucket, usage = scan_bucket(config), scan_usage(config, scan)
    found, item = flagged_item(bucket.read_account_scan(scan, account_id), task, item_id)

    settings = detection_settings(
        config.sensitivity,
        config.minimum_impact_usd,
        config.minimum_impact_percent,
        settings_of(bucket, scan).detection,
        large_impact_usd=config.large_impact_usd,
    )
    case = Case(item, found.costs.of_known_days(), tag_keys(config), judge_with(settings))
    sources = member_sources(config, task, usage)
    made = _elsewhere(case, sources, bucket, task)
    if made is None:
        claude = claude_settings(config, item)
        context = (
            None
            if claude.provider == "off"
            else account_context(task, item, bucket, incidents(config))
        )
        explanation, evidence = explain_case(
            case, sources, claude, usage, context, widespread(task.place)
        )
        tie = tie_of_sample(task.place, explanation) if task.place.cause_id else None
        made = _not_poorer(Explained(explanation, evidence, tie), bucket, scan)
    bucket.write_evidence(scan, made.evidence)
    bucket.write_explanation(
        scan, item_id, account_id, service_of(made.explanation, item), made.explanation, made.tie
    )
    return made.explanation


def _elsewhere(
    case: Case, sources: Sources, bucket: ScanBucket, task: AnomalyTask
) -> Explained | None:
    """None where the item is to be looked into itself: it is no other's, or the sample that it was
    to be checked against could not be explained."""
    sample = task.place.sample_item
    there = bucket.read_explanation(task.scan, sample) if sample else None
    evidence = bucket.read_evidence(task.scan, sample) if there else None
    if there is None or evidence is None:
        return None
    return explain_as_elsewhere(case, sources, task.place, there, evidence.items)


def _not_poorer(made: Explained, bucket: ScanBucket, scan: Scan) -> Explained:
    """What an earlier run of this date wrote of the same anomaly stands, where this one was refused
    more or could not ask Claude: a cap that is used up makes nothing worse."""
    before = bucket.read_explanation(scan, made.evidence.item_id)
    evidence = bucket.read_evidence(scan, made.evidence.item_id)
    if before is None or evidence is None or _detected(evidence) != _detected(made.evidence):
        return made
    now, then = set(made.explanation.gaps), set(before.gaps)
    by_rules = made.explanation.written_by == "rules" != before.written_by
    if now > then or (by_rules and now >= then):
        kept = Explanation(
            **{each.name: getattr(before, each.name) for each in fields(Explanation)}
        )
        return Explained(kept, evidence, made.tie)
    return made


def _detected(evidence: StoredEvidence) -> list[Detection]:
    return [item.content for item in evidence.items if isinstance(item.content, Detection)]


def explain_case(
    case: Case,
    sources: Sources,
    claude: ClaudeSettings,
    usage: ClaudeUsage,
    context: AccountContext | None = None,
    elsewhere: Widespread | None = None,
) -> tuple[Explanation, StoredEvidence]:
    """The checked explanation of one flagged item, and all the evidence that it was written
    from. `elsewhere` is what other accounts say of it."""
    items = gather(case, sources)
    if elsewhere is not None:
        asked = "the other accounts of the organisation"
        items = (*items, EvidenceItem(f"E{len(items) + 1}", "organization", asked, elsewhere))
    if context is not None:
        items = (*items, context_item(items, context))
    further = FurtherLookups(case, sources, items)
    explanation = write_explanation(items, explain(items), claude, usage, further)
    shown = tuple(command for command in explanation.commands if not check_command(command))
    found = (*items, *further.found)
    return replace(explanation, commands=shown), StoredEvidence(
        case.item.item_id, case.item.account_id, found
    )


def service_of(explanation: Explanation, item: FlaggedItem) -> str:
    """The service that the first cause lies in."""
    findings = explanation.findings
    return findings[0].driver.service if findings else item.leading.service
