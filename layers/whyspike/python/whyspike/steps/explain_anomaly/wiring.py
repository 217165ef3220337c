"""What ExplainAnomaly is wired from: clients in the member account and of the payer, and Claude's
settings out of the configuration."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from whyspike.errors import InvalidInput, MemberRoleDenied
from whyspike.model import AccountScan, AccountTask, FlaggedItem
from whyspike.steps import payer_fallback
from whyspike.steps.configuration import Configuration
from whyspike.steps.explain_anomaly.gather import Sources
from whyspike.wire import sts as member_account
from whyspike.wire.claude import ClaudeSettings, Effort
from whyspike.wire.clients import client
from whyspike.wire.cloudtrail import KEPT
from whyspike.wire.cost_explorer import LinkedAccountCosts
from whyspike.wire.secrets import claude_api_key
from whyspike.wire.table.usage import ScanUsage


def member_sources(config: Configuration, task: AccountTask, usage: ScanUsage) -> Sources:
    """Clients of the member role, and the payer behind them. A refused role is evidence too: the
    anomaly is explained from the payer's bill, or where that is refused as well from the daily
    costs."""
    open_payer = (
        (lambda: payer_fallback.open_costs(config, task)) if config.payer_fallback else None
    )
    try:
        credentials = member_account.assume(
            client("sts"),
            task.account.account_id,
            config.member_role_name,
            config.external_id,
            task.scan.scan_id,
            config.partition,
        )
    except MemberRoleDenied as error:
        return Sources(None, None, usage, role_error=str(error), open_payer=open_payer)
    asked_at = (
        datetime.combine(task.scan.today, datetime.min.time(), UTC)
        if task.scan.today
        else datetime.now(UTC)
    )
    return Sources(
        LinkedAccountCosts(client("ce", credentials), task.account.account_id),
        lambda region: client("cloudtrail", credentials, region),
        usage,
        open_payer=open_payer,
        trail_from=asked_at - KEPT,
        partition=config.partition,
    )


def flagged_item(
    found: AccountScan | None, task: AccountTask, item_id: str
) -> tuple[AccountScan, FlaggedItem]:
    """The account's scan and the item in it; raises InvalidInput when DetectAnomalies has stored
    neither."""
    item = next((item for item in found.items if item.item_id == item_id), None) if found else None
    if found is None or item is None:
        raise InvalidInput(
            f"scan {task.scan.scan_id} holds no item {item_id} of {task.account.account_id}",
            remedy="run DetectAnomalies",
        )
    return found, item


def tag_keys(config: Configuration) -> tuple[str, str]:
    """The cost allocation tags of team and environment, from COST_TAG_KEYS; raises InvalidInput
    unless there are two."""
    keys = [key.strip() for key in config.cost_tag_keys.split(",") if key.strip()]
    if len(keys) != 2:
        raise InvalidInput(
            f"COST_TAG_KEYS is {config.cost_tag_keys!r}; name two tag keys, of the team and of the"
            " environment: team,env"
        )
    return keys[0], keys[1]


def claude_settings(config: Configuration, item: FlaggedItem) -> ClaudeSettings:
    """How Claude is asked about an item; off for what is told in the digest only. A missing key
    makes the rules answer."""
    if config.claude_provider == "off" or not item.alert:
        return ClaudeSettings()
    needs_key = config.claude_provider == "anthropic"  # Bedrock is asked by IAM
    by_key = config.claude_provider == "anthropic"
    return ClaudeSettings(
        base_url=config.anthropic_base_url if by_key else None,
        provider=config.claude_provider,
        model=config.claude_model,
        effort=cast(Effort, config.claude_effort),
        api_key=claude_api_key(config.claude_secret_id if needs_key else ""),
        lookups=config.claude_lookups,
    )
