"""The newest finished scan of a deployed stack, read with one's own credentials."""

from __future__ import annotations

from datetime import date

import boto3

from whyspike.cli.mcp.look_up import Asker
from whyspike.cli.mcp.records import Records, of_outcome
from whyspike.cli.outcome import read_outcome
from whyspike.cli.scan import described_stack, outputs_of
from whyspike.errors import InvalidInput
from whyspike.model import Scan
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.table.incidents import IncidentTable
from whyspike.wire.table.usage import ScanUsage


def newest_scan(stack: str, region: str | None, profile: str | None) -> tuple[Records, Asker]:
    """Raises InvalidInput where there is no such stack, or no finished scan in it."""
    session = boto3.Session(profile_name=profile, region_name=region)
    described = described_stack(session, stack)
    outputs = outputs_of(described, stack)
    bucket_name, table_name = outputs["BucketName"], outputs["TableName"]
    s3, table = session.client("s3"), session.client("dynamodb")
    bucket = ScanBucket(s3, bucket_name)
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket_name, Prefix="scans/", Delimiter="/"
    )
    names = [
        row["Prefix"].split("/")[1] for page in pages for row in page.get("CommonPrefixes", [])
    ]
    scans = (Scan(name, date.fromisoformat(name[:10])) for name in sorted(names, reverse=True))
    scan = next((scan for scan in scans if bucket.read_digest(scan) is not None), None)
    if scan is None:
        raise InvalidInput(
            f"--stack {stack}: no scan has finished yet", remedy="whyspike scan starts one"
        )
    outcome = read_outcome(scan, bucket, IncidentTable(table, table_name))
    parameters = {p["ParameterKey"]: p["ParameterValue"] for p in described["Parameters"]}
    cap = int(parameters["CostExplorerRequestCap"])
    usage = ScanUsage(table, table_name, scan, cap, 0)
    return of_outcome(outcome), Asker(profile, region, usage)
