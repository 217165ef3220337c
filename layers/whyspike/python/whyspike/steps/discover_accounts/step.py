"""DiscoverAccounts: the organisation in, the manifest of the accounts in scope out, each with its
owner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from whyspike.model import Account, Scan
from whyspike.steps import organization_role
from whyspike.steps.configuration import Configuration
from whyspike.steps.discover_accounts import organization
from whyspike.steps.discover_accounts.batches import AccountBatches
from whyspike.steps.discover_accounts.budgets import store_budgets
from whyspike.steps.payer_costs import write_slices
from whyspike.steps.scan_stores import scan_bucket, scan_table, scan_usage
from whyspike.steps.scope import Start, accounts_in_scope, plan_scan
from whyspike.steps.settings import judge_settings
from whyspike.wire.clients import client


@dataclass(frozen=True)
class Discovered:
    """`contacts_denied` is why alternate contacts could not be read, where somebody wanted one."""

    scan: Scan
    manifest: dict[str, str]
    accounts: int
    not_in_scope: int
    max_concurrency: int
    contacts_denied: str = ""


@dataclass(frozen=True)
class Invocation:
    """What the step knows of the run that it is in. `run` is the execution's id: its later tries
    take over what earlier ones stored."""

    run: str
    function_arn: str
    now: datetime
    has_time: Callable[[], bool]


def discover_accounts(start: Start, config: Configuration, invocation: Invocation) -> Discovered:
    """Raises Unfinished when time runs out; the same run goes on where it was."""
    scan = plan_scan(start, invocation.now, config.lookback_days)
    bucket, usage = scan_bucket(config), scan_usage(config, scan)
    settings, wrong = judge_settings(bucket, scan, scan.today or scan.scan_date)
    credentials = organization_role.credentials(config, scan)
    store_budgets(config, scan, credentials, invocation.function_arn, bucket)
    active, left_out = accounts_in_scope(organization.accounts(credentials), start.account_ids)
    owners = organization.Owners(credentials, config, settings.owners, invocation.function_arn)
    payer = client("ce", credentials)

    def complete(batch: Sequence[Account]) -> tuple[Account, ...]:
        if config.cost_source == "payer":
            write_slices(payer, config, scan, batch, usage, bucket)
        return owners.complete(batch)

    batches = AccountBatches(bucket, scan, invocation.run, invocation.has_time)
    accounts = batches.complete(active, complete)
    manifest = bucket.write_manifest(scan, accounts)
    notes = [note for note in (*wrong, organization.paths_unknown(credentials)) if note]
    scan_table(config, scan).write_summary(len(accounts), left_out, notes)
    return Discovered(
        scan,
        manifest,
        len(accounts),
        len(left_out),
        config.max_concurrency,
        owners.contacts_denied,
    )
