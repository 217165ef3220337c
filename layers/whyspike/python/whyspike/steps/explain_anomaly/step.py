"""ExplainAnomaly: one flagged item in, its evidence and a checked explanation out (to the scan
bucket)."""

from __future__ import annotations

from dataclasses import replace

from whyspike.attribution.bill.plan import Case
from whyspike.explanation.rules.explain import explain
from whyspike.model import AnomalyTask, Explanation, FlaggedItem
from whyspike.model.evidence import AccountContext, StoredEvidence
from whyspike.steps.configuration import Configuration
from whyspike.steps.explain_anomaly.ask_claude import ClaudeUsage, write_explanation
from whyspike.steps.explain_anomaly.context import account_context, context_item
from whyspike.steps.explain_anomaly.further_lookups import FurtherLookups
from whyspike.steps.explain_anomaly.gather import Sources, gather
from whyspike.steps.explain_anomaly.wiring import (
    claude_settings,
    flagged_item,
    member_sources,
    tag_keys,
)
from whyspike.steps.scan_stores import incidents, scan_bucket, scan_usage
from whyspike.wire.aws_cli.commands import check_command
from whyspike.wire.claude import ClaudeSettings


def explain_anomaly(task: AnomalyTask, config: Configuration) -> Explanation:
    """Raises InvalidInput when DetectAnomalies has stored no such item, and what Cost Explorer's
    throttling raises."""
    scan, account_id, item_id = task.scan, task.account.account_id, task.item_id
    bucket, usage = scan_bucket(config), scan_usage(config, scan)
    found, item = flagged_item(bucket.read_account_scan(scan, account_id), task, item_id)

    case = Case(item, found.costs.of_known_days(), tag_keys(config))
    sources = member_sources(config, task, usage)
    claude = claude_settings(config, item)
    context = (
        None if claude.provider == "off" else account_context(task, item, bucket, incidents(config))
    )
    explanation, evidence = explain_case(case, sources, claude, usage, context)

    bucket.write_evidence(scan, evidence)
    bucket.write_explanation(scan, item_id, account_id, service_of(explanation, item), explanation)
    return explanation


def explain_case(
    case: Case,
    sources: Sources,
    claude: ClaudeSettings,
    usage: ClaudeUsage,
    context: AccountContext | None = None,
) -> tuple[Explanation, StoredEvidence]:
    """The checked explanation of one flagged item, and all the evidence that it was written
    from."""
    items = gather(case, sources)
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
