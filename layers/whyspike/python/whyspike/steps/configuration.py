"""The environment variables of the functions (docs/contracts.md), parsed once per invocation into
one typed value."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from whyspike.errors import InvalidInput
from whyspike.payload import from_json


@dataclass(frozen=True)
class Configuration:
    """One field for each variable, named in lower case; a function is given only those that it
    uses."""

    bucket_name: str
    table_name: str
    member_role_name: str = ""
    partition: str = "aws"  # aws | aws-cn | aws-us-gov
    external_id: str = ""
    organization_role_arn: str = ""
    cost_source: str = "member"  # member | payer
    billing_view_arn: str = ""
    payer_fallback: bool = True
    usage_type_detection: bool = True
    cost_metric: str = "auto"  # auto | unblended | net-unblended | amortized | net-amortized
    sensitivity: float = 1.0
    minimum_impact_usd: float = 10.0
    minimum_impact_percent: float = 20.0
    large_impact_usd: float = 300.0
    lookback_days: int = 90
    catch_up_days: int = 14
    cost_explorer_request_cap: int = 5_000
    claude_token_cap: int = 2_000_000
    cost_explorer_month_cap: int = 0  # 0: that of thirty scans
    claude_token_month_cap: int = 0
    claude_provider: str = "off"  # anthropic | bedrock | off
    claude_model: str = "claude-sonnet-5-5"
    claude_effort: str = "medium"
    claude_lookups: int = 2
    anthropic_base_url: str = "https://api.anthropic.com"
    claude_secret_id: str = ""
    cost_tag_keys: str = "team,env"
    slack_secret_id: str = ""
    slack_api_url: str = "https://slack.com/api/"
    default_channel: str = ""
    digest_channel: str = ""
    owner_tag_keys: str = "owner"
    email_sender: str = ""
    feedback_url: str = ""  # of RecordFeedback; "": nobody answers a button or shows a page
    event_bus_name: str = ""  # "": changes are put on no bus
    targets_secret_id: str = ""  # "": no webhook is called
    weekly_summary: str = "MON"  # the day on which the digest sums the month up, or off
    read_budgets: bool = False
    max_concurrency: int = 40
    watch_commitments: bool = False  # whether ends of Savings Plans and reservations are told
    compare_with_aws: bool = False  # whether AWS's own detector is asked what it lists
    feedback_to_aws: bool = False  # whether it is told what people answered


def read_configuration(environment: Mapping[str, str] | None = None) -> Configuration:
    """The configuration; an empty variable means its default, and what counts something is cut to
    a whole number, which CloudFormation's Number need not be. Raises InvalidInput naming the
    variable that is wrong."""
    source = os.environ if environment is None else environment
    names = {name.upper(): name for name in Configuration.__dataclass_fields__}
    missing = [name for name in ("BUCKET_NAME", "TABLE_NAME") if not source.get(name)]
    if missing:
        raise InvalidInput(
            f"environment variable {missing[0]} is not set",
            remedy="deploy the function with template.yaml",
        )
    return from_json(
        Configuration,
        {field: _given(field, source[name]) for name, field in names.items() if source.get(name)},
        what="environment",
    )


def _given(field: str, text: str) -> str:
    if Configuration.__dataclass_fields__[field].type != "int":
        return text
    return re.sub(r"^(\d+)\.\d*$", r"\1", text)
