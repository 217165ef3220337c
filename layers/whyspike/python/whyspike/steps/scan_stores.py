"""What a scan reads, writes and counts in, as the configuration names it."""

from __future__ import annotations

from whyspike.model import Scan
from whyspike.steps.configuration import Configuration
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.clients import client
from whyspike.wire.table.incidents import IncidentTable
from whyspike.wire.table.scans import ScanTable
from whyspike.wire.table.usage import ScanUsage


def scan_bucket(config: Configuration) -> ScanBucket:
    return ScanBucket(client("s3"), config.bucket_name)


def incidents(config: Configuration) -> IncidentTable:
    return IncidentTable(client("dynamodb"), config.table_name)


def scan_table(config: Configuration, scan: Scan) -> ScanTable:
    return ScanTable(client("dynamodb"), config.table_name, scan)


def scan_usage(config: Configuration, scan: Scan) -> ScanUsage:
    return ScanUsage(
        client("dynamodb"),
        config.table_name,
        scan,
        config.cost_explorer_request_cap,
        config.claude_token_cap,
        config.cost_explorer_month_cap,
        config.claude_token_month_cap,
    )
