"""ExplainAnomaly: one flagged item in, its evidence and a checked explanation out (to the scan
bucket)."""

from __future__ import annotations

from whyspike.attribution.bill.plan import Case
from whyspike.explanation.rules.explain import explain
from whyspike.model import AnomalyTask, Explanation
from whyspike.model.evidence import StoredEvidence
from whyspike.steps.configuration import Configuration
from whyspike.steps.explain_anomaly.ask_claude import write_explanation
from whyspike.steps.explain_anomaly.further_lookups import FurtherLookups
from whyspike.steps.explain_anomaly.gather import gather
from whyspike.steps.explain_anomaly.wiring import (
    claude_settings,
    flagged_item,
    member_sources,
    tag_keys,
)
from whyspike.steps.scan_stores import scan_bucket, scan_usage
from whyspike.wire.aws_cli.commands import check_command


def explain_anomaly(task: AnomalyTask, config: Configuration) -> Explanation:
    """Raises InvalidInput when DetectAnomalies has stored no such item, and what Cost Explorer's
    throttling raises."""
    scan, account_id, item_id = task.scan, task.account.account_id, task.item_id
    bucket, usage = scan_bucket(config), scan_usage(config, scan)
    found, item = flagged_item(bucket.read_account_scan(scan, account_id), task, item_id)

    case, sources = Case(item, found.costs, tag_keys(config)), member_sources(config, task, usage)
    items = gather(case, sources)
    further = FurtherLookups(case, sources, items)
    explanation = write_explanation(
        items, explain(items), claude_settings(config, item), usage, check_command, further
    )

    bucket.write_evidence(scan, StoredEvidence(item_id, account_id, (*items, *further.found)))
    service = (
        explanation.findings[0].driver.service if explanation.findings else item.leading.service
    )
    bucket.write_explanation(scan, item_id, account_id, service, explanation)
    return explanation
