"""Links into the AWS console: Cost Explorer with the filters of an incident, a call in CloudTrail,
a resource, the thread in Slack, and the report of a scan."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date, timedelta
from urllib.parse import quote

from whyspike.incidents.incident import Incident, Thread
from whyspike.model import CostMetric

_ARN = re.compile(r"arn:(aws[a-z-]*):[a-z0-9-]+:[a-z0-9-]*:(\d{12}|):[\w.:/@+=,$-]{1,400}")
_AGGREGATES = {
    CostMetric.UNBLENDED: "unBlendedCost",
    CostMetric.NET_UNBLENDED: "netUnblendedCost",
    CostMetric.AMORTIZED: "amortizedCost",
    CostMetric.NET_AMORTIZED: "netAmortizedCost",
}
_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


def cost_explorer_link(
    account_id: str,
    services: Sequence[str],
    usage_types: Sequence[str],
    start: date,
    last: date,
    partition: str = "aws",
    metric: CostMetric = CostMetric.UNBLENDED,
) -> str:
    """Daily costs of the account and services by usage type (or of the usage types by operation),
    `last` included.

    The console documents no parameters; these are the ones it writes itself. Unknown ones it
    ignores, so that the link at worst opens Cost Explorer unfiltered.
    """
    filters = [
        _filter("LinkedAccount", "Linked account", [account_id]),
        _filter("Service", "Service", services[:10]),
    ]
    if usage_types:
        filters.append(_filter("UsageType", "Usage type", usage_types[:10]))
    parameters = {
        "chartStyle": "STACK",
        "costAggregate": _AGGREGATES[metric],
        "endDate": last.isoformat(),
        "excludeForecasting": "true",
        "filter": json.dumps(filters, separators=(",", ":"), ensure_ascii=False),
        "futureRelativeRange": "CUSTOM",
        "granularity": "Daily",
        "groupBy": json.dumps(["Operation" if usage_types else "UsageType"]),
        "historicalRelativeRange": "CUSTOM",
        "isDefault": "false",
        "reportName": "whyspike",
        "showOnlyUncategorized": "false",
        "showOnlyUntagged": "false",
        "startDate": max(start, last - timedelta(days=180)).isoformat(),
        "usageAggregate": "undefined",
        "useNormalizedUnits": "false",
    }
    asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())
    return f"{_console(partition)}/costmanagement/home#/cost-explorer?{asked}"


def incident_link(incident: Incident, partition: str = "aws") -> str:
    """Cost Explorer with the services of an incident, or with its one usage type, four weeks before
    it began included."""
    services = list(dict.fromkeys(m.anomaly.service for m in incident.members))
    fine = (
        [m.anomaly.usage_type for m in incident.members if m.anomaly.usage_type]
        if len(incident.members) == 1
        else []
    )
    start, last = incident.leading.onset - timedelta(days=28), incident.leading.usage_date
    return cost_explorer_link(
        incident.account_id, services, fine, start, last, partition, incident.metric
    )


def event_link(region: str, event: str, partition: str = "aws") -> str:
    """CloudTrail's event history of the Region, the calls of one name; the console documents no
    parameters here either."""
    console = _console(partition).replace("https://", f"https://{region}.")
    return f"{console}/cloudtrailv2/home?region={region}#/events?EventName={quote(event, safe='')}"


def thread_link(thread: Thread) -> str:
    """The message that opened the thread, in the reader's own workspace. Slack documents the
    channel alone; at worst the link opens the channel."""
    channel, message = quote(thread.channel, safe=""), quote(thread.ts, safe="")
    return f"https://slack.com/app_redirect?channel={channel}&message_ts={message}"


def resource_link(arn: str, account_id: str, partition: str = "aws") -> str:
    """The console's own way to a resource by its ARN, which leads to the page of its service; ""
    for an id that is no ARN, or for one of another account or partition. The console documents it
    no more than the other links."""
    found = _ARN.fullmatch(arn)
    if found is None or found[1] != partition or found[2] not in ("", account_id):
        return ""
    return f"{_console(partition)}/go/view?arn={quote(arn, safe='')}"


def report_link(bucket: str, scan_id: str, partition: str = "aws") -> str:
    """The report in the S3 console: it asks for a sign-in, where a presigned link would end with
    the function's session."""
    key = quote(f"scans/{scan_id}/report.html", safe="")
    return f"{_console(partition)}/s3/object/{quote(bucket)}?prefix={key}"


def _console(partition: str) -> str:
    """The console of an AWS partition; it leads to the service's Region by itself."""
    return f"https://{_CONSOLES.get(partition, _CONSOLES['aws'])}"


def _filter(dimension: str, label: str, values: Sequence[str]) -> dict[str, object]:
    return {
        "dimension": {"id": dimension, "displayValue": label},
        "operator": "INCLUDES",
        "values": [{"value": value[:120], "displayValue": value[:120]} for value in values],
    }
